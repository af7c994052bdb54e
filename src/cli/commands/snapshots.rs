//! `estate snapshots`.

use std::collections::BTreeSet;

use model::{Action, Fingerprint, Records, Selector, Statement};
use plan::Wishes;
use provider::Snapshot;
use state::Loaded;

use super::apply::{Consent, ask, carry_out, check_protection};
use crate::approval::Approvals;
use crate::args::{Global, PruneArgs, RestoreArgs, SnapshotsCommand};
use crate::connect::{Connected, connect, holder, locked};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::project::Project;
use crate::recover::recover;
use crate::report::{FORMAT, SnapshotsReport};
use crate::screen::Screen;
use crate::{project, snapshots, survey, versions, view};

/// Lists snapshots, brings one back, or drops some.
pub(super) async fn run(
    global: &Global,
    command: &SnapshotsCommand,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let mut connected = connect(&project).await?;
    match command {
        SnapshotsCommand::List => {
            let (found, _) = all(&project, &mut connected).await?;
            show(&found, screen);
            Ok(Exit::Done)
        }
        SnapshotsCommand::Restore(args) => {
            if args.out.is_some() {
                return restore(&project, &mut connected, args, screen).await;
            }
            let me = holder("snapshots restore");
            let work = async |connected: &mut Connected| {
                recover(connected, screen).await?;
                restore(&project, connected, args, screen).await
            };
            locked(&mut connected, &me, &args.lock_timeout, &screen, work).await
        }
        SnapshotsCommand::Prune(args) => {
            let me = holder("snapshots prune");
            let work =
                async |connected: &mut Connected| prune(&project, connected, args, screen).await;
            locked(&mut connected, &me, &args.lock_timeout, &screen, work).await
        }
    }
}

/// Reads all snapshots of the project in its environment, with what is ours.
async fn all(
    project: &Project,
    connected: &mut Connected,
) -> Result<(Vec<Snapshot>, Loaded), Failure> {
    let loaded = connected.store.load(&connected.realm).await?;
    let found = snapshots::read(project, connected, loaded.records.keys()).await?;
    Ok((found, loaded))
}

fn show(found: &[Snapshot], screen: Screen) {
    if screen.json {
        screen.say_json(&SnapshotsReport {
            format: FORMAT,
            snapshots: found.to_vec(),
        });
    } else if found.is_empty() {
        screen.say("There are no snapshots.");
    } else {
        screen.say(view::snapshots::write(found, screen.color));
    }
}

/// Finds snapshots by their names.
fn named(found: Vec<Snapshot>, names: &[String]) -> Result<Vec<Snapshot>, Failure> {
    let known: BTreeSet<&str> = found.iter().map(|one| one.id.as_str()).collect();
    let missing = names.iter().find(|name| !known.contains(name.as_str()));
    if let Some(missing) = missing {
        let near = model::diagnostic::did_you_mean(missing, known.iter().copied());
        let help = near.unwrap_or_else(|| "`estate snapshots list` says what there is.".to_owned());
        let why = format!("there is no snapshot `{missing}`");
        return Err(Plain::failed("cli::no_snapshot", why).help(help).into());
    }
    let mut found = found;
    found.retain(|one| names.contains(&one.id));
    Ok(found)
}

