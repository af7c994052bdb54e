//! What a table has from others: from those it inherits from, from the one it is a partition of, from a
//! composite type.
//!
//! As long as it stays where it is, its contents say only what is its own. When it leaves them or joins
//! others, it is first taken as a table that stands alone, before and after: everything it had or will have
//! from above is its own in between, so its rows stay where they are.
//!
//! Source: PostgreSQL manual, ALTER TABLE (INHERIT, ATTACH PARTITION, OF).

use std::collections::BTreeSet;

use model::{Address, Hazard, Map, Object, Reference, Statement, Value};
use provider::{Problem, Settling, typed};

use super::{Check, Column, Exclusion, PrimaryKey, Table, Unique, not_null, plain_column, types};
use crate::kinds::foreign::table::as_table;
use crate::kinds::types::composite::CompositeType;
use crate::naming::written;
use crate::text::quote::{ident, literal};

/// The note of a desired table that moves: what it has, as if it stood alone.
pub(crate) const BEFORE: &str = "alone_before";
/// The note of a desired table that moves: what it will have, as if it stood alone.
pub(crate) const AFTER: &str = "alone_after";
/// The note of a live table: columns that are from above and its own at once.
pub(crate) const MERGED: &str = "merged_columns";
/// The note of a live partition: foreign keys it has from above.
pub(crate) const ALONG: &str = "foreign_keys_from_above";
/// The note of a live partition: keys it has from above, with their names.
pub(crate) const KEYS: &str = "keys_from_above";
/// The note of a live partition: indexes it has from above.
pub(crate) const INDEXES: &str = "indexes_from_above";
/// The note of a live table: columns, each with a statement that gives a table below its own default.
pub(crate) const BELOW: &str = "defaults_below";

/// The note of a live table: how tables below store its columns otherwise, as `BELOW` says of defaults.
pub(crate) const STORED_BELOW: &str = "storage_below";

/// The note of a desired table: columns that will not be there any more, though the table itself says nothing of them.
pub(crate) const GONE: &str = "columns_gone";

/// The note of a desired partition: others of the same table whose bounds change, each with the bound that it
/// gets.
pub(crate) const SIBLINGS: &str = "siblings_with_new_bounds";

/// So deep no tree is; a circle has no end.
const DEEPEST: usize = 100;

impl Table {
    /// Returns the tables right above.
    pub(crate) fn above(&self) -> Vec<&Reference> {
        let partitioned = self.partition_of.iter().map(|partition| &partition.table);
        partitioned.chain(&self.inherits).collect()
    }
}

/// Says what cannot be above a table at once.
pub(super) fn problems(table: &Table) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut exclude = |wrong: bool, name: &str, text: &str| {
        if wrong {
            problems.push(Problem::new([name], "columns from two places", text));
        }
    };
    let inherits = !table.inherits.is_empty();
    let is_partition = table.partition_of.is_some();
    exclude(
        inherits && is_partition,
        "inherits",
        "a partition inherits from the table it belongs to and from no other",
    );
    exclude(
        inherits && table.partition_by.is_some(),
        "inherits",
        "a partitioned table cannot inherit",
    );
    exclude(
        table.of.is_some() && (inherits || is_partition),
        "of",
        "a table of a type cannot inherit or be a partition",
    );
    let seen: BTreeSet<_> = table.inherits.iter().map(|one| &one.0).collect();
    exclude(
        seen.len() < table.inherits.len(),
        "inherits",
        "a table inherits from each other table once",
    );
    problems
}

/// Reports whether a table changes what is above it.
pub(crate) fn has_moved(old: &Table, next: &Table) -> bool {
    old.above() != next.above()
        || old.partition_of.is_some() != next.partition_of.is_some()
        || old.of != next.of
}

/// Takes over what a declaration leaves open: the order of the tables above, and whether a column that is
/// there from above is a table's own as well, which cannot be changed.
pub(super) fn settle(table: &mut Table, live: &Table, with: &Settling<'_>) {
    let set = |all: &[Reference]| -> BTreeSet<Address> {
        all.iter().map(|reference| reference.0.clone()).collect()
    };
    if set(&table.inherits) == set(&live.inherits) {
        table.inherits.clone_from(&live.inherits);
    }
    if table.inherits.is_empty() || has_moved(live, table) {
        return;
    }
    for column in &mut table.column {
        if let Some(theirs) = live.find(&column.name)
            && theirs.data_type.is_empty()
        {
            column.data_type.clear();
            column.collation = None;
        }
    }
    for name in texts(with.facts.notes.get(MERGED)) {
        if table.find(&name).is_none() {
            table.column.extend(live.find(&name).cloned());
        }
    }
    let said: BTreeSet<String> = table.column.iter().map(|one| one.name.clone()).collect();
    table
        .column
        .retain(|column| *column != plain_column(&column.name) || !said.contains(&column.name));
}

