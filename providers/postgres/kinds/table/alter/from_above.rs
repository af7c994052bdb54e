//! What a column has from above where the table itself says no more.

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
