//! Constraints that go, come and change, with what the table remembers of their indexes.

use std::collections::BTreeMap;

use model::Value;

use super::Change;
use crate::kinds::marks::{self, Marks};
use crate::kinds::table::constraint::{Constraint, PrimaryKey, default_name};
use crate::kinds::table::{JOINED, replica_identity};
use crate::naming::constraint_part;
use crate::text::quote::ident;

/// The constraints of a table, by name.
pub(super) type Constraints = BTreeMap<String, Constraint>;

impl Change<'_> {
    pub(super) fn drop_constraints(&mut self) {
        let table = self.at.address.name();
        let (old, next) = (self.old.constraints(table), self.next.constraints(table));
        let stays = |one: &Constraint| {
            next.get(&one.name)
                .is_some_and(|other| other.body == one.body)
        };
        let renamed = self.renamed_key(&old, &next);
        for constraint in old.values().filter(|one| !stays(one)) {
            let name = &constraint.name;
            if let Some((from, to)) = renamed.as_ref().filter(|(from, _)| from == name) {
                let (from, to) = (ident(from), ident(to));
                self.alter(&format!("rename constraint {from} to {to}"), Vec::new());
                continue;
            }
            let is_replaced = next.contains_key(name);
            if !is_replaced || self.moves_columns() {
                self.drop_constraint(constraint, !is_replaced);
            }
        }
    }

    fn drop_constraint(&mut self, constraint: &Constraint, is_gone: bool) {
        let name = &constraint.name;
        if let Some(Value::Map(joined)) = self.at.facts.notes.get(JOINED)
            && let Some(to) = joined.get(name).and_then(Value::as_text)
        {
            // It is that of the table above by now.
            if to != name {
                let (from, to) = (ident(name), ident(to));
                self.alter(&format!("rename constraint {from} to {to}"), Vec::new());
            }
            return;
        }
        self.statements
            .extend(marks::before_drop(self.at.address, name, constraint.marks));
        let if_there = if self.is_below { "if exists " } else { "" };
        let drop = format!("drop constraint {if_there}{}", ident(name));
        self.alter(&drop, Vec::new());
        if constraint.is_key {
            self.disturb(constraint_part(name), is_gone);
        }
    }

    /// Reports whether columns go, get other types or are computed otherwise. Then what is to be otherwise goes before; otherwise right before
    /// it comes again, so that nobody ever sees the table without it.
    fn moves_columns(&self) -> bool {
        let mut old = self.old.column.iter();
        old.any(|old| {
            let next = self.next.find(&old.name);
            next.is_none_or(|next| {
                next.data_type != old.data_type || next.generated != old.generated
            })
        })
    }

    /// Reports whether constraints are dropped before columns change and come again after that: all of it belongs into
    /// one transaction.
    pub(super) fn is_torn(&self) -> bool {
        let table = self.at.address.name();
        let (old, next) = (self.old.constraints(table), self.next.constraints(table));
        let is_other = |one: &Constraint| {
            next.get(&one.name)
                .is_some_and(|next| next.body != one.body)
        };
        self.moves_columns() && old.values().any(is_other)
    }

    /// Returns the former and the next name of the primary key, where it gets no more than another name: there is
    /// only one, so nobody has to say that it is the same.
    pub(super) fn renamed_key(
        &self,
        old: &Constraints,
        next: &Constraints,
    ) -> Option<(String, String)> {
        let table = self.at.address.name();
        let name = |key: &PrimaryKey| key.name.clone().unwrap_or_else(|| default_name(table));
        let from = self.old.primary_key.as_ref().map(name)?;
        let to = self.next.primary_key.as_ref().map(name)?;
        let is_same = old.get(&from)?.body == next.get(&to)?.body;
        let is_free = !old.contains_key(&to) && !next.contains_key(&from);
        (from != to && is_same && is_free).then_some((from, to))
    }

    pub(super) fn add_constraints(&mut self) {
        let table = self.at.address.name();
        let (old, next) = (self.old.constraints(table), self.next.constraints(table));
        let renamed = self.renamed_key(&old, &next);
        for constraint in next.values() {
            let name = ident(&constraint.name);
            let former = renamed.as_ref().filter(|(_, to)| *to == constraint.name);
            let before = old.get(former.map_or(&constraint.name, |(from, _)| from));
            let mut same = before.is_some_and(|old| old.body == constraint.body);
            if !same {
                if let Some(old) = old.get(&constraint.name).filter(|_| !self.moves_columns()) {
                    self.drop_constraint(old, false);
                }
                let hazards = vec![self.locks(), self.scans()];
                self.alter(&constraint.addition(), hazards);
                let online = match before {
                    None => self.added_online(constraint),
                    Some(_) => None,
                };
                let no_way = online
                    .is_none()
                    .then(|| self.why_direct(constraint))
                    .flatten();
                if let Some(last) = self.statements.last_mut() {
                    last.promises = constraint.is_key;
                    last.online = online.map(Into::into);
                    last.no_way = no_way.map(str::to_owned);
                }
            } else if before.is_some_and(|old| !old.not_valid) && constraint.not_valid {
                same = false;
                self.alter(&format!("drop constraint {name}"), Vec::new());
                self.alter(&constraint.addition(), Vec::new());
            } else if before.is_some_and(|old| old.not_valid) && !constraint.not_valid {
                let online = vec![self.checking(&name)];
                self.statements
                    .push(self.validation(&name).or_online(online));
            }
            let kept = before.filter(|_| same);
            self.statements
                .extend(constraint.comments(kept, self.at.address));
        }
    }

    /// Takes off the mark of a key that replication is no longer to know rows by, because its columns may
    /// not get nulls before.
    pub(super) fn lose_identity(&mut self) {
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

    pub(super) fn marks(&mut self) {
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
}
