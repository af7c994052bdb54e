//! `estate show`.

use std::path::Path;

use crate::args::{Global, ShowArgs};
use crate::connect::connect;
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::report::PlanReport;
use crate::screen::Screen;
use crate::{project, view};

/// Shows a saved plan, or a version.
pub(super) async fn run(global: &Global, args: &ShowArgs, screen: Screen) -> Result<Exit, Failure> {
    let path = Path::new(&args.what);
    if let Ok(serial) = args.what.parse::<u64>()
        && !path.exists()
    {
        return version(global, serial, screen).await;
    }
    let plan = super::saved::read(path)?;
    if screen.json {
        screen.say_json(&PlanReport::of(&plan));
    } else {
        let options = view::plan::Options {
            color: screen.color,
            sql: args.sql,
        };
        screen.say(view::plan::write(&plan, options));
        screen.say(format!("\nMade {}, digest {}.", plan.created, plan.digest));
    }
    Ok(Exit::Done)
}

async fn version(global: &Global, serial: u64, screen: Screen) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let mut connected = connect(&project).await?;
    let history = connected
        .store
        .history(&connected.realm, usize::MAX >> 1)
        .await?;
    let Some(version) = history.into_iter().find(|version| version.serial == serial) else {
        let words = format!("{} has no version {serial}", connected.realm);
        return Err(Plain::failed("cli::no_version", words)
            .help("`estate history` lists what there is.")
            .into());
    };
    if screen.json {
        screen.say_json(&version);
    } else {
        screen.say(super::history::line(&version));
        screen.say(format!("plan digest {}", version.digest));
    }
    Ok(Exit::Done)
}
