//! `estate drift`.

use crate::args::{DriftArgs, DriftFormat, Global, Scope};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{DriftReport, FORMAT, drifted};
use crate::screen::Screen;
use crate::{ahead, survey, view};

/// Says what somebody changed since the last apply, and writes nothing.
pub(super) async fn run(
    global: &Global,
    args: &DriftArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let (project, look) = ahead::look(global).await?;
    let wishes = survey::wishes(&project, &Scope::default(), false)?;
    let (survey, connected) = survey::survey_begun(&project, look, wishes).await?;
    let drift = survey.drift(&project);
    if screen.json || args.format == DriftFormat::Json {
        screen.say_json(&DriftReport {
            format: FORMAT,
            project: connected.realm.project.clone(),
            environment: connected.realm.environment.clone(),
            has_drift: !drift.is_empty(),
            managed: survey.state.records.len(),
            drift: drifted(&drift),
            unmanaged: survey.unmanaged(&project),
        });
    } else {
        screen.say(view::drift::write(&drift, screen.color));
    }
    Ok(if drift.is_empty() {
        Exit::Done
    } else {
        Exit::Differs
    })
}
