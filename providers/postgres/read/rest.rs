//! What few people make: transforms, access methods, security labels.

use std::collections::BTreeSet;

use model::{Address, Edge, Object, Reference};
use provider::{Error, encode};

use super::relations::Columns;
use super::{Cells, Reader, rows};
use crate::complete::late::method;
use crate::kinds::access_method::{AccessMethod, Use};
use crate::kinds::security_label::SecurityLabel;
use crate::kinds::transform::Transform;
use crate::naming::label_name;

const TRANSFORMS: &str = "\
select t.oid, l.lanname::text, format_type(t.trftype, null),
  f.oid, fn.nspname::text, f.proname::text, g.oid, gn.nspname::text, g.proname::text
from pg_transform t
join pg_language l on l.oid = t.trflang
left join pg_proc f on f.oid = t.trffromsql left join pg_namespace fn on fn.oid = f.pronamespace
left join pg_proc g on g.oid = t.trftosql left join pg_namespace gn on gn.oid = g.pronamespace";

const ACCESS_METHODS: &str = "\
select m.oid, m.amname::text, m.amtype::text, p.oid, n.nspname::text, p.proname::text
from pg_am m
join pg_proc p on p.oid = m.amhandler
join pg_namespace n on n.oid = p.pronamespace
where m.oid >= 16384";

const LABELS: &str = "\
select classoid::regclass::text, objoid, objsubid::int8, provider, label from pg_seclabel";

/// Returns the object of a label, which goes with what has it.
pub(super) fn labelled(on: &Address, label: &SecurityLabel) -> Object {
    let name = match &label.column {
        Some(column) => format!("{}({column})", label.label_provider),
        None => label.label_provider.clone(),
    };
    let last = label_name(&name, on.kind());
    let path = on.path().iter().cloned().chain([last]);
    let mut object = Object::new(on.sibling("security_label", path), encode(label));
    object.edges.insert(Edge::to(on.clone()));
    object.attached = Some(on.clone());
    object
}

impl Reader<'_> {
    /// What an access method is used by shows in its contents: `pg_depend` knows it of tables only, and of
    /// a class or family that it goes along.
    pub(super) fn stand_on_methods(&mut self) {
        let is_method = |address: &&Address| address.kind() == "access_method";
        let methods: BTreeSet<_> = self.objects.keys().filter(is_method).cloned().collect();
        if methods.is_empty() {
            return;
        }
        for object in self.objects.values_mut() {
            if let Some(edge) = method(object).filter(|edge| methods.contains(&edge.on)) {
                object.edges.retain(|one| one.on != edge.on);
                object.edges.insert(edge);
            }
        }
    }

    pub(super) async fn read_rest(&mut self, columns: &Columns) -> Result<(), Error> {
        for row in rows(self.connection, TRANSFORMS).await? {
            let oid = row.oid(0);
            if self.is_member("pg_transform", oid) {
                continue;
            }
            let function = |from: usize| {
                let path = [
                    row.text(from + 1),
                    format!("{}(internal)", row.text(from + 2)),
                ];
                (row.oid(from) != 0).then(|| Reference(self.function(row.oid(from), path)))
            };
            let (language, data_type) = (row.text(1), row.text(2));
            let transform = Transform {
                language: Reference(self.address("language", [language.clone()])),
                data_type: data_type.clone(),
                from_sql: function(3),
                to_sql: function(6),
                comment: self.comment("pg_transform", oid, 0),
            };
            let address = self.address("transform", [language, data_type]);
            self.add("pg_transform", oid, address.clone(), &transform);
            self.stands_on(&address, self.database());
        }
        for row in rows(self.connection, ACCESS_METHODS).await? {
            let oid = row.oid(0);
            if self.is_member("pg_am", oid) {
                continue;
            }
            let path = [row.text(4), format!("{}(internal)", row.text(5))];
            let method = AccessMethod {
                of: match row.text(2).as_str() {
                    "t" => Use::Table,
                    _ => Use::Index,
                },
                handler: Reference(self.function(row.oid(3), path)),
                comment: self.comment("pg_am", oid, 0),
            };
            let address = self.address("access_method", [row.text(1)]);
            self.add("pg_am", oid, address.clone(), &method);
            self.stands_on(&address, self.database());
        }
        for row in rows(self.connection, LABELS).await? {
            let (catalog, oid, part) = (row.text(0), row.oid(1), row.long(2));
            let known = super::edges::catalog(&catalog);
            let Some(on) = known.and_then(|known| self.addresses.get(&(known, oid))) else {
                continue;
            };
            if self.is_member(&catalog, oid) {
                continue;
            }
            let column = columns.get(oid, part).filter(|_| part > 0);
            let label = SecurityLabel {
                on: Reference(on.clone()),
                column: column.map(|column| column.name.clone()),
                label_provider: row.text(3),
                label: row.text(4),
            };
            let object = labelled(on, &label);
            self.objects.insert(object.address.clone(), object);
        }
        Ok(())
    }
}
