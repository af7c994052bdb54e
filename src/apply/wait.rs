//! Waiting: for what must be over before a batch begins, and for statements, without being deaf meanwhile.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use model::{Batch, Statement, Wait};
use provider::{Error, ErrorKind, Interrupter, Session};
use tokio::time::{Instant, sleep};

use crate::execute::{Execution, Trouble};
use crate::outcome::Stage;
use crate::progress::Progress;
use crate::stop::Stop;

/// How long it takes until somebody looks again.
const LOOK: Duration = Duration::from_millis(200);

/// How long it takes until a statement that goes on is interrupted again.
const INSIST: Duration = Duration::from_secs(1);

impl Execution<'_, '_, '_> {
    /// Waits until everything is over that a batch waits for.
    pub(crate) async fn wait(&mut self, batch: &Batch) -> Result<(), Trouble> {
        if batch.waits.is_empty() {
            return Ok(());
        }
        let stop = self.run.stop.clone();
        let session = self.run.sessions.get_mut(&batch.provider);
        let Some(session) = session else {
            return self.session(batch).map(|_| ()).map_err(Trouble::of_batch);
        };
        let progress = &mut *self.run.progress;
        until_over(&mut **session, &batch.place, &batch.waits, &stop, progress).await
    }
}

/// Waits until everything is over, such as the runs of a task.
///
/// # Errors
/// When something does not end, or the platform fails.
pub async fn wait(
    session: &mut dyn Session,
    place: &str,
    waits: &[Wait],
    progress: &mut dyn Progress,
) -> Result<(), Error> {
    let ended = until_over(session, place, waits, &Stop::never(), progress).await;
    ended.map_err(|trouble| trouble.error)
}

async fn until_over(
    session: &mut dyn Session,
    place: &str,
    waits: &[Wait],
    stop: &Stop,
    progress: &mut dyn Progress,
) -> Result<(), Trouble> {
    let began = Instant::now();
    let longest = waits.iter().map(|wait| wait.quiet_ms).max();
    let quiet = Duration::from_millis(longest.unwrap_or_default());
    let mut quiet_since = None;
    loop {
        let found = under_way(session, place, waits).await;
        let under_way = found.map_err(Trouble::of_batch)?;
        for (wait, words) in &under_way {
            if began.elapsed() >= Duration::from_millis(wait.timeout_ms) {
                return Err(never_ends(wait, words));
            }
            progress.waits(wait, words);
        }
        if under_way.is_empty() {
            if quiet_since.get_or_insert_with(Instant::now).elapsed() >= quiet {
                return Ok(());
            }
        } else {
            quiet_since = None;
        }
        pause(LOOK, stop).await?;
    }
}

/// Returns what is not over yet, with what is known of it.
async fn under_way<'w>(
    session: &mut dyn Session,
    place: &str,
    waits: &'w [Wait],
) -> Result<Vec<(&'w Wait, String)>, Error> {
    session.begin(place, false).await?;
    let mut under_way = Vec::new();
    for wait in waits {
        let found = session.query(&Statement::new(&*wait.query), 1).await?;
        let row = found.rows.into_iter().next();
        under_way.extend(row.map(|row| {
            let words = row.into_iter().next().flatten();
            (wait, words.unwrap_or_default())
        }));
    }
    session.commit().await?;
    Ok(under_way)
}

/// Lets time pass, unless it is to stop.
pub(crate) async fn pause(time: Duration, stop: &Stop) -> Result<(), Trouble> {
    tokio::select! {
        () = sleep(time) => {}
        () = stop.asked() => {}
    }
    go_on(stop)
}

/// Goes on, unless it is to stop.
pub(crate) fn go_on(stop: &Stop) -> Result<(), Trouble> {
    match stop.reason() {
        None => Ok(()),
        Some(reason) => Err(stopped(reason)),
    }
}

/// What becomes of an apply that is to stop.
pub(crate) fn stopped(reason: &str) -> Trouble {
    let error = Error::new(ErrorKind::Permanent, format!("stopped by {reason}"));
    let stage = Stage::Stopped;
    Trouble { stage, error }
}

fn never_ends(wait: &Wait, words: &str) -> Trouble {
    let timeout = model::duration::write(Duration::from_millis(wait.timeout_ms));
    let message = format!("{} has not ended after {timeout} ({words})", wait.what);
    Trouble {
        stage: Stage::Wait(Box::new(wait.clone())),
        error: Error::new(ErrorKind::Permanent, message).help(&*wait.help),
    }
}

/// Does something, and interrupts it when it is to stop: it ends soon then, one way or another.
pub(crate) async fn heeding<T>(
    stop: Stop,
    interrupter: Interrupter,
    doing: impl Future<Output = T>,
) -> T {
    let mut doing = pin!(doing);
    tokio::select! {
        biased;
        done = &mut doing => return done,
        () = stop.asked() => {}
    }
    loop {
        tokio::select! {
            biased;
            done = &mut doing => return done,
            () = async { interrupter().await; sleep(INSIST).await } => {}
        }
    }
}
