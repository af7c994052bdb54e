//! The commands, one file each.

mod adopt;
mod apply;
mod approve;
mod audit;
mod completions;
mod destroy;
mod drift;
mod explain;
mod fmt;
mod grants;
mod graph;
mod history;
mod import;
mod init;
mod moving;
mod plan;
mod rollback;
mod saved;
mod show;
mod snapshots;
mod state;
mod task;
mod unlock;
mod validate;
mod version;

pub use explain::codes;

use crate::args::{Cli, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::screen::Screen;

/// Runs a command.
///
/// # Errors
/// When it did not do what was asked.
pub async fn run(cli: Cli, screen: Screen) -> Result<Exit, Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Init(args) => init::run(&global, &args, screen),
        Command::Validate => validate::run(&global, screen),
        Command::Fmt(args) => fmt::run(&global, &args, screen),
        Command::Plan(args) => plan::run(&global, &args, screen).await,
        Command::Apply(args) => apply::run(&global, &args, screen).await,
        Command::Destroy(args) => destroy::run(&global, &args, screen).await,
        Command::Import(args) => import::run(&global, &args, screen).await,
        Command::Audit(args) => audit::run(&global, &args, screen).await,
        Command::Drift(args) => drift::run(&global, &args, screen).await,
        Command::Grants(command) => grants::run(&global, &command, screen).await,
        Command::Adopt(args) => adopt::run(&global, &args, screen).await,
        Command::Show(args) => show::run(&global, &args, screen).await,
        Command::History(args) => history::run(&global, &args, screen).await,
        Command::Approve(args) => approve::run(&args, screen),
        Command::Rollback(args) => rollback::run(&global, &args, screen).await,
        Command::Snapshots(command) => snapshots::run(&global, &command, screen).await,
        Command::State(command) => state::run(&global, &command, screen).await,
        Command::Unlock(args) => unlock::run(&global, &args, screen).await,
        Command::Task(command) => task::run(&global, &command, screen).await,
        Command::Graph(args) => graph::run(&global, &args, screen),
        Command::Explain(args) => explain::run(&args, screen),
        Command::Completions(args) => Ok(completions::run(&args)),
        Command::Version => Ok(version::run(screen)),
    }
}

/// Shows warnings of the files, where there are any.
fn warn(project: &Project, warnings: &[model::Diagnostic], screen: Screen) {
    if !warnings.is_empty() && !screen.json {
        let text = crate::view::diagnostics::write(warnings, &project.sources, screen.error_color);
        screen.complain(text);
    }
}
