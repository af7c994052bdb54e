//! Partitions out of their place: while the table they belong to is made anew, because its key or a column in
//! its key changes, they are tables of their own, with their rows.
//!
//! What they have from above is their own in between: columns, checks and keys. Foreign keys, triggers and
//! indexes come back with the table above, which takes those that are there.
//!
//! Source: PostgreSQL manual, ALTER TABLE (ATTACH PARTITION, DETACH PARTITION).

use std::borrow::Cow;

use model::{Address, Map, Object, Statement, Value};
use provider::{At, COMES_BACK, OUT_OF_PLACE, typed};

use super::above::{join, taken};
use super::not_null::{self, SINCE, usual_name};
use super::{
    ALONG, BEFORE, Column, Exclusion, INDEXES, KEYS, PartitionOf, PrimaryKey, Table, Unique, texts,
    whole,
};
use crate::kinds::foreign::table::as_table;
use crate::naming::written;
use crate::text::lexer::{Token, lex};
use crate::text::quote::{ident, literal};

/// Returns a partition as a table of its own. `live` is the live form like that, where this is the desired one:
/// its keys stay, as far as the table above will have them.
pub(super) fn out_of_place(
    table: &Table,
    live: Option<&Table>,
    find: &dyn Fn(&Address) -> Option<Object>,
    at: &At<'_>,
) -> Table {
    let Some(partition) = &table.partition_of else {
        return table.clone();
    };
    let mut alone = whole(table, find);
    let Some(live) = live else {
        take_key_names(&mut alone, table, &at.facts.notes);
        for column in alone.column.iter_mut().filter(|one| one.not_null) {
            let name = not_null::name_of(column, at);
            say_name(column, name, at);
        }
        return alone;
    };
    keep_keys(&mut alone, table, live);
    for column in alone.column.iter_mut().filter(|one| one.not_null) {
        let former = live.find(&column.name).filter(|live| live.not_null);
        let former = former.and_then(|live| live.not_null_constraint.as_ref()?.name.clone());
        let former = former.filter(|name| not_null::was_given(name, &column.name));
        let name = former.unwrap_or_else(|| name_above(partition, &column.name, find));
        say_name(column, name, at);
    }
    let mut above = find(&partition.table.0).map(|found| as_table(&found));
    while let Some(one) = above {
        for column in alone.column.iter_mut().filter(|one| one.using.is_none()) {
            let theirs = one.find(&column.name);
            column.using = theirs.and_then(|theirs| theirs.using.clone());
        }
        let next = one.partition_of.and_then(|above| find(&above.table.0));
        above = next.map(|found| as_table(&found));
    }
    alone
}

/// Lets a column say what its not-null constraint is called, unless it does.
fn say_name(column: &mut Column, name: String, at: &At<'_>) {
    if at.platform.version >= SINCE {
        let constraint = column.not_null_constraint.get_or_insert_default();
        constraint.name.get_or_insert(name);
    }
}

/// Gives the not-null constraints of a partition that is made apart, and do not say otherwise, the names that
/// they have above.
pub(crate) fn take_not_null_names(
    alone: &mut Table,
    own: &Table,
    find: &dyn Fn(&Address) -> Option<Object>,
) {
    let Some(partition) = &own.partition_of else {
        return;
    };
    let above = find(&partition.table.0).map(|found| whole(&as_table(&found), find));
    let Some(above) = above else {
        return;
    };
    let is_refused = |name: &str| above.find(name).is_some_and(|column| column.not_null);
    let columns = alone.column.iter_mut();
    for column in columns.filter(|one| one.not_null && is_refused(&one.name)) {
        let constraint = column.not_null_constraint.get_or_insert_default();
        if constraint.name.is_none() {
            constraint.name = Some(name_above(partition, &column.name, find));
        }
    }
}

/// Returns what a table above calls its not-null constraint: a new partition would call it like that.
fn name_above(
    partition: &PartitionOf,
    column: &str,
    find: &dyn Fn(&Address) -> Option<Object>,
) -> String {
    let above = &partition.table.0;
    let table = find(above).map(|found| as_table(&found));
    let table = table.unwrap_or_default();
    let own = table.find(column);
    let said = own.and_then(|one| one.not_null_constraint.as_ref()?.name.clone());
    match (said, &table.partition_of) {
        (Some(name), _) => name,
        (None, Some(partition)) => name_above(partition, column, find),
        (None, None) => usual_name(above.name(), column),
    }
}

/// Returns a table that others come back to, with names for its not-null constraints: those have these names
/// already, and PostgreSQL would choose others.
pub(super) fn named<'a>(table: &'a Table, at: &At<'_>) -> Cow<'a, Table> {
    if !at.facts.notes.contains_key(COMES_BACK) || at.platform.version < SINCE {
        return Cow::Borrowed(table);
    }
    let mut named = table.clone();
    let own = named.column.iter_mut();
    for column in own.filter(|one| one.not_null && !one.data_type.is_empty()) {
        let usual = usual_name(at.address.name(), &column.name);
        say_name(column, usual, at);
    }
    Cow::Owned(named)
}

