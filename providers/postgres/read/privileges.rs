//! ACLs of everything in a database, and default privileges.
//!
//! ACL items are never parsed: `aclexplode()` takes them apart.

use std::collections::HashMap;
use std::sync::Mutex;

use model::{Address, Reference};
use provider::Error;
use sqlx::postgres::PgRow;

use super::{Cells, Coming, Oid, Reader, rows, rows_in};
use crate::acl::{self, Atom, Atoms, Class, Privilege};
use crate::kinds::default_privileges::{self, ByCreator, DefaultPrivileges};

/// One item of an ACL.
struct Item {
    grantor: Oid,
    grantee: Oid,
    privilege: String,
    option: bool,
}

/// ACLs that are not null. Many objects have the same one, so each comes once.
#[derive(Default)]
pub(super) struct Acls {
    lists: Vec<Vec<Item>>,
    /// By catalog and object number: parts, 0 for the whole object, with the numbers of their lists.
    objects: HashMap<String, HashMap<Oid, Vec<(i64, usize)>>>,
    roles: HashMap<Oid, Address>,
    columns: HashMap<(Oid, i64), String>,
    /// What lists come to on whole objects, by class and owner.
    known: Mutex<Known>,
}

type Known = HashMap<(usize, Class, Option<Address>), Vec<Privilege>>;

/// Everything in some schemas that has an ACL.
const IN_SCHEMAS: &str = "\
  select 'pg_class' as catalog, c.oid, 0 as part, c.relacl as acl from pg_class c
  where c.relnamespace = any($1) and c.relacl is not null
  union all
  select 'pg_class', a.attrelid, a.attnum, a.attacl from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  where c.relnamespace = any($1) and a.attacl is not null and not a.attisdropped
  union all
  select 'pg_namespace', n.oid, 0, n.nspacl from pg_namespace n
  where n.oid = any($1) and n.nspacl is not null
  union all
  select 'pg_proc', p.oid, 0, p.proacl from pg_proc p
  where p.pronamespace = any($1) and p.proacl is not null
  union all
  select 'pg_type', t.oid, 0, t.typacl from pg_type t
  where t.typnamespace = any($1) and t.typacl is not null
  union all
  select 'pg_foreign_data_wrapper', w.oid, 0, w.fdwacl from pg_foreign_data_wrapper w
  where w.fdwacl is not null
  union all
  select 'pg_language', l.oid, 0, l.lanacl from pg_language l where l.lanacl is not null
  union all
  select 'pg_foreign_server', s.oid, 0, s.srvacl from pg_foreign_server s
  where s.srvacl is not null";

/// Makes the query for the ACLs of what another one finds: catalog, object number, part and ACL. It gives
/// the parts that have each list, and the items of each list.
pub(super) fn query(objects: &str) -> String {
    format!(
        "\
with objects (catalog, oid, part, acl) as (
{objects}
),
lists as materialized (
  select row_number() over () as number, o.acl, array_agg(o.catalog) as catalogs,
    array_agg(o.oid) as oids, array_agg(o.part) as parts
  from objects o group by o.acl
)
select l.number, o.catalog, o.oid, o.part::int8,
  case when o.part > 0 then
    (select attname::text from pg_attribute where attrelid = o.oid and attnum = o.part) end,
  null::oid, null::oid, null::text, null::bool
from lists l, unnest(l.catalogs, l.oids, l.parts) o (catalog, oid, part)
union all
select l.number, null, null, null, null, a.grantor, a.grantee, lower(a.privilege_type),
  a.is_grantable
from lists l, aclexplode(l.acl) a"
    )
}

impl Acls {
    /// Takes the rows of [`query`].
    pub(super) fn decode(rows: Vec<PgRow>, roles: HashMap<Oid, Address>) -> Self {
        let mut acls = Self {
            roles,
            ..Self::default()
        };
        for row in rows {
            let list = usize::try_from(row.long(0)).unwrap_or_default();
            if acls.lists.len() <= list {
                acls.lists.resize_with(list + 1, Vec::new);
            }
            let Some(catalog) = row.maybe_text(1) else {
                acls.lists[list].push(Item {
                    grantor: row.oid(5),
                    grantee: row.oid(6),
                    privilege: row.text(7),
                    option: row.flag(8),
                });
                continue;
            };
            let (oid, part) = (row.oid(2), row.long(3));
            if let Some(column) = row.maybe_text(4) {
                acls.columns.insert((oid, part), column);
            }
            let objects = acls.objects.entry(catalog).or_default();
            objects.entry(oid).or_default().push((part, list));
        }
        acls
    }

