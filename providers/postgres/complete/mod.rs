//! What follows from what is declared: sequences behind serial columns, the keys that foreign keys
//! point at, what texts mention, and who may do what with all of it.

mod creators;
mod expand;
mod grants;
mod initial;
mod keys;
mod mentions;
mod serial;
mod wishes;

use model::{Address, Catalog, Diagnostic};
use provider::{Desired, Surroundings};

/// Completes the desired objects of one PostgreSQL provider.
pub(crate) fn complete(desired: &mut Desired, around: Surroundings<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    serial::expand(desired, around, &mut diagnostics);
    keys::complete(desired, around, &mut diagnostics);
    mentions::complete(desired, around);
    grants::complete(desired, around, &mut diagnostics);
    initial::complete(desired, around);
    check_tasks(desired, around, &mut diagnostics);
    diagnostics
}

/// Returns the declared addresses of a kind, of this provider.
fn declared(desired: &Desired, provider: &str, kind: &str) -> Vec<Address> {
    desired
        .catalog
        .addresses()
        .filter(|address| address.kind() == kind && address.provider() == provider)
        .cloned()
        .collect()
}

/// Returns the owner of an object: as declared, or else as it is live.
fn owner_of(address: &Address, desired: &Catalog, live: Option<&Catalog>) -> Option<Address> {
    let owner = |catalog: &Catalog| match catalog.get(address)?.attributes.get("owner") {
        Some(model::Value::Reference(owner)) => Some(owner.clone()),
        _ => None,
    };
    owner(desired).or_else(|| live.and_then(owner))
}

/// Tasks need pg_cron.
fn check_tasks(desired: &Desired, around: Surroundings<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let says = |note: &str| {
        around
            .platform
            .notes
            .get(note)
            .is_none_or(|value| value == "true")
    };
    let is_coming = desired
        .catalog
        .addresses()
        .any(|address| address.kind() == "extension" && address.name() == "pg_cron");
    if says(crate::session::HAS_CRON) || says(crate::session::CAN_CRON) || is_coming {
        return;
    }
    for task in declared(desired, around.provider, "task") {
        let Some(origin) = desired.origins.get(&task) else {
            continue;
        };
        diagnostics.push(
            Diagnostic::error("postgres::no_cron", "tasks need pg_cron")
                .at(origin.span, "the server has no pg_cron to run this")
                .help(
                    "Install pg_cron, add it to `shared_preload_libraries` and restart the server; or \
                     remove the task.",
                ),
        );
    }
}
