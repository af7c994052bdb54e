//! `estate drift`.

use std::path::PathBuf;

use crate::args::{DriftArgs, DriftFormat, Global};
use crate::drift::{look, say};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::Screen;

/// Says what somebody changed since the last apply. It writes nothing to any platform: sessions are set so that the
/// platform refuses it.
pub(super) async fn run(
    global: &Global,
    args: &DriftArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let (found, project, warnings) = look::look(global, args).await?;
    super::warn(&project, &warnings, screen);
    let format = match screen.json {
        true => DriftFormat::Json,
        false => args.format,
    };
    match &args.out {
        Some(path) => {
            say::write(path, &say::say(&found, format, false)?)?;
            screen.say(say::say(&found, DriftFormat::Text, screen.color)?);
        }
        None => screen.say(say::say(&found, format, screen.color)?),
    }
    let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    if let (DriftFormat::Github, Some(path)) = (format, summary) {
        say::summarize(&found, &PathBuf::from(path))?;
    }
    Ok(match found.counted().next() {
        None => Exit::Done,
        Some(_) => Exit::Differs,
    })
}
