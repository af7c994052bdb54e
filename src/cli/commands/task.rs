//! `estate task`.

use std::collections::BTreeSet;

use model::{Address, Catalog, Object, Statement, Value};
use provider::Scope;

use crate::args::{Global, TaskCommand};
use crate::connect::{Connected, connect, holder, locked};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::project::{self, Project};
use crate::report::TaskReport;
use crate::screen::Screen;
use crate::{offline, recover, view};

/// Looks at tasks, runs one, suspends or resumes one.
pub(super) async fn run(
    global: &Global,
    command: &TaskCommand,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let mut connected = connect(&project).await?;
    let loaded = connected.store.load(&connected.realm).await?;
    let mut tasks = read(&mut connected).await?;
    match command {
        TaskCommand::List => {
            let (leftovers, records) = (&loaded.leftovers, &loaded.records);
            let sessions = &mut connected.sessions;
            let left = recover::look(sessions, leftovers, &mut tasks, records).await?;
            for address in left.iter().filter_map(|finding| finding.subject.as_ref()) {
                if let Some(task) = tasks.get_mut(address) {
                    // It has its schedule, and does not run.
                    task.attributes.insert("enabled".to_owned(), false.into());
                }
            }
            let all: BTreeSet<Address> = tasks.addresses().cloned().collect();
            let others = connected.store.others(&connected.realm, &all).await?;
            let reports: Vec<_> = tasks
                .iter()
                .map(|task| {
                    let managed = loaded.records.contains_key(&task.address);
                    let others = others.get(&task.address);
                    let others = others.into_iter().flatten().map(ToString::to_string);
                    report(task, &connected, managed, others.collect())
                })
                .collect();
            list(&reports, screen);
        }
        TaskCommand::Run(args) => {
            let task = find(&tasks, &loaded, &args.name)?;
            run_now(&mut connected, task, screen).await?;
        }
        TaskCommand::Suspend(args) | TaskCommand::Resume(args) => {
            find(&tasks, &loaded, &args.name)?;
            let on = matches!(command, TaskCommand::Resume(_));
            let me = holder(if on { "task resume" } else { "task suspend" });
            let work = async |connected: &mut Connected| {
                recover::recover(connected, screen).await?;
                let tasks = read(connected).await?;
                let task = find(&tasks, &loaded, &args.name)?;
                switch(&project, connected, task, on, screen).await
            };
            locked(&mut connected, &me, "0s", &screen, work).await?;
        }
    }
    Ok(Exit::Done)
}

/// Reads all tasks.
async fn read(connected: &mut Connected) -> Result<Catalog, Failure> {
    let mut tasks = Catalog::default();
    for session in connected.sessions.values_mut() {
        for object in session.read(&Scope::default()).await? {
            if object.address.kind() == "task" {
                tasks.insert(object);
            }
        }
    }
    Ok(tasks)
}

fn text(task: &Object, name: &str) -> String {
    task.attributes
        .get(name)
        .and_then(Value::as_text)
        .unwrap_or_default()
        .to_owned()
}

fn name(task: &Object, attribute: &str) -> String {
    match task.attributes.get(attribute) {
        Some(Value::Reference(address)) => address.name().to_owned(),
        _ => String::new(),
    }
}

fn report(
    task: &Object,
    connected: &Connected,
    managed: bool,
    managed_by: Vec<String>,
) -> TaskReport {
    let place = connected
        .platforms
        .get(task.address.provider())
        .map(|platform| platform.place.clone())
        .unwrap_or_default();
    let database = name(task, "database");
    TaskReport {
        name: task.address.name().to_owned(),
        schedule: text(task, "schedule"),
        database: if database.is_empty() { place } else { database },
        run_as: name(task, "run_as"),
        enabled: task.attributes.get("enabled") == Some(&Value::Bool(true)),
        sql: text(task, "sql"),
        managed,
        managed_by,
    }
}

fn list(reports: &[TaskReport], screen: Screen) {
    if screen.json {
        screen.say_json(&reports);
        return;
    }
    if reports.is_empty() {
        screen.say("There are no tasks.");
    }
    for task in reports {
        let state = if task.enabled { "enabled" } else { "suspended" };
        let ours = match task.managed_by.as_slice() {
            _ if task.managed => String::new(),
            [] => "  (not managed)".to_owned(),
            others => format!("  (managed by {})", others.join(" and ")),
        };
        screen.say(format!(
            "{}  {state}  {}  in {} as {}{ours}",
            task.name, task.schedule, task.database, task.run_as
        ));
    }
}

