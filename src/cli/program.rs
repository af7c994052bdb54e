//! The program: from arguments to an exit code.

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use crate::args::{Cli, with_single_dashes};
use crate::exit::Exit;
use crate::report::ErrorReport;
use crate::screen::Screen;
use crate::{commands, view};
use clap::Parser;

/// Runs Estate with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<OsString> = with_single_dashes(std::env::args_os());
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            // Nobody is left to tell when the message itself cannot be printed.
            let _ = error.print();
            return exit.into();
        }
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let screen = Screen::new(&cli.global, no_color);
    if let Some(level) = cli.global.log {
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(std::io::stderr)
            .with_ansi(screen.error_color)
            .init();
    }
    std::panic::set_hook(Box::new(|_| {}));
    let run = std::panic::catch_unwind(AssertUnwindSafe(|| run(cli, screen)));
    run.unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("it gave no reason");
        screen.complain(format!(
            "This is a bug in Estate: {message}\n\nPlease report it together with what you did. \
             What was running on a platform has been taken back or is recorded; `estate plan` \
             shows where things stand."
        ));
        Exit::Bug
    })
    .into()
}

fn run(cli: Cli, screen: Screen) -> Exit {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            screen.complain(format!("Error: no runtime: {error}"));
            return Exit::Failed;
        }
    };
    let json = cli.global.json;
    match runtime.block_on(commands::run(cli, screen)) {
        Ok(exit) => exit,
        Err(failure) => {
            if json {
                screen.say_json(&ErrorReport::of(&failure));
            } else {
                screen.complain(view::failure::write(&failure, screen.error_color));
            }
            failure.exit()
        }
    }
}
