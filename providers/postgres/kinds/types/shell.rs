//! Shells of types: a name and nothing else, for functions that must be made before the type.
//!
//! A base type needs functions that take and return it, and so does a range type with a canonical
//! function: a circle. PostgreSQL opens it with a shell, `create type x`, that functions may name and
//! that the definition of the type later fills. Here the shell is an object of its own, which follows
//! from the type: the functions of a type stand on its shell, the type stands on its functions, and
//! every other user of the type stands on the type. Only a shell that nothing fills is declared.
//!
//! The way back is another. A type and its functions can only be dropped together: dropping the type
//! with `cascade` takes its functions and its shell along. They are attached to the type, with a note
//! that they go along.
//!
//! Source: PostgreSQL manual, CREATE TYPE ("shell type"), DROP TYPE.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::attached::{Handle, dress, redress};
use crate::naming::written;
use crate::text::quote::literal;

/// The name of a base type or range that is yet to be defined.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShellType {
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Kind for ShellType {
    const NAME: &'static str = "shell_type";
    const NAMESPACE: &'static str = super::NAMESPACE;
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("type", at.address);
        let mut statements = vec![Statement::new(format!("create type {}", handle.name))];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        Alter::in_place(redress(
            &Handle::new("type", at.address),
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        if at.facts.notes.contains_key(provider::GOES_ALONG) {
            return Vec::new();
        }
        vec![Handle::new("type", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, _to: &Address) -> Option<Vec<Statement>> {
        // That of a type gets its name from the type.
        let is_filled = at.facts.notes.contains_key(provider::GOES_ALONG);
        is_filled.then(Vec::new)
    }
}

/// Returns the names of the shell of a type that is renamed: a filled one is called like its type.
pub(super) fn along(from: &Address, to: &Address) -> (Address, Address) {
    let shell = |address: &Address| address.sibling(ShellType::NAME, address.path());
    (shell(from), shell(to))
}

/// Returns the statements that drop a type with its functions, and refuse when anything else stands on
/// either: a plan has dropped all that it knows of by then.
pub(super) fn drop_with_functions(address: &Address) -> Vec<Statement> {
    let name = written(address);
    let guard = format!(
        "\
do $guard$
declare
  present constant oid := {}::regtype;
  others text;
begin
  with own as (
    select 'pg_type'::regclass as class, present as object
    union all
    select 'pg_proc'::regclass, d.refobjid from pg_depend d
    where d.classid = 'pg_type'::regclass and d.objid = present
      and d.refclassid = 'pg_proc'::regclass
  )
  select string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ') into others
  from pg_depend d join own on d.refclassid = own.class and d.refobjid = own.object
  where d.deptype = 'n'
    and not exists (select from own where own.class = d.classid and own.object = d.objid)
    and not exists (select from pg_depend i where i.classid = d.classid and i.objid = d.objid
      and i.deptype = 'i');
  if others is not null then
    raise exception using errcode = 'dependent_objects_still_exist',
      message = 'other objects still stand on type ' || present::regtype || ': ' || others;
  end if;
end
$guard$",
        literal(&name)
    );
    vec![
        Statement::new(guard),
        Statement::new(format!("drop type {name} cascade")),
    ]
}
