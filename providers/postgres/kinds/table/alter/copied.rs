//! A column whose type changes so that every row is written anew, copied while people write: a new column beside it,
//! a trigger that keeps both in step, the rows that are there in small pieces, and at the end the one takes the place
//! of the other.
//!
//! Whoever writes a value that cannot become one of the new type is not hindered as long as the pieces are copied:
//! the check after that finds it, and all of it is taken back.
//!
//! Source: PostgreSQL manual, ALTER TABLE (Notes), CREATE TRIGGER, Tid Range Scan; the check before `SET NOT NULL`.

use model::{Online, Statement, Undo};

use super::Change;
use super::carried::names_beside;
use crate::complete::{made_name, sequence_name};
use crate::kinds::sequence::take_position;
use crate::kinds::table::column::{Column, Identity, collation_name, identity_clause};
use crate::kinds::table::columns::plain_column;
use crate::kinds::table::create::{column_details, persist, sequence_comment, sequence_of};
use crate::kinds::table::not_null::{SINCE, name_of};
use crate::naming::{column_part, is_aside, names_in, written};
use crate::text::quote::{ident, literal};

/// Pages of a table that are looked at together.
const PAGES: u32 = 16;

/// Rows that are copied before others get their turn.
const ROWS: u32 = 10_000;

/// How long is copied before others get their turn.
const TIME: &str = "300 milliseconds";

/// The functions that a copy needs, as they are called without arguments.
pub(crate) fn function_names(table: &str, column: &str) -> [String; 2] {
    ["copy", "fill"].map(|word| made_name(table, column, word))
}

/// Everything that a copy is called.
struct Names {
    table: String,
    column: String,
    new: String,
    /// The same as it is, not as it is written.
    raw_new: String,
    trigger: String,
    check: String,
    /// The function of the trigger, qualified.
    keep: String,
    /// The function that copies a piece, qualified.
    fill: String,
    /// What a function finds names in.
    path: String,
}

/// Returns what a column has that a copy would not.
fn special(column: &Column) -> Option<&'static str> {
    let found = [
        ("the expression of", column.generated.is_some()),
        (
            "the not-null constraint of",
            column.not_null_constraint.is_some(),
        ),
        ("the storage of", column.storage.is_some()),
    ];
    found
        .into_iter()
        .find_map(|(what, is_there)| is_there.then_some(what))
}

