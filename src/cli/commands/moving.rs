//! `estate state move`.

use state::{Store, Unfit, VersionSummary, replay};

use super::apply::ask;
use crate::args::MoveArgs;
use crate::connect::{Connected, holder, lock, locked, open, realm};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::project::Project;
use crate::report::FORMAT;
use crate::screen::Screen;
use crate::stores::StatePlace;

/// Moves the state from where it was to where the files say, with all versions.
pub(super) async fn run(
    project: &Project,
    args: &MoveArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let (from, to) = (
        StatePlace::named(project, &args.from),
        StatePlace::declared(project)?,
    );
    if from == to {
        return Err(already_there());
    }
    let mut opened = open(&project.instances, &project.own_folder()).await?;
    let mut source = opened.store(&from)?;
    let store = opened.store(&to)?;
    let mut connected = opened.with(store, realm(project));
    let me = holder("state move");
    let work = async |connected: &mut Connected| {
        let realm = connected.realm.clone();
        lock(source.as_mut(), &realm, &me, &args.lock_timeout, &screen).await?;
        let moved = carry(source.as_mut(), connected, args.auto_approve, screen).await;
        let _ = source.unlock(&realm).await;
        moved
    };
    locked(&mut connected, &me, &args.lock_timeout, &screen, work).await
}

fn already_there() -> Failure {
    Plain::usage("the state is to be moved to where it is")
        .help("Write into the `state` block where it is to be; `--from` says where it is now.")
        .into()
}

/// Writes everything to the one, looks whether it is there, and removes it from the other.
async fn carry(
    source: &mut dyn Store,
    connected: &mut Connected,
    auto_approve: bool,
    screen: Screen,
) -> Result<Exit, Failure> {
    let realm = connected.realm.clone();
    let (from, to) = (source.describe(), connected.store.describe());
    let entries = replay(source, &realm)
        .await
        .map_err(|unfit| unfit_failure(unfit, &from))?;
    let Some(last) = entries.iter().filter_map(state::Entry::serial).max() else {
        let why = format!("there is no state of {realm} in {from}");
        return Err(Plain::failed("cli::no_state", why)
            .help("`--from` says where it is now: `platform`, the path of a file, or a url.")
            .into());
    };
    check_target(source, connected, &from).await?;
    if !auto_approve {
        screen.say(format!(
            "The state of {realm}, version {last}, moves from {from} to {to}."
        ));
        ask("Do you want to move it?", screen)?;
    }
    connected.store.remove(&realm).await?;
    for entry in &entries {
        connected.store.append(&realm, entry).await?;
    }
    let (there, here) = (
        connected.store.load(&realm).await?,
        source.load(&realm).await?,
    );
    if there.records != here.records || there.serial != here.serial {
        let why = format!("{to} does not hold what was written to it; {from} is as it was");
        return Err(Plain::failed("cli::state", why).into());
    }
    source.remove(&realm).await?;
    if screen.json {
        screen.say_json(&serde_json::json!({
            "format": FORMAT,
            "from": from,
            "to": to,
            "version": last,
            "versions": entries.len(),
        }));
    } else {
        let versions = match entries.len() {
            1 => "one version".to_owned(),
            count => format!("{count} versions"),
        };
        screen.say(format!(
            "Moved the state of {realm} from {from} to {to}: {versions}."
        ));
    }
    Ok(Exit::Done)
}

/// Makes sure that the target holds nothing, or only what an earlier attempt brought there.
async fn check_target(
    source: &mut dyn Store,
    connected: &mut Connected,
    from: &str,
) -> Result<(), Failure> {
    let realm = &connected.realm;
    // One place may have several names.
    let (there, here) = (
        connected.store.load(realm).await?,
        source.load(realm).await?,
    );
    if there.lineage == here.lineage {
        return Err(already_there());
    }
    let there = connected.store.history(realm, 1).await?;
    let Some(newest) = there.first() else {
        return Ok(());
    };
    let known = source.history(realm, usize::MAX).await?;
    let is_same = |other: &VersionSummary| {
        (other.serial, &other.digest, &other.by) == (newest.serial, &newest.digest, &newest.by)
    };
    if known.iter().any(is_same) {
        return Ok(());
    }
    let why = format!(
        "{} has a state of {realm} of its own, version {}, that did not come from {from}",
        connected.store.describe(),
        newest.serial
    );
    Err(Plain::refused("cli::state_there", why)
        .help("Use the one that is there, or name another place in the `state` block.")
        .into())
}

fn unfit_failure(unfit: Unfit, from: &str) -> Failure {
    let why = unfit.to_string();
    match unfit {
        Unfit::Store(error) => error.into(),
        Unfit::Unfinished(_) => Plain::failed("cli::state", why)
            .help("Run `estate apply` with the state where it is; it puts that in order.")
            .into(),
        Unfit::NotKept(_) => Plain::failed("cli::state", format!("{why}, in {from}"))
            .help("Run `estate apply` once with the state where it is; then all of it is kept.")
            .into(),
    }
}
