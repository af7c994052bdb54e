//! Keys that a partition has from the table it belongs to, where something about them is its own: a name, a
//! comment, a mark.
//!
//! PostgreSQL makes them together with the partition, or takes one that is there, by names of its own choice.
//! So they are found by the key above.
//!
//! Source: PostgreSQL manual, ALTER TABLE (ATTACH PARTITION); `pg_constraint.conparentid`.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Statement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PartitionOf;
use crate::kinds::options;
use crate::naming::written;
use crate::text::quote::{ident, literal};

/// What a partition has of its own about a key from the table above.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PartKey {
    /// The name of the key in the table above.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// Its name here, where it is not what PostgreSQL would give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    /// Storage parameters of its index, where they are not those above.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// The tablespace of its index, where it is another than above; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// Whether `CLUSTER` orders the rows of the partition by its index.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cluster: bool,
    /// Whether replication knows rows of the partition by its index.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replica_identity: bool,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Words about the index behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_comment: Option<String>,
}

/// What PostgreSQL would call a key of a partition, by the rows `o` and `r` of `pg_constraint` and `pg_class`.
const USUAL: &str = "pg_catalog.left(r.relname || case o.contype when 'p' then '' else '_' || \
    (select pg_catalog.string_agg(a.attname, '_' order by a.attnum) \
    from pg_catalog.pg_attribute a where a.attrelid = o.conindid) end, 58) || \
    case o.contype when 'p' then '_pkey' when 'u' then '_key' else '_excl' end";

impl PartitionOf {
    /// Returns the statements that make the keys that a partition has from above what is said of them. What
    /// nobody says any more becomes what PostgreSQL would give.
    pub(super) fn dress_keys(&self, before: &[PartKey], table: &Address) -> Vec<Statement> {
        let names: BTreeSet<&String> = self.key.iter().chain(before).map(|key| &key.name).collect();
        let find = |all: &[PartKey], name: &String| {
            let found = all.iter().find(|key| key.name == *name);
            let none = || PartKey {
                name: name.clone(),
                ..PartKey::default()
            };
            found.cloned().unwrap_or_else(none)
        };
        let changes = names
            .into_iter()
            .map(|name| (find(before, name), find(&self.key, name)));
        changes
            .filter_map(|(old, next)| {
                let commands = old.into(&next, table);
                let run = (!commands.is_empty()).then(|| self.run(&next, table, &commands));
                run.map(|body| Statement::new(format!("do {}", literal(&body))))
            })
            .collect()
    }

    /// Returns the statements that take off marks by which replication is no longer to know rows: columns may
    /// not get nulls before.
    pub(super) fn lose_identity(&self, before: &[PartKey], table: &Address) -> Vec<Statement> {
        let without = Self {
            key: self.without_identity(before),
            ..self.clone()
        };
        without.dress_keys(before, table)
    }

    /// Returns former keys without marks that are to go.
    pub(super) fn without_identity(&self, before: &[PartKey]) -> Vec<PartKey> {
        let stays = |old: &PartKey| {
            let mut keys = self.key.iter();
            keys.any(|key| key.name == old.name && key.replica_identity)
        };
        let mut keys = before.to_vec();
        keys.iter_mut()
            .for_each(|key| key.replica_identity &= stays(key));
        keys
    }

    /// Returns the body of a block that finds a key and runs commands about it.
    fn run(&self, key: &PartKey, table: &Address, commands: &[String]) -> String {
        format!(
            "declare own text; usual text; behind oid; begin \
             select o.conname, o.conindid, {USUAL} into own, behind, usual \
             from pg_catalog.pg_constraint o \
             join pg_catalog.pg_constraint p on p.oid = o.conparentid \
             join pg_catalog.pg_class r on r.oid = o.conrelid \
             where o.conrelid = {}::regclass and p.conrelid = {}::regclass and p.conname = {}; \
             if own is null then return; end if; {} end",
            literal(&written(table)),
            literal(&written(&self.table.0)),
            literal(&key.name),
            commands.join(" ")
        )
    }
}

/// Returns the command that runs what stands around the name of a key.
fn execute(before: &str, after: &str) -> String {
    let whole = format!(
        "{}%I{}",
        before.replace('%', "%%"),
        after.replace('%', "%%")
    );
    format!("execute pg_catalog.format({}, own);", literal(&whole))
}

