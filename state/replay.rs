//! From one store to another: the journal from which the other gets the same state.

use std::collections::BTreeMap;

use model::Address;

use crate::entry::{Brought, Entry, Put};
use crate::error::Error;
use crate::realm::Realm;
use crate::store::{Recorded, Renamed, Store};

/// Why a state cannot be written down anew.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// An apply never finished.
    #[error("an apply of {0} was cut off, and what it left behind is not put in order yet")]
    Unfinished(Realm),
    /// What it left is not kept.
    #[error("what version {0} left is not kept, since an earlier Estate wrote it")]
    NotKept(u64),
}

/// Returns the entries that make the state of a realm anew, oldest first; none where nothing was ever applied.
/// Versions before the first whose contents are kept are left out, as are the results of audits.
///
/// # Errors
/// When the store fails, an apply was cut off, or the contents of the last version are not kept.
pub async fn replay(store: &mut dyn Store, realm: &Realm) -> Result<Vec<Entry>, Unfit> {
    let loaded = store.load(realm).await?;
    if !loaded.leftovers.is_empty() || loaded.records.values().any(|record| record.in_doubt) {
        return Err(Unfit::Unfinished(realm.clone()));
    }
    let mut versions = store.history(realm, usize::MAX).await?;
    versions.reverse();
    let mut entries = Vec::new();
    let mut before: Option<(u64, Recorded)> = None;
    for version in &versions {
        let serial = version.serial;
        let Some(after) = store.recorded(realm, serial).await? else {
            before = None;
            entries.clear();
            continue;
        };
        let renamed = match &before {
            Some((last, _)) => store.renamed(realm, *last).await?,
            None => Vec::new(),
        };
        let steps = store.steps(realm, serial).await?;
        let empty = Recorded::new();
        let former = before.as_ref().map_or(&empty, |(_, former)| former);
        let (puts, gone) = difference(former, &after, &renamed);
        entries.push(Entry::Brought(Brought {
            version: version.clone(),
            puts,
            gone,
            steps,
        }));
        before = Some((serial, after));
    }
    match before {
        Some((serial, _)) if serial == loaded.serial => Ok(entries),
        None if loaded.serial == 0 => Ok(entries),
        _ => Err(Unfit::NotKept(loaded.serial)),
    }
}

/// Returns what was recorded and what was no longer ours, from one version to the next.
fn difference(
    former: &Recorded,
    after: &Recorded,
    renamed: &[Renamed],
) -> (Vec<Put>, Vec<Address>) {
    let names: BTreeMap<&Address, &Renamed> =
        renamed.iter().rev().map(|one| (&one.to, one)).collect();
    let is_new = |put: &&Put| {
        let known = former.get(&put.address);
        known.is_none_or(|known| known.claim != put.claim || known.live != put.live)
    };
    let puts = after.values().filter(is_new).map(|put| {
        let renamed = names.get(&put.address);
        let renamed = renamed.filter(|one| {
            former.contains_key(&one.from) && (one.from == one.to || !after.contains_key(&one.from))
        });
        Put {
            previous: renamed
                .map(|one| one.from.clone())
                .filter(|from| *from != put.address),
            parts: renamed.map_or_else(Vec::new, |one| one.parts.clone()),
            ..put.clone()
        }
    });
    let gone = former.keys().filter(|address| !after.contains_key(address));
    (puts.collect(), gone.cloned().collect())
}
