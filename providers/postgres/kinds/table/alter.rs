//! The statements that turn one form of a table into another, where it stands.
//!
//! The order: constraints that go, columns that go, columns that come, columns that change,
//! constraints that come, then everything that touches no rows. Parts that change under others are
//! named, so that what stands on them is dropped before and made again after.

use std::collections::BTreeSet;

use model::{Hazard, Statement, Value};
use provider::{Alter, At, Disturbance, OUT_OF_PLACE};

use super::above::{self, BELOW, MERGED};
use super::column::{Column, Identity, identity_clause, number_type};
use super::constraint::Constraint;
use super::create::{
    column_comment, column_details, own, row_security, sequence_comment, sequence_of,
};
use super::loose::{not_null_part, without_column};
use super::{
    Form, Handle, Table, attached, columns, default_storage, from_above, options, place,
    replica_identity, types, words,
};
use crate::acl::Class;
use crate::kinds::marks::{self, Marks};
use crate::kinds::sequence::{GIVES_WAY, into_bounds, take_position};
use crate::kinds::types::succeed;
use crate::naming::{self, column_part, constraint_part, is_aside, names_in, written};
use crate::text::quote::{ident, literal};

/// Returns how one form of a table becomes another.
pub(crate) fn alter(old: &Table, next: &Table, at: &At<'_>, form: Form) -> Alter {
    if old.partition_by != next.partition_by {
        return Alter::replace("the partition key of a table cannot be altered");
    }
    if old.access_method != next.access_method && at.platform.version < 150_000 {
        return Alter::replace("before PostgreSQL 15, the access method of a table is fixed");
    }
    if let Some(statements) = place::moves(old, next, at) {
        return Alter::in_place(statements);
    }
    if place::retypes_key(old, next) {
        return Alter::replace("the type of a column in a partition key cannot be altered");
    }
    let again = columns::recomputed(old, next, at.platform.version);
    if !again.is_empty() {
        let mut between = old.clone();
        for column in &again {
            without_column(&mut between, column);
        }
        return alter(old, &between, at, form).and(alter(&between, next, at, form));
    }
    let alone = above::alone(old, next, &at.facts.notes);
    let (from, to) = alone.as_ref().map_or((old, next), |(from, to)| (from, to));
    let handle = Handle::new(form.keyword(), at.address);
    let mut leave = above::leave(old, next, &handle.name, &at.facts.notes);
    leave.extend(place::part(at));
    let join = above::join(old, next, &handle.name, (at.address, &at.facts.notes));
    let mut change = Change {
        old: from,
        next: to,
        at,
        form,
        handle,
        is_below: old.has_more_columns(),
        merged: match alone {
            Some(_) => BTreeSet::new(),
            None if at.facts.notes.contains_key(OUT_OF_PLACE) => BTreeSet::new(),
            None => above::texts(at.facts.notes.get(MERGED))
                .into_iter()
                .collect(),
        },
        statements: leave,
        disturbs: BTreeSet::new(),
    };
    change.lose_identity();
    change.drop_constraints();
    change.drop_columns();
    change.add_columns();
    change.alter_columns();
    change.add_constraints();
    change.statements.extend(join);
    change.storage();
    change.marks();
    change.row_security();
    change.attachments();
    Alter::InPlace {
        statements: change.statements,
        disturbs: change.disturbs,
    }
}

struct Change<'a> {
    old: &'a Table,
    next: &'a Table,
    at: &'a At<'a>,
    form: Form,
    handle: Handle,
    /// Whether columns may have gone above, and constraints on them along.
    is_below: bool,
    /// Columns that are there from above as well.
    merged: BTreeSet<String>,
    statements: Vec<Statement>,
    disturbs: BTreeSet<Disturbance>,
}

