//! The owner of what does not say otherwise, where the project names one.

use model::{Address, Value};
use provider::{Desired, Surroundings};

use crate::kinds::KINDS;

/// Reports whether the owner of the project is that of an object, unless it says otherwise: of
/// everything in a database but schema `public`, which belongs to whoever owns the database, and event
/// triggers, which only superusers may own.
pub(crate) fn takes_usual_owner(address: &Address) -> bool {
    let is_inside = address.path().len() > 1;
    let is_public = address.kind() == "schema" && address.name() == "public";
    is_inside && !is_public && address.kind() != "event_trigger" && has_owner(address.kind())
}

fn has_owner(kind: &str) -> bool {
    use std::collections::BTreeSet;
    use std::sync::OnceLock;
    static OWNED: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    let owned = OWNED.get_or_init(|| {
        let kinds = KINDS.iter().filter(|rules| !rules.is_internal());
        kinds
            .filter(|rules| rules.schema()["properties"].get("owner").is_some())
            .map(|rules| rules.name())
            .collect()
    });
    owned.contains(kind)
}

/// Gives everything that does not say otherwise the owner of the project.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(owner) = desired.owner.clone() else {
        return;
    };
    for object in desired.catalog.iter_mut() {
        if object.address.provider() == around.provider && takes_usual_owner(&object.address) {
            let owner = || Value::Reference(object.address.sibling("role", [owner.as_str()]));
            object.attributes.get_or_insert_with("owner", owner);
        }
    }
}
