//! Which sorts of things people made in a database at all: what there is none of is not asked about further. Most
//! databases have few sorts, and a query that finds nothing costs the server its planning all the same.

use std::collections::BTreeSet;

use provider::Error;

use super::{Cells, Reader, rows};

/// Sorts, each with a query that finds one. Objects of people have numbers from 16384 (`FirstNormalObjectId`).
const SORTS: [(&str, &str); 17] = [
    ("foreign tables", "pg_foreign_table"),
    ("routines", "pg_proc where oid >= 16384"),
    ("aggregates", "pg_aggregate where aggfnoid::oid >= 16384"),
    (
        "types",
        "pg_type t where t.oid >= 16384 and (t.typtype <> 'c' or t.typrelid in \
           (select oid from pg_class where oid >= 16384 and relkind = 'c')) \
         and not (t.typelem <> 0 and t.typcategory = 'A' and starts_with(t.typname, '_'))",
    ),
    ("collations", "pg_collation where oid >= 16384"),
    ("conversions", "pg_conversion where oid >= 16384"),
    (
        "operators",
        "(select oid from pg_operator union all select oid from pg_opfamily \
          union all select oid from pg_opclass) o where oid >= 16384",
    ),
    (
        "text search",
        "(select oid from pg_ts_parser union all select oid from pg_ts_template \
          union all select oid from pg_ts_dict union all select oid from pg_ts_config) t where oid >= 16384",
    ),
    ("triggers", "pg_trigger where not tgisinternal"),
    ("policies", "pg_policy"),
    ("rules", "pg_rewrite where oid >= 16384 and ev_type <> '1'"),
    ("statistics", "pg_statistic_ext"),
    ("publications", "pg_publication"),
    ("casts", "pg_cast where oid >= 16384"),
    ("event triggers", "pg_event_trigger"),
    ("foreign data", "pg_foreign_data_wrapper"),
    (
        "rest",
        "(select oid from pg_transform union all select oid from pg_am where oid >= 16384 \
          union all select objoid from pg_seclabel) r",
    ),
];

/// The sorts that there are.
pub(super) struct Present(BTreeSet<String>);

impl Present {
    pub(super) fn has(&self, sort: &str) -> bool {
        debug_assert!(SORTS.iter().any(|(known, _)| *known == sort), "{sort}");
        self.0.contains(sort)
    }
}

impl Reader<'_> {
    pub(super) async fn read_present(&mut self) -> Result<Present, Error> {
        let asked = SORTS.map(|(sort, from)| format!("('{sort}', exists (select from {from}))"));
        let sql = format!(
            "select sort from (values {}) asked (sort, is_there) where is_there",
            asked.join(", ")
        );
        let found = rows(self.connection, &sql).await?;
        Ok(Present(found.iter().map(|row| row.text(0)).collect()))
    }
}
