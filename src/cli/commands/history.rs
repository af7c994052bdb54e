//! `estate history`.

use state::VersionSummary;

use crate::args::{Global, HistoryArgs};
use crate::connect::connect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::{project, view};

/// Writes one version on a line. What never ended well says what was planned: nobody counted how much of
/// it was done.
pub(super) fn line(version: &VersionSummary) -> String {
    let outcome = view::version::outcome(version);
    let counts = view::version::counts(version);
    format!(
        "{:>5}  {}  {outcome:<10}  {}@{}  {}: {counts}",
        version.serial, version.by.since, version.by.user, version.by.host, version.by.command,
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

#[cfg(test)]
mod tests {
    use state::Holder;

    use super::*;

    #[test]
    fn what_never_ended_well_says_what_was_planned() {
        let version = |outcome: Option<&str>| VersionSummary {
            serial: 4,
            by: Holder {
                user: "ada".to_owned(),
                host: "ci".to_owned(),
                process: 1,
                since: "2026-02-03T04:05:06Z".to_owned(),
                command: "apply".to_owned(),
            },
            estate: String::new(),
            digest: String::new(),
            summary: [0, 1, 2],
            outcome: outcome.map(str::to_owned),
            ended: None,
            login: None,
            commit: String::new(),
            dirty: false,
            approvals: Vec::new(),
        };
        assert_eq!(
            line(&version(Some("succeeded"))),
            "    4  2026-02-03T04:05:06Z  succeeded   ada@ci  apply: 0 added, 1 changed, 2 destroyed"
        );
        let planned = "ada@ci  apply: planned 0 to add, 1 to change, 2 to destroy";
        for outcome in [None, Some("failed")] {
            assert!(line(&version(outcome)).ends_with(planned));
        }
    }
}
