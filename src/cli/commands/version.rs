//! `estate version`.

use crate::exit::Exit;
use crate::providers;
use crate::report::VersionReport;
use crate::screen::Screen;

/// Says which version this is.
pub(super) fn run(screen: Screen) -> Exit {
    let report = VersionReport {
        estate: env!("CARGO_PKG_VERSION").to_owned(),
        platforms: providers::all()
            .iter()
            .map(|provider| provider.name().to_owned())
            .collect(),
        plan_format: model::plan::FORMAT,
        state_format: state::FORMAT,
    };
    if screen.json {
        screen.say_json(&report);
    } else {
        screen.say(format!("estate {}", report.estate));
    }
    Exit::Done
}