    /// Returns the privileges on an object in normal form.
    pub(super) fn of(
        &self,
        class: Class,
        catalog: &str,
        oid: Oid,
        owner: Option<&Reference>,
        version: u32,
    ) -> Vec<Privilege> {
        let owner = owner.map(|owner| &owner.0);
        let parts = self.objects.get(catalog).and_then(|all| all.get(&oid));
        let Some(parts) = parts else {
            return Vec::new();
        };
        let compute = || self.of_parts(class, oid, parts, owner, version);
        match (parts.as_slice(), self.known.lock()) {
            ([(0, list)], Ok(mut known)) => {
                let key = (*list, class, owner.cloned());
                known.entry(key).or_insert_with(compute).clone()
            }
            _ => compute(),
        }
    }

    fn of_parts(
        &self,
        class: Class,
        oid: Oid,
        parts: &[(i64, usize)],
        owner: Option<&Address>,
        version: u32,
    ) -> Vec<Privilege> {
        let whole_is_null = parts.iter().all(|(part, _)| *part != 0);
        let mut atoms = if whole_is_null {
            acl::default_atoms(class, owner, version)
        } else {
            Atoms::new()
        };
        for (part, list) in parts {
            let column = self.columns.get(&(oid, *part));
            for item in &self.lists[*list] {
                if let Some((atom, option)) = atom(&self.roles, item, column.cloned(), owner) {
                    *atoms.entry(atom).or_default() |= option;
                }
            }
        }
        acl::normal(&atoms, class, owner, version)
    }
}

/// Turns an item into an atom; one of a role that has gone is left out.
fn atom(
    roles: &HashMap<Oid, Address>,
    item: &Item,
    column: Option<String>,
    owner: Option<&Address>,
) -> Option<(Atom, bool)> {
    let to = if item.grantee == 0 {
        None
    } else {
        Some(roles.get(&item.grantee)?.clone())
    };
    let by = roles
        .get(&item.grantor)
        .filter(|by| Some(*by) != owner)
        .cloned();
    // The owner may grant everything anyway; an option of its own says nothing.
    let option = item.option && to.as_ref() != owner;
    Some((
        Atom {
            to,
            by,
            column,
            privilege: item.privilege.clone(),
        },
        option,
    ))
}

impl Reader<'_> {
    pub(super) fn role_addresses(&self) -> HashMap<Oid, Address> {
        self.cluster
            .roles
            .iter()
            .map(|(oid, name)| (*oid, Address::new(self.provider, "role", [name])))
            .collect()
    }

    pub(super) async fn read_privileges(&mut self) -> Result<Coming<Acls>, Error> {
        let roles = self.role_addresses();
        let rows = rows_in(self.connection, &query(IN_SCHEMAS), &self.schema_oids).await?;
        Ok(Coming::of(rows, |rows| Acls::decode(rows, roles)))
    }

    pub(super) async fn read_default_privileges(&mut self) -> Result<(), Error> {
        let sql = "\
            select d.defaclrole, d.defaclnamespace, d.defaclobjtype::text, a.grantor, a.grantee,
              lower(a.privilege_type), a.is_grantable
            from pg_default_acl d left join lateral aclexplode(d.defaclacl) a on true";
        let roles = self.role_addresses();
        let mut found: HashMap<Oid, ByCreator> = HashMap::new();
        for row in rows(self.connection, sql).await? {
            let class = match row.text(2).as_str() {
                "r" => Class::Table,
                "S" => Class::Sequence,
                "f" => Class::Routine,
                "T" => Class::Type,
                "n" => Class::Schema,
                _ => continue,
            };
            let Some(creator) = roles.get(&row.oid(0)) else {
                continue;
            };
            let atoms = found
                .entry(row.oid(1))
                .or_default()
                .entry((creator.clone(), class))
                .or_default();
            let item = Item {
                grantor: row.oid(3),
                grantee: row.oid(4),
                privilege: row.text(5),
                option: row.flag(6),
            };
            if item.privilege.is_empty() {
                continue;
            }
            if let Some((atom, option)) = atom(&roles, &item, None, Some(creator)) {
                *atoms.entry(atom).or_default() |= option;
            }
        }
        for (schema, acls) in found {
            let container = if schema == 0 {
                Address::new(self.provider, "database", [self.place])
            } else {
                let Some(name) = self.schemas.get(&schema) else {
                    continue;
                };
                self.address("schema", [name.clone()])
            };
            let privileges = default_privileges::normal(&acls, schema == 0, self.version);
            if privileges.is_empty() {
                continue;
            }
            let address = default_privileges::address_for(&container);
            let entry = DefaultPrivileges {
                grants: None,
                privileges,
            };
            self.add("pg_default_acl", schema, address.clone(), &entry);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(model::Edge::to(container.clone()));
                // The database of the url is in no catalog where it has no name.
                object.attached = (!container.name().is_empty()).then_some(container);
            }
        }
        Ok(())
    }
}