impl Change<'_> {
    fn name(&self) -> String {
        format!(
            "{} {}",
            self.form.keyword(),
            self.at.address.qualified_name()
        )
    }

    /// Adds an `ALTER TABLE` whose unqualified names are looked up as those of the table are.
    fn alter(&mut self, rest: &str, hazards: Vec<Hazard>) {
        let mut statement = self.handle.alter(rest).names_in(names_in(self.at.address));
        statement.hazards = hazards;
        if self.form == Form::Foreign {
            // The rows are not touched.
            statement
                .hazards
                .retain(|hazard| matches!(hazard, Hazard::BlocksReads { .. }));
        }
        self.statements.push(statement);
    }

    fn disturb(&mut self, part: String, gone: bool) {
        self.disturbs.insert(Disturbance { part, gone });
    }

    fn locks(&self) -> Hazard {
        Hazard::blocks_reads(self.at.address)
    }

    fn scans(&self) -> Hazard {
        Hazard::scans(self.at.address)
    }

    fn rewrites(&self) -> Hazard {
        Hazard::rewrites(self.at.address)
    }

    fn loses(&self, what: String) -> Hazard {
        Hazard::DeletesData {
            what,
            rows: self.at.facts.rows,
        }
    }

    fn drop_constraints(&mut self) {
        let table = self.at.address.name();
        let (old, next) = (self.old.constraints(table), self.next.constraints(table));
        let stays = |one: &Constraint| {
            next.get(&one.name)
                .is_some_and(|other| other.body == one.body)
        };
        for constraint in old.values().filter(|one| !stays(one)) {
            let name = &constraint.name;
            self.statements
                .extend(marks::before_drop(self.at.address, name, constraint.marks));
            let if_there = if self.is_below { "if exists " } else { "" };
            let drop = format!("drop constraint {if_there}{}", ident(name));
            self.alter(&drop, Vec::new());
            if constraint.is_key {
                self.disturb(constraint_part(name), !next.contains_key(name));
            }
        }
    }

    fn drop_columns(&mut self) {
        let old = self.old;
        // What is computed goes before what it is computed from.
        let (computed, plain): (Vec<_>, Vec<_>) = old
            .column
            .iter()
            .partition(|column| column.generated.is_some());
        for column in computed.into_iter().chain(plain) {
            if self.next.find(&column.name).is_some() {
                continue;
            }
            if column.data_type.is_empty() {
                self.as_above(column);
                continue;
            }
            let hazards = if column.generated.is_some() {
                Vec::new()
            } else {
                vec![self.loses(format!("column {} of {}", column.name, self.name()))]
            };
            self.alter(&format!("drop column {}", ident(&column.name)), hazards);
            self.disturb(column_part(&column.name), true);
        }
    }

    fn add_columns(&mut self) {
        let next = self.next;
        for column in &next.column {
            // One that is computed comes after those that are yet to change.
            if column.generated.is_none() {
                self.add_column(column);
            }
        }
    }

    /// Adds a column that is not there and does not come from above.
    fn add_column(&mut self, column: &Column) {
        if self.old.find(&column.name).is_some() || column.data_type.is_empty() {
            return;
        }
        let stored = column
            .generated
            .as_ref()
            .is_some_and(|generated| !generated.virtual_column);
        let hazards = if stored || column.identity.is_some() {
            vec![self.rewrites()]
        } else {
            Vec::new()
        };
        self.alter(&format!("add column {}", column.definition()), hazards);
        if column.generated.is_some() {
            self.defaults_below(&column.name, false);
        }
        self.statements
            .extend(column_details(column, &self.handle, self.at));
    }

    fn alter_columns(&mut self) {
        let (old, next) = (self.old, self.next);
        for column in &next.column {
            match old.find(&column.name) {
                Some(before) => self.alter_column(before, column),
                None if column.data_type.is_empty() => {
                    let before = Column {
                        default: None,
                        generated: None,
                        not_null: false,
                        storage: None,
                        compression: None,
                        statistics: None,
                        options: Default::default(),
                        comment: None,
                        ..column.clone()
                    };
                    self.alter_column(&before, column);
                }
                None => {}
            }
        }
        for column in &next.column {
            if column.generated.is_some() {
                self.add_column(column);
            }
        }
    }

    fn alter_column(&mut self, old: &Column, next: &Column) {
        let name = ident(&next.name);
        let is_merged = self.merged.contains(&next.name);
        let is_from_above = next.data_type.is_empty() || is_merged;
        let differs = old.data_type != next.data_type || old.collation != next.collation;
        // A column from above changes its type there.
        let retyped = differs && !is_from_above;
        let default_changes = old.default != next.default;
        if is_from_above && old.default.is_some() && next.default.is_none() {
            let statement = from_above::default_from_above(&self.handle.name, &next.name);
            self.statements.push(statement);
        } else if old.default.is_some() && (default_changes || retyped) {
            self.alter(&format!("alter column {name} drop default"), Vec::new());
        }
        if old.identity.is_some() && next.identity.is_none() {
            self.alter(&format!("alter column {name} drop identity"), Vec::new());
        }
        if retyped {
            self.retype(old, next);
        }
        if old.generated != next.generated {
            self.regenerate(next, is_from_above);
            if next.generated.is_some() {
                self.defaults_below(&next.name, false);
            }
        }
        if let Some(default) = next.default.as_ref().filter(|_| default_changes || retyped) {
            self.alter(
                &format!("alter column {name} set default {default}"),
                Vec::new(),
            );
        }
        if default_changes || retyped {
            self.defaults_below(&next.name, retyped);
        }
        if old.not_null != next.not_null {
            if next.not_null {
                let hazards = vec![self.locks(), self.scans()];
                self.alter(&format!("alter column {name} set not null"), hazards);
            } else {
                self.disturb(not_null_part(&next.name), true);
                if is_from_above {
                    let statement = from_above::nulls_from_above(&self.handle.name, &next.name);
                    self.statements.push(statement);
                } else {
                    self.alter(&format!("alter column {name} drop not null"), Vec::new());
                }
            }
        }
        self.identity(old, next);
        self.details(old, next);
    }

    /// Turns a column that is only there from above into what it is there.
    fn as_above(&mut self, old: &Column) {
        if old.default.is_some() {
            let statement = from_above::default_from_above(&self.handle.name, &old.name);
            self.statements.push(statement);
        }
        if old.generated.is_some() {
            let statement = from_above::expression_from_above(&self.handle.name, &old.name);
            self.statements.push(statement);
        }
        if old.not_null {
            let statement = from_above::nulls_from_above(&self.handle.name, &old.name);
            self.statements.push(statement);
        }
        let plain = Column {
            default: None,
            not_null: false,
            identity: None,
            ..columns::plain_column(&old.name)
        };
        let old = Column {
            storage: None,
            compression: None,
            ..old.clone()
        };
        self.details(&old, &plain);
    }

    /// Gives tables below the defaults back that they have otherwise. One that is no value of the next type
    /// was to change in any case, and does so with its table.
    fn defaults_below(&mut self, column: &str, retyped: bool) {
        let Some(Value::List(below)) = self.at.facts.notes.get(BELOW) else {
            return;
        };
        for item in below {
            let texts = above::texts(Some(item));
            if let [name, sql] = texts.as_slice()
                && name == column
            {
                let sql = match retyped {
                    true => format!(
                        "do {}",
                        literal(&format!(
                            "begin {sql}; exception when datatype_mismatch then null; end"
                        ))
                    ),
                    false => sql.clone(),
                };
                let statement = Statement::new(sql).names_in(names_in(self.at.address));
                self.statements.push(statement);
            }
        }
    }

    fn retype(&mut self, old: &Column, next: &Column) {
        let name = ident(&next.name);
        let (from, to) = (&old.data_type, &next.data_type);
        let mut rest = format!("alter column {name} type {to}");
        if let Some(collation) = &next.collation {
            rest.push_str(&format!(
                " collate {}",
                super::column::collation_name(collation)
            ));
        }
        if let Some(using) = &next.using {
            rest.push_str(&format!(" using {using}"));
        } else if self.form == Form::Own && is_aside(from, to) {
            rest.push_str(&format!(" using {}", succeed::call(from, &name)));
        } else if self.form == Form::Own
            && let Some(using) = words::using(&self.at.facts.notes, &next.name, &name, from, to)
        {
            rest.push_str(&format!(" using {using}"));
        } else if self.form == Form::Own && types::needs_cast(from, to) {
            rest.push_str(&format!(" using {name}::{to}"));
        }
        let mut hazards = vec![self.locks()];
        if types::rewrites(from, to) {
            hazards.push(self.rewrites());
        }
        if types::narrows(from, to) {
            let what = format!("digits of column {} of {}", next.name, self.name());
            hazards.push(self.loses(what));
        }
        self.alter(&rest, hazards);
        self.disturb(column_part(&next.name), false);
    }

    /// Changes or ends the computation of a column.
    fn regenerate(&mut self, next: &Column, is_from_above: bool) {
        let name = ident(&next.name);
        match &next.generated {
            None if is_from_above => {
                let statement = from_above::expression_from_above(&self.handle.name, &next.name);
                self.statements.push(statement);
            }
            None => self.alter(&format!("alter column {name} drop expression"), Vec::new()),
            Some(generated) => {
                let hazards = vec![self.locks(), self.rewrites()];
                let rest = format!(
                    "alter column {name} set expression as ({})",
                    generated.expression
                );
                self.alter(&rest, hazards);
            }
        }
    }

    fn identity(&mut self, old: &Column, next: &Column) {
        let name = ident(&next.name);
        match (&old.identity, &next.identity) {
            (None, Some(identity)) => {
                let clause = identity_clause(identity, &next.data_type);
                let former = self.make_room(&next.name);
                self.alter(&format!("alter column {name} add{clause}"), Vec::new());
                // New numbers go on where the old ones end.
                self.statements.push(match former {
                    Some(former) => {
                        take_position(&sequence_of(identity, &next.name, self.at), &former)
                    }
                    None => Statement::new(format!(
                        "select setval(pg_get_serial_sequence({}, {}), max({name})) from {} \
                         having max({name}) is not null",
                        literal(&self.handle.name),
                        literal(&next.name),
                        self.handle.name
                    )),
                });
                if identity.comment.is_some() {
                    let comment = sequence_comment(identity, &next.name, self.at);
                    self.statements.push(comment);
                }
            }
            (Some(before), Some(after)) if before != after => {
                self.name_sequence(before, after, &next.name);
                if before.comment != after.comment {
                    let comment = sequence_comment(after, &next.name, self.at);
                    self.statements.push(comment);
                }
                let mut clauses = Vec::new();
                if before.generated != after.generated {
                    clauses.push(format!("set generated {}", after.words()));
                }
                let kind = number_type(&next.data_type);
                let sequence = sequence_of(after, &next.name, self.at);
                self.statements.extend(into_bounds(
                    &sequence,
                    (&before.numbers(), kind),
                    (&after.numbers(), kind),
                ));
                clauses.extend(
                    after
                        .numbers()
                        .options(&before.numbers(), kind)
                        .into_iter()
                        .map(|option| format!("set {option}")),
                );
                if !clauses.is_empty() {
                    self.alter(
                        &format!("alter column {name} {}", clauses.join(" ")),
                        Vec::new(),
                    );
                }
            }
            _ => {}
        }
    }

    /// Lets the sequence that a column had make room for that of its identity. Returns what it is called by
    /// then.
    fn make_room(&mut self, column: &str) -> Option<String> {
        let mut owns = self.old.owns.iter();
        let sequence = &owns.find(|owns| owns.column == column)?.sequence.0;
        let leaving = above::texts(self.at.facts.notes.get(GIVES_WAY));
        if !leaving.iter().any(|name| name == sequence.name()) {
            return None;
        }
        let former = naming::aside(sequence);
        let handle = Handle::new("sequence", sequence);
        self.statements.push(handle.rename(former.name()));
        Some(written(&former))
    }

    /// Gives the sequence of an identity column another name.
    fn name_sequence(&mut self, before: &Identity, after: &Identity, column: &str) {
        let from = sequence_of(before, column, self.at);
        let to = sequence_of(after, column, self.at);
        if from != to {
            let (_, name) = to.split_at(ident(self.at.address.part(1)).len() + 1);
            let sql = format!("alter sequence {from} rename to {name}");
            self.statements.push(Statement::new(sql));
        }
    }

    fn details(&mut self, old: &Column, next: &Column) {
        let name = ident(&next.name);
        if old.storage != next.storage {
            let storage = next
                .storage
                .as_deref()
                .unwrap_or(default_storage(&next.data_type));
            self.alter(
                &format!("alter column {name} set storage {storage}"),
                Vec::new(),
            );
        }
        if old.compression != next.compression {
            let compression = next.compression.as_deref().unwrap_or("default");
            self.alter(
                &format!("alter column {name} set compression {compression}"),
                Vec::new(),
            );
        }
        if old.statistics != next.statistics {
            let target = next.statistics.unwrap_or(-1);
            self.alter(
                &format!("alter column {name} set statistics {target}"),
                Vec::new(),
            );
        }
        for clause in options::change(&old.options, &next.options) {
            self.alter(&format!("alter column {name} {clause}"), Vec::new());
        }
        if old.comment != next.comment {
            self.statements.push(column_comment(next, &self.handle));
        }
    }

    fn add_constraints(&mut self) {
        let table = self.at.address.name();
        let (old, next) = (self.old.constraints(table), self.next.constraints(table));
        for constraint in next.values() {
            let name = ident(&constraint.name);
            let before = old.get(&constraint.name);
            let mut same = before.is_some_and(|old| old.body == constraint.body);
            if !same {
                let hazards = vec![self.locks(), self.scans()];
                self.alter(&constraint.addition(), hazards);
            } else if before.is_some_and(|old| !old.not_valid) && constraint.not_valid {
                same = false;
                self.alter(&format!("drop constraint {name}"), Vec::new());
                self.alter(&constraint.addition(), Vec::new());
            } else if before.is_some_and(|old| old.not_valid) && !constraint.not_valid {
                let hazards = vec![self.scans()];
                self.alter(&format!("validate constraint {name}"), hazards);
            }
            let kept = before.filter(|_| same);
            self.statements
                .extend(constraint.comments(kept, self.at.address));
        }
    }

    fn storage(&mut self) {
        let (old, next) = (self.old, self.next);
        if old.unlogged != next.unlogged {
            let word = if next.unlogged { "unlogged" } else { "logged" };
            let hazards = vec![self.locks(), self.rewrites()];
            self.alter(&format!("set {word}"), hazards);
        }
        if let Some(tablespace) = next
            .tablespace
            .as_ref()
            .filter(|_| old.tablespace != next.tablespace)
        {
            let hazards = vec![self.locks(), self.rewrites()];
            self.alter(&format!("set tablespace {}", ident(tablespace)), hazards);
        }
        if old.access_method != next.access_method {
            let hazards = match next.partition_by {
                Some(_) => Vec::new(),
                None => vec![self.locks(), self.rewrites()],
            };
            let method = match &next.access_method {
                Some(method) => Some(ident(method)),
                None => next.partition_by.is_some().then(|| "default".to_owned()),
            };
            if let Some(method) = method {
                self.alter(&format!("set access method {method}"), hazards);
            }
        }
        for clause in options::change(&old.options, &next.options) {
            self.alter(&clause, Vec::new());
        }
    }

    /// Takes off the mark of a key that replication is no longer to know rows by, because its columns may
    /// not get nulls before.
    fn lose_identity(&mut self) {
        if let (Some(old), Some(next)) = (&self.old.partition_of, &self.next.partition_of) {
            let lost = next.lose_identity(&old.key, self.at.address);
            self.statements.extend(lost);
        }
        let table = self.at.address.name();
        let next = self.next.constraints(table);
        for (name, old) in self.old.constraints(table) {
            let stays = next.get(&name).is_none_or(|one| one.marks.replica_identity);
            if old.marks.replica_identity && !stays {
                let (from, to) = (
                    old.marks,
                    Marks {
                        replica_identity: false,
                        ..old.marks
                    },
                );
                let statements = marks::change(self.at.address, &name, from, to);
                self.statements.extend(statements);
            }
        }
    }

    fn marks(&mut self) {
        let (old, next) = (self.old.replica_identity, self.next.replica_identity);
        if old != next {
            let hazards = vec![self.locks()];
            self.alter(replica_identity(next), hazards);
        }
        let table = self.at.address.name();
        let (old, next) = (self.old.constraints(table), self.next.constraints(table));
        for (name, constraint) in &next {
            // What is made anew has no marks.
            let before = old.get(name).filter(|old| old.body == constraint.body);
            let mut before = before.map(|old| old.marks).unwrap_or_default();
            before.replica_identity &= constraint.marks.replica_identity;
            let statements = marks::change(self.at.address, name, before, constraint.marks);
            self.statements.extend(statements);
        }
    }

    fn row_security(&mut self) {
        let name = self.name();
        let (old, next) = (self.old, self.next);
        let hazard = match (old.row_security, next.row_security) {
            (false, true) => Some(Hazard::TakesAccess {
                what: format!("those rows of {name} that no policy allows"),
            }),
            (true, false) => Some(Hazard::GivesPublicAccess {
                what: format!("with privileges on {name} use all its rows"),
            }),
            _ => None,
        };
        let mut hazards: Vec<_> = hazard.into_iter().collect();
        for clause in row_security(old, next) {
            self.alter(clause, std::mem::take(&mut hazards));
        }
    }

    fn attachments(&mut self) {
        let (old, next) = (self.old, self.next);
        for owns in old.owns.iter().filter(|owns| !next.owns.contains(owns)) {
            let sequence = written(&owns.sequence.0);
            let statement = Statement::new(format!("alter sequence {sequence} owned by none"));
            // Before its column goes, or it goes along.
            self.statements.insert(0, statement);
        }
        for owns in next.owns.iter().filter(|owns| !old.owns.contains(owns)) {
            if let Some(owner) = &old.owner {
                self.statements
                    .push(Handle::new("sequence", &owns.sequence.0).owner(owner));
            }
            self.statements.push(own(owns, &self.handle));
        }
        if let Some(owner) = next.owner.as_ref().filter(|_| next.owner != old.owner) {
            self.statements.push(self.handle.owner(owner));
        }
        if next.comment != old.comment {
            self.statements
                .push(self.handle.comment(next.comment.as_deref()));
        }
        // Privileges on a column go with the column.
        let lost: BTreeSet<&str> = old
            .column
            .iter()
            .map(|column| column.name.as_str())
            .filter(|name| next.find(name).is_none())
            .collect();
        let live: Vec<_> = old
            .privileges
            .iter()
            .filter(|one| {
                one.column
                    .as_deref()
                    .is_none_or(|column| !lost.contains(column))
            })
            .cloned()
            .collect();
        self.statements.extend(attached::regrant(
            Class::Table,
            (old.owner.as_ref(), &live),
            (next.owner.as_ref(), &next.privileges),
            self.at,
        ));
    }
}
