//! Columns that somebody has added to a table that is made of a query: its query does not give them again.

use provider::{Desired, Surroundings, typed};

use super::{declared, note};
use crate::kinds::table::{BY_HAND, Table};
use crate::kinds::view::QUERY;

/// Notes them.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    for address in declared(desired, around.provider, "table") {
        let Some(object) = desired.catalog.get(&address) else {
            continue;
        };
        let record = around.records.get(&address);
        let made = record.and_then(|record| record.content.as_ref());
        let is_built = object.attributes.contains_key(QUERY);
        let (true, Some(made), Some(live)) = (is_built, made, live.get(&address)) else {
            continue;
        };
        let made: Table = typed(made);
        let live: Table = typed(&live.attributes);
        let columns = live.column.iter().map(|column| column.name.as_str());
        let added = columns.filter(|name| made.find(name).is_none());
        let added: Vec<_> = added.map(|name| name.to_owned().into()).collect();
        if !added.is_empty() {
            note(desired, &address, BY_HAND, model::Value::List(added));
        }
    }
}