impl Change<'_> {
    /// Returns how a column gets another type in this way, where there is such a way. `using` turns its values into
    /// the new ones; `covers` says how many statements come after the one that this is instead of.
    pub(super) fn copied_online(
        &self,
        old: &Column,
        next: &Column,
        using: Option<&str>,
        covers: usize,
    ) -> Option<Online> {
        let is_special = [old, next].iter().any(|column| special(column).is_some());
        let stays = old.identity == next.identity;
        let is_aside = is_aside(&old.data_type, &next.data_type);
        if !self.has_a_way() || is_special || !stays || is_aside {
            return None;
        }
        let names = self.names_of_copy(&old.name)?;
        let value = using.unwrap_or(&names.column);
        let mut statements = self.begin_copy(&names, next, using);
        statements.push(self.fill(&names));
        let carried = self.carried(&old.name, &names.raw_new)?;
        let (new, check) = (&names.new, &names.check);
        let condition = match old.not_null {
            true => format!("{new} is not null"),
            false => format!("{new} is not null or ({value}) is null"),
        };
        let add = format!("add constraint {check} check ({condition}) not valid");
        let validate = self.altering(&format!("validate constraint {check}"));
        statements.push(self.altering(&add).hazard(self.locks()).later());
        statements.push(validate.hazard(self.scans()).apart().patient());
        statements.extend(carried.built);
        let late = carried.before.into_iter().map(Statement::later);
        statements.extend(late);
        statements.extend(self.end_copy(&names, old, next)?);
        statements.extend(carried.after.into_iter().map(Statement::later));
        statements.extend(carried.checked);
        Some(Online {
            statements,
            covers,
            copies: Some(column_part(&old.name)),
        })
    }

    /// Returns why a column is not copied.
    pub(super) fn not_copied(&self, old: &Column, next: &Column) -> String {
        let what = special(old).or_else(|| special(next));
        match what {
            Some(what) => format!(
                "{what} column {} does not come along with a copy",
                next.name
            ),
            None if is_aside(&old.data_type, &next.data_type) => {
                "its type is made anew as well".to_owned()
            }
            None if !self.has_a_way() => {
                "a column of a partitioned table, or of a partition, is not copied".to_owned()
            }
            None => "a key, a check or the identity of the column changes as well".to_owned(),
        }
    }

    fn names_of_copy(&self, column: &str) -> Option<Names> {
        let address = self.at.address;
        let is_free =
            |name: &String| self.old.find(name).is_none() && self.next.find(name).is_none();
        let new = names_beside(column, "_new").into_iter().find(is_free)?;
        let [keep, fill] = function_names(address.name(), column);
        let [old, next] = [self.old, self.next].map(|table| table.constraints(address.name()));
        let is_unused = |name: &String| !old.contains_key(name) && !next.contains_key(name);
        let word = |number: u32| match number {
            1 => "is_copied".to_owned(),
            number => format!("is_copied{number}"),
        };
        let mut checks = (1..10).map(|number| made_name(address.name(), column, &word(number)));
        let check = checks.find(is_unused)?;
        let qualified = |name: &str| format!("{}.{}", ident(address.part(1)), ident(name));
        let path = names_in(address).into_iter().map(|schema| ident(&schema));
        let path: Vec<_> = path.chain(["pg_temp".to_owned()]).collect();
        Some(Names {
            table: written(address),
            column: ident(column),
            new: ident(&new),
            raw_new: new,
            trigger: ident(&keep),
            check: ident(&check),
            keep: qualified(&keep),
            fill: qualified(&fill),
            path: path.join(", "),
        })
    }

    /// Returns the statements after which every row that is written has both values.
    fn begin_copy(&self, names: &Names, next: &Column, using: Option<&str>) -> Vec<Statement> {
        let Names {
            table,
            column,
            new,
            trigger,
            keep,
            path,
            ..
        } = names;
        let collation = next.collation.as_deref().map(collation_name);
        let collation = collation.map(|name| format!(" collate {name}"));
        let add = format!(
            "add column {new} {}{}",
            next.data_type,
            collation.unwrap_or_default()
        );
        let value = match using {
            None => format!("new.{column}"),
            Some(using) => {
                let label = ident(self.at.address.name());
                format!("(select {using} from (select new.*) as {label})")
            }
        };
        let body = format!(
            "#variable_conflict use_column\nbegin begin new.{new} := {value}; \
             exception when others then new.{new} := null; end; return new; end"
        );
        let function = format!(
            "create function {keep}() returns trigger language plpgsql security definer \
             set search_path = {path} as {}",
            literal(&body)
        );
        let trigger_sql = format!(
            "create trigger {trigger} before insert or update on {table} for each row execute function {keep}()"
        );
        let mut first = self.altering(&add).hazard(self.locks()).later().promise();
        first.undo = Some(Self::undo_copy(names));
        vec![
            first,
            Statement::new(function).later(),
            Statement::new(trigger_sql).hazard(self.locks()).later(),
            self.altering(&format!("enable always trigger {trigger}"))
                .later(),
            Statement::new(Self::fill_function(names, using)).later(),
        ]
    }

    /// Returns what takes all of it away. Only with the trigger it is ours.
    fn undo_copy(names: &Names) -> Undo {
        let Names {
            table,
            new,
            keep,
            fill,
            ..
        } = names;
        let when = format!(
            "select 1 from pg_catalog.pg_trigger where tgrelid = to_regclass({}) \
             and tgfoid = to_regprocedure({})",
            literal(table),
            literal(&format!("{keep}()"))
        );
        let body = format!(
            "begin drop function {keep}(), {fill}() cascade; alter table {table} drop column {new}; end"
        );
        Undo::new(when, format!("do {}", literal(&body)))
    }

    /// Returns the statement that copies a piece, again and again until nothing is left.
    fn fill(&self, names: &Names) -> Statement {
        Statement::new(format!("select {}()", names.fill))
            .hazard(self.scans())
            .alone(self.at.address)
            .later()
            .repeated()
    }

    /// Returns the statement that makes the function by which a piece is copied. It never waits for a row that somebody
    /// else is writing, as long as there are others: so nobody waits for it and it for nobody at the same time.
    fn fill_function(names: &Names, using: Option<&str>) -> String {
        let Names {
            table,
            column,
            new,
            fill,
            path,
            ..
        } = names;
        let value = using.unwrap_or(column);
        let open = format!("{new} is null and ({value}) is not null");
        let piece = "ctid >= $1 and ctid < $2";
        let update = |which: &str, end: &str| {
            literal(&format!(
                "update only {table} set {new} = {value} where ctid = any (array(\
                 select ctid from only {table} where {which}{open} {end}))"
            ))
        };
        let copy = update(&format!("{piece} and "), "for no key update skip locked");
        let wait = update("", "limit 1 for no key update");
        let count = literal(&format!(
            "select count(*) from only {table} where {piece} and {open}"
        ));
        let (on, me) = (literal(table), literal(&format!("{fill}()")));
        let pages_now = format!(
            "pg_catalog.pg_relation_size({on}::regclass) / pg_catalog.current_setting('block_size')::bigint"
        );
        let body = format!(
            "declare me text := {me}::regprocedure::oid; \
             state text[] := pg_catalog.string_to_array(pg_catalog.current_setting('estate.copy', true), ' '); \
             page bigint := 0; pages bigint := {pages_now}; filled bigint := 0; held bigint := 0; \
             number bigint; total bigint := 0; began timestamptz := pg_catalog.clock_timestamp(); \
             low tid; high tid; \
             begin \
             if state[1] = me then page := state[2]; pages := state[3]; filled := state[4]; held := state[5]; end if; \
             while page < pages loop \
             low := pg_catalog.format('(%s,0)', page)::tid; \
             high := pg_catalog.format('(%s,0)', page + {PAGES})::tid; \
             execute {copy} using low, high; \
             get diagnostics number = row_count; filled := filled + number; total := total + number; \
             execute {count} into number using low, high; held := held + number; \
             page := page + {PAGES}; \
             exit when total >= {ROWS} or pg_catalog.clock_timestamp() > began + interval '{TIME}'; \
             end loop; \
             if page < pages then \
             return next pg_catalog.format('%s %% of the rows are copied', 100 * page / pages); \
             elsif held = 0 then \
             perform pg_catalog.set_config('estate.copy', '', false); return; \
             else \
             if filled = 0 then execute {wait}; end if; \
             return next pg_catalog.format('%s rows that others were writing are left', held); \
             page := 0; filled := 0; held := 0; pages := {pages_now}; \
             end if; \
             perform pg_catalog.set_config('estate.copy', pg_catalog.concat_ws(' ', me, page, pages, filled, held), false); \
             end"
        );
        format!(
            "create function {fill}() returns setof text language plpgsql set search_path = {path} as {}",
            literal(&body)
        )
    }

    /// Returns the statements by which the new column takes its numbers from a sequence of the same name, which goes on
    /// where that of the old one ends.
    fn number_copy(
        &self,
        names: &Names,
        next: &Column,
        identity: &Identity,
    ) -> Option<Vec<Statement>> {
        let (new, sequence) = (&names.new, sequence_of(identity, &next.name, self.at));
        let usual = || sequence_name(self.at.address.name(), &next.name);
        let name = identity.sequence.clone().unwrap_or_else(usual);
        let mut free = names_beside(&name, "_old").into_iter();
        let old = free.find(|name| !self.is_taken(name))?;
        let named = Identity {
            sequence: Some(name),
            ..identity.clone()
        };
        let clause = identity_clause(&named, &next.data_type);
        let former = format!("{}.{}", ident(self.at.address.part(1)), ident(&old));
        let refuse = match self.at.platform.version >= SINCE {
            true => format!(
                "add constraint {} not null {new}",
                ident(&self.not_null_meanwhile(&next.name)?)
            ),
            false => format!("alter column {new} set not null"),
        };
        let mut statements = vec![
            Statement::new(format!(
                "alter sequence {sequence} rename to {}",
                ident(&old)
            )),
            self.altering(&refuse),
            self.altering(&format!("alter column {new} add{clause}")),
            take_position(&sequence, &former),
        ];
        if let Some(unlogged) = identity.unlogged {
            statements.push(persist(&sequence, unlogged));
        }
        if identity.comment.is_some() {
            statements.push(sequence_comment(identity, &next.name, self.at));
        }
        Some(statements)
    }

    /// Returns what the constraint by which a copy refuses null is called before it gets the name of the former one.
    fn not_null_meanwhile(&self, column: &str) -> Option<String> {
        let table = self.at.address.name();
        let [old, next] = [self.old, self.next].map(|one| one.constraints(table));
        let mut names =
            (1..10).map(|number| made_name(table, column, &format!("refuses_null{number}")));
        names.find(|name| !old.contains_key(name) && !next.contains_key(name))
    }

    /// Returns the statements by which the new column takes the place of the old one.
    fn end_copy(&self, names: &Names, old: &Column, next: &Column) -> Option<Vec<Statement>> {
        let Names {
            table,
            column,
            new,
            trigger,
            check,
            keep,
            fill,
            ..
        } = names;
        let mut statements = vec![
            Statement::new(format!("drop trigger {trigger} on {table}")).hazard(self.locks()),
            Statement::new(format!("drop function {keep}(), {fill}()")),
        ];
        let mut rest = Vec::new();
        if !old.not_null {
            rest.push(format!("drop constraint {check}"));
        }
        if let Some(identity) = &next.identity {
            statements.extend(self.number_copy(names, next, identity)?);
        }
        rest.push(format!("drop column {column}"));
        rest.push(format!("rename column {new} to {column}"));
        if next.identity.is_some() && self.at.platform.version >= SINCE {
            let from = ident(&self.not_null_meanwhile(&next.name)?);
            let to = ident(&name_of(old, self.at));
            rest.push(format!("rename constraint {from} to {to}"));
        } else if old.not_null && next.identity.is_none() {
            rest.push(format!("alter column {column} set not null"));
        }
        if old.not_null {
            rest.push(format!("drop constraint {check}"));
        }
        let default = next.default.as_ref();
        rest.extend(default.map(|default| format!("alter column {column} set default {default}")));
        statements.extend(rest.iter().map(|rest| self.altering(rest)));
        let kept = Column {
            comment: old.comment.clone(),
            statistics: old.statistics,
            options: old.options.clone(),
            ..plain_column(&old.name)
        };
        statements.extend(column_details(&kept, &self.handle, self.at));
        Some(statements.into_iter().map(Statement::later).collect())
    }
}