/// Brings the rows of a table, or columns, back, with everything that was attached to them.
async fn restore(
    project: &Project,
    connected: &mut Connected,
    args: &RestoreArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let consent = Consent {
        question: "Do you want to bring this back?",
        auto_approve: args.auto_approve,
        approvals: Approvals::default(),
        allow_data_loss: false,
        reviewed: false,
        command: "snapshots restore",
        sql: args.sql,
    };
    if args.out.is_none() {
        check_protection(project, &consent)?;
    }
    let (found, loaded) = all(project, connected).await?;
    let mut found = named(found, std::slice::from_ref(&args.snapshot))?;
    let snapshot = found.remove(0);
    let address = snapshot.address.clone();
    let name = format!("{} {}", address.kind(), address.qualified_name());
    let then = match snapshot.serial.saturating_sub(1) {
        0 => state::Recorded::new(),
        before => versions::recorded(connected, before).await?,
    };
    let Some(former) = then.get(&address) else {
        let why = format!(
            "nobody knows how {name} was declared before version {}",
            snapshot.serial
        );
        return Err(Plain::failed("cli::no_version", why)
            .help(format!(
                "Its rows can be read from estate_snapshots.{} in database {}.",
                snapshot.id,
                connected
                    .platforms
                    .values()
                    .next()
                    .map_or("", |one| one.place.as_str()),
            ))
            .into());
    };
    let is_ours = loaded.records.contains_key(&address);
    if snapshot.is_whole && is_ours {
        let why = format!("there is another {name} by now");
        return Err(Plain::refused("cli::in_the_way", why)
            .help(format!(
                "Its rows can be read from estate_snapshots.{}. `estate rollback --to {}` goes back to what it was.",
                snapshot.id,
                snapshot.serial - 1
            ))
            .into());
    }
    if !snapshot.is_whole && !is_ours {
        let why = format!("{name} is gone, so there is nothing to bring its columns back to");
        return Err(Plain::refused("cli::in_the_way", why)
            .help("Bring it back first: `estate snapshots list` says whether it was kept.")
            .into());
    }
    // What is ours by now stays as it is recorded, and only what is brought back is looked at.
    let mut records = Records::new();
    let now = versions::left_by(connected, loaded.serial).await?;
    records.extend(
        now.iter()
            .map(|(address, put)| (address.clone(), put.record())),
    );
    if snapshot.is_whole {
        records.insert(address.clone(), former.record());
    } else if let Some(present) = records.get_mut(&address) {
        let instance = &project.instances[address.provider()];
        let contents = present.content.take().unwrap_or_default();
        let merged = instance
            .provider
            .with_parts(contents, &former.content, &snapshot);
        present.content = Some(merged);
        // It is not as the files say, so that the next plan has to look.
        present.claim.declared = Fingerprint::of_bytes(snapshot.id.as_bytes());
    }
    let block = &former.claim.id;
    let attached = then.iter().filter(|(other, put)| {
        let id = &put.claim.id;
        let is_inside = (&id.module, &id.kind, &id.label, &id.key)
            == (&block.module, &block.kind, &block.label, &block.key);
        is_inside && !now.contains_key(*other)
    });
    records.extend(attached.map(|(address, put)| (address.clone(), put.record())));
    let mut target = Selector::from(block);
    target.part = None;
    let wishes = Wishes {
        targets: vec![target],
        refills: snapshots::since(vec![snapshot.clone()], 0),
        ..survey::usual_wishes(project)
    };
    let mut survey = survey::survey_former(project, connected, wishes, &records).await?;
    let plan = survey.plan(project, connected).await?;
    if !plan.has_changes() {
        let why = format!("{name} has all that snapshot `{}` keeps", snapshot.id);
        return Err(Plain::refused("cli::in_the_way", why).into());
    }
    let done = match &args.out {
        None => carry_out(project, connected, &survey, &plan, &consent, screen).await?,
        Some(path) => {
            super::plan::say(&plan, args.sql, screen);
            super::plan::save(project, &plan, path, screen).await?;
            super::plan::verdict(&plan, false, screen)?
        }
    };
    if !screen.json {
        let is_made = plan.changes.iter().any(|one| one.action == Action::Create);
        let what = if is_made { "it" } else { "what came back" };
        screen.say(format!(
            "Declare {what} again before the next apply, which drops what the files do not say; \
             `estate import {}` prints it.",
            address.qualified_name()
        ));
    }
    Ok(done)
}

/// Drops snapshots.
async fn prune(
    project: &Project,
    connected: &mut Connected,
    args: &PruneArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let (mut found, _) = all(project, connected).await?;
    if !args.snapshot.is_empty() {
        found = named(found, &args.snapshot)?;
    } else if !args.all {
        found.retain(|one| one.is_expired);
    }
    show(&found, screen);
    if found.is_empty() {
        return Ok(Exit::Done);
    }
    if !args.auto_approve {
        ask(
            "Do you really want to drop these snapshots? Nothing can bring them back.",
            screen,
        )?;
    }
    for snapshot in &found {
        drop_one(project, connected, snapshot).await?;
    }
    if !screen.json {
        screen.say(match found.len() {
            1 => "1 snapshot dropped.".to_owned(),
            count => format!("{count} snapshots dropped."),
        });
    }
    Ok(Exit::Done)
}

async fn drop_one(
    project: &Project,
    connected: &mut Connected,
    snapshot: &Snapshot,
) -> Result<(), Failure> {
    let key = snapshot.address.provider();
    let (Some(instance), Some(session)) =
        (project.instances.get(key), connected.sessions.get_mut(key))
    else {
        let why = format!("this project has no provider `{key}` any more");
        return Err(Plain::failed("cli::no_provider", why).into());
    };
    let statements: Vec<Statement> = instance.provider.drop_snapshot(snapshot);
    session.begin(&snapshot.place, true).await?;
    if let Err(failure) = session.execute(&statements, &|_| None).await {
        session.rollback().await?;
        return Err(failure.error.into());
    }
    session.commit().await?;
    Ok(())
}
