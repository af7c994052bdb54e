//! What PostgreSQL or an extension brought along in schemas, for the grants on it: only where they are not as
//! they came, or where somebody speaks of it.
//!
//! Others stand on such things without saying so: they are there as long as the server or the extension is.
//! So they get an address that grants can name, and no number that edges lead to. What was granted on the
//! information schema when it came is not known (`pg_init_privs` has none of it), so it is left alone.

use std::collections::BTreeSet;

use model::{Address, Edge, Object};
use provider::{Error, encode};
use sqlx::postgres::PgRow;

use super::privileges::{Acls, query};
use super::{Cells, Oid, Reader, rows};
use crate::kinds::given::{Given, GivenTable, class_of};
use crate::text::quote::literal;

/// Everything in a database that has an ACL of its own, and may have been brought along.
const PRESENT: &str = "\
  select 'pg_class'::regclass::oid as class, c.oid, 0 as part, c.relacl as acl from pg_class c
  where c.relacl is not null
  union all
  select 'pg_class'::regclass, a.attrelid, a.attnum, a.attacl from pg_attribute a
  where a.attacl is not null and not a.attisdropped
  union all
  select 'pg_proc'::regclass, p.oid, 0, p.proacl from pg_proc p where p.proacl is not null
  union all
  select 'pg_type'::regclass, t.oid, 0, t.typacl from pg_type t where t.typacl is not null
  union all
  select 'pg_namespace'::regclass, n.oid, 0, n.nspacl from pg_namespace n where n.nspacl is not null";

/// Objects that may have been brought along: catalog, number, kind, schema, name and owner.
const OBJECTS: &str = "\
  select 'pg_class'::regclass::oid as class, c.oid,
    case c.relkind when 'S' then 'given_sequence' else 'given_table' end as kind,
    n.nspname::text as schema, c.relname::text as name, c.relowner as owner
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select 'pg_proc'::regclass, p.oid, 'given_routine', n.nspname::text,
    p.proname || '(' || oidvectortypes(p.proargtypes) || ')', p.proowner
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  union all
  select 'pg_type'::regclass, t.oid, 'given_type', n.nspname::text, t.typname::text, t.typowner
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  left join pg_class c on c.oid = t.typrelid
  where t.typtype <> 'p' and (c.oid is null or c.relkind = 'c')
    and not exists (select from pg_type e where e.oid = t.typelem and e.typarray = t.oid)
  union all
  select 'pg_namespace'::regclass, n.oid, 'given_schema', '', n.nspname::text, n.nspowner
  from pg_namespace n where n.nspname <> 'public'";

/// Returns the query for objects that are not as they came, and for those with names in a list.
fn objects(named: &str) -> String {
    format!(
        "\
with members as materialized (
  select classid as class, objid as oid, refobjid as extension from pg_depend
  where deptype = 'e' and refclassid = 'pg_extension'::regclass),
present as ({PRESENT}),
changed as materialized (
  select distinct coalesce(p.class, i.classoid) as class, coalesce(p.oid, i.objoid) as oid
  from present p full join pg_init_privs i
    on i.classoid = p.class and i.objoid = p.oid and i.objsubid = p.part
  where p.acl is distinct from i.initprivs),
objects as ({OBJECTS})
select o.class::regclass::text, o.oid, o.kind, o.schema, o.name, o.owner, m.extension
from objects o left join members m using (class, oid)
where (m.oid is not null or o.oid < 16384 and 'pg_catalog' in (o.schema, o.name))
  and ((o.class, o.oid) in (select class, oid from changed) or (o.schema, o.name) in ({named}))"
    )
}

/// Returns the query for the ACLs, as they are or as they came, of objects of a list.
fn acls(of: &[(String, Oid)], initial: bool) -> String {
    let list: Vec<_> = of
        .iter()
        .map(|(catalog, oid)| format!("({}::regclass::oid, {oid}::oid)", literal(catalog)))
        .collect();
    let from = if initial {
        "select classoid as class, objoid as oid, objsubid as part, initprivs as acl from pg_init_privs"
    } else {
        PRESENT
    };
    query(&format!(
        "select a.class::regclass::text as catalog, a.oid, a.part, a.acl from ({from}) a \
         where (a.class, a.oid) in (values {})",
        list.join(", ")
    ))
}

impl Reader<'_> {
    /// Reads what is not as it came, and what is named.
    pub(super) async fn read_given(&mut self, named: &BTreeSet<Address>) -> Result<(), Error> {
        let here = named.iter().filter(|address| address.part(0) == self.place);
        let names: Vec<_> = here
            .map(|address| match &address.path()[1..] {
                [schema, name, ..] => format!("({}, {})", literal(schema), literal(name)),
                _ => format!("('', {})", literal(address.name())),
            })
            .collect();
        let names = match names.is_empty() {
            true => "select null::text, null::text".to_owned(),
            false => format!("values {}", names.join(", ")),
        };
        let found = rows(self.connection, &objects(&names)).await?;
        if found.is_empty() {
            return Ok(());
        }
        let all: Vec<_> = found.iter().map(|row| (row.text(0), row.oid(1))).collect();
        let present = rows(self.connection, &acls(&all, false)).await?;
        let present = Acls::decode(present, self.role_addresses());
        let initial = rows(self.connection, &acls(&all, true)).await?;
        let initial = Acls::decode(initial, self.role_addresses());
        for row in found {
            self.add_given(&row, &present, &initial);
        }
        Ok(())
    }

    fn add_given(&mut self, row: &PgRow, present: &Acls, initial: &Acls) {
        let (catalog, oid, kind) = (row.text(0), row.oid(1), row.text(2));
        let Some(class) = class_of(&kind) else {
            return;
        };
        let schema = Some(row.text(3)).filter(|schema| !schema.is_empty());
        let address = self.address(&kind, schema.into_iter().chain([row.text(4)]));
        let owner = self.owner(row.oid(5));
        let acl = |acls: &Acls| acls.of(class, &catalog, oid, owner.as_ref(), self.version);
        let given = Given {
            privileges: acl(present),
            initial: acl(initial),
            grants: None,
            owner: owner.clone(),
        };
        let extension = self.addresses.get(&("pg_extension", row.oid(6)));
        let on = extension.cloned().unwrap_or_else(|| self.database());
        let mut object = Object::new(address.clone(), encode(&GivenTable(given)));
        object.edges.insert(Edge::to(on.clone()));
        object.attached = Some(on);
        object.facts.notes.insert("builtin".to_owned(), true.into());
        self.objects.insert(address, object);
    }
}
