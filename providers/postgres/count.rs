//! How many rows something holds, exactly where there are few.

use std::collections::{BTreeMap, BTreeSet};

use model::Address;
use provider::Error;

use crate::link::Link;
use crate::naming::written;
use crate::read::{Cells, rows};
use crate::text::quote::literal;

/// Rows are counted up to here and estimated beyond.
const EXACT: u64 = 1_000;

/// Counts rows of tables. What the login may not read is left out, and what has rows on a foreign
/// server, which may be far away or gone.
pub(crate) async fn count(
    link: &mut Link,
    of: &BTreeSet<Address>,
) -> Result<BTreeMap<Address, u64>, Error> {
    let mut places: BTreeMap<&str, Vec<&Address>> = BTreeMap::new();
    for address in of.iter().filter(|address| address.kind() == "table") {
        places.entry(address.part(0)).or_default().push(address);
    }
    let mut counts = BTreeMap::new();
    for (place, tables) in places {
        let connection = link.at(place).await?;
        let names: Vec<_> = tables
            .iter()
            .map(|table| format!("({})", literal(&written(table))))
            .collect();
        let sql = format!(
            "select coalesce(has_table_privilege(to_regclass(name), 'select'), false) and not exists ( \
               with recursive tree(oid) as ( \
                 select to_regclass(name)::oid \
                 union select i.inhrelid from pg_inherits i join tree on tree.oid = i.inhparent) \
               select from tree join pg_class c on c.oid = tree.oid where c.relkind = 'f') \
             from (values {}) as wanted(name)",
            names.join(", ")
        );
        let readable: Vec<_> = rows(connection, &sql)
            .await?
            .iter()
            .zip(&tables)
            .filter(|(row, _)| row.flag(0))
            .map(|(_, table)| *table)
            .collect();
        if readable.is_empty() {
            continue;
        }
        let parts: Vec<_> = readable
            .iter()
            .enumerate()
            .map(|(number, table)| {
                let name = written(table);
                format!(
                    "select {number}::int8, least(count(*), {EXACT}), (select greatest(reltuples, 0)::int8 \
                     from pg_class where oid = {}::regclass) \
                     from (select from {name} limit {}) few",
                    literal(&name),
                    EXACT + 1
                )
            })
            .collect();
        let sql = parts.join(" union all ");
        for row in rows(connection, &sql).await? {
            let number = usize::try_from(row.long(0)).unwrap_or_default();
            let few = u64::try_from(row.long(1)).unwrap_or_default();
            let many = u64::try_from(row.long(2)).unwrap_or_default();
            if let Some(table) = readable.get(number) {
                counts.insert(
                    (*table).clone(),
                    if few < EXACT { few } else { many.max(few) },
                );
            }
        }
    }
    Ok(counts)
}
