//! The program: from arguments to an exit code.

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use crate::args::{Cli, Command, with_single_dashes};
use crate::exit::Exit;
use crate::report::ErrorReport;
use crate::screen::{Screen, Style};
use crate::telemetry::{self, Spans};
use crate::{commands, view};
use clap::Parser;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

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
    let spans = match cli.command {
        Command::Plan(_) | Command::Apply(_) | Command::Destroy(_) | Command::Drift(_) => {
            Spans::begin(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        }
        _ => None,
    };
    listen(cli.global.log, spans.as_ref(), screen);
    let command = match cli.command {
        Command::Plan(_) => "plan",
        Command::Destroy(_) => "destroy",
        Command::Drift(_) => "drift",
        _ => "apply",
    };
    std::panic::set_hook(Box::new(|_| {}));
    let run = std::panic::catch_unwind(AssertUnwindSafe(|| run(cli, screen)));
    let exit = run.unwrap_or_else(|payload| {
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
    });
    if let Some(Err(trouble)) = spans.map(|spans| spans.end(command, exit.code())) {
        screen.complain(format!(
            "{}: nobody took the spans of this run: {trouble}",
            Style::Yellow.paint(screen.error_color, "Warning")
        ));
    }
    exit.into()
}

/// Says to whom what happens inside is told.
fn listen(log: Option<tracing::Level>, spans: Option<&Spans>, screen: Screen) {
    if log.is_none() && spans.is_none() {
        return;
    }
    let lines = log.map(|level| {
        tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(screen.error_color)
            .with_filter(LevelFilter::from_level(level))
    });
    let statements = Targets::new().with_target(telemetry::TARGET, tracing::Level::DEBUG);
    let collector = spans.map(|spans| spans.collector().with_filter(statements));
    tracing_subscriber::registry()
        .with(lines)
        .with(collector)
        .init();
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
