//! Range types, each with its multirange type.
//!
//! A canonical function takes and returns the range itself, so a shell of the type is made before it:
//! see [`super::shell`].
//!
//! Source: PostgreSQL manual, CREATE TYPE, ALTER TYPE; `pg_range`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{like_every_type, shell, succeed};
use crate::acl::Privilege;
use crate::kinds::GrantsMode;
use crate::kinds::attached::Handle;
use crate::kinds::references::{called_in, settle_called, with_method};
use crate::kinds::routine::plain_type;
use crate::kinds::table::{collation_name, normalize_collation};
use crate::naming::{aside, aside_name, names_in, split, with_end, written};
use crate::text::quote::{ident, qualified};

/// A type whose values are ranges of values of another type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RangeType {
    /// The type of its bounds.
    pub subtype: String,
    /// The operator class that bounds are compared by; the default one of the type when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["operator_class"]), with = "Option<String>")]
    pub subtype_opclass: Option<Reference>,
    /// The collation that bounds are compared by; that of the type when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// The function that brings ranges into one of several equal forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub canonical: Option<Reference>,
    /// The function that tells how far two bounds are apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub subtype_diff: Option<Reference>,
    /// The name of the multirange type, with its schema where that is another; made of the name of the
    /// range, and then left alone, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multirange_type_name: Option<String>,
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub privileges: Vec<Privilege>,
}

/// Returns the name PostgreSQL gives a multirange type (`makeMultirangeTypeName()`), as long as no
/// other type has it.
pub(crate) fn usual_multirange(range: &str) -> String {
    let name = match range.find("range") {
        Some(at) => format!("{}multi{}", &range[..at], &range[at..]),
        None => with_end(range, "_multirange"),
    };
    with_end(&name, "")
}

impl RangeType {
    const WORD: &'static str = "type";

    /// Returns the schema and the name of the multirange type.
    pub(crate) fn multirange(&self, address: &Address) -> (String, String) {
        let own = address.part(1).to_owned();
        let parts = self.multirange_type_name.as_deref().map(split);
        match parts.and_then(Result::ok).as_deref() {
            Some([schema, name]) => (schema.clone(), name.clone()),
            Some([name]) => (own, name.clone()),
            _ => (own, usual_multirange(address.name())),
        }
    }

    /// Returns the schema and the name of the multirange type once the range has another name.
    fn moved_multirange(&self, from: &Address, to: &Address) -> (String, String) {
        let (schema, name) = self.multirange(from);
        if *to == aside(from) {
            return (schema, aside_name(&name));
        }
        match schema == from.part(1) {
            true => (to.part(1).to_owned(), name),
            false => (schema, name),
        }
    }

    /// Returns the schema and the name of the multirange type of a range that made room: its contents
    /// say what it was called before.
    fn multirange_aside(&self, address: &Address) -> (String, String) {
        let (schema, name) = self.multirange(address);
        (schema, aside_name(&name))
    }

    /// Writes the name of a multirange type as attributes have it.
    pub(crate) fn multirange_name(schema: &str, name: &str, own: &str) -> String {
        if schema == own {
            ident(name)
        } else {
            format!("{}.{}", ident(schema), ident(name))
        }
    }

    fn settle_rest(&mut self, live: &Self, _with: &provider::Settling<'_>) {
        if self.multirange_type_name.is_none() {
            self.multirange_type_name
                .clone_from(&live.multirange_type_name);
        }
        for (mine, theirs) in [
            (&mut self.canonical, &live.canonical),
            (&mut self.subtype_diff, &live.subtype_diff),
        ] {
            if let (Some(mine), Some(theirs)) = (mine, theirs) {
                settle_called(mine, theirs);
            }
        }
    }

    fn define(&self, name: &str, at: &At<'_>) -> Vec<Statement> {
        let function = |name: &str, function: &Option<Reference>| {
            let function = function.as_ref()?;
            Some(format!("{name} = {}", called_in(function)))
        };
        let multirange = self.multirange_type_name.as_ref().map(|_| {
            let (schema, name) = self.multirange(at.address);
            format!("multirange_type_name = {}.{}", ident(&schema), ident(&name))
        });
        let options = [
            Some(format!("subtype = {}", self.subtype)),
            function("subtype_opclass", &self.subtype_opclass),
            self.collation
                .as_ref()
                .map(|name| format!("collation = {}", collation_name(name))),
            function("canonical", &self.canonical),
            function("subtype_diff", &self.subtype_diff),
            multirange,
        ];
        let options: Vec<_> = options.into_iter().flatten().collect();
        let sql = format!(
            "create type {name} as range (\n  {}\n)",
            options.join(",\n  ")
        );
        vec![Statement::new(sql).names_in(names_in(at.address))]
    }

