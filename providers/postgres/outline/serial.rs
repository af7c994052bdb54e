//! Sequences that go into the column they belong to, as `serial`, and those that keep a block.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Catalog, Map, Object, Value};
use provider::typed;

use crate::complete::sequence_name;
use crate::kinds::sequence::Sequence;
use crate::kinds::table::{Column, Owns, Table};
use crate::naming::written;
use crate::text::quote::literal;

/// What becomes of sequences that belong to columns.
#[derive(Debug, Default)]
pub(super) struct Serials {
    /// Sequences that need no block.
    pub(super) gone: BTreeSet<Address>,
    /// Serial types, by table and column.
    columns: BTreeMap<Address, BTreeMap<String, &'static str>>,
    /// The table and column of the other sequences.
    owners: BTreeMap<Address, (Address, String)>,
}

/// Finds the sequences that belong to columns.
pub(super) fn find(live: &Catalog, chosen: &BTreeSet<Address>) -> Serials {
    let mut serials = Serials::default();
    for object in live.iter() {
        if !chosen.contains(&object.address) || !object.attributes.contains_key("owns") {
            continue;
        }
        let owns = object.attributes.get("owns");
        let owns: Vec<Owns> = owns
            .and_then(|owns| serde::Deserialize::deserialize(owns).ok())
            .unwrap_or_default();
        let is_table = object.address.kind() == "table";
        let table: Option<Table> = is_table.then(|| typed(&object.attributes));
        for Owns { column, sequence } in &owns {
            let address = &sequence.0;
            let mine = table.as_ref().and_then(|table| table.find(column));
            let found = live.get(address).zip(mine);
            match found.and_then(|(sequence, column)| serial(object, column, sequence)) {
                Some(kind) => {
                    serials.gone.insert(address.clone());
                    let columns = serials.columns.entry(object.address.clone());
                    columns.or_default().insert(column.clone(), kind);
                }
                None => {
                    let owner = (object.address.clone(), column.clone());
                    serials.owners.insert(address.clone(), owner);
                }
            }
        }
    }
    serials
}

/// Returns the serial type that says the same as a column and its sequence, if one does.
fn serial(table: &Object, column: &Column, sequence: &Object) -> Option<&'static str> {
    let address = &sequence.address;
    let name = sequence_name(table.address.name(), &column.name);
    let default = format!("nextval({}::regclass)", literal(&written(address)));
    let serial = match column.data_type.as_str() {
        "smallint" => "smallserial",
        "integer" => "serial",
        "bigint" => "bigserial",
        _ => return None,
    };
    let contents: Sequence = typed(&sequence.attributes);
    let mut plain = Sequence {
        kind: Some(column.data_type.clone()),
        unlogged: table.attributes.contains_key("unlogged"),
        ..Sequence::default()
    };
    plain.normalize_numbers();
    let is_plain = Sequence {
        owner: None,
        privileges: Vec::new(),
        ..contents
    } == plain;
    let fits = is_plain
        && column.not_null
        && column.default.as_ref() == Some(&default)
        && address.part(1) == table.address.part(1)
        && address.name() == name;
    fits.then_some(serial)
}

impl Serials {
    /// Writes what was found into the contents of a table or of a sequence.
    pub(super) fn rewrite(&self, address: &Address, attributes: &mut Map) {
        if let Some((table, column)) = self.owners.get(address) {
            // It has the owner of the table.
            attributes.remove("owner");
            let owned_by = Map::from([
                ("table".to_owned(), Value::Reference(table.clone())),
                ("column".to_owned(), Value::Text(column.clone())),
            ]);
            attributes.insert("owned_by".to_owned(), Value::Map(owned_by));
        }
        let (Some(serials), Some(Value::List(columns))) =
            (self.columns.get(address), attributes.get_mut("column"))
        else {
            return;
        };
        for column in columns {
            let Value::Map(column) = column else { continue };
            let name = column.get("name").and_then(Value::as_text);
            if let Some(kind) = name.and_then(|name| serials.get(name)) {
                column.insert("type".to_owned(), (*kind).into());
                column.remove("default");
                column.remove("not_null");
            }
        }
    }
}
