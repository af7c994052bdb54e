//! Columns that refuse null from now on or no longer, and what changes of the constraint behind that.
//!
//! PostgreSQL gives such a constraint another name only where no table below has it by another one: where one
//! has, the constraint is made anew.
//!
//! Source: PostgreSQL manual, ALTER TABLE (RENAME CONSTRAINT, ALTER CONSTRAINT, VALIDATE CONSTRAINT).

use model::{Hazard, Statement};

use super::{Change, Form};
use crate::kinds::table::column::Column;
use crate::kinds::table::from_above;
use crate::kinds::table::loose::not_null_part;
use crate::kinds::table::not_null::{
    KEYED_BELOW, NAMED_BELOW, NotNull, SINCE, at_first, comment, comment_from_above, name_of,
    usual_name,
};
use crate::naming::names_in;
use crate::text::quote::ident;

impl Change<'_> {
    /// Turns the constraint of a column into that of its next form.
    pub(super) fn not_null(&mut self, old: &Column, next: &Column, is_from_above: bool) {
        match (NotNull::of(old), NotNull::of(next)) {
            (Some(before), Some(after)) if before != after => {
                self.change(old, next, (&before, &after), is_from_above);
            }
            (None, Some(after)) => self.refuse_null(next, &after, is_from_above),
            (Some(before), None) => self.allow_null(old, &before, is_from_above),
            _ => {}
        }
    }

    fn refuse_null(&mut self, column: &Column, after: &NotNull, is_from_above: bool) {
        let name = self.name_next(column, after);
        // Without one, PostgreSQL would take the name that it has above.
        let is_named = *after != NotNull::default()
            || (!self.next.inherits.is_empty() && self.at.platform.version >= SINCE);
        if is_from_above && self.is_called_as_above(after) {
            self.have(column, &name, after);
        } else if is_from_above && is_named {
            self.call(column, &name, Some(after));
        } else {
            self.add_not_null(column, after);
        }
        if after.comment.is_some() {
            self.remark(column, &name, after, is_from_above);
        }
    }

    /// Reports whether the constraint of a column from above is called as it is there.
    fn is_called_as_above(&self, after: &NotNull) -> bool {
        after.name.is_none() && self.next.partition_of.is_some() && *after != NotNull::default()
    }

    /// Sets or removes the comment of a constraint.
    fn remark(&mut self, column: &Column, name: &str, after: &NotNull, is_from_above: bool) {
        let (table, text) = (self.at.address, after.comment.as_deref());
        let statement = match is_from_above && self.is_called_as_above(after) {
            true => comment_from_above(table, &column.name, text),
            false => comment(name, table, text),
        };
        self.statements.push(statement);
    }

    /// Returns the name that a constraint is to have.
    fn name_next(&self, column: &Column, after: &NotNull) -> String {
        let usual = || usual_name(self.at.address.name(), &column.name);
        after.name.clone().unwrap_or_else(usual)
    }

    fn add_not_null(&mut self, column: &Column, after: &NotNull) {
        let hazards = match after.not_valid {
            true => vec![self.locks()],
            false => vec![self.locks(), self.scans()],
        };
        if *after == NotNull::default() {
            let name = ident(&column.name);
            self.alter(&format!("alter column {name} set not null"), hazards);
            let online = self.null_refused_online(&column.name);
            if let Some(statement) = self.statements.last_mut() {
                let why = "its columns are from above as well";
                statement.no_way = online.is_none().then(|| why.to_owned());
                statement.online = online.map(Into::into);
            }
            return;
        }
        let mut named = after.clone();
        if after.comment.is_some() {
            named.name = Some(self.name_next(column, after));
        }
        self.alter(&named.addition(&column.name), hazards);
        if !named.not_valid && self.may_refuse_later() {
            let name = ident(&self.name_next(column, &named));
            let unchecked = NotNull {
                not_valid: true,
                ..named
            };
            let add = self.altering(&unchecked.addition(&column.name));
            let online = vec![add.hazard(self.locks()), self.checking(&name)];
            if let Some(statement) = self.statements.last_mut() {
                statement.online = Some(online.into());
            }
        }
    }

    fn allow_null(&mut self, column: &Column, before: &NotNull, is_from_above: bool) {
        let keyed = self.next.primary_key.iter().flat_map(|key| &key.columns);
        if is_from_above && keyed.into_iter().any(|name| *name == column.name) {
            // The table above says it from now on, and the key does.
            return;
        }
        self.disturb(not_null_part(&column.name), true);
        if !is_from_above {
            self.drop_not_null(column);
            return;
        }
        let statement = from_above::nulls_from_above(&self.handle.name, &column.name);
        self.statements.push(statement);
        if before.comment.is_some() {
            let statement = comment_from_above(self.at.address, &column.name, None);
            self.statements.push(statement);
        }
        if !self.next.inherits.is_empty() && self.at.platform.version >= SINCE {
            self.leave_to_above(column);
        } else if before.name.is_some() {
            let usual = usual_name(self.at.address.name(), &column.name);
            self.call(column, &usual, None);
        }
    }

    /// Drops a constraint that is only here. Before PostgreSQL 18 no table below may have the column in its primary key
    /// then: so it is dropped here only, and below wherever there is no key.
    fn drop_not_null(&mut self, column: &Column) {
        let rest = format!("alter column {} drop not null", ident(&column.name));
        let below = self.said_below(KEYED_BELOW, &column.name);
        if below.is_empty() || self.at.platform.version >= SINCE {
            self.alter(&rest, Vec::new());
            return;
        }
        let here = format!("alter table only {} {rest}", self.handle.name);
        let below = below.into_iter().filter(|sql| !sql.is_empty());
        let all = std::iter::once(here).chain(below);
        let all: Vec<_> = all
            .map(|sql| Statement::new(sql).hazard(self.locks()))
            .collect();
        self.statements.extend(all);
    }

    fn change(
        &mut self,
        old: &Column,
        next: &Column,
        (before, after): (&NotNull, &NotNull),
        is_from_above: bool,
    ) {
        let (from, column) = (name_of(old, self.at), ident(&next.name));
        let to = match (&before.name, &after.name) {
            // It stays what it is called.
            (None, None) => from.clone(),
            _ => self.name_next(next, after),
        };
        let below = self.said_below(NAMED_BELOW, &next.name);
        let keyed = self.next.primary_key.iter();
        let is_keyed = keyed.clone().any(|key| key.columns.contains(&next.name));
        let is_fixed = is_keyed || next.identity.is_some();
        let inherits = before.no_inherit != after.no_inherit;
        let is_held = from != to && !before.no_inherit && !below.is_empty();
        let is_closed = inherits && (after.no_inherit || self.form == Form::Foreign);
        let is_made_anew = (is_closed && !is_fixed)
            || (after.not_valid && !before.not_valid)
            || (is_held && !is_fixed);
        let mut is_new = false;
        let stays = is_from_above && before.name.is_none() && self.is_called_as_above(after);
        if stays {
            // It is called as it is above, whatever that is.
        } else if is_from_above && from != to {
            self.call(next, &to, Some(after));
        } else if is_made_anew {
            self.disturb(not_null_part(&next.name), false);
            self.alter(&format!("alter column {column} drop not null"), Vec::new());
            for sql in below.into_iter().filter(|sql| !sql.is_empty()) {
                let statement = Statement::new(sql).names_in(names_in(self.at.address));
                self.statements.push(statement);
            }
            let named = NotNull {
                name: Some(to.clone()),
                ..after.clone()
            };
            self.add_not_null(next, &named);
            is_new = true;
        } else if is_held {
            self.rename_held(next, &from, &to);
        } else if from != to {
            self.rename_not_null(&from, &to);
        }
        let to_name = ident(&to);
        if inherits && !is_new {
            match after.no_inherit {
                true => self.keep_from_below(next, &to),
                false => self.alter(&format!("alter constraint {to_name} inherit"), Vec::new()),
            }
        }
        if before.not_valid && !after.not_valid && !is_new {
            let hazards = vec![self.scans()];
            self.alter(&format!("validate constraint {to_name}"), hazards);
            let online = self.may_refuse_later();
            let online = online.then(|| vec![self.checking(&to_name)]);
            if let Some(statement) = self.statements.last_mut() {
                statement.online = online.map(Into::into);
            }
        }
        let had = before.comment.as_ref().filter(|_| !is_new);
        if had != after.comment.as_ref() {
            self.remark(next, &to, after, stays);
        }
    }

    /// Gives a constraint another name, and with it those below that are called the same.
    pub(super) fn rename_not_null(&mut self, from: &str, to: &str) {
        // Spelled this way for foreign tables, too.
        let table = &self.handle.name;
        let (from, to) = (ident(from), ident(to));
        let sql = format!("alter table {table} rename constraint {from} to {to}");
        self.statements.push(Statement::new(sql));
    }

    /// Adds a column, then what its definition has no room for.
    pub(super) fn define(&mut self, column: &Column, hazards: Vec<Hazard>) {
        let keyed = self.next.primary_key.iter();
        let is_keyed = keyed.clone().any(|key| key.columns.contains(&column.name));
        let (mut first, mut later) = at_first(column, is_keyed, self.at.address.name());
        // PostgreSQL 18 lets tables below refuse null, too, where it comes with the column.
        if let Some(constraint) = first.not_null_constraint.take_if(|one| one.no_inherit) {
            later.push(constraint.addition(&column.name));
            first.not_null = false;
        }
        self.alter(&format!("add column {}", first.definition()), hazards);
        for rest in later {
            let hazards = vec![self.locks()];
            self.alter(&rest, hazards);
        }
        let constraint = first.not_null_constraint.as_ref();
        let constraint = constraint.or(column.not_null_constraint.as_ref());
        if let Some(constraint) = constraint
            && constraint.comment.is_some()
        {
            let name = self.name_next(column, constraint);
            let text = constraint.comment.as_deref();
            self.statements.push(comment(&name, self.at.address, text));
        }
    }
}
