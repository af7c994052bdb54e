//! Schemas and extensions.

use model::{Edge, Reference};
use provider::Error;

use super::privileges::Acls;
use super::{Cells, Oid, Reader, Schemas, rows};
use crate::acl::Class;
use crate::kinds::extension::Extension;
use crate::kinds::extension::GIVEN_COMMENT;
use crate::kinds::schema::{Schema, USUAL_COMMENT};
use crate::naming::is_reserved_schema;

/// One row of `pg_namespace`.
pub(super) struct SchemaRow {
    oid: Oid,
    name: String,
    owner: Oid,
}

impl Reader<'_> {
    pub(super) async fn read_schemas(&mut self, which: &Schemas<'_>) -> Result<(), Error> {
        let sql = "select oid, nspname::text, nspowner from pg_namespace";
        for row in rows(self.connection, sql).await? {
            let schema = SchemaRow {
                oid: row.oid(0),
                name: row.text(1),
                owner: row.oid(2),
            };
            let wanted = match which {
                Schemas::All(_) => {
                    !(is_reserved_schema(&schema.name) || self.hides_cron && schema.name == "cron")
                }
                Schemas::Named(names) => names.contains(&schema.name),
            };
            if wanted && !self.is_member("pg_namespace", schema.oid) {
                self.schema_oids.push(schema.oid);
                self.schemas.insert(schema.oid, schema.name.clone());
                self.schema_rows.push(schema);
            }
        }
        Ok(())
    }

    pub(super) fn make_schemas(&mut self, acls: &Acls) {
        for SchemaRow { oid, name, owner } in std::mem::take(&mut self.schema_rows) {
            let class = Class::of_schema(&name);
            let owner = self.owner(owner);
            let schema = Schema {
                privileges: acls.of(class, "pg_namespace", oid, owner.as_ref(), self.version),
                comment: self
                    .comment("pg_namespace", oid, 0)
                    .filter(|comment| name != "public" || comment != USUAL_COMMENT),
                owner,
                grants: None,
            };
            let address = self.address("schema", [name.clone()]);
            let database = address.sibling("database", [self.place]);
            self.add("pg_namespace", oid, address.clone(), &schema);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(database.clone()));
                // Every new database has it.
                if name == "public" {
                    object.attached = Some(database);
                    object.facts.notes.insert("builtin".to_owned(), true.into());
                }
            }
        }
    }

    pub(super) async fn read_extensions(&mut self) -> Result<(), Error> {
        let sql = "\
            select e.oid, e.extname::text, e.extversion, n.nspname::text, a.comment
            from pg_extension e join pg_namespace n on n.oid = e.extnamespace
            left join pg_available_extensions() a on a.name = e.extname";
        for row in rows(self.connection, sql).await? {
            let (oid, name) = (row.oid(0), row.text(1));
            let extension = Extension {
                schema: Some(Reference(self.address("schema", [row.text(3)]))),
                version: Some(row.text(2)),
                cascade: false,
                comment: self.comment("pg_extension", oid, 0),
            };
            let address = self.address("extension", [name.clone()]);
            let database = address.sibling("database", [self.place]);
            self.add("pg_extension", oid, address.clone(), &extension);
            let given = row.maybe_text(4);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(database.clone()));
                if let Some(given) = given {
                    let notes = &mut object.facts.notes;
                    notes.insert(GIVEN_COMMENT.to_owned(), given.into());
                }
                if name == "plpgsql" {
                    object.attached = Some(database);
                    object.facts.notes.insert("builtin".to_owned(), true.into());
                }
            }
        }
        Ok(())
    }
}
