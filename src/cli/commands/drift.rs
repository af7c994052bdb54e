//! `estate drift`.

use std::path::PathBuf;

use crate::args::{DriftArgs, DriftFormat, Global};
use crate::drift::{look, metrics, say};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::{file, notify};

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
            file::write(path, &say::say(&found, format, false)?)?;
            screen.say(say::say(&found, DriftFormat::Text, screen.color)?);
        }
        None => screen.say(say::say(&found, format, screen.color)?),
    }
    if let Some(path) = &args.metrics {
        let seconds = time::OffsetDateTime::now_utc().unix_timestamp();
        file::write(path, &metrics::write(&found, seconds))?;
    }
    notify::drifted(&project.config, &found, screen).await;
    let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    if let (DriftFormat::Github, Some(path)) = (format, summary) {
        say::summarize(&found, &PathBuf::from(path))?;
    }
    Ok(match found.counted().next() {
        None => Exit::Done,
        Some(_) => Exit::Differs,
    })
}