/// Returns the texts of a note.
pub(crate) fn texts(note: Option<&Value>) -> Vec<String> {
    let Some(Value::List(items)) = note else {
        return Vec::new();
    };
    let texts = items.iter().filter_map(Value::as_text);
    texts.map(str::to_owned).collect()
}

/// Returns texts as a value.
pub(crate) fn texts_value(texts: impl IntoIterator<Item = String>) -> Value {
    Value::List(texts.into_iter().map(Value::Text).collect())
}

/// Returns a table with everything it has from above, as if it stood alone.
pub(crate) fn whole(table: &Table, find: &dyn Fn(&Address) -> Option<Object>) -> Table {
    flat(table, find, 0)
}

fn flat(table: &Table, find: &dyn Fn(&Address) -> Option<Object>, depth: usize) -> Table {
    let mut whole = Table {
        partition_of: None,
        inherits: Vec::new(),
        of: None,
        column: Vec::new(),
        check: Vec::new(),
        ..table.clone()
    };
    if let Some(found) = table.of.as_ref().and_then(|of| find(&of.0)) {
        let parts = typed::<CompositeType>(&found.attributes).attribute;
        whole.column = parts
            .into_iter()
            .map(|part| Column {
                data_type: part.data_type,
                collation: part.collation,
                ..plain_column(&part.name)
            })
            .collect();
    }
    for parent in table.above() {
        let Some(found) = find(&parent.0).filter(|_| depth < DEEPEST) else {
            continue;
        };
        let above = flat(&as_table(&found), find, depth + 1);
        for column in above.column.iter().map(inherited) {
            match whole.column.iter_mut().find(|one| one.name == column.name) {
                Some(known) => known.not_null |= column.not_null,
                None => whole.column.push(column),
            }
        }
        for check in above.check.into_iter().filter(|check| !check.no_inherit) {
            if !whole.check.iter().any(|one| one.name == check.name) {
                whole.check.push(Check {
                    comment: None,
                    ..check
                });
            }
        }
        if table.partition_of.is_some() {
            whole.primary_key = whole.primary_key.or(above
                .primary_key
                .map(|key| PrimaryKey { name: None, ..key }));
            whole.unique.extend(above.unique);
            whole.exclude.extend(above.exclude);
        }
    }
    for own in &table.column {
        match whole.column.iter_mut().find(|one| one.name == own.name) {
            Some(column) => *column = overlaid(column, own),
            None => whole.column.push(own.clone()),
        }
    }
    for check in &table.check {
        whole.check.retain(|one| one.name != check.name);
        whole.check.push(check.clone());
    }
    whole
}

/// Returns what a table has of a column above.
fn inherited(column: &Column) -> Column {
    let constraint = column.not_null_constraint.as_ref();
    Column {
        not_null: column.not_null && constraint.is_none_or(|one| !one.no_inherit),
        not_null_constraint: None,
        identity: None,
        statistics: None,
        options: Default::default(),
        using: None,
        comment: None,
        ..column.clone()
    }
}

fn overlaid(column: &Column, own: &Column) -> Column {
    let has_type = !own.data_type.is_empty();
    let from = if has_type { own } else { column };
    let default = own.default.as_ref().or(column.default.as_ref());
    Column {
        name: own.name.clone(),
        data_type: from.data_type.clone(),
        collation: from.collation.clone(),
        not_null: column.not_null || own.not_null,
        not_null_constraint: own.not_null_constraint.clone(),
        default: default.filter(|text| !is_null(text)).cloned(),
        identity: own.identity.clone(),
        generated: own.generated.clone().or_else(|| column.generated.clone()),
        storage: own.storage.clone().or_else(|| column.storage.clone()),
        compression: own
            .compression
            .clone()
            .or_else(|| column.compression.clone()),
        statistics: own.statistics,
        options: own.options.clone(),
        using: own.using.clone(),
        comment: own.comment.clone(),
    }
}

