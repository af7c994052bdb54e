//! People read and write without a pause while everything under them is changed.
//!
//! Readers must never see an error, half of a change, or an empty materialized view; writers must never see an error,
//! and never wait longer than a lock is waited for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::project::{APPLY, On, Project, TURNS};
use crate::client::Open;
use crate::servers;

/// How many changes are applied.
const CHANGES: usize = 50;

/// The longest that anybody may wait: the lock timeout, and what a busy machine adds.
const PATIENCE: Duration = Duration::from_secs(10);

/// What people see, all of them together.
#[derive(Default)]
struct Seen {
    is_over: AtomicBool,
    reads: AtomicU64,
    writes: AtomicU64,
    /// The longest wait since it was last asked for, in microseconds.
    longest: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

impl Seen {
    fn say(&self, what: String) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.push(what);
    }

    /// Asks the same again and again, until it is over; `is_right` looks at each answer.
    fn go_on(&self, url: &str, count: &AtomicU64, ask: impl Fn(u64) -> String, right: &str) {
        let mut open = match Open::to(url) {
            Ok(open) => open,
            Err(reason) => return self.say(reason),
        };
        for turn in 0.. {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let sql = ask(turn);
            let began = Instant::now();
            match open.ask(&sql) {
                Ok(answer) if answer == right => {}
                Ok(answer) => self.say(format!("{sql}: {answer}")),
                Err(error) => self.say(format!("{sql}: {error}")),
            }
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.longest.fetch_max(took, Ordering::Relaxed);
            count.fetch_add(1, Ordering::Relaxed);
            // Others want to work, too.
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Runs it.
///
/// # Errors
/// What anybody saw that should not be seen.
pub(super) fn read_and_write_meanwhile() -> Result<(), String> {
    let project = Project::new(servers::server(servers::WITH_CRON), "load_of_people")?;
    let url = project.url.clone();
    let mut on = On::default();
    project.write(&on)?;
    project.estate(&APPLY)?;
    project.fill()?;
    let seen = Seen::default();
    let mut stalls = Vec::new();
    let applied = std::thread::scope(|scope| {
        let reads: [&str; 3] = [
            "select count(*) > 0 as fine, count(*) filter (where scaled <> price * factor) as wrong \
             from (select * from shop.daily limit 100) few",
            "select count(*) > 0 as fine, count(*) filter (where total is null) as wrong from shop.totals",
            "select count(*) > 0 as fine, 0::int8 as wrong from shop.best where customer < 50",
        ];
        for sql in reads {
            let seen = &seen;
            let url = url.clone();
            scope.spawn(move || {
                seen.go_on(&url, &seen.reads, |_| sql.to_owned(), "fine | wrong\nt | 0");
            });
        }
        let writes: [fn(u64) -> String; 2] = [
            |turn| {
                let customer = 1 + turn % 500;
                format!("insert into shop.orders (customer, price) values ({customer}, {turn})")
            },
            |turn| {
                let id = 1 + turn % 20_000;
                format!("update shop.orders set price = price + 1 where id = {id}")
            },
        ];
        for ask in writes {
            let seen = &seen;
            let url = url.clone();
            scope.spawn(move || seen.go_on(&url, &seen.writes, ask, ""));
        }
        let mut change = || {
            for number in 0..CHANGES {
                let turn = number % TURNS.len();
                on[turn] = !on[turn];
                project.write(&on)?;
                seen.longest.store(0, Ordering::Relaxed);
                project.estate(&APPLY)?;
                stalls.push((seen.longest.load(Ordering::Relaxed), TURNS[turn]));
            }
            project.estate(&["plan", "--detailed-exitcode"])
        };
        let changed = change();
        seen.is_over.store(true, Ordering::Relaxed);
        changed
    });
    let mut wrong = seen
        .wrong
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    wrong.extend(applied.err());
    wrong.extend(project.left_behind()?);
    stalls.sort_unstable();
    let longest = stalls.last().copied().unwrap_or_default();
    tell_waits(&seen.reads, &seen.writes, &stalls);
    if Duration::from_micros(longest.0) > PATIENCE {
        wrong.push(format!(
            "somebody waited {} ms: {}",
            longest.0 / 1_000,
            longest.1
        ));
    }
    super::judge(wrong)
}

/// Keeps the longest wait of each sort of change for the last lines.
fn tell_waits(reads: &AtomicU64, writes: &AtomicU64, stalls: &[(u64, &'static str)]) {
    let mut lines = vec![format!(
        "load: {} changes, {} reads and {} writes meanwhile; the longest waits:",
        stalls.len(),
        reads.load(Ordering::Relaxed),
        writes.load(Ordering::Relaxed)
    )];
    for turn in TURNS {
        let own = stalls.iter().filter(|(_, what)| *what == turn);
        let longest = own.map(|(took, _)| took / 1_000).max().unwrap_or_default();
        lines.push(format!("  {longest:5} ms  {turn}"));
    }
    super::tell(lines);
}
