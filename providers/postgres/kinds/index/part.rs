//! Indexes of partitions that are part of one above and yet have something of their own, such as a name.
//!
//! PostgreSQL makes them together with the one above, or with the partition, by names of its own choice. So
//! they are found by what they are part of, and named; and made only where the one above is not on all
//! partitions.
//!
//! Source: PostgreSQL manual, ALTER INDEX (ATTACH PARTITION); `pg_inherits`, `pg_partition_tree()`.

use model::{Address, Hazard, Statement};
use provider::{At, Problem};

use super::Index;
use crate::naming::{with_end, written};
use crate::text::quote::literal;

/// Returns the name PostgreSQL gives the index or key of a partition (`ChooseIndexName()`): the table's and the
/// columns', each cut where both are too long.
pub(crate) fn part_name(table: &str, columns: &[String], word: &str) -> String {
    let columns = with_end(&columns.join("_"), "");
    crate::complete::made_name(table, &columns, word)
}

impl Index {
    /// Says what only the index above can say.
    pub(super) fn problems_of_part(&self) -> Vec<Problem> {
        let said = [
            ("key", !self.key.is_empty()),
            ("unique", self.unique),
            ("nulls_not_distinct", self.nulls_not_distinct),
            ("method", self.method.is_some()),
            ("include", !self.include.is_empty()),
            ("where", self.condition.is_some()),
        ];
        said.into_iter()
            .filter(|(_, is_said)| *is_said)
            .map(|(name, _)| {
                Problem::new(
                    [if name == "key" { "part_of" } else { name }],
                    "index with two definitions",
                    "the index that it is part of says what is indexed",
                )
                .help(match name {
                    "key" => "Leave `columns` and `key` out, or `part_of`.".to_owned(),
                    name => format!("Leave `{name}` out, or `part_of`."),
                })
            })
            .collect()
    }

    /// Returns the statement that gives the index that a partition has from above its name, or makes it
    /// where the one above is not on all partitions.
    pub(super) fn take_part(&self, above: &Address, at: &At<'_>) -> Statement {
        let (table, name) = (literal(&written(&self.table.0)), literal(at.address.name()));
        let top = literal(&written(above));
        let body = format!(
            "declare wanted text := {name}; found oid; taken oid; place text; former text; \
             above oid; definition text; \
             begin \
             select x.indexrelid, n.nspname into found, place \
             from pg_catalog.pg_partition_tree({top}::regclass) t \
             join pg_catalog.pg_index x on x.indexrelid = t.relid \
             join pg_catalog.pg_class c on c.oid = x.indexrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where x.indrelid = {table}::regclass; \
             if found is null then \
             select x.indexrelid, pg_catalog.format('%I.%I', n.nspname, c.relname), \
             pg_catalog.substr(pg_catalog.pg_get_indexdef(x.indexrelid), pg_catalog.length(\
             pg_catalog.format('CREATE %sINDEX %I ON ONLY %I.%I', \
             case when x.indisunique then 'UNIQUE ' else '' end, c.relname, m.nspname, r.relname)) + 1) \
             into above, former, definition \
             from pg_catalog.pg_inherits h \
             join pg_catalog.pg_index x on x.indrelid = h.inhparent \
             join pg_catalog.pg_partition_tree({top}::regclass) t on t.relid = x.indexrelid \
             join pg_catalog.pg_class c on c.oid = x.indexrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_class r on r.oid = x.indrelid \
             join pg_catalog.pg_namespace m on m.oid = r.relnamespace \
             where h.inhrelid = {table}::regclass; \
             execute pg_catalog.format('create %sindex %I on {only}%s%s', \
             case when (select indisunique from pg_catalog.pg_index where indexrelid = above) \
             then 'unique ' else '' end, wanted, {table}, definition); \
             execute pg_catalog.format('alter index %s attach partition %I.%I', former, {schema}, wanted); \
             return; end if; \
             select relname into former from pg_catalog.pg_class where oid = found; \
             if former = wanted then return; end if; \
             select c.oid into taken from pg_catalog.pg_class c \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_index x on x.indexrelid = c.oid \
             where c.relname = wanted and n.nspname = place and x.indrelid = {table}::regclass; \
             if taken is not null then \
             execute pg_catalog.format('alter index %I.%I rename to %I', place, wanted, 'estate_' || found); \
             end if; \
             execute pg_catalog.format('alter index %I.%I rename to %I', place, former, wanted); \
             if taken is not null then \
             execute pg_catalog.format('alter index %I.%I rename to %I', place, 'estate_' || found, former); \
             end if; end",
            only = if self.only { "only " } else { "" },
            schema = literal(at.address.part(1)),
        );
        Statement::new(format!("do {}", literal(&body)))
            .hazard(Hazard::blocks_writes(&self.table.0))
    }

    /// Returns the statement that moves the indexes of partitions that are where the one above is.
    pub(super) fn move_parts(&self, to: &str, at: &At<'_>) -> Statement {
        let top = literal(&written(at.address));
        let from = self.tablespace.as_deref().unwrap_or("pg_default");
        let body = format!(
            "declare one text; begin \
             for one in select pg_catalog.format('%I.%I', n.nspname, c.relname) \
             from pg_catalog.pg_partition_tree({top}::regclass) t \
             join pg_catalog.pg_class c on c.oid = t.relid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             left join pg_catalog.pg_tablespace s on s.oid = c.reltablespace \
             where t.level > 0 and coalesce(s.spcname, 'pg_default') = {} \
             loop execute pg_catalog.format('alter index %s set tablespace %I', one, {}); end loop; end",
            literal(from),
            literal(to),
        );
        Statement::new(format!("do {}", literal(&body)))
            .hazard(Hazard::blocks_writes(&self.table.0))
    }

    /// Returns the statement that gives it the name that PostgreSQL would, where that is free.
    pub(super) fn rename_part(&self, at: &At<'_>) -> Statement {
        let name = written(at.address);
        let (label, table) = (literal(&name), literal(self.table.0.name()));
        let schema = literal(at.address.part(1));
        let body = format!(
            "declare usual text; begin \
             select pg_catalog.left({table} || '_' || pg_catalog.string_agg(attname, '_' order by attnum), 59) \
             || '_idx' into usual from pg_catalog.pg_attribute where attrelid = {label}::regclass; \
             if pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, usual)) is null then \
             execute pg_catalog.format({rename}, usual); end if; end",
            rename = literal(&format!(
                "alter index {} rename to %I",
                name.replace('%', "%%")
            ))
        );
        Statement::new(format!("do {}", literal(&body)))
    }
}
