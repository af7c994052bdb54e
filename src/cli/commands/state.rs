//! `estate state`.

use std::collections::BTreeSet;

use model::{Address, Record, Selector};
use state::Loaded;

use super::apply::ask;
use crate::args::{Global, RecoverArgs, Scope, StateCommand};
use crate::connect::{Connected, connect, holder, locked};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::project::{self, Project};
use crate::recording::record;
use crate::recover::recover;
use crate::report::{FORMAT, RecordReport, StateReport};
use crate::screen::Screen;
use crate::survey;
use crate::view::value::inline;

/// Looks at what is ours.
pub(super) async fn run(
    global: &Global,
    command: &StateCommand,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let connected = async || connect(&project).await;
    match command {
        StateCommand::List => list(&mut connected().await?, screen).await?,
        StateCommand::Show(args) => show(&mut connected().await?, &args.address, screen).await?,
        StateCommand::Forget(args) => {
            forget(&project, &mut connected().await?, &args.address, screen).await?;
        }
        StateCommand::Pull => pull(&mut connected().await?, screen).await?,
        StateCommand::Recover(args) => {
            return rebuild(&project, &mut connected().await?, args, screen).await;
        }
        // It connects to two places.
        StateCommand::Move(args) => return super::moving::run(&project, args, screen).await,
    }
    Ok(Exit::Done)
}

fn report_of(record: &Record) -> RecordReport {
    RecordReport {
        address: record.address.clone(),
        declaration: record.claim.id.clone(),
        declared: record.claim.declared,
        live: record.live,
        prevent_destroy: record.claim.prevent_destroy,
        partial: record.claim.partial,
        attributes: record.content.clone(),
    }
}

fn report(connected: &Connected, loaded: &Loaded) -> StateReport {
    StateReport {
        format: FORMAT,
        project: connected.realm.project.clone(),
        environment: connected.realm.environment.clone(),
        lineage: loaded.lineage.clone(),
        serial: loaded.serial,
        records: loaded.records.values().map(report_of).collect(),
    }
}

async fn list(connected: &mut Connected, screen: Screen) -> Result<(), Failure> {
    let loaded = connected.store.load(&connected.realm).await?;
    if screen.json {
        screen.say_json(&report(connected, &loaded));
        return Ok(());
    }
    for record in loaded.records.values() {
        let doubt = if record.in_doubt {
            "  (in doubt: an apply never finished)"
        } else {
            ""
        };
        let part = if record.claim.partial {
            "  (grants only)"
        } else {
            ""
        };
        screen.say(format!(
            "{}  {} {}{part}{doubt}",
            record.claim.id,
            record.address.kind(),
            record.address.qualified_name()
        ));
    }
    Ok(())
}

/// Finds the records that an address means: a declaration, or an identity.
fn find(loaded: &Loaded, text: &str) -> Result<BTreeSet<Address>, Failure> {
    let selector: Option<Selector> = text.parse().ok();
    let found: BTreeSet<Address> = loaded
        .records
        .values()
        .filter(|record| {
            record.address.to_string() == text
                || selector.as_ref().is_some_and(|selector| {
                    selector.matches(&record.claim.id)
                        && (selector.part.is_some() || record.claim.id.part.is_none())
                })
        })
        .map(|record| record.address.clone())
        .collect();
    if found.is_empty() {
        let ids: Vec<_> = loaded
            .records
            .values()
            .map(|record| record.claim.id.to_string())
            .collect();
        let near = model::diagnostic::did_you_mean(text, ids.iter().map(String::as_str));
        return Err(Plain::failed(
            "cli::not_ours",
            format!("`{text}` is not among what is ours"),
        )
        .help(near.unwrap_or_else(|| "`estate state list` lists what is.".to_owned()))
        .into());
    }
    Ok(found)
}

async fn with_contents(
    connected: &mut Connected,
    loaded: &mut Loaded,
    of: &BTreeSet<Address>,
) -> Result<(), Failure> {
    for (address, content) in connected.store.contents(&connected.realm, of).await? {
        if let Some(record) = loaded.records.get_mut(&address) {
            record.content = Some(content);
        }
    }
    Ok(())
}

async fn show(connected: &mut Connected, text: &str, screen: Screen) -> Result<(), Failure> {
    let mut loaded = connected.store.load(&connected.realm).await?;
    let found = find(&loaded, text)?;
    with_contents(connected, &mut loaded, &found).await?;
    loaded.records.retain(|address, _| found.contains(address));
    if screen.json {
        screen.say_json(&report(connected, &loaded));
        return Ok(());
    }
    for record in loaded.records.values() {
        screen.say(format!(
            "# {}: {} {}",
            record.claim.id,
            record.address.kind(),
            record.address.qualified_name()
        ));
        for (name, value) in record.content.iter().flatten() {
            screen.say(format!("{name} = {}", inline(value)));
        }
    }
    Ok(())
}

/// Makes the state anew from the files and what is live, and puts a damaged one aside.
async fn rebuild(
    project: &Project,
    connected: &mut Connected,
    args: &RecoverArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let wishes = survey::wishes(project, &Scope::default(), false)?;
    let me = holder("state recover");
    let work = async |connected: &mut Connected| {
        match connected.store.load(&connected.realm).await {
            Ok(_) => {}
            Err(error @ state::Error::Damaged { .. }) => {
                if !args.auto_approve {
                    let question = "The state is damaged. Do you want to put it aside, and record as ours what is \
                        declared and live?";
                    ask(question, screen)?;
                }
                let aside = connected.store.set_aside().await?;
                screen.complain(format!("{error}. It is put aside: {aside}."));
            }
            Err(error) => return Err(error.into()),
        }
        super::adopt::record(project, connected, wishes, "state recover", screen).await
    };
    locked(connected, &me, &args.lock_timeout, &screen, work).await
}

async fn pull(connected: &mut Connected, screen: Screen) -> Result<(), Failure> {
    let mut loaded = connected.store.load(&connected.realm).await?;
    let all: BTreeSet<Address> = loaded.records.keys().cloned().collect();
    with_contents(connected, &mut loaded, &all).await?;
    screen.say_json(&report(connected, &loaded));
    Ok(())
}

async fn forget(
    project: &Project,
    connected: &mut Connected,
    text: &str,
    screen: Screen,
) -> Result<(), Failure> {
    let me = holder("state forget");
    let work = async |connected: &mut Connected| {
        recover(connected, screen).await?;
        leave(project, connected, text, screen).await
    };
    locked(connected, &me, "0s", &screen, work).await
}

/// Records that an object is no longer managed.
async fn leave(
    project: &Project,
    connected: &mut Connected,
    text: &str,
    screen: Screen,
) -> Result<(), Failure> {
    let loaded = connected.store.load(&connected.realm).await?;
    let found = find(&loaded, text)?;
    let serial = loaded.serial + 1;
    let gone: Vec<_> = found.iter().cloned().collect();
    let version = (serial, "state forget", "");
    record(project, connected, version, Vec::new(), gone).await?;
    for address in &found {
        screen.complain(format!(
            "{} {} is no longer managed; nothing was done to it.",
            address.kind(),
            address.qualified_name()
        ));
    }
    Ok(())
}