/// Gives the keys that a live partition has from above the names they have there.
pub(crate) fn take_key_names(alone: &mut Table, own: &Table, notes: &Map) {
    let keys: Table = match notes.get(KEYS) {
        Some(Value::Map(note)) => typed(note),
        _ => Table::default(),
    };
    alone.primary_key = own.primary_key.clone().or(keys.primary_key);
    alone.unique = [own.unique.clone(), keys.unique].concat();
    alone.exclude = [own.exclude.clone(), keys.exclude].concat();
}

/// Leaves keys from above to the table above, but for those that are there as it will have them.
fn keep_keys(alone: &mut Table, own: &Table, live: &Table) {
    let primary = |key: &PrimaryKey| PrimaryKey {
        columns: key.columns.clone(),
        include: key.include.clone(),
        deferrable: key.deferrable,
        initially_deferred: key.initially_deferred,
        without_overlaps: key.without_overlaps,
        ..PrimaryKey::default()
    };
    let unique = |key: &Unique| Unique {
        columns: key.columns.clone(),
        include: key.include.clone(),
        nulls_not_distinct: key.nulls_not_distinct,
        deferrable: key.deferrable,
        initially_deferred: key.initially_deferred,
        without_overlaps: key.without_overlaps,
        ..Unique::default()
    };
    let exclusion = |one: &Exclusion| Exclusion {
        name: String::new(),
        cluster: false,
        comment: None,
        index_comment: None,
        ..one.clone()
    };
    if own.primary_key.is_none() {
        let wanted = alone.primary_key.as_ref().map(primary);
        let there = live.primary_key.as_ref();
        let there = there.filter(|key| Some(primary(key)) == wanted);
        alone.primary_key = there.cloned();
    }
    alone.unique = taken(
        &alone.unique,
        &own.unique,
        &live.unique,
        |one: &Unique| one.name.clone(),
        |one, other| unique(one) == unique(other),
    );
    alone.exclude = taken(
        &alone.exclude,
        &own.exclude,
        &live.exclude,
        |one: &Exclusion| one.name.clone(),
        |one, other| exclusion(one) == exclusion(other),
    );
}

/// Returns the statements that take a partition out of its place, or put it back; `None` where it does neither.
pub(super) fn moves(old: &Table, next: &Table, at: &At<'_>) -> Option<Vec<Statement>> {
    if !at.facts.notes.contains_key(OUT_OF_PLACE) {
        return None;
    }
    let name = written(at.address);
    match (&old.partition_of, &next.partition_of) {
        (Some(partition), None) => Some(vec![Statement::new(format!(
            "alter table {} detach partition {name}",
            written(&partition.table.0)
        ))]),
        (None, Some(_)) => Some(join(old, next, &name, (at.address, &at.facts.notes))),
        _ => None,
    }
}

/// Returns the statements that take away what a partition that does not come back to where it was has from there:
/// foreign keys and indexes, unless they went with those above.
pub(super) fn part(at: &At<'_>) -> Vec<Statement> {
    let notes = &at.facts.notes;
    if !notes.contains_key(OUT_OF_PLACE) || !notes.contains_key(BEFORE) {
        return Vec::new();
    }
    let name = written(at.address);
    let keys = texts(notes.get(ALONG)).into_iter().map(|key| {
        let drop = format!("drop constraint if exists {}", ident(&key));
        format!("alter table {name} {drop}")
    });
    let indexes = texts(notes.get(INDEXES)).into_iter();
    let indexes = indexes.map(|index| format!("drop index if exists {index}"));
    keys.chain(indexes).map(Statement::new).collect()
}

/// Reports whether the type of a column in the partition key changes.
pub(super) fn retypes_key(old: &Table, next: &Table) -> bool {
    let Some(key) = &old.partition_by else {
        return false;
    };
    let names: Vec<String> = lex(&key.clause()).iter().filter_map(Token::name).collect();
    names
        .iter()
        .any(|name| match (old.find(name), next.find(name)) {
            (Some(old), Some(next)) => {
                old.data_type != next.data_type || old.collation != next.collation
            }
            _ => false,
        })
}

