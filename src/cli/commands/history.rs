//! `estate history`.

use state::VersionSummary;

use crate::args::{Global, HistoryArgs};
use crate::connect::connect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project;
use crate::screen::Screen;

/// Writes one version on a line.
pub(super) fn line(version: &VersionSummary) -> String {
    let [added, changed, destroyed] = version.summary;
    format!(
        "{:>5}  {}  {:<10}  {}@{}  {}: {added} added, {changed} changed, {destroyed} destroyed",
        version.serial,
        version.by.since,
        version.outcome.as_deref().unwrap_or("unfinished"),
        version.by.user,
        version.by.host,
        version.by.command,
    )
}

/// Lists the applies of the project, newest first.
pub(super) async fn run(
    global: &Global,
    args: &HistoryArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let mut connected = connect(&project).await?;
    let history = connected
        .store
        .history(&connected.realm, args.limit)
        .await?;
    if screen.json {
        screen.say_json(&history);
    } else if history.is_empty() {
        screen.say("Nothing was applied yet.");
    } else {
        for version in &history {
            screen.say(line(version));
        }
    }
    Ok(Exit::Done)
}
