//! Columns that go, come and change.

use std::borrow::Cow;

use model::{Statement, Value};

use super::{Change, Form};
use crate::kinds::attached::Handle;
use crate::kinds::options;
use crate::kinds::table::above::{self, BELOW, STORED_BELOW};
use crate::kinds::table::column::{Column, collation_name};
use crate::kinds::table::create::{column_comment, column_details};
use crate::kinds::table::{columns, default_storage, from_above, types, words};
use crate::kinds::types::succeed;
use crate::naming::{column_part, is_aside, names_in};
use crate::text::quote::{ident, literal};

/// Why a column is computed under a lock.
const COMPUTED: &str = "PostgreSQL computes the column of all rows in one go";

/// Why a column is numbered under a lock.
const NUMBERED: &str = "PostgreSQL numbers all rows in one go";

/// What a change of a type does to values.
struct Copy {
    /// The expression that turns old ones into new ones, where PostgreSQL must be told.
    using: Option<String>,
    /// Whether every row is written anew.
    rewrites: bool,
}

impl Change<'_> {
    pub(super) fn drop_columns(&mut self) {
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

    pub(super) fn add_columns(&mut self) {
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
        let why = match column.identity {
            Some(_) => Some(NUMBERED),
            None => stored.then_some(COMPUTED),
        };
        let hazards = why.iter().map(|_| self.rewrites()).collect();
        let begin = self.statements.len();
        self.define(column, hazards);
        self.statements[begin].no_way = why.map(str::to_owned);
        if column.generated.is_some() {
            self.defaults_below(&column.name, false);
        }
        self.statements
            .extend(column_details(column, &self.handle, self.at));
    }

    pub(super) fn alter_columns(&mut self) {
        let (old, next) = (self.old, self.next);
        let mut changed: Vec<(Cow<'_, Column>, &Column)> = Vec::new();
        for column in &next.column {
            match old.find(&column.name) {
                Some(before) => changed.push((Cow::Borrowed(before), column)),
                None if column.data_type.is_empty() => {
                    let before = Column {
                        default: None,
                        generated: None,
                        not_null: false,
                        not_null_constraint: None,
                        storage: None,
                        compression: None,
                        statistics: None,
                        options: Default::default(),
                        comment: None,
                        ..column.clone()
                    };
                    changed.push((Cow::Owned(before), column));
                }
                None => {}
            }
        }
        for (before, column) in &changed {
            self.alter_column(before, column);
        }
        for column in &next.column {
            if column.generated.is_some() {
                self.add_column(column);
            }
        }
        // Last, because all rows may be looked at before: what others stand on has changed by then.
        for (before, column) in &changed {
            self.not_null(before, column, self.is_from_above(column));
            self.identity(before, column);
            let mut before = before.clone();
            if self.is_retyped(&before, column) {
                // It is stored as its new type usually is.
                let before = before.to_mut();
                (before.storage, before.compression) = (None, None);
            }
            self.details(&before, column);
        }
    }

    /// Reports whether a column gets another type here: one from above changes its type there.
    fn is_retyped(&self, old: &Column, next: &Column) -> bool {
        let differs = old.data_type != next.data_type || old.collation != next.collation;
        differs && !self.is_from_above(next)
    }

    fn is_from_above(&self, column: &Column) -> bool {
        column.data_type.is_empty() || self.merged.contains(&column.name)
    }

    fn alter_column(&mut self, old: &Column, next: &Column) {
        let name = ident(&next.name);
        let is_from_above = self.is_from_above(next);
        let retyped = self.is_retyped(old, next);
        let default_changes = old.default != next.default;
        let begin = self.statements.len();
        let mut copy = None;
        if is_from_above && old.default.is_some() && next.default.is_none() {
            let statement = from_above::default_from_above(&self.handle.name, &next.name);
            self.statements.push(statement);
        } else if old.default.is_some() && (default_changes || retyped) {
            self.alter(&format!("alter column {name} drop default"), Vec::new());
        }
        if old.identity.is_some() && next.identity.is_none() {
            self.alter(&format!("alter column {name} drop identity"), Vec::new());
        }
        // A computed column cannot be told how its values become others.
        let ends = retyped && old.generated.is_some() && next.generated.is_none();
        if ends {
            self.regenerate(next, is_from_above);
        }
        if retyped {
            self.lose_defaults_below(&next.name);
            copy = Some(self.retype(old, next));
        }
        if old.generated != next.generated && !ends {
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
        if let Some(Copy { using, .. }) = copy.filter(|copy| copy.rewrites) {
            let covers = self.statements.len() - begin - 1;
            let online = self.copied_online(old, next, using.as_deref(), covers);
            let loses = self.statements[begin..].iter().flat_map(|one| &one.hazards);
            let loses: Vec<_> = loses
                .filter(|hazard| hazard.loses_data())
                .cloned()
                .collect();
            let online = online.map(|mut online| {
                if let Some(last) = online.statements.last_mut() {
                    last.hazards.extend(loses);
                }
                online
            });
            let why = online.is_none().then(|| self.not_copied(old, next));
            self.statements[begin].no_way = why;
            self.statements[begin].online = online;
        }
        if default_changes || retyped {
            self.defaults_below(&next.name, retyped);
        }
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
        let plain = columns::plain_column(&old.name);
        self.not_null(old, &plain, true);
        self.details(old, &plain);
    }

    /// Takes the defaults off that tables below have otherwise: they may be no values of the next type.
    fn lose_defaults_below(&mut self, column: &str) {
        for sql in self.said_below(BELOW, column) {
            if let Some((head, _)) = sql.split_once(" set default ") {
                self.statements
                    .push(Statement::new(format!("{head} drop default")));
            }
        }
    }

    /// Gives tables below the defaults back that they have otherwise. One that is no value of the next type
    /// was to change in any case, and does so with its table.
    fn defaults_below(&mut self, column: &str, retyped: bool) {
        for sql in self.said_below(BELOW, column) {
            let sql = match retyped {
                true => format!(
                    "do {}",
                    literal(&format!(
                        "begin {sql}; exception when datatype_mismatch then null; end"
                    ))
                ),
                false => sql,
            };
            let statement = Statement::new(sql).names_in(names_in(self.at.address));
            self.statements.push(statement);
        }
    }

    /// Returns the statements that a note has for tables below, about one column.
    pub(super) fn said_below(&self, note: &str, column: &str) -> Vec<String> {
        let Some(Value::List(below)) = self.at.facts.notes.get(note) else {
            return Vec::new();
        };
        let below = below.iter().map(|item| above::texts(Some(item)));
        let about = below.filter_map(|texts| match <[String; 2]>::try_from(texts) {
            Ok([name, sql]) if name == column => Some(sql),
            _ => None,
        });
        about.collect()
    }

    /// Lets tables below store a column as they did, where that was otherwise.
    fn storage_below(&mut self, column: &str) {
        let below = self.said_below(STORED_BELOW, column);
        self.statements
            .extend(below.into_iter().map(Statement::new));
    }

    /// Gives a column another type, and returns how its values become others.
    fn retype(&mut self, old: &Column, next: &Column) -> Copy {
        let name = ident(&next.name);
        let (from, to) = (&old.data_type, &next.data_type);
        let mut rest = format!("alter column {name} type {to}");
        if let Some(collation) = &next.collation {
            rest.push_str(&format!(" collate {}", collation_name(collation)));
        }
        let using = match &next.using {
            Some(using) => Some(using.clone()),
            None if self.form != Form::Own || next.generated.is_some() => None,
            None if is_aside(from, to) => Some(succeed::call(from, &name)),
            None => self.cast(&next.name, &name, from, to),
        };
        if let Some(using) = &using {
            rest.push_str(&format!(" using {using}"));
        }
        // What is said need not leave values as they are.
        let casts = [format!("{name}::{to}"), name.clone()];
        let is_said = next
            .using
            .as_ref()
            .is_some_and(|using| !casts.contains(using));
        let rewrites = from != to && is_said || types::rewrites(from, to);
        let mut hazards = vec![self.locks()];
        if rewrites {
            hazards.push(self.rewrites());
        }
        if types::narrows(from, to) {
            let what = format!("digits of column {} of {}", next.name, self.name());
            hazards.push(self.loses(what));
        }
        self.alter(&rest, hazards);
        self.disturb(column_part(&next.name), false);
        Copy { using, rewrites }
    }

    /// Returns how the values of a column become those of another type, where PostgreSQL must be told.
    fn cast(&self, column: &str, name: &str, from: &str, to: &str) -> Option<String> {
        let notes = &self.at.facts.notes;
        let (plain, by_words) = (format!("{name}::{to}"), format!("{name}::text::{to}"));
        // Values of a domain are those of its base.
        let [from, base] = [(words::CASTS, from), (words::MADE, to)].map(|(note, text)| {
            words::base(notes, note, column).unwrap_or_else(|| text.to_owned())
        });
        words::using(notes, column, name, &from, to)
            .or_else(|| types::goes_by_words(&from, &base).then(|| by_words.clone()))
            .or_else(|| {
                let differs = from.ends_with("[]") != base.ends_with("[]");
                let is_cast = || words::is_cast(notes, column, &from);
                let goes = (differs && !types::is_text(&from)).then(is_cast).flatten();
                goes.map(|is_cast| {
                    if is_cast {
                        plain.clone()
                    } else {
                        by_words.clone()
                    }
                })
            })
            .or_else(|| types::needs_cast(&from, &base).then(|| plain.clone()))
            .or_else(|| {
                let is_cast = words::is_cast(notes, column, &from)?;
                Some(if is_cast { plain } else { by_words })
            })
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
                self.no_way(COMPUTED);
            }
        }
    }

    fn details(&mut self, old: &Column, next: &Column) {
        let name = ident(&next.name);
        let is_from_above = self.is_from_above(next);
        if is_from_above && old.storage.is_some() && next.storage.is_none() {
            let statement = from_above::storage_from_above(&self.handle.name, &next.name);
            self.statements.push(statement);
        } else if old.storage != next.storage {
            let storage = next
                .storage
                .as_deref()
                .unwrap_or(default_storage(&next.data_type));
            self.alter(
                &format!("alter column {name} set storage {storage}"),
                Vec::new(),
            );
            self.storage_below(&next.name);
        }
        if is_from_above && old.compression.is_some() && next.compression.is_none() {
            let statement = from_above::compression_from_above(&self.handle.name, &next.name);
            self.statements.push(statement);
        } else if old.compression != next.compression {
            let compression = next.compression.as_deref().unwrap_or("default");
            self.alter(
                &format!("alter column {name} set compression {compression}"),
                Vec::new(),
            );
        }
        if old.statistics != next.statistics {
            // Tables below have their own.
            let target = next.statistics.unwrap_or(-1);
            let Handle {
                keyword,
                name: table,
            } = &self.handle;
            let sql =
                format!("alter {keyword} only {table} alter column {name} set statistics {target}");
            self.statements.push(Statement::new(sql));
        }
        for clause in options::change(&old.options, &next.options) {
            self.alter(&format!("alter column {name} {clause}"), Vec::new());
        }
        if old.comment != next.comment {
            self.statements.push(column_comment(next, &self.handle));
        }
    }
}
