//! The program `estate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::program::main()
}
