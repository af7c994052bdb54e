//! `estate show`.

use std::path::Path;

use crate::args::{Global, ShowArgs};
use crate::connect::connect;
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::report::{DiffReport, FORMAT, ShownVersion};
use crate::screen::Screen;
use crate::versions::{find, recorded};
use crate::{project, view};

/// Shows a saved plan, or a version.
pub(super) async fn run(global: &Global, args: &ShowArgs, screen: Screen) -> Result<Exit, Failure> {
    let path = Path::new(&args.what);
    if let Ok(serial) = args.what.parse::<u64>()
        && !path.exists()
    {
        return version(global, serial, args, screen).await;
    }
    if args.diff.is_some() {
        let why = "`--diff` compares versions, and this is not the number of one";
        return Err(Plain::usage(why).into());
    }
    let plan = super::saved::read(path)?;
    super::plan::say(&plan, args.sql, screen);
    if !screen.json {
        screen.say(format!("\nMade {}, digest {}.", plan.created, plan.digest));
    }
    Ok(Exit::Done)
}

async fn version(
    global: &Global,
    serial: u64,
    args: &ShowArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let mut connected = connect(&project).await?;
    if let Some(other) = args.diff {
        let now = recorded(&mut connected, serial).await?;
        let before = recorded(&mut connected, other).await?;
        let report = DiffReport::of((serial, &now), (other, &before));
        if screen.json {
            screen.say_json(&report);
        } else {
            screen.say(view::version::diff(&report, screen.color));
        }
        return Ok(Exit::Done);
    }
    let version = find(&mut connected, serial).await?;
    let steps = connected.store.steps(&connected.realm, serial).await?;
    if screen.json {
        screen.say_json(&ShownVersion {
            format: FORMAT,
            version,
            steps,
        });
    } else {
        screen.say(view::version::write(
            &version,
            &steps,
            args.sql,
            screen.color,
        ));
    }
    Ok(Exit::Done)
}
