//! ACLs of everything in a database, and default privileges.
//!
//! ACL items are never parsed: `aclexplode()` takes them apart.

use std::collections::HashMap;

use model::{Address, Reference};
use provider::Error;
use sqlx::postgres::PgRow;

use super::{Cells, Coming, Oid, Reader, rows, rows_in};
use crate::acl::{self, Atom, Atoms, Class, Privilege};
use crate::kinds::default_privileges::{self, ByCreator, DefaultPrivileges};

/// One item of an ACL.
struct Item {
    /// Column number; 0 for the object.
    part: i64,
    grantor: Oid,
    grantee: Oid,
    privilege: String,
    option: bool,
}

/// ACLs that are not null, by catalog and object number.
#[derive(Default)]
pub(super) struct Acls {
    items: HashMap<(String, Oid), Vec<Item>>,
    roles: HashMap<Oid, Address>,
    columns: HashMap<(Oid, i64), String>,
}

const ITEMS: &str = "\
with objects as (
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
  where s.srvacl is not null
)
select o.catalog, o.oid, o.part::int8, null::oid, null::oid, null::text, null::bool, null::text
from objects o where cardinality(o.acl) = 0
union all
select o.catalog, o.oid, o.part::int8, a.grantor, a.grantee, lower(a.privilege_type), a.is_grantable,
  case when o.part > 0 then
    (select attname::text from pg_attribute where attrelid = o.oid and attnum = o.part) end
from objects o, aclexplode(o.acl) a";

impl Acls {
    pub(super) fn decode(rows: Vec<PgRow>, roles: HashMap<Oid, Address>) -> Self {
        let mut acls = Self {
            roles,
            ..Self::default()
        };
        for row in rows {
            let (oid, part) = (row.oid(1), row.long(2));
            if let Some(column) = row.maybe_text(7) {
                acls.columns.insert((oid, part), column);
            }
            acls.items
                .entry((row.text(0), oid))
                .or_default()
                .push(Item {
                    part,
                    grantor: row.oid(3),
                    grantee: row.oid(4),
                    privilege: row.text(5),
                    option: row.flag(6),
                });
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
        let items = self.items.get(&(catalog.to_owned(), oid));
        let Some(items) = items else {
            return Vec::new();
        };
        let whole_is_null = !items.iter().any(|item| item.part == 0);
        let mut atoms = if whole_is_null {
            acl::default_atoms(class, owner, version)
        } else {
            Atoms::new()
        };
        for item in items.iter().filter(|item| !item.privilege.is_empty()) {
            let column = self.columns.get(&(oid, item.part)).cloned();
            if let Some((atom, option)) = atom(&self.roles, item, column, owner) {
                *atoms.entry(atom).or_default() |= option;
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
    fn role_addresses(&self) -> HashMap<Oid, Address> {
        self.cluster
            .roles
            .iter()
            .map(|(oid, name)| (*oid, Address::new(self.provider, "role", [name])))
            .collect()
    }

    pub(super) async fn read_privileges(&mut self) -> Result<Coming<Acls>, Error> {
        let roles = self.role_addresses();
        let rows = rows_in(self.connection, ITEMS, &self.schema_oids).await?;
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
                part: 0,
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
