//! `estate validate`.

use crate::args::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{self, FORMAT, ValidateReport};
use crate::screen::{Screen, Style};
use crate::stores::StatePlace;
use crate::{offline, project};

/// Checks the files, without connecting to anything.
pub(super) fn run(global: &Global, screen: Screen) -> Result<Exit, Failure> {
    let checked = project::load(global).and_then(|project| {
        StatePlace::declared(&project)?;
        offline::offline(&project).map(|(_, warnings)| (project.sources, warnings))
    });
    let (sources, diagnostics) = match checked {
        Ok(found) => found,
        Err(Failure::Diagnostics {
            sources,
            diagnostics,
        }) if screen.json => (sources, diagnostics),
        Err(failure) => return Err(failure),
    };
    let errors = diagnostics.iter().filter(|one| one.is_error()).count();
    if screen.json {
        screen.say_json(&ValidateReport {
            format: FORMAT,
            valid: errors == 0,
            errors,
            warnings: diagnostics.len() - errors,
            diagnostics: report::diagnostics(&diagnostics, &sources),
        });
        return Ok(if errors == 0 {
            Exit::Done
        } else {
            Exit::Failed
        });
    }
    if !diagnostics.is_empty() {
        let text = crate::view::diagnostics::write(&diagnostics, &sources, screen.error_color);
        screen.complain(text);
    }
    let good = Style::Green.paint(screen.color, "Success!");
    screen.say(format!("{good} The files are valid."));
    Ok(Exit::Done)
}