/// Reports whether a default says that there is none.
pub(super) fn is_null(default: &str) -> bool {
    default.trim().eq_ignore_ascii_case("null")
}

/// Takes what is live wherever what will come from above is the same in other words, and leaves keys to
/// `attach`, which takes those that are there and makes the others.
pub(crate) fn alike(before: &Table, after: &mut Table, next: &Table) {
    for column in &mut after.column {
        let Some(live) = before.find(&column.name) else {
            continue;
        };
        if types::is_same(&live.data_type, &column.data_type) {
            column.data_type.clone_from(&live.data_type);
        }
        let is_own = next
            .find(&column.name)
            .is_some_and(|own| own.generated.is_some());
        // It keeps the name that PostgreSQL gave here or above.
        let given = live.not_null_constraint.as_ref();
        let given = given.and_then(|one| one.name.clone());
        let given = given.filter(|name| not_null::was_given(name, &column.name));
        if column.not_null && !next.above().is_empty() && given.is_some() {
            let mut constraint = column.not_null_constraint.take().unwrap_or_default();
            constraint.name = constraint.name.or(given);
            column.not_null_constraint = constraint.unless_plain();
        }
        if column.generated.is_some() && live.generated.is_some() && !is_own {
            column.generated.clone_from(&live.generated);
        }
    }
    for check in &mut after.check {
        let is_own = next.check.iter().any(|one| one.name == check.name);
        if let Some(live) = before.check.iter().find(|one| one.name == check.name)
            && !is_own
        {
            check.clone_from(live);
        }
    }
    if next.partition_of.is_none() {
        return;
    }
    if next.primary_key.is_none() {
        let columns = after.primary_key.take().map(|key| key.columns);
        let live = before.primary_key.clone();
        after.primary_key = live.filter(|live| Some(&live.columns) == columns.as_ref());
    }
    after.unique = taken(
        &after.unique,
        &next.unique,
        &before.unique,
        |one: &Unique| one.name.clone(),
        |one, other| one.columns == other.columns,
    );
    after.exclude = taken(
        &after.exclude,
        &next.exclude,
        &before.exclude,
        |one: &Exclusion| one.name.clone(),
        |one, other| one.element == other.element && one.definition == other.definition,
    );
}

/// Returns a table's own parts, and for each that comes from above the live one that is equal.
pub(super) fn taken<T: Clone>(
    all: &[T],
    own: &[T],
    live: &[T],
    name: impl Fn(&T) -> String,
    is_equal: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    let is_own = |one: &T| own.iter().any(|other| name(other) == name(one));
    let from_above = all.iter().filter(|one| !is_own(one));
    let taken = from_above.filter_map(|one| live.iter().find(|live| is_equal(one, live)));
    own.iter().chain(taken).cloned().collect()
}

/// Returns a table that moves, as if it stood alone before and after.
pub(super) fn alone(old: &Table, next: &Table, notes: &Map) -> Option<(Table, Table)> {
    if !has_moved(old, next) {
        return None;
    }
    let part = |name: &str, with: &Table| {
        let Some(Value::Map(note)) = notes.get(name) else {
            return None;
        };
        let noted: Table = typed(note);
        Some(Table {
            column: noted.column,
            primary_key: noted.primary_key,
            unique: noted.unique,
            check: noted.check,
            exclude: noted.exclude,
            partition_of: None,
            inherits: Vec::new(),
            of: None,
            ..with.clone()
        })
    };
    Some((part(BEFORE, old)?, part(AFTER, next)?))
}

/// Returns a new partition whose columns stand in an order of their own as it is made: alone, with everything
/// that it must have to join the table it belongs to.
pub(super) fn in_own_order(table: &Table, notes: &Map) -> Option<Table> {
    let order = &table.partition_of.as_ref()?.columns;
    let Some(Value::Map(note)) = notes.get(AFTER).filter(|_| !order.is_empty()) else {
        return None;
    };
    let Table {
        mut column, check, ..
    } = typed(note);
    let place = |name: &String| order.iter().position(|other| other == name);
    column.sort_by_key(|column| place(&column.name).unwrap_or(order.len()));
    Some(Table {
        column,
        check,
        partition_of: None,
        ..table.clone()
    })
}

