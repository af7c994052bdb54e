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

/// The privileges that things came with. `pg_init_privs` is filled before `information_schema` is made, so that
/// what that comes with is written here, as `information_schema.sql` grants it.
const CAME: &str = "\
with came (catalog, oid, part, acl) as (
  select classoid::regclass, objoid, objsubid, initprivs from pg_init_privs
  where classoid in
    ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_namespace'::regclass)
    and (classoid <> 'pg_namespace'::regclass
      or objoid not in (select oid from pg_namespace where nspname = 'public'))
  union all
  select 'pg_class'::regclass, oid, 0,
    acldefault('r', relowner) || makeaclitem(0, relowner, 'SELECT', false)
  from pg_class
  where relnamespace = 'information_schema'::regnamespace and oid < 16384 and relkind in ('r', 'v')
    and not starts_with(relname, '_pg_') and relname not in ('sql_parts', 'transforms')
  union all
  select 'pg_namespace'::regclass, oid, 0,
    acldefault('n', nspowner) || makeaclitem(0, nspowner, 'USAGE', false)
  from pg_namespace where nspname = 'information_schema'
)";

/// What has other privileges than it came with, and what is asked for by name; `$1` are members of extensions,
/// `$2` and `$3` schemas and names that are asked for, empty and the name for a schema. Every plan asks this,
/// hence no name is made before it is wanted.
const DIFFERING: &str = "\
has (catalog, oid, part, acl) as (
  select 'pg_class'::regclass, oid, 0, relacl from pg_class
  where relacl is not null and (oid < 16384 or oid = any($1))
  union all
  select 'pg_class'::regclass, attrelid, attnum::int, attacl from pg_attribute
  where attacl is not null and not attisdropped and (attrelid < 16384 or attrelid = any($1))
  union all
  select 'pg_proc'::regclass, oid, 0, proacl from pg_proc
  where proacl is not null and (oid < 16384 or oid = any($1))
  union all
  select 'pg_type'::regclass, oid, 0, typacl from pg_type
  where typacl is not null and (oid < 16384 or oid = any($1))
  union all
  select 'pg_namespace'::regclass, oid, 0, nspacl from pg_namespace
  where nspacl is not null and nspname <> 'public' and (oid < 16384 or oid = any($1))
),
named (catalog, oid, schema, name) as (
  select 'pg_class'::regclass, oid, relnamespace, relname::text from pg_class
  union all
  select 'pg_proc'::regclass, oid, pronamespace, proname::text from pg_proc
  union all
  select 'pg_type'::regclass, oid, typnamespace, typname::text from pg_type
  union all
  select 'pg_namespace'::regclass, oid, 0, nspname::text from pg_namespace
)
select catalog::text, oid from came full join has using (catalog, oid, part)
where came.acl is distinct from has.acl
union
select n.catalog::text, n.oid from unnest($2::text[], $3::text[]) asked (schema, name)
join named n on n.name = asked.name
where (n.oid < 16384 or n.oid = any($1)) and asked.schema = case when n.schema = 0 then ''
  else (select nspname::text from pg_namespace where oid = n.schema) end";

/// What has been found; `$1` are catalogs and `$2` numbers in them.
const FOUND: &str = "\
wanted (catalog, oid) as (select * from unnest($1::text[], $2::oid[])),
found (catalog, oid, part, schema, name, owner, kind, acl, initial) as materialized (
  select 'pg_class', c.oid, a.attnum, c.relnamespace, c.relname::text, c.relowner,
    case c.relkind when 'S' then 'given_sequence' else 'given_table' end, a.acl, i.acl
  from wanted w join pg_class c on c.oid = w.oid and w.catalog = 'pg_class'
  cross join lateral (
    select 0 as attnum, c.relacl as acl
    union all
    select attnum, attacl from pg_attribute where attrelid = c.oid and not attisdropped
  ) a
  left join came i
    on i.catalog = 'pg_class'::regclass and i.oid = c.oid and i.part = a.attnum
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select 'pg_proc', p.oid, 0, p.pronamespace, p.proname::text, p.proowner, 'given_routine', p.proacl,
    i.acl
  from wanted w join pg_proc p on p.oid = w.oid and w.catalog = 'pg_proc'
  left join came i on i.catalog = 'pg_proc'::regclass and i.oid = p.oid
  union all
  select 'pg_type', t.oid, 0, t.typnamespace, t.typname::text, t.typowner, 'given_type', t.typacl,
    i.acl
  from wanted w join pg_type t on t.oid = w.oid and w.catalog = 'pg_type'
  left join came i on i.catalog = 'pg_type'::regclass and i.oid = t.oid
  union all
  select 'pg_namespace', n.oid, 0, 0, n.nspname::text, n.nspowner, 'given_schema', n.nspacl,
    i.acl
  from wanted w join pg_namespace n on n.oid = w.oid and w.catalog = 'pg_namespace'
  left join came i on i.catalog = 'pg_namespace'::regclass and i.oid = n.oid
  where n.nspname <> 'public'
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
        let (catalogs, oids) = self.differing(asked).await?;
        if oids.is_empty() {
            return Ok(());
        }
        let names = format!("{CAME},\n{FOUND}\n{NAMES}");
        let found = self.details(&names, &catalogs, &oids).await?;
        let query = privileges::query(PRIVILEGES);
        let rest = query.strip_prefix("with ").unwrap_or(&query);
        let rights = format!("{CAME},\n{FOUND},\n{rest}");
        let items = self.details(&rights, &catalogs, &oids).await?;
        let acls = Acls::decode(items, self.role_addresses());
        for row in found {
            self.add_given(&row, &acls);
        }
        Ok(())
    }

    /// Returns the catalogs and numbers of what is to be read.
    async fn differing(&mut self, asked: &[Address]) -> Result<(Vec<String>, Vec<PgOid>), Error> {
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
        let sql = format!("{CAME},\n{DIFFERING}");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql.as_str()));
        let rows = self
            .connection
            .fetch_all(query.bind(members).bind(schemas).bind(names));
        let rows = traced("", &sql, async { rows.await.map_err(explain) }).await?;
        Ok(rows
            .iter()
            .map(|row| (row.text(0), PgOid(row.oid(1))))
            .unzip())
    }

    async fn details(
        &mut self,
        sql: &str,
        catalogs: &[String],
        oids: &[PgOid],
    ) -> Result<Vec<PgRow>, Error> {
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        let rows = self.connection.fetch_all(query.bind(catalogs).bind(oids));
        traced("", sql, async { rows.await.map_err(explain) }).await
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
