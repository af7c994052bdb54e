//! `estate show`.

use std::path::Path;

use state::{Recorded, VersionSummary};

use crate::args::{Global, ShowArgs};
use crate::connect::{Connected, connect};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::report::{DiffReport, FORMAT, ShownVersion};
use crate::screen::Screen;
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

/// Finds a version.
///
/// # Errors
/// When there is none of that number.
pub(super) async fn find(
    connected: &mut Connected,
    serial: u64,
) -> Result<VersionSummary, Failure> {
    let (store, realm) = (&mut connected.store, &connected.realm);
    let history = store.history(realm, usize::MAX >> 1).await?;
    let found = history.into_iter().find(|version| version.serial == serial);
    found.ok_or_else(|| {
        Plain::failed(
            "cli::no_version",
            format!("{realm} has no version {serial}"),
        )
        .help("`estate history` lists what there is.")
        .into()
    })
}

/// Returns what was managed after a version.
///
/// # Errors
/// When there is none of that number, or an earlier Estate did not keep what it left.
pub(super) async fn recorded(connected: &mut Connected, serial: u64) -> Result<Recorded, Failure> {
    find(connected, serial).await?;
    left_by(connected, serial).await
}

/// Returns what was managed after a version that there is.
///
/// # Errors
/// When an earlier Estate did not keep that.
pub(super) async fn left_by(connected: &mut Connected, serial: u64) -> Result<Recorded, Failure> {
    let recorded = connected.store.recorded(&connected.realm, serial).await?;
    recorded.ok_or_else(|| {
        let why = format!("nobody knows any more what was managed after version {serial}");
        Plain::failed("cli::no_version", why)
            .help("What is managed is kept since this version of Estate applied something for the first time.")
            .into()
    })
}
