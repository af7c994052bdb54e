//! What becomes of rows and columns that go: how long they are kept, and which snapshots there are.

use std::collections::BTreeSet;
use std::time::Duration;

use model::Address;
use plan::{KEEP, Keeping, Refills};
use provider::Snapshot;

use crate::connect::{Connected, realm};
use crate::failure::{Failure, Plain};
use crate::project::Project;

/// Returns what snapshots are called and how long they are kept; `None` where nothing is to be kept.
///
/// # Errors
/// When nothing is to be kept in a protected environment.
pub(crate) fn keeping(project: &Project, none: bool) -> Result<Option<Keeping>, Failure> {
    let environment = project.config.environment.as_ref();
    if none {
        let protected = environment.filter(|environment| environment.protected);
        return match protected {
            None => Ok(None),
            Some(environment) => Err(Plain::refused(
                "cli::protected",
                format!(
                    "environment `{}` is protected: what is dropped there is kept",
                    environment.name
                ),
            )
            .help(
                "Leave `--no-snapshot` out; `estate snapshots prune` drops what is kept too long.",
            )
            .into()),
        };
    }
    let realm = realm(project);
    Ok(Some(Keeping {
        project: realm.project,
        environment: realm.environment,
        // The state says it.
        serial: 0,
        keep: keep_for(project),
    }))
}

/// Returns how long snapshots are kept.
fn keep_for(project: &Project) -> Duration {
    project.config.settings.snapshots_keep.unwrap_or(KEEP)
}

/// Reads the snapshots of the project in its environment, oldest first.
///
/// # Errors
/// When a platform fails.
pub(crate) async fn read(
    connected: &mut Connected,
    places: &BTreeSet<String>,
) -> Result<Vec<Snapshot>, Failure> {
    let mut found = Vec::new();
    for session in connected.sessions.values_mut() {
        found.extend(session.snapshots(places).await?);
    }
    let realm = &connected.realm;
    found.retain(|one| one.project == realm.project && one.environment == realm.environment);
    Ok(found)
}

/// Returns the places where there may be snapshots of some objects, or of anything that is recorded.
///
/// # Errors
/// When the state fails.
pub(crate) async fn places(
    project: &Project,
    connected: &mut Connected,
    more: &BTreeSet<Address>,
) -> Result<BTreeSet<String>, Failure> {
    let loaded = connected.store.load(&connected.realm).await?;
    let all = loaded.records.keys().chain(more);
    let mut places: BTreeSet<String> = all
        .filter_map(|address| {
            let instance = project.instances.get(address.provider())?;
            instance.provider.holds(address)
        })
        .collect();
    places.insert(String::new());
    // The database of the url may be called by its name.
    for platform in connected.platforms.values() {
        places.remove(&platform.place);
    }
    Ok(places)
}

/// Sorts the snapshots that were taken after a version by the objects they are of.
pub(crate) fn since(snapshots: Vec<Snapshot>, serial: u64) -> Refills {
    let mut refills = Refills::new();
    for snapshot in snapshots.into_iter().filter(|one| one.serial > serial) {
        let of = refills.entry(snapshot.address.clone()).or_default();
        of.push(snapshot);
    }
    refills
}