/// Returns the statements by which the numbers of a table that is made anew go on where those of its rows end.
pub(super) fn positions(table: &Table, at: &At<'_>) -> Vec<Statement> {
    let Some(Value::List(partitions)) = at.facts.notes.get(COMES_BACK) else {
        return Vec::new();
    };
    let names: Vec<String> = partitions
        .iter()
        .filter_map(|one| match one {
            Value::Reference(address) => Some(literal(&written(address))),
            _ => None,
        })
        .collect();
    let numbered = table.column.iter().filter(|one| one.identity.is_some());
    numbered
        .map(|column| {
            let (on, label) = (literal(&written(at.address)), literal(&column.name));
            let body = format!(
                "declare one regclass; top bigint; found bigint; begin \
                 for one in select pg_catalog.to_regclass(name) \
                 from pg_catalog.unnest(array[{}]) name loop \
                 if exists (select from pg_catalog.pg_attribute where attrelid = one \
                 and attname = {label} and not attisdropped) then \
                 execute pg_catalog.format('select max(%I)::bigint from %s', {label}, one) into found; \
                 top := greatest(top, found); end if; end loop; \
                 if top is not null then perform pg_catalog.setval(\
                 pg_catalog.pg_get_serial_sequence({on}, {label}), top); end if; end",
                names.join(", ")
            );
            Statement::new(format!("do {}", literal(&body)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::{Facts, Reference};
    use provider::{Capabilities, encode};

    use super::super::{PartitionBy, plain_column};
    use super::*;

    fn address(name: &str) -> Address {
        Address::new("postgres", "table", ["", "app", name])
    }

    fn column(name: &str, data_type: &str) -> Column {
        Column {
            data_type: data_type.to_owned(),
            not_null: true,
            ..plain_column(name)
        }
    }

    fn above(data_type: &str) -> Table {
        Table {
            column: vec![column("id", data_type), column("day", "date")],
            primary_key: Some(PrimaryKey {
                columns: vec!["id".to_owned()],
                ..PrimaryKey::default()
            }),
            partition_by: Some(PartitionBy {
                definition: Some("HASH (id)".to_owned()),
                ..PartitionBy::default()
            }),
            ..Table::default()
        }
    }

    fn below() -> Table {
        Table {
            partition_of: Some(PartitionOf {
                default: true,
                ..PartitionOf::of(Reference(address("events")))
            }),
            ..Table::default()
        }
    }

    /// Calls with what is above, for PostgreSQL 18.
    fn at<T>(
        above: Table,
        notes: Map,
        call: impl Fn(&dyn Fn(&Address) -> Option<Object>, &At<'_>) -> T,
    ) -> T {
        let find = |wanted: &Address| {
            let object = Object::new(address("events"), encode(&above));
            (*wanted == object.address).then_some(object)
        };
        let facts = Facts {
            notes,
            ..Facts::default()
        };
        let platform = Capabilities::offline();
        let address = address("events_1");
        let at = At {
            address: &address,
            platform: &platform,
            facts: &facts,
        };
        call(&find, &at)
    }

    #[test]
    fn only_types_in_the_key_cannot_change() {
        let other = Table {
            column: vec![column("id", "integer"), column("day", "timestamp")],
            ..above("integer")
        };
        assert!(retypes_key(&above("integer"), &above("bigint")));
        assert!(!retypes_key(&above("integer"), &other));
        assert!(!retypes_key(&below(), &below()));
    }

    #[test]
    fn out_of_its_place_a_partition_keeps_key_and_names_and_takes_the_next_types() {
        let key = PrimaryKey {
            name: Some("own key".to_owned()),
            columns: vec!["id".to_owned()],
            ..PrimaryKey::default()
        };
        let keys = Table {
            primary_key: Some(key.clone()),
            ..Table::default()
        };
        let notes = Map::from([(KEYS.to_owned(), Value::Map(encode(&keys)))]);
        let live = at(above("integer"), notes, |find, at| {
            out_of_place(&below(), None, find, at)
        });
        assert_eq!(live.primary_key, Some(key));
        let next = at(above("bigint"), Map::new(), |find, at| {
            out_of_place(&below(), Some(&live), find, at)
        });
        assert_eq!(next.primary_key, live.primary_key);
        assert_eq!(
            next.find("id").map(|one| one.data_type.as_str()),
            Some("bigint")
        );
        let name = |table: &Table| table.find("id")?.not_null_constraint.clone()?.name;
        assert_eq!(name(&next), name(&live));
        assert_eq!(next.partition_of, None);
    }

    #[test]
    fn a_key_that_the_table_above_will_have_otherwise_goes() {
        let live = at(above("integer"), Map::new(), |find, at| {
            out_of_place(&below(), None, find, at)
        });
        let mut wider = above("integer");
        if let Some(key) = &mut wider.primary_key {
            key.columns.push("day".to_owned());
        }
        let next = at(wider, Map::new(), |find, at| {
            out_of_place(&below(), Some(&live), find, at)
        });
        assert_eq!(next.primary_key, None);
    }

    #[test]
    fn it_leaves_and_comes_back() {
        let notes = Map::from([(OUT_OF_PLACE.to_owned(), true.into())]);
        let moved = |old: &Table, next: &Table| {
            at(Table::default(), notes.clone(), |_, at| {
                moves(old, next, at)
            })
            .map(|all| all.into_iter().map(|one| one.sql).collect::<Vec<_>>())
        };
        let leave = "alter table app.events detach partition app.events_1";
        let come = "alter table app.events attach partition app.events_1 default";
        assert_eq!(
            moved(&below(), &Table::default()),
            Some(vec![leave.to_owned()])
        );
        assert_eq!(
            moved(&Table::default(), &below()),
            Some(vec![come.to_owned()])
        );
        assert_eq!(moved(&Table::default(), &Table::default()), None);
    }
}
