//! Base types: what C functions make of bytes.
//!
//! The functions that read and write values name the type, so a shell of it is made before them: see
//! [`super::shell`]. Only superusers may make base types.
//!
//! Source: PostgreSQL manual, CREATE TYPE, ALTER TYPE; `pg_type`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{like_every_type, shell, succeed};
use crate::acl::Privilege;
use crate::kinds::GrantsMode;
use crate::kinds::attached::Handle;
use crate::kinds::references::{called_in, settle_called};
use crate::kinds::routine::{is_default, plain_type};
use crate::naming::{aside, names_in, written};
use crate::text::quote::literal;

/// Where values of a type may begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// Anywhere.
    Char,
    /// At every second byte.
    Int2,
    /// At every fourth byte.
    #[default]
    Int4,
    /// At every eighth byte.
    Double,
}

impl Alignment {
    /// Reads `pg_type.typalign`.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "c" => Self::Char,
            "s" => Self::Int2,
            "d" => Self::Double,
            _ => Self::Int4,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Char => "char",
            Self::Int2 => "int2",
            Self::Int4 => "int4",
            Self::Double => "double",
        }
    }
}

/// How long values are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// In the row, as they are.
    #[default]
    Plain,
    /// Out of the row, as they are.
    External,
    /// Compressed, then out of the row.
    Extended,
    /// Compressed, out of the row only if nothing else helps.
    Main,
}

impl Storage {
    /// Reads `pg_type.typstorage`.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "e" => Self::External,
            "x" => Self::Extended,
            "m" => Self::Main,
            _ => Self::Plain,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Plain => "p",
            Self::External => "e",
            Self::Extended => "x",
            Self::Main => "m",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::External => "external",
            Self::Extended => "extended",
            Self::Main => "main",
        }
    }
}

/// A base type: functions in C read and write its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseType {
    /// The function that reads a value from text.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub input: Reference,
    /// The function that writes a value as text.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub output: Reference,
    /// The function that reads a value from bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub receive: Option<Reference>,
    /// The function that writes a value as bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub send: Option<Reference>,
    /// The function that reads what stands in brackets after the name of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub typmod_in: Option<Reference>,
    /// The function that writes what stands in brackets after the name of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub typmod_out: Option<Reference>,
    /// The function that gathers statistics of columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub analyze: Option<Reference>,
    /// The function that makes sense of what stands in square brackets after a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub subscript: Option<Reference>,
    /// The length of values in bytes; it differs from value to value when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_length: Option<i64>,
    /// Whether values are handed over as they are and not by their place in memory.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub passed_by_value: bool,
    /// Where values may begin. `int4` by default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub alignment: Alignment,
    /// How long values are kept. `plain` by default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: Storage,
    /// A letter for the group of types among which casts are preferred. `U` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Whether casts to it are preferred within its category.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preferred: bool,
    /// The value of columns without a default of their own, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The type of its elements, if it is a sort of array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// What stands between values in the text of an array. `,` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Whether collations apply to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collatable: bool,
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
}

impl BaseType {
    const WORD: &'static str = "type";

