//! Subscriptions come after the tables they fill: the publisher is asked at once which there are.

use model::{Address, Edge};
use provider::{Desired, Surroundings};

use super::declared;

/// Makes subscriptions stand on the tables of their database.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let subscriptions = declared(desired, around.provider, "subscription");
    if subscriptions.is_empty() {
        return;
    }
    let tables = declared(desired, around.provider, "table");
    for address in subscriptions {
        let here = |table: &&Address| table.part(0) == address.part(0);
        if let Some(object) = desired.catalog.get_mut(&address) {
            let tables = tables.iter().filter(here).cloned();
            object.edges.extend(tables.map(Edge::to));
        }
    }
}
