//! Foreign data wrappers, foreign servers, user mappings, foreign tables.

use model::{Edge, Reference};
use provider::Error;

use super::constraints::Constraints;
use super::privileges::Acls;
use super::relations::Columns;
use super::sequences::Sequences;
use super::{Cells, Reader, rows, rows_in};
use crate::acl::Class;
use crate::kinds::foreign::options;
use crate::kinds::foreign::server::ForeignServer;
use crate::kinds::foreign::table::ForeignTable;
use crate::kinds::foreign::user_mapping::{UNSEEN, UserMapping};
use crate::kinds::foreign::wrapper::ForeignDataWrapper;

const WRAPPERS: &str = "\
select w.oid, w.fdwname::text, w.fdwowner, w.fdwoptions,
  h.oid, hn.nspname::text, h.proname::text, pg_get_function_identity_arguments(h.oid),
  v.oid, vn.nspname::text, v.proname::text, pg_get_function_identity_arguments(v.oid)
from pg_foreign_data_wrapper w
left join pg_proc h on h.oid = w.fdwhandler left join pg_namespace hn on hn.oid = h.pronamespace
left join pg_proc v on v.oid = w.fdwvalidator left join pg_namespace vn on vn.oid = v.pronamespace";

const SERVERS: &str = "\
select s.oid, s.srvname::text, s.srvowner, s.srvoptions, s.srvtype, s.srvversion,
  w.fdwname::text
from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw";

/// `pg_user_mapping` itself is for superusers; the view has null for options that are not to be seen.
const MAPPINGS: &str = "\
select umid, srvid, umuser, usename::text, umoptions, umoptions is null from pg_user_mappings";

/// The options of its columns are read with the columns.
const TABLES: &str = "\
select t.ftrelid, t.ftoptions, s.srvname::text
from pg_foreign_table t
join pg_class c on c.oid = t.ftrelid
join pg_foreign_server s on s.oid = t.ftserver
where c.relnamespace = any($1)";

impl Reader<'_> {
    pub(super) async fn read_foreign_tables(
        &mut self,
        columns: &Columns,
        constraints: &Constraints,
        sequences: &Sequences,
        acls: &Acls,
    ) -> Result<(), Error> {
        for row in rows_in(self.connection, TABLES, &self.schema_oids).await? {
            let Some(relation) = self.relations.get(&row.oid(0)) else {
                continue;
            };
            let Some(address) = self.relation_address(relation) else {
                continue;
            };
            let table = self.table(relation, columns, constraints, sequences, acls);
            let of_columns = columns
                .of(relation.oid)
                .map(|column| {
                    let (options, _) = options::read(&column.foreign_options, &address);
                    (column.name.clone(), options)
                })
                .collect();
            let server = Reference(self.address("foreign_server", [row.text(2)]));
            let own = options::read(&row.texts(1), &address);
            let table = ForeignTable::of(table, server, own, of_columns);
            let notes = self.not_null_notes(relation, columns, constraints);
            self.add("pg_class", row.oid(0), address.clone(), &table);
            self.stands_on(&address, crate::naming::schema_of(&address));
            if let Some(object) = self.objects.get_mut(&address) {
                object.facts.notes.extend(notes);
            }
        }
        Ok(())
    }

    pub(super) async fn read_foreign(&mut self, acls: &Acls, sees_all: bool) -> Result<(), Error> {
        for row in rows(self.connection, WRAPPERS).await? {
            let oid = row.oid(0);
            let address = self.address("foreign_data_wrapper", [row.text(1)]);
            let function = |from: usize| {
                let path = [
                    row.text(from + 1),
                    format!("{}({})", row.text(from + 2), row.text(from + 3)),
                ];
                (row.oid(from) != 0).then(|| Reference(self.function(row.oid(from), path)))
            };
            let (options, secret_options) = options::read(&row.texts(3), &address);
            let owner = self.owner(row.oid(2));
            let wrapper = ForeignDataWrapper {
                handler: function(4),
                validator: function(8),
                options,
                secret_options,
                comment: self.comment("pg_foreign_data_wrapper", oid, 0),
                grants: None,
                privileges: acls.of(
                    Class::ForeignDataWrapper,
                    "pg_foreign_data_wrapper",
                    oid,
                    owner.as_ref(),
                    self.version,
                ),
                owner,
            };
            self.add("pg_foreign_data_wrapper", oid, address.clone(), &wrapper);
            self.lies_in_database(&address, "pg_foreign_data_wrapper", oid);
        }
        for row in rows(self.connection, SERVERS).await? {
            let oid = row.oid(0);
            if self.is_member("pg_foreign_server", oid) {
                continue;
            }
            let address = self.address("foreign_server", [row.text(1)]);
            let (options, secret_options) = options::read(&row.texts(3), &address);
            let owner = self.owner(row.oid(2));
            let server = ForeignServer {
                wrapper: Reference(self.address("foreign_data_wrapper", [row.text(6)])),
                server_type: row.maybe_text(4),
                version: row.maybe_text(5),
                options,
                secret_options,
                comment: self.comment("pg_foreign_server", oid, 0),
                grants: None,
                privileges: acls.of(
                    Class::ForeignServer,
                    "pg_foreign_server",
                    oid,
                    owner.as_ref(),
                    self.version,
                ),
                owner,
            };
            self.add("pg_foreign_server", oid, address.clone(), &server);
            self.stands_on(&address, self.database());
        }
        for row in rows(self.connection, MAPPINGS).await? {
            let server = self.addresses.get(&("pg_foreign_server", row.oid(1)));
            let Some(server) = server.cloned() else {
                continue;
            };
            let user = row.maybe_text(3).filter(|_| row.oid(2) != 0);
            let user = user.unwrap_or_else(|| "public".to_owned());
            let path = server.path()[1..].iter().cloned().chain([user.clone()]);
            let address = self.address("user_mapping", path.collect::<Vec<_>>());
            let (options, secret_options) = options::read(&row.texts(4), &address);
            let mapping = UserMapping {
                role: Reference(server.sibling("role", [user])),
                server: Reference(server.clone()),
                options,
                secret_options,
            };
            self.add("pg_user_mapping", row.oid(0), address.clone(), &mapping);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(server));
                if row.flag(5) && !sees_all {
                    object.facts.notes.insert(UNSEEN.to_owned(), true.into());
                }
            }
        }
        Ok(())
    }
}
