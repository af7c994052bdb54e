//! `estate completions`.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::exit::Exit;

/// Writes a completion script.
pub(super) fn run(args: &CompletionsArgs) -> Exit {
    clap_complete::generate(
        args.shell,
        &mut Cli::command(),
        "estate",
        &mut std::io::stdout(),
    );
    Exit::Done
}
