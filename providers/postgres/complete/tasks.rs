//! Tasks: where they run when they do not say it, and that there is something to run them.

use model::{Address, Diagnostic, Value};
use provider::{Desired, Provider, Surroundings};

use super::declared;
use crate::Postgres;
use crate::session::{CAN_CRON, HAS_CRON};

/// Completes tasks.
pub(super) fn complete(
    desired: &mut Desired,
    around: Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let tasks = declared(desired, around.provider, "task");
    let home = Address::new(around.provider, "database", [&around.platform.place]);
    let addresses: Vec<_> = desired.catalog.addresses().cloned().collect();
    let default = Postgres
        .default_parent("task", around.provider, &addresses)
        .ok()
        .flatten()
        .or_else(|| desired.catalog.contains(&home).then_some(home))
        .unwrap_or_else(|| Address::new(around.provider, "database", [""]));
    let can_run = can_run(desired, around);
    for address in tasks {
        if let Some(task) = desired.catalog.get_mut(&address) {
            task.attributes
                .get_or_insert_with("database", || Value::Reference(default.clone()));
        }
        if let Some(origin) = desired.origins.get(&address).filter(|_| !can_run) {
            diagnostics.push(
                Diagnostic::error("postgres::no_cron", "tasks need pg_cron")
                    .at(origin.span, "the server has no pg_cron to run this")
                    .help(
                        "Install pg_cron, add it to `shared_preload_libraries` and restart the \
                         server; or remove the task.",
                    ),
            );
        }
    }
}

/// Reports whether the server runs tasks, or will.
fn can_run(desired: &Desired, around: Surroundings<'_>) -> bool {
    let says = |note: &str| {
        let note = around.platform.notes.get(note);
        note.is_none_or(|value| value == "true")
    };
    let mut declared = desired.catalog.addresses();
    says(HAS_CRON)
        || says(CAN_CRON)
        || declared.any(|address| address.kind() == "extension" && address.name() == "pg_cron")
}
