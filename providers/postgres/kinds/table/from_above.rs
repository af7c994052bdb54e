//! Statements that make a column of a table again what it is in the table above.

use model::Statement;

use crate::text::quote::{ident, literal};

/// Returns the statement that gives a column what it would have from above: the default, or none.
pub(super) fn default_from_above(name: &str, column: &str) -> Statement {
    let (table, label, column) = (literal(name), literal(column), ident(column));
    let body = format!(
        "declare theirs text; begin \
         if not exists (select from pg_catalog.pg_attribute where attrelid = {table}::regclass \
         and attname = {label} and not attisdropped) then return; end if; \
         select pg_catalog.pg_get_expr(d.adbin, d.adrelid) into theirs \
         from pg_catalog.pg_inherits i join pg_catalog.pg_attribute a on a.attrelid = i.inhparent \
         join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum \
         where i.inhrelid = {table}::regclass and a.attname = {label} and a.attgenerated = '' \
         order by i.inhseqno limit 1; \
         if theirs is null then alter table {name} alter column {column} drop default; \
         else execute {} || theirs; end if; end",
        literal(&format!(
            "alter table {name} alter column {column} set default "
        ))
    );
    Statement::new(format!("do {}", literal(&body)))
}

/// Returns the statement that computes a column as the table above does.
pub(super) fn expression_from_above(name: &str, column: &str) -> Statement {
    let (table, label) = (literal(name), literal(column));
    let body = format!(
        "declare theirs text; begin \
         select pg_catalog.pg_get_expr(d.adbin, d.adrelid) into theirs \
         from pg_catalog.pg_inherits i join pg_catalog.pg_attribute a on a.attrelid = i.inhparent \
         join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum \
         where i.inhrelid = {table}::regclass and a.attname = {label} and a.attgenerated <> '' \
         order by i.inhseqno limit 1; \
         if theirs is not null then execute {} || theirs || ')'; end if; end",
        literal(&format!(
            "alter table {name} alter column {} set expression as (",
            ident(column)
        ))
    );
    Statement::new(format!("do {}", literal(&body)))
}

/// Returns the statement that lets a column have nulls, unless a table above says otherwise.
pub(super) fn nulls_from_above(name: &str, column: &str) -> Statement {
    let (table, label, column) = (literal(name), literal(column), ident(column));
    let body = format!(
        "begin if exists (select from pg_catalog.pg_attribute where attrelid = {table}::regclass \
         and attname = {label} and not attisdropped) and not exists (select \
         from pg_catalog.pg_inherits i join pg_catalog.pg_attribute a on a.attrelid = i.inhparent \
         where i.inhrelid = {table}::regclass and a.attname = {label} and a.attnotnull \
         and not exists (select from pg_catalog.pg_constraint n where n.conrelid = a.attrelid \
         and n.contype = 'n' and n.conkey = array[a.attnum] and n.connoinherit)) \
         then alter table {name} alter column {column} drop not null; end if; end"
    );
    Statement::new(format!("do {}", literal(&body)))
}

/// Returns the statement that stores a column as the table above does, or as its type usually is.
pub(super) fn storage_from_above(name: &str, column: &str) -> Statement {
    let usual = "(select t.typstorage::text from pg_catalog.pg_attribute o \
         join pg_catalog.pg_type t on t.oid = o.atttypid where o.attrelid = {table} and o.attname = {label})";
    let words = "case theirs when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' \
         else 'extended' end";
    set_from_above(name, column, ("storage", "attstorage"), usual, words)
}

/// Returns the statement that compresses a column as the table above does.
pub(super) fn compression_from_above(name: &str, column: &str) -> Statement {
    let words = "case theirs when 'p' then 'pglz' when 'l' then 'lz4' else 'default' end";
    let field = ("compression", "attcompression");
    set_from_above(name, column, field, "''", words)
}

fn set_from_above(
    name: &str,
    column: &str,
    (word, field): (&str, &str),
    usual: &str,
    words: &str,
) -> Statement {
    let (table, label) = (format!("{}::regclass", literal(name)), literal(column));
    let usual = usual.replace("{table}", &table).replace("{label}", &label);
    let set = literal(&format!(
        "alter table only {name} alter column {} set {word} ",
        ident(column)
    ));
    let body = format!(
        "declare theirs text; begin \
         select a.{field} into theirs from pg_catalog.pg_inherits i \
         join pg_catalog.pg_attribute a on a.attrelid = i.inhparent \
         where i.inhrelid = {table} and a.attname = {label} order by i.inhseqno limit 1; \
         theirs := coalesce(theirs, {usual}); execute {set} || {words}; end"
    );
    Statement::new(format!("do {}", literal(&body)))
}
