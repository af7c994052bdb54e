//! From rows of catalogs to things with what was given on them.

use std::collections::{BTreeMap, HashMap};

use provider::Error;
use provider::access::{ColumnGiven, Future, Given, Population, RowSecurity, Thing};
use sqlx::postgres::PgConnection;

use super::Readable;
use super::catalogs::{Catalog, written};
use crate::read::{Cells, Oid, rows};

/// What nobody but a superuser can do to a catalog, whatever was granted (`pg_class_aclmask_ext()`).
const NOT_TO_CATALOGS: [&str; 5] = ["insert", "update", "delete", "truncate", "usage"];

/// Privileges by grantee, grantor, and whether they may be passed on.
type Items = BTreeMap<(Option<String>, String, bool), Vec<String>>;

/// What was given on one object, by column; nothing is the whole.
type Parts = BTreeMap<Option<String>, Items>;

/// Reads things.
pub(super) struct Collector<'a> {
    roles: &'a HashMap<Oid, (String, bool)>,
    version: u32,
    /// The database that is read.
    database: Option<String>,
    /// Its schemas by number, for default privileges.
    schemas: HashMap<Oid, String>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(roles: &'a HashMap<Oid, (String, bool)>, version: u32) -> Self {
        Self {
            roles,
            version,
            database: None,
            schemas: HashMap::new(),
        }
    }

    /// Says which database is read from now on.
    pub(super) fn enter(&mut self, database: &str) {
        self.database = Some(database.to_owned());
        self.schemas.clear();
    }

    fn role(&self, oid: Oid) -> Option<String> {
        self.roles.get(&oid).map(|(name, _)| name.clone())
    }

    /// Returns who was given something: nobody by name is everybody. `None` for one that has gone and has no rights
    /// any more.
    fn grantee(&self, oid: Oid) -> Option<Option<String>> {
        match oid {
            0 => Some(None),
            oid => self.role(oid).map(Some),
        }
    }

    /// Reads everything in some catalogs.
    pub(super) async fn read(
        &mut self,
        connection: &mut PgConnection,
        catalogs: &[Catalog],
        readable: &Readable,
        population: &mut Population,
    ) -> Result<(), Error> {
        let has_attributes = readable.has("pg_attribute");
        let has_initial = readable.has("pg_init_privs");
        let union = |part: fn(&Catalog) -> &'static str, more: &str| {
            let parts: Vec<String> = readable
                .catalogs(catalogs, self.version)
                .map(|catalog| {
                    let sql = written(part(catalog), has_attributes, has_initial);
                    format!("select '{}', x.* from ({sql}) x{more}", catalog.name)
                })
                .collect();
            parts.join("\nunion all\n")
        };
        let objects = union(|catalog| catalog.objects, "");
        let items = format!(
            "select i.catalog, i.oid, i.part, a.grantor, a.grantee, lower(a.privilege_type), a.is_grantable
             from ({}) i (catalog, oid, part, acl), aclexplode(i.acl) a",
            union(|catalog| catalog.items, "")
        );
        let mut given: HashMap<(String, Oid), Parts> = HashMap::new();
        for row in rows(connection, &items).await? {
            let parts = given.entry((row.text(0), row.oid(1))).or_default();
            let Some(to) = self.grantee(row.oid(4)) else {
                continue;
            };
            let by = self.role(row.oid(3)).unwrap_or_default();
            let items = parts.entry(row.maybe_text(2)).or_default();
            items
                .entry((to, by, row.flag(6)))
                .or_default()
                .push(row.text(5));
        }
        let mut things = Vec::new();
        for row in rows(connection, &objects).await? {
            let (catalog, kind, oid) = (row.text(0), row.text(1), row.oid(2));
            let schema = row.maybe_text(3);
            let name = row.text(4);
            if kind == "schema" {
                self.schemas.insert(oid, name.clone());
            }
            let parts = given.remove(&(catalog.clone(), oid)).unwrap_or_default();
            let is_catalog =
                schema.as_deref() == Some("pg_catalog") && catalog == "pg_class" && kind != "view";
            let path = self.database.iter().cloned().chain(schema).chain([name]);
            let mut thing = Thing {
                kind,
                path: path.collect(),
                owner: self.role(row.oid(5)).unwrap_or_default(),
                grants: row.flag(6).then(Vec::new),
                columns: Vec::new(),
                row_security: match row.long(7) {
                    0 => RowSecurity::Off,
                    1 => RowSecurity::On,
                    _ => RowSecurity::Forced,
                },
            };
            for (column, items) in parts {
                let grants = givens(items, is_catalog);
                match column {
                    None => thing.grants = Some(grants),
                    Some(column) => thing.columns.push(ColumnGiven { column, grants }),
                }
            }
            things.push(thing);
        }
        leave_out_system_schemas(&mut things);
        population.things.extend(things);
        Ok(())
    }

    /// Reads what is given on what is yet to be made.
    pub(super) async fn read_future(
        &self,
        connection: &mut PgConnection,
        population: &mut Population,
    ) -> Result<(), Error> {
        let sql = "\
            select d.defaclrole, d.defaclnamespace, d.defaclobjtype::text, a.grantor, a.grantee,
              lower(a.privilege_type), a.is_grantable
            from pg_default_acl d left join lateral aclexplode(d.defaclacl) a on true";
        let mut found: BTreeMap<(String, String, Option<String>), Items> = BTreeMap::new();
        for row in rows(connection, sql).await? {
            let kind = match row.text(2).as_str() {
                "r" => "table",
                "S" => "sequence",
                "f" => "routine",
                "T" => "type",
                "n" => "schema",
                "L" => "large_object",
                _ => continue,
            };
            let Some(creator) = self.role(row.oid(0)) else {
                continue;
            };
            let schema = match row.oid(1) {
                0 => None,
                oid => match self.schemas.get(&oid) {
                    Some(name) => Some(name.clone()),
                    None => continue,
                },
            };
            let items = found.entry((kind.to_owned(), creator, schema)).or_default();
            let privilege = row.text(5);
            if privilege.is_empty() {
                continue;
            }
            let Some(to) = self.grantee(row.oid(4)) else {
                continue;
            };
            let by = self.role(row.oid(3)).unwrap_or_default();
            items
                .entry((to, by, row.flag(6)))
                .or_default()
                .push(privilege);
        }
        for ((kind, creator, schema), items) in found {
            let replaces = schema.is_none();
            let path = self.database.iter().cloned().chain(schema);
            population.future.push(Future {
                creator,
                kind,
                path: path.collect(),
                replaces,
                grants: givens(items, false),
            });
        }
        Ok(())
    }
}

fn givens(items: Items, is_catalog: bool) -> Vec<Given> {
    let all = items.into_iter().map(|((to, by, option), mut privileges)| {
        privileges.sort();
        privileges.dedup();
        privileges.retain(|one| !is_catalog || !NOT_TO_CATALOGS.contains(&one.as_str()));
        Given {
            to,
            by,
            option,
            privileges,
        }
    });
    all.filter(|given| !given.privileges.is_empty()).collect()
}

/// Leaves out the schemas of PostgreSQL itself where nothing in them is told.
fn leave_out_system_schemas(things: &mut Vec<Thing>) {
    for name in ["pg_catalog", "information_schema"] {
        let is_inside = |thing: &Thing| thing.path.len() == 3 && thing.path[1] == name;
        if !things.iter().any(is_inside) {
            things.retain(|thing| {
                thing.kind != "schema" || thing.path.last().is_none_or(|one| one != name)
            });
        }
    }
}