    /// The functions that can be changed, by the name of their option.
    fn changeable(&self) -> [(&'static str, Option<&Reference>); 6] {
        [
            ("receive", self.receive.as_ref()),
            ("send", self.send.as_ref()),
            ("typmod_in", self.typmod_in.as_ref()),
            ("typmod_out", self.typmod_out.as_ref()),
            ("analyze", self.analyze.as_ref()),
            ("subscript", self.subscript.as_ref()),
        ]
    }

    fn settle_rest(&mut self, live: &Self, _with: &provider::Settling<'_>) {
        settle_called(&mut self.input, &live.input);
        settle_called(&mut self.output, &live.output);
        // One with elements has a function for square brackets of its own accord.
        if self.element.is_some() && self.subscript.is_none() {
            self.subscript.clone_from(&live.subscript);
        }
        for (mine, theirs) in [
            (&mut self.receive, &live.receive),
            (&mut self.send, &live.send),
            (&mut self.typmod_in, &live.typmod_in),
            (&mut self.typmod_out, &live.typmod_out),
            (&mut self.analyze, &live.analyze),
            (&mut self.subscript, &live.subscript),
        ] {
            if let (Some(mine), Some(theirs)) = (mine, theirs) {
                settle_called(mine, theirs);
            }
        }
    }

    fn define(&self, name: &str, at: &At<'_>) -> Vec<Statement> {
        let mut options = vec![
            format!("input = {}", called_in(&self.input)),
            format!("output = {}", called_in(&self.output)),
        ];
        for (name, function) in self.changeable() {
            options.extend(function.map(|function| format!("{name} = {}", called_in(function))));
        }
        let length = self.internal_length;
        options.push(match length {
            Some(length) => format!("internallength = {length}"),
            None => "internallength = variable".to_owned(),
        });
        if self.passed_by_value {
            options.push("passedbyvalue".to_owned());
        }
        options.push(format!("alignment = {}", self.alignment.word()));
        options.push(format!("storage = {}", self.storage.word()));
        let texts = [("category", &self.category), ("default", &self.default)];
        for (name, text) in texts {
            options.extend(
                text.as_ref()
                    .map(|text| format!("{name} = {}", literal(text))),
            );
        }
        if self.preferred {
            options.push("preferred = true".to_owned());
        }
        options.extend(
            self.element
                .as_ref()
                .map(|name| format!("element = {name}")),
        );
        let delimiter = self.delimiter.as_ref();
        options.extend(delimiter.map(|text| format!("delimiter = {}", literal(text))));
        if self.collatable {
            options.push("collatable = true".to_owned());
        }
        let sql = format!("create type {name} (\n  {}\n)", options.join(",\n  "));
        vec![Statement::new(sql).names_in(names_in(at.address))]
    }

    fn redefine(
        &self,
        next: &Self,
        handle: &Handle,
        _at: &At<'_>,
    ) -> Result<Vec<Statement>, &'static str> {
        let fixed = |one: &Self| Self {
            receive: None,
            send: None,
            typmod_in: None,
            typmod_out: None,
            analyze: None,
            subscript: None,
            storage: Storage::default(),
            owner: None,
            comment: None,
            grants: None,
            privileges: Vec::new(),
            ..one.clone()
        };
        let becomes_plain = next.storage == Storage::Plain && self.storage != Storage::Plain;
        if fixed(self) != fixed(next) || becomes_plain {
            return Err(
                "of a base type only functions that it can be without, and more storage, can be altered",
            );
        }
        let mut options = Vec::new();
        for ((name, old), (_, new)) in self.changeable().into_iter().zip(next.changeable()) {
            if old != new {
                let new = new.map_or_else(|| "none".to_owned(), called_in);
                options.push(format!("{name} = {new}"));
            }
        }
        if self.storage != next.storage {
            options.push(format!("storage = {}", next.storage.word()));
        }
        if options.is_empty() {
            return Ok(Vec::new());
        }
        let mut statements = vec![handle.alter(&format!("set ({})", options.join(", ")))];
        if self.storage != next.storage {
            statements.push(store(handle, self.storage, next.storage));
        }
        Ok(statements)
    }

    #[expect(clippy::unused_self, reason = "other types need to know what they are")]
    fn drop_statements(&self, at: &At<'_>) -> Vec<Statement> {
        shell::drop_with_functions(at.address)
    }

    #[expect(clippy::unused_self, reason = "other types need to know what they are")]
    fn rename_statements(&self, from: &Address, to: &Address) -> Option<Vec<Statement>> {
        Handle::new(Self::WORD, from).relocate(from, to)
    }
}

/// Returns the statement that stores columns as their type says now, where they did before: a column
/// takes that over when it is made, and never again.
fn store(handle: &Handle, from: Storage, to: Storage) -> Statement {
    Statement::new(format!(
        "\
do $columns$
declare
  one record;
begin
  for one in
    select a.attrelid::regclass as relation, a.attname
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where a.atttypid = {}::regtype and a.attstorage = {} and not a.attisdropped
      and c.relkind in ('r', 'p', 'm', 'f')
    order by a.attrelid, a.attnum
  loop
    execute format('alter table %s alter column %I set storage {}', one.relation, one.attname);
  end loop;
end
$columns$",
        literal(&handle.name),
        literal(from.code()),
        to.word()
    ))
}

impl Kind for BaseType {
    const NAME: &'static str = "base_type";
    const NAMESPACE: &'static str = super::NAMESPACE;
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);
    const MAKES_ROOM: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        self.element = self.element.take().map(|text| plain_type(&text));
        self.category = self.category.take().filter(|text| text != "U");
        self.delimiter = self.delimiter.take().filter(|text| text != ",");
        let mut problems = Vec::new();
        for (path, text) in [("category", &self.category), ("delimiter", &self.delimiter)] {
            if text.as_ref().is_some_and(|text| text.len() != 1) {
                problems.push(Problem::new(
                    [path],
                    "unclear type",
                    "this must be one character",
                ));
            }
        }
        problems
    }

    /// Its functions go along, so it makes room for what is of another kind alone.
    fn aside(&self, next: Option<&Self>, _is_on_aside: bool, at: &At<'_>) -> Option<Address> {
        next.is_none().then(|| aside(at.address))
    }

    fn along(&self, _next: Option<&Self>, at: &At<'_>, to: &Address) -> Vec<(Address, Address)> {
        let moves = *to == aside(at.address);
        let shell = moves.then(|| shell::along(at.address, to));
        shell.into_iter().collect()
    }

    fn succeed(&self, _former: Option<&Self>, from: &Address, at: &At<'_>) -> Vec<Statement> {
        let mut statements = self.create(at);
        statements.extend(succeed::assign(&written(from), &written(at.address)));
        statements
    }

    fn leave(&self, _successor: &Address, at: &At<'_>) -> Vec<Statement> {
        let mut statements = vec![succeed::forget(&written(at.address))];
        statements.extend(self.remove(at));
        statements
    }

    like_every_type!();
}
