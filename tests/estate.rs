//! The tool under test: the same program under another name.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::program::main()
}
