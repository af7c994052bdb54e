//! Shells of types: a name and nothing else, for functions that must be made before the type.
//!
//! A base type needs functions that take and return it, and so does a range type with a canonical
//! function: a circle. PostgreSQL opens it with a shell, `create type x`, that functions may name and
//! that the definition of the type later fills. Here the shell is an object of its own, which nobody
//! declares: the functions of a type stand on its shell, the type stands on its functions, and every
//! other user of the type stands on the type.
//!
//! The way back is another. A type and its functions can only be dropped together: dropping the type
//! with `cascade` takes its functions and its shell along. They are attached to the type, with a note
//! that they go along.
//!
//! Source: PostgreSQL manual, CREATE TYPE ("shell type"), DROP TYPE.

use model::{Address, Statement};
use provider::{Alter, At, Kind, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::attached::Handle;
use crate::naming::written;
use crate::text::quote::literal;

/// The name of a type that is yet to be defined.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shell {}

impl Kind for Shell {
    const NAME: &'static str = "shell";
    const NAMESPACE: &'static str = super::NAMESPACE;
    const INTERNAL: bool = true;
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Statement::new(format!(
            "create type {}",
            written(at.address)
        ))]
    }

    fn alter(&self, _next: &Self, _at: &At<'_>) -> Alter {
        Alter::in_place(Vec::new())
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
    let shell = |address: &Address| address.sibling(Shell::NAME, address.path());
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
    and not exists (select from pg_operator o
      where d.classid = 'pg_operator'::regclass and o.oid = d.objid and o.oprcode = 0)
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
