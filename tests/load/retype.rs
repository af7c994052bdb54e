//! A column of a large table, with an index and a check, gets another type while people write: no value is lost, and
//! nobody waits for long. An apply that is killed in the middle leaves nothing behind.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::project::Project;
use crate::client::{self, Open};
use crate::servers;

/// How many rows there are.
const ROWS: u32 = 1_000_000;

/// The longest that anybody may wait: the lock timeout, and what a busy machine adds.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server hears a moment later that who held the lock is gone.
const APPLY: [&str; 7] = [
    "apply",
    "--lock-timeout",
    "30s",
    "--auto-approve",
    "--no-progress",
    "--strategy",
    "online",
];

/// What is there only while it is done.
const LEFT: &str = "select attname::text from pg_attribute where attrelid = 'shop.events'::regclass \
    and attname like '%\\_new%' and not attisdropped \
    union all select relname::text from pg_class where relname like 'by\\_amount\\_new%' \
    union all select proname from pg_proc where pronamespace = 'shop'::regnamespace \
    union all select tgname from pg_trigger where tgrelid = 'shop.events'::regclass";

/// Runs it.
///
/// # Errors
/// What is not as it should be.
pub(super) fn while_people_write() -> Result<(), String> {
    let project = Project::new(servers::server(servers::WITH_CRON), "load_of_types")?;
    project.write_text(&text("integer"))?;
    project.estate(&APPLY)?;
    let fill = format!(
        "insert into shop.events select n, n % 1000, n % 1000 from generate_series(1, {ROWS}) n; \
         analyze shop.events"
    );
    client::run(&project.url, &fill)?;
    project.write_text(&text("bigint"))?;
    let (is_over, writes, longest) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let wrong = Mutex::new(Vec::new());
    let say = |what: String| {
        let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.push(what);
    };
    let began = Instant::now();
    let applied = std::thread::scope(|scope| {
        for writer in 0..3_u32 {
            let (url, is_over, writes, longest, say) =
                (project.url.clone(), &is_over, &writes, &longest, &say);
            scope.spawn(move || {
                let mut open = match Open::to(&url) {
                    Ok(open) => open,
                    Err(reason) => return say(reason),
                };
                for turn in 0_u32.. {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let sql = statement(writer, turn);
                    let began = Instant::now();
                    if let Err(error) = open.ask(&sql) {
                        say(format!("{sql}: {error}"));
                    }
                    let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                    longest.fetch_max(took, Ordering::Relaxed);
                    writes.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
        }
        let change = || {
            kill(&project)?;
            project.estate(&APPLY)?;
            project.estate(&["plan", "--detailed-exitcode"])
        };
        let changed = change();
        is_over.store(true, Ordering::Relaxed);
        changed
    });
    let took = began.elapsed();
    let mut wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    wrong.extend(applied.err());
    let seen = client::run(
        &project.url,
        "select count(*) filter (where amount is distinct from twin) as differ, \
           pg_typeof(min(amount))::text as type from shop.events",
    )?;
    if !seen.ends_with("0 | bigint") {
        wrong.push(seen);
    }
    let left = client::run(&project.url, LEFT)?;
    if left != "(no rows)" {
        wrong.push(format!("left behind: {left}"));
    }
    let (writes, longest) = (writes.into_inner(), longest.into_inner());
    super::tell(vec![format!(
        "type changed online: {ROWS} rows in {} ms, once cut off, {writes} writes meanwhile; the longest wait: {longest} ms",
        took.as_millis()
    )]);
    if Duration::from_millis(longest) > PATIENCE {
        wrong.push(format!("somebody waited {longest} ms"));
    }
    super::judge(wrong)
}

/// What a writer does in a turn: both columns get the same value, always.
fn statement(writer: u32, turn: u32) -> String {
    let id = 1 + (turn.wrapping_mul(7_919) + writer) % ROWS;
    let new = ROWS + 1 + turn;
    match writer {
        0 => format!("insert into shop.events values ({new}, {turn}, {turn})"),
        1 => format!("update shop.events set amount = amount + 1, twin = twin + 1 where id = {id}"),
        _ => format!(
            "update shop.events set amount = null, twin = null where id in ({id}, {new}, {})",
            1 + (id + 10_000) % ROWS
        ),
    }
}

/// Begins an apply and kills it while it copies.
fn kill(project: &Project) -> Result<(), String> {
    let mut command = project.command(&APPLY);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let began = Instant::now();
    while client::run(&project.url, LEFT)? == "(no rows)" {
        if began.elapsed() > PATIENCE {
            return Err("it does not begin to copy".to_owned());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    child.wait().map(|_| ()).map_err(|error| error.to_string())
}

fn text(data_type: &str) -> String {
    format!(
        "schema \"shop\" {{}}\n\ntable \"events\" {{\n  schema = schema.shop\n  \
         column \"id\" {{ type = \"integer\" }}\n  \
         column \"amount\" {{ type = \"{data_type}\" }}\n  \
         column \"twin\" {{ type = \"integer\" }}\n  \
         primary_key {{ columns = [\"id\"] }}\n  \
         check \"small\" {{ expression = \"amount < 2000000000\" }}\n  \
         index \"by_amount\" {{ columns = [\"amount\", \"id\"] }}\n}}\n"
    )
}
