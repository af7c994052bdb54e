//! Materialized views. Their indexes are declared inside the block but are objects of their own.
//!
//! Source: PostgreSQL manual, CREATE MATERIALIZED VIEW; `pg_get_viewdef()`.

use std::collections::BTreeMap;

use model::{Address, Hazard, Reference, Statement, Undo};
use provider::{Alter, At, Kind, Nested, Problem, Settling, Swap, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::{self, Handle, comment_on, dress, redress};
use super::table::default_storage;
use super::view::{Output, query_problem, trim_query};
use super::{GrantsMode, access_method, companions, options, order, tablespace};
use crate::acl::{Class, Privilege};
use crate::naming::names_in;
use crate::text::quote::ident;

/// What is said of one column of a materialized view.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MaterializedColumn {
    /// Its name.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// How large values are kept: `plain`, `external`, `extended` or `main`; as their type wants when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<String>,
    /// How large values are compressed: `pglz` or `lz4`; the server's choice when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// How closely `ANALYZE` looks at it; the server's choice when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<i64>,
    /// Options such as `n_distinct`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl MaterializedColumn {
    /// Reports whether nothing is said of it.
    pub(crate) fn is_plain(&self) -> bool {
        *self
            == Self {
                name: self.name.clone(),
                ..Self::default()
            }
    }
}

/// A materialized view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaterializedView {
    /// The query it holds the rows of, plain SQL. What it stands on is found in the text.
    pub query: String,
    /// Whether it is filled when it is made. True by default.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub with_data: bool,
    /// Storage parameters, such as `fillfactor`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// The order in which `options` are given, where it is to be another than that of their names. It means
    /// nothing, but the server shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options_order: Vec<String>,
    /// How it keeps its rows, where that is not `heap`; left alone when absent, unless with `--prune`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_method: Option<String>,
    /// Its tablespace; left alone when absent, unless with `--prune`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// What is said of its columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "labelled"))]
    pub column: Vec<MaterializedColumn>,
    /// Extensions that it goes with when they are dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-reference" = ["extension"], "x-one-or-many" = true), with = "Vec<String>")]
    pub depends_on_extensions: Vec<Reference>,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub privileges: Vec<Privilege>,
    /// The columns its query gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub output: Vec<Output>,
}

fn yes() -> bool {
    true
}

impl MaterializedView {
    fn column_statements(&self, from: &[MaterializedColumn], handle: &Handle) -> Vec<Statement> {
        let old: BTreeMap<_, _> = from.iter().map(|column| (&column.name, column)).collect();
        let new: BTreeMap<_, _> = self
            .column
            .iter()
            .map(|column| (&column.name, column))
            .collect();
        let none = MaterializedColumn::default();
        let mut names: Vec<_> = old.keys().chain(new.keys()).copied().collect();
        names.sort();
        names.dedup();
        let mut statements = Vec::new();
        for name in names {
            let (old, new) = (
                old.get(name).copied().unwrap_or(&none),
                new.get(name).copied().unwrap_or(&none),
            );
            let quoted = ident(name);
            if old.storage != new.storage {
                let output = self.output.iter().find(|column| column.name == *name);
                let usual = output.map_or("extended", |column| default_storage(&column.data_type));
                let storage = new.storage.as_deref().unwrap_or(usual);
                statements
                    .push(handle.alter(&format!("alter column {quoted} set storage {storage}")));
            }
            if old.compression != new.compression {
                let compression = new.compression.as_deref().unwrap_or("default");
                let rest = format!("alter column {quoted} set compression {compression}");
                statements.push(handle.alter(&rest));
            }
            for clause in options::change(&old.options, &new.options) {
                statements.push(handle.alter(&format!("alter column {quoted} {clause}")));
            }
            if old.statistics != new.statistics {
                let target = new.statistics.unwrap_or(-1);
                statements
                    .push(handle.alter(&format!("alter column {quoted} set statistics {target}")));
            }
            if old.comment != new.comment {
                let what = format!("column {}.{quoted}", handle.name);
                statements.push(comment_on(&what, new.comment.as_deref()));
            }
        }
        statements
    }
}