/// Returns the tables that are inherited from before and after at the same place.
fn staying(old: &Table, next: &Table) -> usize {
    let both = old.inherits.iter().zip(&next.inherits);
    both.take_while(|(old, next)| old == next).count()
}

/// Reports whether a partition stays what it is, but for names.
fn stays(old: &Table, next: &Table) -> bool {
    match (&old.partition_of, &next.partition_of) {
        (Some(old), Some(next)) => old.is_same_place(next),
        (None, None) => true,
        _ => false,
    }
}

/// Returns the statements that take a table away from what is above it.
pub(super) fn leave(old: &Table, next: &Table, name: &str, notes: &Map) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut run = |sql: String| statements.push(Statement::new(sql));
    let stays = stays(old, next);
    if let Some(partition) = old.partition_of.as_ref().filter(|_| !stays) {
        run(format!(
            "alter table {} detach partition {name}",
            written(&partition.table.0)
        ));
        for (sibling, bound) in siblings(notes) {
            run(swap(&written(&partition.table.0), &sibling, &bound, false));
        }
        if next.partition_of.is_none() {
            for key in texts(notes.get(ALONG)) {
                run(format!(
                    "alter table {name} drop constraint {}",
                    ident(&key)
                ));
            }
            for index in texts(notes.get(INDEXES)) {
                run(format!("drop index {index}"));
            }
        }
    }
    for parent in &old.inherits[staying(old, next)..] {
        run(format!(
            "alter table {name} no inherit {}",
            written(&parent.0)
        ));
    }
    if old.of.is_some() && old.of != next.of {
        run(format!("alter table {name} not of"));
    }
    statements
}

/// Returns the statements that put a table under what will be above it.
pub(super) fn join(
    old: &Table,
    next: &Table,
    name: &str,
    (table, notes): (&Address, &Map),
) -> Vec<Statement> {
    let mut statements = Vec::new();
    if let Some(of) = next.of.as_ref().filter(|_| old.of != next.of) {
        statements.push(Statement::new(format!(
            "alter table {name} of {}",
            written(&of.0)
        )));
    }
    for parent in &next.inherits[staying(old, next)..] {
        let sql = format!("alter table {name} inherit {}", written(&parent.0));
        statements.push(Statement::new(sql).hazard(Hazard::blocks_reads(table)));
    }
    let stays = stays(old, next);
    if let Some(partition) = next.partition_of.as_ref().filter(|_| !stays) {
        let sql = format!(
            "alter table {} attach partition {name} {}",
            written(&partition.table.0),
            partition.bound()
        );
        statements.push(Statement::new(sql).hazard(Hazard::scans(table)));
        if old.partition_of.is_some() {
            for (sibling, bound) in siblings(notes) {
                let sql = swap(&written(&partition.table.0), &sibling, &bound, true);
                statements.push(Statement::new(sql));
            }
        }
    }
    if let Some(partition) = &next.partition_of {
        let before = old.partition_of.as_ref().map(|one| one.key.as_slice());
        let before = partition.without_identity(before.unwrap_or_default());
        statements.extend(partition.dress_keys(&before, table));
    }
    statements
}

/// Returns the other partitions whose bounds change, with those that they get.
fn siblings(notes: &Map) -> Vec<(String, String)> {
    let Some(Value::List(all)) = notes.get(SIBLINGS) else {
        return Vec::new();
    };
    let pairs = all.iter().map(|one| texts(Some(one)));
    pairs
        .filter_map(|pair| <[String; 2]>::try_from(pair).ok())
        .map(|[name, bound]| (name, bound))
        .collect()
}

/// Returns the statement that takes another partition away while bounds change, unless it has its own by
/// now, or gives it back with its own. Its rows stay where they are.
fn swap(above: &str, name: &str, bound: &str, back: bool) -> String {
    let is_there = format!(
        "exists (select from pg_catalog.pg_inherits where inhrelid = {}::regclass \
         and inhparent = {}::regclass)",
        literal(name),
        literal(above)
    );
    let body = if back {
        format!(
            "begin if not {is_there} then \
             alter table {above} attach partition {name} {bound}; end if; end"
        )
    } else {
        format!(
            "begin if {is_there} and (select pg_catalog.pg_get_expr(relpartbound, oid) \
             from pg_catalog.pg_class where oid = {}::regclass) <> {} \
             then alter table {above} detach partition {name}; end if; end",
            literal(name),
            literal(bound)
        )
    };
    format!("do {}", literal(&body))
}
