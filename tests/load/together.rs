//! Many applies of different plans on one estate at the same time: one at a time, each applied or refused, none lost.

use std::process::{Child, Stdio};

use super::project::Project;
use crate::{client, servers};

/// How many applies there are at once: some of saved plans that were all made of the same state, some that plan for
/// themselves and wait.
const SAVED: usize = 20;
const WAITING: usize = 80;

/// What a server needs for so many, which may all be connected at once.
const ROOM: [&str; 2] = ["max_connections=300", "max_locks_per_transaction=256"];

/// Runs it.
///
/// # Errors
/// What is not as it should be afterwards.
pub(super) fn one_at_a_time() -> Result<(), String> {
    let server = servers::another_for(servers::WITH_CRON, &ROOM);
    let projects = (0..SAVED + WAITING)
        .map(|number| match number {
            0 => Project::new(&server, "together"),
            _ => Project::beside(&server, "together"),
        })
        .collect::<Result<Vec<_>, _>>()?;
    for (number, project) in projects.iter().enumerate() {
        project.write_text(&format!(
            "estate {{ project = \"together\" }}\nschema \"shop\" {{}}\ntable \"t{number}\" {{\n schema = schema.shop\n \
             column \"x\" {{ type = \"integer\" }}\n}}"
        ))?;
    }
    for project in &projects[..SAVED] {
        project.estate(&["plan", "--out", "saved.plan"])?;
    }
    let begun = projects.iter().enumerate().map(|(number, project)| {
        let arguments: &[&str] = match number < SAVED {
            true => &[
                "apply",
                "saved.plan",
                "--no-progress",
                "--lock-timeout",
                "10m",
            ],
            false => &[
                "apply",
                "--auto-approve",
                "--no-progress",
                "--lock-timeout",
                "10m",
            ],
        };
        let mut command = project.command(arguments);
        command
            .current_dir(project.folder())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command.spawn().map_err(|error| error.to_string())
    });
    let begun: Vec<Child> = begun.collect::<Result<_, _>>()?;
    let mut wrong = Vec::new();
    let (mut applied, mut stale) = (0, 0);
    for (number, child) in begun.into_iter().enumerate() {
        let ended = child
            .wait_with_output()
            .map_err(|error| error.to_string())?;
        match ended.status.code() {
            Some(0) => applied += 1,
            Some(3) if number < SAVED => stale += 1,
            other => wrong.push(format!(
                "apply {number} ended with {other:?}: {}",
                String::from_utf8_lossy(&ended.stderr)
            )),
        }
    }
    let url = &projects[0].url;
    // Every apply made its table and dropped the one before: what is there is what the last one says.
    let seen = client::run(
        url,
        "select (select count(*) from estate.version where outcome = 'succeeded') as versions, \
           (select max(serial) from estate.version) as last, \
           (select count(*) from pg_class where relnamespace = 'shop'::regnamespace and relkind = 'r') as tables, \
           (select count(*) from estate.record where kind = 'table') as recorded",
    )?;
    let expected = format!("{applied} | {applied} | 1 | 1");
    if !seen.ends_with(&expected) {
        wrong.push(format!("expected {expected}, there is {seen}"));
    }
    super::tell(vec![format!(
        "together: {} applies at once: {applied} applied one at a time, {stale} refused as stale, {} lost",
        SAVED + WAITING,
        wrong.len()
    )]);
    super::judge(wrong)
}
