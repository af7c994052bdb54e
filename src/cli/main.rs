//! The program `estate`.

use std::process::ExitCode;

/// Plans make and drop millions of small values, which takes half the time with this one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::program::main()
}
