//! Which snapshots there are.

use provider::{Error, Snapshot};
use sqlx::postgres::PgConnection;

use super::SCHEMA;
use crate::read::{Cells, rows};
use crate::text::quote::rfc_3339;

/// Reads the snapshots of a database that is called `place`. Whoever may not look sees none.
pub(crate) async fn list(
    connection: &mut PgConnection,
    place: &str,
) -> Result<Vec<Snapshot>, Error> {
    let sql = format!(
        "select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where n.nspname = '{SCHEMA}' and c.relname = 'snapshot' \
           and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')"
    );
    if rows(connection, &sql).await?.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select s.id::text, s.project, s.environment, s.serial::int8, s.address, s.is_whole, \
           (select coalesce(jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) \
               order by a.attnum), '[]') \
             from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
               and a.attname = any (s.columns))::text, \
           to_jsonb(s.key)::text, {}, {}, s.keep_until < now(), \
           case when t.rows >= 0 then t.rows::int8 end, t.bytes::int8 \
         from {SCHEMA}.snapshot s join pg_class c on c.relname = s.id \
           and c.relnamespace = '{SCHEMA}'::regnamespace \
         cross join lateral (select sum(p.reltuples) filter (where p.relkind <> 'p') as rows, \
             sum(pg_total_relation_size(p.oid)) as bytes \
           from pg_class p where p.oid = c.oid or p.oid in (select relid from pg_partition_tree(c.oid))) t \
         order by s.taken_at, s.id",
        rfc_3339("s.taken_at"),
        rfc_3339("s.keep_until"),
    );
    let mut found = Vec::new();
    for row in rows(connection, &sql).await? {
        // What cannot be read is nothing that this version has written.
        let (Ok(address), Ok(columns), Ok(key)) = (
            row.text(4).parse(),
            serde_json::from_str(&row.text(6)),
            serde_json::from_str(&row.text(7)),
        ) else {
            continue;
        };
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        found.push(Snapshot {
            id: row.text(0),
            place: place.to_owned(),
            project: row.text(1),
            environment: row.text(2),
            serial: count(row.long(3)),
            address,
            is_whole: row.flag(5),
            columns,
            key,
            taken_at: row.text(8),
            keep_until: row.text(9),
            is_expired: row.flag(10),
            rows: row.maybe_long(11).map(count),
            bytes: row.maybe_long(12).map_or(0, count),
        });
    }
    Ok(found)
}