impl Kind for MaterializedView {
    const NAME: &'static str = "materialized_view";
    const NAMESPACE: &'static str = super::RELATION;
    const TAKES_ALONG: &'static [&'static str] = &["index", "sequence", "identity_sequence"];
    const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
    const NESTED: &'static [Nested] = &[
        Nested {
            block: "index",
            kind: "index",
        },
        Nested {
            block: "statistics",
            kind: "statistics",
        },
    ];
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;
    const SWAP: Swap = Swap::Whole;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        trim_query(&mut self.query);
        options::normalize(&mut self.options);
        order::normalize(&mut self.options_order, &self.options);
        self.depends_on_extensions.sort();
        for column in &mut self.column {
            options::normalize(&mut column.options);
            for word in [&mut column.storage, &mut column.compression] {
                *word = word.take().map(|word| word.to_lowercase());
            }
        }
        self.column.retain(|column| !column.is_plain());
        self.column.sort_by(|a, b| a.name.cmp(&b.name));
        query_problem(&self.query).into_iter().collect()
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        self.with_data = live.with_data;
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        let theirs = (live.options_order.as_slice(), &live.options);
        order::settle(&mut self.options_order, &self.options, theirs);
        tablespace::settle(&mut self.tablespace, live.tablespace.as_ref(), with);
        access_method::settle(&mut self.access_method, live.access_method.as_ref(), with);
        if self.query == live.query {
            self.output.clone_from(&live.output);
        }
        for column in &mut self.column {
            let output = self.output.iter().find(|output| output.name == column.name);
            if let Some(output) = output {
                let usual = default_storage(&output.data_type);
                column.storage.take_if(|storage| storage == usual);
            }
        }
        self.column.retain(|column| !column.is_plain());
        attached::settle_grants(
            Class::Table,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        attached::give_back(
            Class::Table,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("materialized view", at.address);
        let tablespace = self
            .tablespace
            .as_ref()
            .map(|tablespace| format!(" tablespace {}", ident(tablespace)))
            .unwrap_or_default();
        let method = access_method::using(self.access_method.as_ref());
        let data = if self.with_data { "" } else { "\nwith no data" };
        let sql = format!(
            "create materialized view {}{method}{}{tablespace} as\n{}{data}",
            handle.name,
            options::with_order(&self.options, &self.options_order),
            self.query
        );
        let mut statements = vec![Statement::new(sql).names_in(names_in(at.address))];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements.extend(self.column_statements(&[], &handle));
        statements.extend(companions::change(
            &handle,
            &[],
            &self.depends_on_extensions,
        ));
        let (owner, privileges) = (self.owner.as_ref(), &self.privileges);
        statements.extend(attached::grant_new(Class::Table, owner, privileges, at));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.query != next.query {
            return Alter::replace("the query of a materialized view cannot be altered");
        }
        if self.access_method != next.access_method && at.platform.version < 150_000 {
            return Alter::replace(access_method::FIXED);
        }
        let handle = Handle::new("materialized view", at.address);
        let mut statements = Vec::new();
        if let Some(method) = &next.access_method
            && self.access_method != next.access_method
        {
            let moves = handle.alter(&format!("set access method {}", ident(method)));
            statements.push(moves.hazard(Hazard::rewrites(at.address)));
        }
        let from = (&self.options, self.options_order.as_slice());
        for clause in options::change_in_order(from, (&next.options, &next.options_order)) {
            statements.push(handle.alter(&clause));
        }
        if let Some(tablespace) = next
            .tablespace
            .as_ref()
            .filter(|_| next.tablespace != self.tablespace)
        {
            statements.push(
                handle
                    .alter(&format!("set tablespace {}", ident(tablespace)))
                    .hazard(Hazard::rewrites(at.address)),
            );
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        statements.extend(next.column_statements(&self.column, &handle));
        statements.extend(companions::change(
            &handle,
            &self.depends_on_extensions,
            &next.depends_on_extensions,
        ));
        statements.extend(attached::regrant(
            Class::Table,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ));
        Alter::in_place(statements)
    }

    fn ready(&self, at: &At<'_>) -> Vec<Statement> {
        let name = Handle::new("materialized view", at.address).name;
        let analyze = || Statement::new(format!("analyze {name}"));
        self.with_data.then(analyze).into_iter().collect()
    }

    fn undo(&self, at: &At<'_>) -> Option<Undo> {
        Some(Handle::new("materialized view", at.address).undo("m"))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("materialized view", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("materialized view", at.address).relocate(at.address, to)
    }
}
