//! Range types, base types, and the shells that both begin as.

use std::collections::{BTreeSet, HashMap};

use model::{Address, Edge, Reference, Value};
use provider::{Error, GOES_ALONG};

use super::{Cells, Oid, Reader, named, rows_in};
use crate::kinds::types::base::{Alignment, BaseType, Storage};
use crate::kinds::types::range::RangeType;
use crate::kinds::types::shell::Shell;
use crate::kinds::types::shell_type::ShellType;

fn ranges() -> String {
    let canonical = named::routine("r.rngcanonical");
    let diff = named::routine("r.rngsubdiff");
    let class = named::operator_class("r.rngsubopc");
    format!(
        "\
select r.rngtypid, format_type(r.rngsubtype, null),
  case when not c.opcdefault or c.opcintype <> r.rngsubtype then {class} end,
  case when r.rngcollation <> s.typcollation
    then quote_ident(n.nspname) || '.' || quote_ident(l.collname) end,
  {canonical}, {diff}, mn.nspname::text, m.typname::text
from pg_range r
join pg_type t on t.oid = r.rngtypid
join pg_type s on s.oid = r.rngsubtype
join pg_type m on m.oid = r.rngmultitypid
join pg_namespace mn on mn.oid = m.typnamespace
join pg_opclass c on c.oid = r.rngsubopc
left join pg_collation l on l.oid = r.rngcollation
left join pg_namespace n on n.oid = l.collnamespace
where t.typnamespace = any($1)"
    )
}

fn bases() -> String {
    let functions = [
        "typinput",
        "typoutput",
        "typreceive",
        "typsend",
        "typmodin",
        "typmodout",
        "typanalyze",
        "typsubscript",
    ];
    let functions = functions.map(|name| named::routine(&format!("t.{name}")));
    format!(
        "\
select t.oid, {}, nullif(t.typlen, -1)::int8, t.typbyval, t.typalign::text, t.typstorage::text,
  t.typcategory::text, t.typispreferred, t.typdefault,
  case when t.typelem <> 0 then format_type(t.typelem, null) end, t.typdelim::text,
  t.typcollation <> 0
from pg_type t
where t.typnamespace = any($1) and t.typtype = 'b' and t.typisdefined
  and not exists (select from pg_type e where e.oid = t.typelem and e.typarray = t.oid)",
        functions.join(", ")
    )
}

impl Reader<'_> {
    /// Reads range types by number, without owner, comment and privileges.
    pub(super) async fn read_ranges(&mut self) -> Result<HashMap<Oid, RangeType>, Error> {
        let mut found = HashMap::new();
        for row in rows_in(self.connection, &ranges(), &self.schema_oids).await? {
            // Where the multirange type is shows only beside the range: names are put together there.
            let multirange =
                [row.text(6), row.text(7)].map(|part| crate::text::quote::ident(&part));
            let range = RangeType {
                subtype: row.text(1),
                subtype_opclass: self.named("operator_class", row.texts(2)),
                collation: row.maybe_text(3),
                canonical: self.named("function", row.texts(4)),
                subtype_diff: self.named("function", row.texts(5)),
                multirange_type_name: Some(multirange.join(".")),
                ..RangeType::default()
            };
            found.insert(row.oid(0), range);
        }
        Ok(found)
    }

    /// Reads base types by number, without owner, comment and privileges.
    pub(super) async fn read_bases(&mut self) -> Result<HashMap<Oid, BaseType>, Error> {
        let mut found = HashMap::new();
        for row in rows_in(self.connection, &bases(), &self.schema_oids).await? {
            let function = |at: usize| self.named("function", row.texts(at));
            let (Some(input), Some(output)) = (function(1), function(2)) else {
                continue;
            };
            let base = BaseType {
                input,
                output,
                receive: function(3),
                send: function(4),
                typmod_in: function(5),
                typmod_out: function(6),
                analyze: function(7),
                subscript: function(8),
                internal_length: row.maybe_long(9),
                passed_by_value: row.flag(10),
                alignment: Alignment::of(&row.text(11)),
                storage: Storage::of(&row.text(12)),
                category: Some(row.text(13)).filter(|text| text != "U"),
                preferred: row.flag(14),
                default: row.maybe_text(15),
                element: row.maybe_text(16),
                delimiter: Some(row.text(17)).filter(|text| text != ","),
                collatable: row.flag(18),
                owner: None,
                comment: None,
                grants: None,
                privileges: Vec::new(),
            };
            found.insert(row.oid(0), base);
        }
        Ok(found)
    }

    /// Adds a type that is yet to be defined.
    pub(super) fn add_shell(
        &mut self,
        oid: Oid,
        owner: Option<Reference>,
        path: [String; 2],
    ) -> Address {
        let address = self.address("shell_type", path);
        let comment = self.comment("pg_type", oid, 0);
        self.add(
            "pg_type",
            oid,
            address.clone(),
            &ShellType { owner, comment },
        );
        address
    }

    /// Unties types from the functions that name them and that they name: these stand on the shell.
    pub(super) fn untie_types(&mut self) {
        let tied: Vec<(Address, BTreeSet<Address>)> = self
            .objects
            .values()
            .filter(|object| is_tied(object.address.kind(), &object.attributes))
            .map(|object| {
                let mut functions = BTreeSet::new();
                for value in object.attributes.values() {
                    value.references(&mut |address| {
                        if address.kind() == "function" {
                            functions.insert(address.clone());
                        }
                    });
                }
                (object.address.clone(), functions)
            })
            .collect();
        for (address, functions) in tied {
            let shell = address.sibling("shell", address.path());
            self.add_filled_shell(&shell, &address);
            let whole = Edge::to(address.clone());
            for function in functions {
                if let Some(object) = self.objects.get_mut(&function)
                    && object.edges.remove(&whole)
                {
                    object.edges.insert(Edge::to(shell.clone()));
                    object.attached = Some(address.clone());
                    object
                        .facts
                        .notes
                        .insert(GOES_ALONG.to_owned(), true.into());
                }
            }
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(shell));
            }
        }
    }

    fn add_filled_shell(&mut self, shell: &Address, of: &Address) {
        let mut object = model::Object::new(shell.clone(), provider::encode(&Shell::default()));
        object.edges.insert(Edge::to(crate::naming::schema_of(of)));
        object.attached = Some(of.clone());
        object
            .facts
            .notes
            .insert(GOES_ALONG.to_owned(), true.into());
        self.objects.insert(shell.clone(), object);
    }
}

/// Reports whether a type needs a shell: it has functions that name it.
pub(crate) fn is_tied(kind: &str, attributes: &model::Map) -> bool {
    match kind {
        "base_type" => true,
        "range_type" => matches!(attributes.get("canonical"), Some(Value::Reference(_))),
        _ => false,
    }
}

impl RangeType {
    /// Writes the name of the multirange type as attributes have it.
    pub(super) fn placed(mut self, address: &Address) -> Self {
        let (schema, name) = self.multirange(address);
        let own = address.part(1);
        self.multirange_type_name = Some(Self::multirange_name(&schema, &name, own));
        self
    }
}
