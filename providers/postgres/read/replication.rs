//! Publications and subscriptions.

use std::collections::{BTreeMap, HashMap};

use model::{Edge, Reference, Secret};
use provider::Error;
use sqlx::postgres::PgRow;

use super::relations::Columns;
use super::{Cells, Oid, Reader, rows};
use crate::canonical::SCRATCH;
use crate::kinds::replication::publication::{GeneratedColumns, Operation, Publication, Published};
use crate::kinds::replication::subscription::{NO_SLOT, Origin, SEEN, Streaming, Subscription};

fn publications_query(version: u32) -> String {
    let generated = if version >= 180_000 {
        "p.pubgencols::text"
    } else {
        "'n'"
    };
    format!(
        "\
select p.oid, p.pubname::text, p.pubowner, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete,
  p.pubtruncate, p.pubviaroot, {generated}
from pg_publication p"
    )
}

/// Tables and schemas of publications: which, table, column numbers, row filter, schema.
fn members_query(version: u32) -> &'static str {
    if version >= 150_000 {
        "\
select r.prpubid, r.prrelid, string_to_array(r.prattrs::text, ' ')::int2[], pg_get_expr(r.prqual, r.prrelid), null::text, r.oid
from pg_publication_rel r
union all
select n.pnpubid, 0, null, null, s.nspname::text, n.oid
from pg_publication_namespace n join pg_namespace s on s.oid = n.pnnspid"
    } else {
        "\
select r.prpubid, r.prrelid, null::int2[], null::text, null::text, r.oid from pg_publication_rel r"
    }
}

fn subscriptions_query(version: u32, sees_connection: bool) -> String {
    let connection = if sees_connection {
        "s.subconninfo"
    } else {
        "null::text"
    };
    let since = |needs: u32, column: &str, otherwise: &str| {
        if version >= needs {
            column.to_owned()
        } else {
            otherwise.to_owned()
        }
    };
    let streaming = since(
        160_000,
        "s.substream::text",
        "case when s.substream then 't' else 'f' end",
    );
    format!(
        "\
select s.oid, s.subname::text, s.subowner, s.subenabled, {connection}, s.subslotname::text,
  s.subsynccommit, s.subpublications, s.subbinary, {streaming}, {}, {}, {}, {}, {}, {},
  obj_description(s.oid, 'pg_subscription')
from pg_subscription s
where s.subdbid = (select oid from pg_database where datname = current_database())",
        since(150_000, "s.subtwophasestate <> 'd'", "false"),
        since(150_000, "s.subdisableonerr", "false"),
        since(160_000, "s.subpasswordrequired", "true"),
        since(160_000, "s.subrunasowner", "false"),
        since(160_000, "s.suborigin", "'any'"),
        since(170_000, "s.subfailover", "false"),
    )
}

impl Reader<'_> {
    /// Reads publications: those of people, or those that are tried out.
    pub(super) async fn read_publications(
        &mut self,
        columns: &Columns,
        in_scratch: bool,
    ) -> Result<(), Error> {
        let found = rows(self.connection, &publications_query(self.version)).await?;
        let mut members: HashMap<Oid, Vec<PgRow>> = HashMap::new();
        if !found.is_empty() {
            for row in rows(self.connection, members_query(self.version)).await? {
                members.entry(row.oid(0)).or_default().push(row);
            }
        }
        for row in found {
            let oid = row.oid(0);
            let is_scratch = row.text(1).starts_with(SCRATCH);
            if self.is_member("pg_publication", oid) || is_scratch != in_scratch {
                continue;
            }
            let address = self.address("publication", [row.text(1)]);
            let operations = [
                Operation::Insert,
                Operation::Update,
                Operation::Delete,
                Operation::Truncate,
            ];
            let mut publish: Vec<_> = operations
                .into_iter()
                .zip(4..)
                .filter(|(_, at)| row.flag(*at))
                .map(|(operation, _)| operation)
                .collect();
            if publish.len() == operations.len() {
                publish.clear();
            } else if publish.is_empty() {
                publish.push(Operation::Nothing);
            }
            let (mut table, mut schemas) = (BTreeMap::new(), Vec::new());
            for member in members.remove(&oid).unwrap_or_default() {
                self.addresses
                    .insert(("pg_publication_rel", member.oid(5)), address.clone());
                if let Some(schema) = member.maybe_text(4) {
                    schemas.push(Reference(self.address("schema", [schema])));
                }
                let Some(of) = self.addresses.get(&("pg_class", member.oid(1))) else {
                    continue;
                };
                let mut published = Published::new(Reference(of.clone()));
                published.columns = columns.names(member.oid(1), &member.shorts(2));
                published.columns.sort();
                published.filter = member.maybe_text(3);
                table.insert(published.name.clone(), published);
            }
            schemas.sort();
            let publication = Publication {
                all_tables: row.flag(3),
                tables: Vec::new(),
                table: table.into_values().collect(),
                schemas,
                publish,
                publish_via_partition_root: row.flag(8),
                publish_generated_columns: match row.text(9).as_str() {
                    "s" => GeneratedColumns::Stored,
                    _ => GeneratedColumns::None,
                },
                owner: self.owner(row.oid(2)),
                comment: self.comment("pg_publication", oid, 0),
            };
            self.add("pg_publication", oid, address.clone(), &publication);
            self.stands_on(&address, self.database());
        }
        Ok(())
    }

    pub(super) async fn read_subscriptions(&mut self, sees_connection: bool) -> Result<(), Error> {
        let sql = subscriptions_query(self.version, sees_connection);
        for row in rows(self.connection, &sql).await? {
            let name = row.text(1);
            let address = self.address("subscription", [name.clone()]);
            let slot = row.maybe_text(5);
            let slot = slot.unwrap_or_else(|| NO_SLOT.to_owned());
            let publications = row.texts(7);
            let streaming = match row.text(9).as_str() {
                "t" => Streaming::On,
                "p" => Streaming::Parallel,
                _ => Streaming::Off,
            };
            let subscription = Subscription {
                connection: row
                    .maybe_text(4)
                    .map(|text| Secret::new(text, &address.to_string())),
                publications,
                enabled: (!row.flag(3)).then_some(false),
                // Made again, it must neither make a slot nor copy rows.
                connect: false,
                copy_data: true,
                create_slot: true,
                slot_name: (slot != name).then_some(slot),
                binary: row.flag(8),
                streaming: (streaming != Streaming::usual(self.version)).then_some(streaming),
                synchronous_commit: Some(row.text(6)).filter(|commit| commit != "off"),
                two_phase: row.flag(10),
                disable_on_error: row.flag(11),
                password_required: row.flag(12),
                run_as_owner: row.flag(13),
                origin: match row.text(14).as_str() {
                    "none" => Origin::None,
                    _ => Origin::Any,
                },
                failover: row.flag(15),
                owner: self.owner(row.oid(2)),
                comment: row.maybe_text(16),
            };
            self.add(
                "pg_subscription",
                row.oid(0),
                address.clone(),
                &subscription,
            );
            if let Some(object) = self.objects.get_mut(&address) {
                let database = address.sibling("database", [address.part(0)]);
                object.edges.insert(Edge::to(database));
                if sees_connection {
                    object.facts.notes.insert(SEEN.to_owned(), true.into());
                }
            }
        }
        Ok(())
    }
}