/// Finds a task by its name, or by its declaration.
fn find<'a>(
    tasks: &'a Catalog,
    loaded: &state::Loaded,
    wanted: &str,
) -> Result<&'a Object, Failure> {
    let declared: Option<&Address> = loaded
        .records
        .values()
        .find(|record| record.address.kind() == "task" && record.claim.id.to_string() == wanted)
        .map(|record| &record.address);
    let found = tasks
        .iter()
        .find(|task| task.address.name() == wanted || Some(&task.address) == declared);
    found.ok_or_else(|| {
        let names: Vec<_> = tasks.addresses().map(Address::name).collect();
        Plain::failed("cli::no_task", format!("there is no task `{wanted}`"))
            .help(
                model::diagnostic::did_you_mean(wanted, names)
                    .unwrap_or_else(|| "`estate task list` lists them.".to_owned()),
            )
            .into()
    })
}

/// Runs statements in one transaction.
async fn run_statements(
    connected: &mut Connected,
    provider: &str,
    place: &str,
    statements: &[Statement],
) -> Result<(), Failure> {
    let Some(session) = connected.sessions.get_mut(provider) else {
        return Ok(());
    };
    session.begin(place, true).await?;
    if let Err(failure) = session.execute(statements, &|_| None).await {
        session.rollback().await?;
        return Err(failure.error.into());
    }
    session.commit().await?;
    Ok(())
}

async fn run_now(connected: &mut Connected, task: &Object, screen: Screen) -> Result<(), Failure> {
    let report = report(task, connected, true, Vec::new());
    let Some(platform) = crate::providers::all()
        .into_iter()
        .find(|provider| task.address.provider().split('.').next() == Some(provider.name()))
    else {
        return Ok(());
    };
    let mut statements = Vec::new();
    let role = task.attributes.get("run_as");
    if let Some(Value::Reference(role)) = role {
        statements.push(Statement::new(format!(
            "set local role {}",
            platform.written(role)
        )));
    }
    statements
        .push(Statement::new(report.sql.trim_end().trim_end_matches(';')).names_in(["public"]));
    let began = std::time::Instant::now();
    let provider = task.address.provider().to_owned();
    run_statements(connected, &provider, &name(task, "database"), &statements).await?;
    screen.say(format!(
        "Task {} ran in {} ms.",
        report.name,
        began.elapsed().as_millis()
    ));
    Ok(())
}

/// Suspends or resumes a task. A run in progress may end before: what is suspended would be cancelled.
async fn switch(
    project: &Project,
    connected: &mut Connected,
    task: &Object,
    on: bool,
    screen: Screen,
) -> Result<(), Failure> {
    let provider = task.address.provider().to_owned();
    let Some(platform) = connected.platforms.get(&provider).cloned() else {
        return Ok(());
    };
    let Some(known) = crate::providers::all()
        .into_iter()
        .find(|known| provider.split('.').next() == Some(known.name()))
    else {
        return Ok(());
    };
    let Some(rules) = known.kinds().iter().find(|rules| rules.name() == "task") else {
        return Ok(());
    };
    let mut wanted = task.clone();
    wanted
        .attributes
        .insert("enabled".to_owned(), Value::Bool(on));
    if let provider::Alter::InPlace { statements, .. } = rules.alter(task, &wanted, &platform)
        && !statements.is_empty()
    {
        let place = known.place(&task.address, &platform);
        let desired = offline::offline(project).map(|(desired, _)| desired.catalog);
        let declared = desired.as_ref().ok().and_then(|all| all.get(&task.address));
        let usual = project.config.settings.drain_timeout;
        let usual = usual.unwrap_or(plan::DRAIN_TIMEOUT);
        let suspension = rules.suspended(task, declared, usual, &platform);
        if let Some((_, wait)) = suspension.and_then(|one| one.parked).filter(|_| !on)
            && let Some(session) = connected.sessions.get_mut(&provider)
        {
            let mut progress = view::progress::Lines::new(screen);
            apply::wait(&mut **session, &place, &[wait], &mut progress).await?;
        }
        run_statements(connected, &provider, &place, &statements).await?;
    }
    let word = if on { "resumed" } else { "suspended" };
    screen.say(format!("Task {} is {word}.", task.address.name()));
    Ok(())
}