fn text(comment: Option<&String>) -> String {
    comment.map_or_else(|| "null".to_owned(), |text| literal(text))
}

impl PartKey {
    /// Reports whether it says nothing.
    pub(crate) fn is_usual(&self) -> bool {
        let plain = Self {
            name: self.name.clone(),
            ..Self::default()
        };
        *self == plain
    }

    /// Returns the commands that turn it into its next form.
    fn into(self, next: &Self, table: &Address) -> Vec<String> {
        let on = written(table);
        let index = format!("index {}.", ident(table.part(1)));
        let mut commands = Vec::new();
        if self.called != next.called {
            let wanted = next.called.as_deref().map(literal);
            let wanted = wanted.unwrap_or_else(|| "usual".to_owned());
            let rename = format!("alter table {on} rename constraint ");
            commands.push(format!(
                "if own <> {wanted} then execute pg_catalog.format({}, own, {wanted}); \
                 own := {wanted}; end if;",
                literal(&format!("{}%I to %I", rename.replace('%', "%%")))
            ));
        }
        for clause in options::change(&self.options, &next.options) {
            commands.push(execute(&format!("alter {index}"), &format!(" {clause}")));
        }
        if let Some(name) = &next.tablespace
            && self.tablespace != next.tablespace
        {
            let set = format!(" set tablespace {}", ident(name));
            commands.push(execute(&format!("alter {index}"), &set));
        }
        let marks = [
            (self.cluster, next.cluster, "cluster on ", "indisclustered"),
            (
                self.replica_identity,
                next.replica_identity,
                "replica identity using index ",
                "indisreplident",
            ),
        ];
        for (had, has, set, mark) in marks {
            if !had && has {
                commands.push(execute(&format!("alter table {on} {set}"), ""));
            } else if had && !has {
                let reset = match mark {
                    "indisclustered" => "set without cluster",
                    _ => "replica identity default",
                };
                // Another index may have it by now.
                commands.push(format!(
                    "if (select {mark} from pg_catalog.pg_index where indexrelid = behind) \
                     then alter table {on} {reset}; end if;"
                ));
            }
        }
        if self.comment != next.comment {
            let after = format!(" on {on} is {}", text(next.comment.as_ref()));
            commands.push(execute("comment on constraint ", &after));
        }
        if self.index_comment != next.index_comment {
            let after = format!(" is {}", text(next.index_comment.as_ref()));
            commands.push(execute(&format!("comment on {index}"), &after));
        }
        commands
    }
}

#[cfg(test)]
mod tests {
    use model::Reference;

    use super::*;

    fn partition(key: Vec<PartKey>) -> PartitionOf {
        let above = Address::new("postgres", "table", ["", "app", "events"]);
        PartitionOf {
            key,
            ..PartitionOf::of(Reference(above))
        }
    }

    #[test]
    fn a_key_from_above_is_found_by_that_and_gets_its_own_words() {
        let table = Address::new("postgres", "table", ["", "app", "10% of events"]);
        let said = PartKey {
            name: "events_pkey".to_owned(),
            comment: Some("it's 5%".to_owned()),
            ..PartKey::default()
        };
        let statements = partition(vec![said.clone()]).dress_keys(&[], &table);
        let [statement] = statements.as_slice() else {
            panic!("{statements:?}")
        };
        let comment = "comment on constraint %I on app.\"10%% of events\" is ''it''''s 5%%''";
        let wanted = format!("execute pg_catalog.format('{comment}', own);").replace('\'', "''");
        assert!(statement.sql.contains(&wanted), "{}", statement.sql);
        assert_eq!(
            partition(vec![said.clone()]).dress_keys(&[said], &table),
            []
        );
    }

    #[test]
    fn a_name_that_nobody_says_any_more_becomes_the_usual_one() {
        let table = Address::new("postgres", "table", ["", "app", "events_1"]);
        let named = PartKey {
            name: "events_pkey".to_owned(),
            called: Some("own".to_owned()),
            ..PartKey::default()
        };
        let statements = partition(Vec::new()).dress_keys(&[named], &table);
        assert_eq!(statements.len(), 1);
        assert!(statements[0].sql.contains("own := usual"));
    }
}
