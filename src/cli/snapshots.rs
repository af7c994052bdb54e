//! What becomes of rows and columns that go: how long they are kept, and which snapshots there are.

use std::collections::{BTreeMap, BTreeSet};

use model::Address;
use plan::{KEEP, Keeping, Refills};
use provider::Snapshot;

use crate::connect::{Connected, realm};
use crate::failure::{Failure, Plain};
use crate::project::Project;

/// Returns what snapshots are called and how long they are kept.
pub(crate) fn keeping(project: &Project) -> Keeping {
    let realm = realm(project);
    Keeping {
        project: realm.project,
        environment: realm.environment,
        // The state says it.
        serial: 0,
        keep: project.config.settings.snapshots_keep.unwrap_or(KEEP),
    }
}

/// Agrees that nothing is kept.
///
/// # Errors
/// In a protected environment.
pub(crate) fn nothing_kept(project: &Project) -> Result<Option<Keeping>, Failure> {
    let environment = project.config.environment.as_ref();
    let Some(environment) = environment.filter(|environment| environment.protected) else {
        return Ok(None);
    };
    Err(Plain::refused(
        "cli::protected",
        format!(
            "environment `{}` is protected: what is dropped there is kept",
            environment.name
        ),
    )
    .help("Leave `--no-snapshot` out; `estate snapshots prune` drops what is kept too long.")
    .into())
}

/// Reads the snapshots of the project in its environment, oldest first, wherever there may be some of the given objects.
///
/// # Errors
/// When a platform fails.
pub(crate) async fn read<'a>(
    project: &Project,
    connected: &mut Connected,
    of: impl Iterator<Item = &'a Address>,
) -> Result<Vec<Snapshot>, Failure> {
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for address in of {
        let instance = project.instances.get(address.provider());
        if let Some(place) = instance.and_then(|one| one.provider.holds(address)) {
            places.entry(address.provider()).or_default().insert(place);
        }
    }
    let mut found = Vec::new();
    for (key, session) in &mut connected.sessions {
        let mut places = places.remove(key.as_str()).unwrap_or_default();
        // The database of the url may be called by its name.
        places.remove(&session.capabilities().place);
        places.insert(String::new());
        found.extend(session.snapshots(&places).await?);
    }
    let realm = &connected.realm;
    found.retain(|one| one.project == realm.project && one.environment == realm.environment);
    Ok(found)
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
