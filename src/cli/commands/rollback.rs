//! `estate rollback`.

use std::collections::BTreeMap;

use model::{Address, Moved, PartRename, Records, Selector, Span};
use plan::Wishes;
use state::{Loaded, Recorded, Renamed, VersionSummary};

use super::apply::{Consent, carry_out, check_protection, execute_plan};
use crate::approval::Approvals;
use crate::args::{Global, RollbackArgs};
use crate::connect::{Connected, connect, holder, locked};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::project::Project;
use crate::recover::recover;
use crate::screen::Screen;
use crate::{project, snapshots, survey, versions, view};

/// Goes back to what an earlier version left.
pub(super) async fn run(
    global: &Global,
    args: &RollbackArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let consent = Consent {
        question: "Do you want to go back to that version?",
        auto_approve: args.auto_approve,
        approvals: Approvals::default(),
        allow_data_loss: args.allow_data_loss,
        reviewed: false,
        command: "rollback",
        sql: args.sql,
    };
    if args.out.is_none() {
        check_protection(&project, &consent)?;
    }
    let mut connected = connect(&project).await?;
    let me = holder("rollback");
    let work = async |connected: &mut Connected| {
        if args.out.is_none() {
            recover(connected, screen).await?;
        }
        let to = target(connected, args.to).await?;
        let mut survey = look(&project, connected, &to).await?;
        let plan = survey.plan(&project, connected).await?;
        if !screen.json {
            screen.say(headline(&to));
        }
        let Some(path) = &args.out else {
            return carry_out(&project, connected, &survey, &plan, &consent, screen).await;
        };
        super::plan::say(&plan, args.sql, screen);
        super::plan::save(&project, &plan, path, screen).await?;
        super::plan::verdict(&plan, false, screen)
    };
    if args.out.is_some() {
        return work(&mut connected).await;
    }
    locked(&mut connected, &me, &args.lock_timeout, &screen, work).await
}

/// Goes back to what was before an apply that has failed, where steps of it have become permanent. Returns what is
/// told in the end.
pub(super) async fn after(
    project: &Project,
    connected: &mut Connected,
    failed: Failure,
    screen: Screen,
) -> Failure {
    let Failure::Apply { failure, .. } = &failed else {
        return failed;
    };
    let Some(serial) = failure
        .serial
        .filter(|_| !failure.as_before && !failure.is_stopped)
    else {
        return failed;
    };
    let before = serial - 1;
    if !screen.json {
        screen.complain(view::failure::write(&failed, screen.error_color));
        screen.complain("");
    }
    match back_to(project, connected, before, screen).await {
        Ok(version) => {
            let done = format!(
                "version {serial} failed, and everything is as version {before} left it again"
            );
            Plain::failed("cli::rolled_back", done)
                .note(format!("- why it failed: {}", failure.error))
                .note(format!("- the way back is version {version}"))
                .help("Correct what failed, and apply again.")
                .into()
        }
        Err(second) => second,
    }
}

async fn back_to(
    project: &Project,
    connected: &mut Connected,
    serial: u64,
    screen: Screen,
) -> Result<u64, Failure> {
    for session in connected.sessions.values_mut() {
        session.rollback().await?;
    }
    let to = target(connected, Some(serial)).await?;
    let mut survey = look(project, connected, &to).await?;
    let plan = survey.plan(project, connected).await?;
    if plan.is_refused() {
        return Err(Failure::Findings(plan.refusals()));
    }
    if plan.changes.is_empty() {
        return Ok(survey.state.serial);
    }
    let none = Vec::new();
    execute_plan(project, connected, &survey, &plan, none, "rollback", screen).await
}

/// Where one goes back to.
pub(super) struct Target {
    /// Its number; 0 is before the first.
    serial: u64,
    /// The apply that left it; absent for what was before the first.
    version: Option<VersionSummary>,
    /// What was ours then.
    recorded: Recorded,
    /// What is ours now.
    now: Loaded,
}

/// Finds the version to go back to: the one before the last where none is named.
pub(super) async fn target(connected: &mut Connected, to: Option<u64>) -> Result<Target, Failure> {
    let now = connected.store.load(&connected.realm).await?;
    if now.serial == 0 {
        let why = format!("nothing was ever applied in {}", connected.realm);
        return Err(Plain::failed("cli::no_version", why).into());
    }
    let serial = to.unwrap_or(now.serial - 1);
    if serial == 0 {
        return Ok(Target {
            serial,
            version: None,
            recorded: Recorded::new(),
            now,
        });
    }
    let version = versions::find(connected, serial).await?;
    let recorded = versions::left_by(connected, serial).await?;
    Ok(Target {
        serial,
        version: Some(version),
        recorded,
        now,
    })
}

/// Looks at everything, with what the version left as what should be.
pub(super) async fn look(
    project: &Project,
    connected: &mut Connected,
    to: &Target,
) -> Result<survey::Survey, Failure> {
    let records: Records = to
        .recorded
        .iter()
        .map(|(address, put)| (address.clone(), put.record()))
        .collect();
    let (store, realm) = (&mut connected.store, &connected.realm);
    let renamed = store.renamed(realm, to.serial).await?;
    let known = records.keys().chain(to.now.records.keys());
    let found = snapshots::read(project, connected, known).await?;
    let wishes = Wishes {
        refills: snapshots::since(found, to.serial),
        moved: back(&renamed, &to.now, &records, project.anywhere()?),
        ..survey::usual_wishes(project)
    };
    survey::survey_former(project, connected, wishes, &records).await
}

/// Turns the renames since a version around.
fn back(renamed: &[Renamed], now: &Loaded, then: &Records, span: Span) -> Vec<Moved> {
    // By present name, the one it had then; and so for the parts of each.
    let mut former: BTreeMap<&Address, &Address> = BTreeMap::new();
    let mut parts: BTreeMap<&Address, BTreeMap<(&str, &str), &str>> = BTreeMap::new();
    for Renamed {
        from,
        to,
        parts: renamed,
    } in renamed
    {
        let first = former.remove(from).unwrap_or(from);
        former.insert(to, first);
        let mut known = parts.remove(from).unwrap_or_default();
        for PartRename { kind, from, to } in renamed {
            let first = known.remove(&(kind.as_str(), from.as_str()));
            known.insert((kind, to), first.unwrap_or(from));
        }
        parts.insert(to, known);
    }
    let mut moved = Vec::new();
    for (present, first) in former {
        let (Some(now), Some(then)) = (now.records.get(present), then.get(first)) else {
            continue;
        };
        let [from, to] = [now, then].map(|record| Selector::from(&record.claim.id));
        if from != to {
            let (from, to) = (from.clone(), to.clone());
            moved.push(Moved { from, to, span });
        }
        let parts = parts.remove(present).into_iter().flatten();
        moved.extend(parts.map(|((kind, present), first)| {
            let part = |whole: &Selector, name: &str| Selector {
                part: Some((kind.to_owned(), name.to_owned())),
                ..whole.clone()
            };
            Moved {
                from: part(&from, present),
                to: part(&to, first),
                span,
            }
        }));
    }
    moved
}

/// Says what a rollback goes back to.
fn headline(to: &Target) -> String {
    match &to.version {
        None => {
            "Going back to before the first version: everything that is ours goes.\n".to_owned()
        }
        Some(version) => format!(
            "Going back to version {}: {} by {} on {}, {}.\n",
            to.serial, version.by.command, version.by.user, version.by.host, version.by.since
        ),
    }
}
