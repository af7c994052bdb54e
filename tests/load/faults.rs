//! An apply is cut off in the middle, again and again: what people read is old or new, and the next apply finishes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::project::{APPLY, On, Project, TURNS};
use crate::{client, servers};

/// How often something is broken.
const FAULTS: u32 = 14;

/// What is broken.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// The tool is killed.
    Killed,
    /// The server ends its connections.
    Disconnected,
    /// A process of the server is killed, and so the server stops at once, recovers and starts again.
    Crashed,
}

const ALL: [Fault; 3] = [Fault::Killed, Fault::Disconnected, Fault::Crashed];

/// How long a server may take to recover.
const RECOVERY: Duration = Duration::from_secs(60);

/// Numbers that look drawn and are the same every time.
fn drawn(number: u32) -> u64 {
    u64::from(number.wrapping_mul(2_654_435_761) >> 16)
}

/// Runs it.
///
/// # Errors
/// What is not as it should be afterwards.
pub(super) fn cut_off_anywhere() -> Result<(), String> {
    let server = servers::another(servers::WITH_CRON);
    let project = Project::new(&server, "load_of_faults")?;
    let mut on = On::default();
    project.write(&on)?;
    project.estate(&APPLY)?;
    project.fill()?;
    let began = Instant::now();
    change(&mut on, 0);
    project.write(&on)?;
    project.estate(&APPLY)?;
    let whole = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut wrong = Vec::new();
    let mut hit = 0;
    for number in 1..=FAULTS {
        change(&mut on, number);
        project.write(&on)?;
        let fault = ALL[number as usize % ALL.len()];
        hit += u32::from(interrupt(&project, fault, drawn(number) % whole)?);
        let told = |what: String| format!("{fault:?} ({number}): {what}");
        let seen = client::run(
            &project.url,
            "select (select count(*) filter (where scaled <> price * factor) from shop.daily) as wrong, \
               (select count(*) > 0 from shop.totals) as filled, (select count(*) > 0 from shop.best) as read",
        );
        match seen {
            Ok(seen) if seen.ends_with("0 | t | t") => {}
            Ok(seen) | Err(seen) => wrong.push(told(seen)),
        }
        wrong.extend(project.estate(&APPLY).err().map(told));
        let after = project.estate(&["plan", "--detailed-exitcode"]);
        wrong.extend(after.err().map(told));
        wrong.extend(project.left_behind()?.map(told));
    }
    super::tell(vec![format!(
        "faults: {FAULTS} applies of {} changes interrupted, {hit} before they were done; {} not survived",
        TURNS.len(),
        wrong.len()
    )]);
    super::judge(wrong)
}

/// Changes most of it at once, so that there is much to interrupt.
fn change(on: &mut On, number: u32) {
    for (turn, is_on) in (number as usize..).zip(on.iter_mut()) {
        *is_on ^= turn % 3 != 0;
    }
}

/// Begins an apply and interrupts it after some milliseconds. Reports whether it had not ended before.
fn interrupt(project: &Project, fault: Fault, after: u64) -> Result<bool, String> {
    let mut command = project.command(&APPLY);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    std::thread::sleep(Duration::from_millis(after));
    let had_ended = child
        .try_wait()
        .map_err(|error| error.to_string())?
        .is_some();
    match fault {
        Fault::Killed => {
            let _ = child.kill();
        }
        Fault::Disconnected => {
            let sql = "select pg_terminate_backend(pid) from pg_stat_activity \
                where application_name like 'estate%' and datname = current_database()";
            client::run(&project.url, sql)?;
        }
        Fault::Crashed => crash(&project.url)?,
    }
    let ended = child.wait().map_err(|error| error.to_string())?;
    Ok(!had_ended && !ended.success())
}

/// Kills a process that works for the tool, if there is one, and waits until the server is back.
pub(super) fn crash(url: &str) -> Result<(), String> {
    let sql = "select pid from pg_stat_activity \
        where application_name like 'estate%' and datname = current_database() limit 1";
    let found = client::run(url, sql)?;
    let Some(process) = found.lines().nth(1).filter(|line| *line != "(no rows)") else {
        return Ok(());
    };
    let killed = Command::new("kill").args(["-KILL", process]).status();
    killed.map_err(|error| error.to_string())?;
    let began = Instant::now();
    // It may take a moment until the server notices.
    std::thread::sleep(Duration::from_millis(200));
    while let Err(error) = client::run(url, "select 1") {
        if began.elapsed() > RECOVERY {
            return Err(format!("the server does not come back: {error}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
