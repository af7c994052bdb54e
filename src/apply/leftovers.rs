//! What statements leave behind when what they begin does not come to an end, and how it goes away.

use std::collections::BTreeSet;

use model::{Address, Batch, Statement, Undo};
use provider::{Error, Session};
use state::Leftover;

use crate::retry;

/// How long to wait until it is tried again, where nobody else does the same: between the shortest and the longest time.
const EVENLY: f64 = 0.5;

/// Returns what the steps of some objects may leave behind in some batches, in order.
pub(crate) fn of(batches: &[Batch], objects: &BTreeSet<&Address>) -> Vec<Leftover> {
    let mut leftovers = Vec::new();
    for batch in batches {
        let steps = batch.steps.iter();
        for step in steps.filter(|step| objects.contains(&step.address)) {
            let undos = step.statements.iter().filter_map(|one| one.undo.clone());
            leftovers.extend(undos.map(|undo| in_batch(batch, &step.address, undo)));
        }
    }
    leftovers
}

/// Returns what a statement of a batch may leave behind.
pub(crate) fn in_batch(batch: &Batch, address: &Address, undo: Undo) -> Leftover {
    Leftover {
        address: Some(address.clone()),
        provider: batch.provider.clone(),
        place: batch.place.clone(),
        undo,
    }
}

/// Reports whether something is there that an apply may have left behind.
///
/// # Errors
/// What the platform says.
pub async fn is_there(session: &mut dyn Session, leftover: &Leftover) -> Result<bool, Error> {
    session.begin(&leftover.place, false).await?;
    let found = session
        .query(&Statement::new(&*leftover.undo.when), 1)
        .await?;
    session.commit().await?;
    Ok(!found.rows.is_empty())
}

/// Takes something away where it is there, and reports whether it was.
///
/// # Errors
/// What the platform says.
pub async fn take_away(session: &mut dyn Session, leftover: &Leftover) -> Result<bool, Error> {
    let is_there = is_there(session, leftover).await?;
    if !is_there {
        return Ok(false);
    }
    let mut statement = Statement::new(&*leftover.undo.sql);
    statement.patient = leftover.undo.patient;
    let mut attempt = 0;
    loop {
        session.begin(&leftover.place, false).await?;
        let ran = session.execute(&[statement.clone()], &|_| None).await;
        let Err(failure) = ran else {
            session.commit().await?;
            return Ok(true);
        };
        // What waits for a lock lets nobody pass, and so it gives way from time to time.
        let Some(pause) = retry::pause(&failure.error, attempt, EVENLY) else {
            return Err(failure.error);
        };
        session.rollback().await?;
        tokio::time::sleep(pause).await;
        attempt += 1;
    }
}