    fn redefine(
        &self,
        next: &Self,
        handle: &Handle,
        at: &At<'_>,
    ) -> Result<Vec<Statement>, &'static str> {
        let _ = handle;
        let definition = |one: &Self| {
            (
                one.subtype.clone(),
                one.subtype_opclass.clone(),
                one.collation.clone(),
                one.canonical.clone(),
                one.subtype_diff.clone(),
            )
        };
        if definition(self) != definition(next) {
            return Err("the definition of a range type cannot be altered");
        }
        let (from, to) = (self.multirange(at.address), next.multirange(at.address));
        Ok(rename_multirange(&from, &to, at.address, at.address))
    }

    fn drop_statements(&self, at: &At<'_>) -> Vec<Statement> {
        match &self.canonical {
            Some(_) => shell::drop_with_functions(at.address),
            None => vec![Handle::new(Self::WORD, at.address).drop()],
        }
    }

    /// The constructors of a range and of its multirange type are functions of their own, which
    /// PostgreSQL leaves where they were.
    fn rename_statements(&self, from: &Address, to: &Address) -> Option<Vec<Statement>> {
        let mut statements = Handle::new(Self::WORD, from).relocate(from, to)?;
        let bounds = format!("{0}, {0}", self.subtype);
        for arguments in [bounds.clone(), format!("{bounds}, text")] {
            let old = (from.part(1), from.name());
            let new = (to.part(1), to.name());
            statements.extend(relocate("function", old, new, &format!("({arguments})")));
        }
        let (old, new) = (self.multirange(from), self.moved_multirange(from, to));
        statements.extend(rename_multirange(&old, &new, from, to));
        Some(statements)
    }
}

fn multirange_written((schema, name): &(String, String)) -> String {
    qualified(&[schema.as_str(), name.as_str()])
}

/// Returns the statements that move a multirange type and its constructors, of a range that was `old` and
/// is `new`: the constructors are where the range is, wherever the multirange type may be.
fn rename_multirange(
    from: &(String, String),
    to: &(String, String),
    old: &Address,
    new: &Address,
) -> Vec<Statement> {
    let range = written(new);
    let constructors = [
        "()".to_owned(),
        format!("({range})"),
        format!("({range}[])"),
    ];
    let mut statements = relocate("type", (&from.0, &from.1), (&to.0, &to.1), "");
    for arguments in constructors {
        let (from, to) = ((old.part(1), from.1.as_str()), (new.part(1), to.1.as_str()));
        statements.extend(relocate("function", from, to, &arguments));
    }
    statements
}

/// Returns the statements that give something another schema and another name.
fn relocate(
    word: &'static str,
    from: (&str, &str),
    to: (&str, &str),
    arguments: &str,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    let handle = |schema: &str| Handle {
        keyword: word,
        name: format!("{}.{}{arguments}", ident(schema), ident(from.1)),
    };
    if from.0 != to.0 {
        statements.push(handle(from.0).alter(&format!("set schema {}", ident(to.0))));
    }
    if from.1 != to.1 {
        statements.push(handle(to.0).rename(to.1));
    }
    statements
}

impl Kind for RangeType {
    const NAME: &'static str = "range_type";
    const NAMESPACE: &'static str = super::NAMESPACE;
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);
    const MAKES_ROOM: bool = true;
    const RENDERED: bool = true;

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        self.subtype = plain_type(&self.subtype);
        normalize_collation(&mut self.collation);
        if let Some(class) = &mut self.subtype_opclass {
            with_method(class, "btree");
        }
        let mut problems = Vec::new();
        if self.subtype.is_empty() {
            problems.push(Problem::new([], "missing type", "`subtype` is missing"));
        }
        if let Some(text) = &self.multirange_type_name {
            match split(text).as_deref() {
                Ok([_] | [_, _]) => {
                    let (schema, name) = self.multirange(at.address);
                    let own = at.address.part(1);
                    self.multirange_type_name = Some(Self::multirange_name(&schema, &name, own));
                }
                _ => problems.push(Problem::new(
                    ["multirange_type_name"],
                    "impossible name",
                    format!("`{text}` is not the name of a type"),
                )),
            }
        }
        problems
    }

    fn aside(&self, next: Option<&Self>, is_on_aside: bool, at: &At<'_>) -> Option<Address> {
        let alter = next.map(|next| self.alter(next, at));
        super::room(alter.as_ref(), is_on_aside, at)
    }

    fn along(&self, next: Option<&Self>, at: &At<'_>, to: &Address) -> Vec<(Address, Address)> {
        let next = next.filter(|next| next.multirange_type_name.is_some());
        let former = self.multirange(at.address);
        let present = match next {
            Some(next) => next.multirange(to),
            None => self.moved_multirange(at.address, to),
        };
        let address = |(schema, name): &(String, String)| {
            to.sibling(Self::NAME, [to.part(0), schema.as_str(), name.as_str()])
        };
        let mut renames = Vec::new();
        if former != present {
            renames.push((address(&former), address(&present)));
        }
        if self.canonical.is_some() && *to == aside(at.address) {
            renames.push(shell::along(at.address, to));
        }
        renames
    }

    fn succeed(&self, former: Option<&Self>, from: &Address, at: &At<'_>) -> Vec<Statement> {
        let mut statements = self.create(at);
        statements.extend(succeed::assign(&written(from), &written(at.address)));
        if let Some(former) = former {
            let from = multirange_written(&former.multirange_aside(from));
            let to = multirange_written(&self.multirange(at.address));
            statements.extend(succeed::assign(&from, &to));
        }
        statements
    }

    fn leave(&self, successor: &Address, at: &At<'_>) -> Vec<Statement> {
        let mut statements = vec![succeed::forget(&written(at.address))];
        if successor.kind() == Self::NAME {
            let multirange = multirange_written(&self.multirange_aside(at.address));
            statements.push(succeed::forget(&multirange));
        }
        statements.extend(self.remove(at));
        statements
    }

    like_every_type!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiranges_are_named_as_postgresql_names_them() {
        assert_eq!(usual_multirange("floats"), "floats_multirange");
        assert_eq!(usual_multirange("int_range_x"), "int_multirange_x");
        let long = usual_multirange(&"t".repeat(63));
        assert_eq!(long, format!("{}_multirange", "t".repeat(52)));
    }
}
