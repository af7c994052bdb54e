//! What PostgreSQL and extensions brought into schemas, for the grants on it: only what has other privileges
//! than it came with, and what is asked for by name.

use model::Address;
use provider::{Error, encode};
use sqlx::Executor;
use sqlx::postgres::PgRow;
use sqlx::postgres::types::Oid as PgOid;

use super::privileges::{self, Acls};
use super::{Cells, Reader};
use crate::acl::{self, Class};
use crate::error::explain;
use crate::kinds::attached::{GIVEN, privileges_value};
use crate::kinds::given::{Given, GivenTable, is_given};
use crate::naming::called;
use crate::platform::ANY_RELATION;
use crate::trace::traced;

/// By number, schema and name; `$1` are members of extensions, `$2` and `$3` schemas and names that are asked
/// for, empty and the name for a schema. `pg_init_privs` is filled before `information_schema` is made, so that
/// what that comes with is written here, as `information_schema.sql` grants it.
const FOUND: &str = "\
given (catalog, oid, part, schema, name, owner, kind, acl, initial) as (
  select 'pg_class', c.oid, a.attnum, c.relnamespace, c.relname::text, c.relowner,
    case c.relkind when 'S' then 'given_sequence' else 'given_table' end, a.acl,
    coalesce(i.initprivs, case when c.oid < 16384 and a.attnum = 0
        and c.relnamespace = 'information_schema'::regnamespace and not starts_with(c.relname, '_pg_')
        and c.relname not in ('sql_parts', 'transforms')
      then acldefault('r', c.relowner) || makeaclitem(0, c.relowner, 'SELECT', false) end)
  from pg_class c
  cross join lateral (
    select 0 as attnum, c.relacl as acl
    union all
    select attnum, attacl from pg_attribute where attrelid = c.oid and not attisdropped
  ) a
  left join pg_init_privs i
    on i.classoid = 'pg_class'::regclass and i.objoid = c.oid and i.objsubid = a.attnum
  where (c.oid < 16384 or c.oid = any($1)) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select 'pg_proc', p.oid, 0, p.pronamespace, p.proname::text, p.proowner, 'given_routine', p.proacl,
    i.initprivs
  from pg_proc p left join pg_init_privs i on i.classoid = 'pg_proc'::regclass and i.objoid = p.oid
  where p.oid < 16384 or p.oid = any($1)
  union all
  select 'pg_type', t.oid, 0, t.typnamespace, t.typname::text, t.typowner, 'given_type', t.typacl,
    i.initprivs
  from pg_type t left join pg_init_privs i on i.classoid = 'pg_type'::regclass and i.objoid = t.oid
  where t.oid < 16384 or t.oid = any($1)
  union all
  select 'pg_namespace', n.oid, 0, 0, n.nspname::text, n.nspowner, 'given_schema', n.nspacl,
    coalesce(i.initprivs, case n.nspname when 'information_schema'
      then acldefault('n', n.nspowner) || makeaclitem(0, n.nspowner, 'USAGE', false) end)
  from pg_namespace n
  left join pg_init_privs i on i.classoid = 'pg_namespace'::regclass and i.objoid = n.oid
  where n.nspname <> 'public' and (n.oid < 16384 or n.oid = any($1))
),
found as materialized (
  select * from given where (catalog, oid) in (
    select catalog, oid from given where acl is distinct from initial
    union all
    select g.catalog, g.oid from unnest($2::text[], $3::text[]) asked (schema, name)
    join given g on g.name = asked.name
    where asked.schema = case when g.schema = 0 then ''
      else (select nspname::text from pg_namespace where oid = g.schema) end)
)";

/// What has been found, once each.
const NAMES: &str = "\
select distinct f.catalog, f.oid, f.kind, n.nspname::text,
  f.name || case f.kind when 'given_routine' then
    (select '(' || oidvectortypes(p.proargtypes) || ')' from pg_proc p where p.oid = f.oid) else '' end,
  f.owner
from found f left join pg_namespace n on n.oid = f.schema";

/// The privileges that it has, and those that it came with.
const PRIVILEGES: &str = "\
  select catalog, oid, part, acl from found where acl is not null
  union all
  select 'given ' || catalog, oid, part, initial from found where initial is not null";

impl Reader<'_> {
    /// Adds what has other privileges than it came with, and what is called by one of some addresses.
    pub(super) async fn read_given(&mut self, asked: &[Address]) -> Result<(), Error> {
        let names = format!("with {FOUND}\n{NAMES}");
        let found = self.asked_for(&names, asked).await?;
        if found.is_empty() {
            return Ok(());
        }
        let query = privileges::query(PRIVILEGES);
        let rest = query.strip_prefix("with ").unwrap_or(&query);
        let items = self
            .asked_for(&format!("with {FOUND},\n{rest}"), asked)
            .await?;
        let acls = Acls::decode(items, self.role_addresses());
        for row in found {
            self.add_given(&row, &acls);
        }
        Ok(())
    }

    async fn asked_for(&mut self, sql: &str, asked: &[Address]) -> Result<Vec<PgRow>, Error> {
        let members: Vec<_> = self.members.keys().map(|(_, oid)| PgOid(*oid)).collect();
        let asked = asked.iter().filter(|address| {
            let kind = address.kind();
            address.part(0) == self.place && (is_given(kind) || kind == ANY_RELATION)
        });
        let (schemas, names): (Vec<String>, Vec<String>) = asked
            .map(|address| {
                let name = called(address.name()).0.to_owned();
                let schema = match address.path() {
                    [_, _] => String::new(),
                    _ => address.part(1).to_owned(),
                };
                (schema, name)
            })
            .unzip();
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        let found = self
            .connection
            .fetch_all(query.bind(members).bind(schemas).bind(names));
        traced("", sql, async { found.await.map_err(explain) }).await
    }

    fn add_given(&mut self, row: &PgRow, acls: &Acls) {
        let (catalog, oid, kind) = (row.text(0), row.oid(1), row.text(2));
        let schema = row.maybe_text(3);
        let address = self.address(&kind, schema.into_iter().chain([row.text(4)]));
        let Some(class) = Class::of(&address) else {
            return;
        };
        let owner = self.owner(row.oid(5));
        let came = acls.atoms(
            class,
            &format!("given {catalog}"),
            oid,
            owner.as_ref(),
            self.version,
        );
        let has = acls.atoms(class, &catalog, oid, owner.as_ref(), self.version);
        let given = Given {
            owner,
            grants: None,
            privileges: acl::normal(&has, &came),
        };
        // All kinds of these are written in the same way.
        let mut object = model::Object::new(address.clone(), encode(&GivenTable(given)));
        object
            .facts
            .notes
            .insert(GIVEN.to_owned(), privileges_value(&acl::grouped(&came)));
        self.objects.insert(address.clone(), object);
        self.lies_in_database(&address, &catalog, oid);
    }
}
