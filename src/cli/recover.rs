//! What an apply that was cut off has left behind: told to who only looks, taken away before the next one works.

use std::collections::BTreeSet;

use apply::Sessions;
use model::{Address, Catalog, Finding, Records, Severity};
use state::Leftover;

use crate::connect::Connected;
use crate::failure::Failure;
use crate::screen::Screen;

/// Takes it away, under the lock.
///
/// # Errors
/// When the state or a platform fails.
pub(crate) async fn recover(connected: &mut Connected, screen: Screen) -> Result<(), Failure> {
    let leftovers = connected.store.leftovers(&connected.realm).await?;
    for leftover in leftovers.iter().rev() {
        let Some(session) = connected.sessions.get_mut(&leftover.provider) else {
            continue;
        };
        if apply::take_away(&mut **session, leftover).await? {
            let sql = &leftover.undo.sql;
            screen.complain(match &leftover.undo.found {
                Some(found) => {
                    format!("An earlier apply was cut off: {found}. That is taken back: {sql}")
                }
                None => format!("An earlier apply was cut off. What it left behind is gone: {sql}"),
            });
        }
    }
    Ok(())
}

/// Says what is left behind, and lets live objects look as they will when that is taken away: it is nobody's
/// doing but our own.
///
/// # Errors
/// When a platform fails.
pub(crate) async fn look(
    sessions: &mut Sessions,
    leftovers: &[Leftover],
    live: &mut Catalog,
    records: &Records,
) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    // What the last one has left is there; those before may have left the same.
    for leftover in leftovers.iter().rev() {
        let Some(session) = sessions.get_mut(&leftover.provider) else {
            continue;
        };
        if !seen.insert((&leftover.provider, &leftover.place, &leftover.undo.when)) {
            continue;
        }
        if !apply::is_there(&mut **session, leftover).await? {
            continue;
        }
        let undo = &leftover.undo;
        let object = leftover.address.as_ref().and_then(|at| live.get_mut(at));
        if let Some(object) = object {
            object.attributes.extend(undo.was.clone());
        }
        let of = leftover.address.as_ref();
        let parts = of.map_or_else(Vec::new, |of| parts(of, live, records));
        for part in parts {
            live.remove(&part);
        }
        let message = match &undo.found {
            Some(found) => format!("{found} by an unfinished apply"),
            None => "an unfinished apply has left something behind".to_owned(),
        };
        let help = match &undo.found {
            Some(_) => "The next `apply` takes that back.".to_owned(),
            None => format!("The next `apply` takes it away: {}", undo.sql),
        };
        findings.push(Finding {
            severity: Severity::Warning,
            code: "cli::left_behind".to_owned(),
            subject: leftover.address.clone(),
            message,
            statements: Vec::new(),
            help: Some(help),
        });
    }
    Ok(findings)
}

/// Returns what goes along with something that was only begun: others of its kind that are nobody's and name it, such as
/// the parts of an index that have joined it.
fn parts(of: &Address, live: &Catalog, records: &Records) -> Vec<Address> {
    if records.get(of).is_some_and(|record| !record.in_doubt) {
        return Vec::new();
    }
    let parts = live.iter().filter(|one| {
        let address = &one.address;
        address.kind() == of.kind() && one.refers_to(of) && !records.contains_key(address)
    });
    parts.map(|part| part.address.clone()).collect()
}
