//! The statements that turn one form of a table into another, where it stands.
//!
//! The order: constraints that go, columns that go, columns that come, columns that change,
//! constraints that come, then everything that touches no rows. Parts that change under others are
//! named, so that what stands on them is dropped before and made again after.

mod apart;
pub(crate) mod carried;
mod columns;
mod constraints;
pub(crate) mod copied;
mod identity;
mod not_null;
mod online;

use std::collections::BTreeSet;

use model::{Hazard, Statement};
use provider::{Alter, At, Disturbance, OUT_OF_PLACE};

use super::above::{self, GONE, MERGED, texts};
use super::create::{own, persist, row_security, sequence_of};
use super::loose::without_column;
use super::{Form, Handle, Table, attached, built, options, place};
use crate::acl::Class;
use crate::kinds::access_method;
use crate::kinds::sequence::PERSIST_APART;
use crate::naming::{names_in, written};
use crate::text::quote::ident;

/// Returns how one form of a table becomes another.
pub(crate) fn alter(old: &Table, next: &Table, at: &At<'_>, form: Form) -> Alter {
    if let Some(reason) = built::outdated(old, next) {
        return Alter::replace(reason);
    }
    if old.partition_by != next.partition_by {
        return Alter::replace("the partition key of a table cannot be altered");
    }
    if old.access_method != next.access_method && at.platform.version < 150_000 {
        return Alter::replace(access_method::FIXED);
    }
    if let Some(statements) = place::moves(old, next, at) {
        return Alter::in_place(statements);
    }
    if place::retypes_key(old, next) {
        return Alter::replace("the type of a column in a partition key cannot be altered");
    }
    let again = super::columns::recomputed(old, next, at.platform.version);
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
        is_below: old.has_columns_from_above(),
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

/// Why a table is written anew under a lock.
const IN_ONE_GO: &str = "PostgreSQL writes the table anew in one go";

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
        let mut statement = self.altering(rest);
        statement.hazards = hazards;
        if self.form == Form::Foreign {
            // The rows are not touched.
            statement
                .hazards
                .retain(|hazard| matches!(hazard, Hazard::BlocksReads { .. }));
        }
        self.statements.push(statement);
    }

    /// Says of the last statement why nothing does the same without holding a lock for long.
    fn no_way(&mut self, why: &str) {
        if let Some(last) = self.statements.last_mut() {
            last.no_way = Some(why.to_owned());
        }
    }

    /// Returns such an `ALTER TABLE`, which endangers nothing yet.
    fn altering(&self, rest: &str) -> Statement {
        self.handle.alter(rest).names_in(names_in(self.at.address))
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

    fn storage(&mut self) {
        let (old, next) = (self.old, self.next);
        if old.unlogged != next.unlogged {
            let word = if next.unlogged { "unlogged" } else { "logged" };
            let hazards = vec![self.locks(), self.rewrites()];
            self.alter(&format!("set {word}"), hazards);
            self.no_way(IN_ONE_GO);
        }
        self.persistence();
        if let Some(tablespace) = next
            .tablespace
            .as_ref()
            .filter(|_| old.tablespace != next.tablespace)
        {
            let hazards = vec![self.locks(), self.rewrites()];
            self.alter(&format!("set tablespace {}", ident(tablespace)), hazards);
            self.no_way(IN_ONE_GO);
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
                self.no_way(IN_ONE_GO);
            }
        }
        let from = (&old.options, old.options_order.as_slice());
        for clause in options::change_in_order(from, (&next.options, &next.options_order)) {
            self.alter(&clause, Vec::new());
        }
    }

    /// Lets sequences be logged or not where the table is otherwise: they change along with it.
    fn persistence(&mut self) {
        let (old, next) = (self.old, self.next);
        let changes = old.unlogged != next.unlogged;
        for column in &next.column {
            let before = old.find(&column.name).and_then(|old| old.identity.as_ref());
            let Some(identity) = column
                .identity
                .as_ref()
                .filter(|_| changes || before.is_some())
            else {
                continue;
            };
            let live = match before {
                Some(before) if !changes => before.unlogged.unwrap_or(old.unlogged),
                _ => next.unlogged,
            };
            let wanted = identity.unlogged.unwrap_or(next.unlogged);
            if wanted != live {
                let sequence = sequence_of(identity, &column.name, self.at);
                self.statements.push(persist(&sequence, wanted));
            }
        }
        if changes {
            let apart = above::texts(self.at.facts.notes.get(PERSIST_APART));
            let statements = apart.iter().map(|name| persist(name, !next.unlogged));
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
        // Privileges on a column go with the column. One from above is still there where nothing is said of it.
        let own = old.column.iter().filter(|one| !one.data_type.is_empty());
        let gone = texts(self.at.facts.notes.get(GONE));
        let lost: BTreeSet<&str> = own
            .map(|column| column.name.as_str())
            .filter(|name| next.find(name).is_none())
            .chain(gone.iter().map(String::as_str))
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
