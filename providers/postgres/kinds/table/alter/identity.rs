//! Columns that become identity columns, and what changes of those that are.

use model::Statement;

use super::Change;
use crate::kinds::attached::Handle;
use crate::kinds::sequence::{GIVES_WAY, into_bounds, take_position};
use crate::kinds::table::above;
use crate::kinds::table::column::{Column, Identity, identity_clause, number_type};
use crate::kinds::table::create::{persist, sequence_comment, sequence_of};
use crate::naming::{self, written};
use crate::text::quote::{ident, literal};

impl Change<'_> {
    pub(super) fn identity(&mut self, old: &Column, next: &Column) {
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
                // Otherwise it changes with the table, and is looked after there.
                let stays = self.old.unlogged == self.next.unlogged;
                if let Some(unlogged) = identity.unlogged.filter(|_| stays) {
                    let sequence = sequence_of(identity, &next.name, self.at);
                    self.statements.push(persist(&sequence, unlogged));
                }
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
}
