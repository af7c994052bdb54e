//! Types. Ranges and base types have more to read, see [`super::ranges`].

use std::collections::{BTreeMap, HashMap};

use model::Reference;
use provider::Error;

use super::privileges::Acls;
use super::{Cells, Oid, Reader, rows_in};
use crate::acl::{Class, Privilege};
use crate::kinds::table::NAMES;
use crate::kinds::types::base::BaseType;
use crate::kinds::types::composite::{Attribute, CompositeType};
use crate::kinds::types::domain::{Domain, DomainCheck, DomainNotNull, IS_INSIDE};
use crate::kinds::types::enumeration::Enum;
use crate::kinds::types::range::RangeType;

const TYPES: &str = "\
select t.oid, t.typnamespace, t.typowner, t.typname::text, t.typtype::text,
  t.typrelid, format_type(t.typbasetype, t.typtypmod),
  case when t.typcollation <> b.typcollation
    then quote_ident(n.nspname) || '.' || quote_ident(l.collname) end,
  pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), t.typnotnull,
  case when t.typtype = 'e' then array(
    select enumlabel::text from pg_enum e where e.enumtypid = t.oid order by enumsortorder) end
from pg_type t left join pg_class c on c.oid = t.typrelid
left join pg_type b on b.oid = t.typbasetype
left join pg_collation l on l.oid = t.typcollation
left join pg_namespace n on n.oid = l.collnamespace
where t.typnamespace = any($1) and (c.oid is null or c.relkind = 'c')
  and not exists (select from pg_type e where e.oid = t.typelem and e.typarray = t.oid)
  and t.typtype <> 'm'";

/// Before PostgreSQL 17, that there is no null among the values is no constraint.
const CHECKS: &str = "\
select o.contypid, o.oid, o.conname::text, pg_get_expr(o.conbin, 0), o.convalidated, o.contype::text
from pg_constraint o join pg_type t on t.oid = o.contypid
where t.typnamespace = any($1) and o.contype in ('c', 'n') order by o.conname";

/// Domains that columns use inside of arrays, ranges and rows.
const INSIDE: &str = "\
with recursive inside (domain, type, deep) as (
  select t.oid, t.oid, false from pg_type t where t.typnamespace = any($1) and t.typtype = 'd'
  union
  select i.domain, n.type, i.deep or n.deep
  from inside i join (
    select t.oid as under, t.typarray as type, true as deep from pg_type t where t.typarray <> 0
    union all select r.rngsubtype, r.rngtypid, true from pg_range r
    union all select r.rngtypid, r.rngmultitypid, true from pg_range r
    union all select t.typbasetype, t.oid, false from pg_type t where t.typtype = 'd'
    union all select a.atttypid, c.reltype, true
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.reltype <> 0 and a.attnum > 0 and not a.attisdropped
  ) n on n.under = i.type)
select distinct i.domain from inside i
join pg_attribute a on a.atttypid = i.type and a.attnum > 0 and not a.attisdropped
join pg_class c on c.oid = a.attrelid
where i.deep and c.relkind in ('r', 'm', 'p')";

const ATTRIBUTES: &str = "\
select a.attrelid, a.attnum::int8, a.attname::text, format_type(a.atttypid, a.atttypmod),
  case when a.attcollation <> t.typcollation
    then quote_ident(n.nspname) || '.' || quote_ident(l.collname) end
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
left join pg_collation l on l.oid = a.attcollation
left join pg_namespace n on n.oid = l.collnamespace
where c.relnamespace = any($1) and c.relkind = 'c' and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum";

/// What domains refuse.
type Constraints = (HashMap<Oid, Vec<DomainCheck>>, HashMap<Oid, DomainNotNull>);

impl Reader<'_> {
    pub(super) async fn read_types(&mut self, acls: &Acls) -> Result<(), Error> {
        let (mut checks, mut not_nulls) = self.read_checks().await?;
        let mut attributes = self.read_attributes().await?;
        let mut ranges = self.read_ranges().await?;
        let mut bases = self.read_bases().await?;
        let mut has_domains = false;
        for row in rows_in(self.connection, TYPES, &self.schema_oids).await? {
            let (oid, relation) = (row.oid(0), row.oid(5));
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            if self.is_member("pg_type", oid) {
                continue;
            }
            let owner: Option<Reference> = self.owner(row.oid(2));
            let privileges: Vec<Privilege> =
                acls.of(Class::Type, "pg_type", oid, owner.as_ref(), self.version);
            let (kind, name) = (row.text(4), row.text(3));
            let address = match kind.as_str() {
                "e" => {
                    let one = Enum {
                        renamed: BTreeMap::new(),
                        values: row.texts(10),
                        comment: self.comment("pg_type", oid, 0),
                        grants: None,
                        owner,
                        privileges,
                    };
                    let address = self.address("enum", [schema, name]);
                    self.add("pg_type", oid, address.clone(), &one);
                    address
                }
                "d" => {
                    let constraint = not_nulls.remove(&oid);
                    let called = constraint.as_ref().and_then(|one| one.name.clone());
                    let one = Domain {
                        not_null_constraint: constraint.and_then(|one| one.unless_usual(&name)),
                        data_type: row.text(6),
                        collation: row.maybe_text(7),
                        default: row.maybe_text(8),
                        not_null: row.flag(9),
                        check: checks.remove(&oid).unwrap_or_default(),
                        comment: self.comment("pg_type", oid, 0),
                        grants: None,
                        owner,
                        privileges,
                    };
                    let address = self.address("domain", [schema, name]);
                    self.add("pg_type", oid, address.clone(), &one);
                    if let (Some(called), Some(object)) = (called, self.objects.get_mut(&address)) {
                        object.facts.notes.insert(NAMES.to_owned(), called.into());
                    }
                    address
                }
                "c" => {
                    let one = CompositeType {
                        attribute: attributes.remove(&relation).unwrap_or_default(),
                        comment: self.comment("pg_type", oid, 0),
                        grants: None,
                        owner,
                        privileges,
                    };
                    let address = self.address("composite_type", [schema, name]);
                    self.add("pg_type", oid, address.clone(), &one);
                    // What it stands on is told of its row.
                    self.addresses
                        .insert(("pg_class", relation), address.clone());
                    address
                }
                "r" => {
                    let address = self.address("range_type", [schema, name]);
                    let one = RangeType {
                        comment: self.comment("pg_type", oid, 0),
                        grants: None,
                        owner,
                        privileges,
                        ..ranges.remove(&oid).unwrap_or_default().placed(&address)
                    };
                    self.add("pg_type", oid, address.clone(), &one);
                    address
                }
                _ => match bases.remove(&oid) {
                    Some(base) => {
                        let one = BaseType {
                            comment: self.comment("pg_type", oid, 0),
                            owner,
                            privileges,
                            ..base
                        };
                        let address = self.address("base_type", [schema, name]);
                        self.add("pg_type", oid, address.clone(), &one);
                        address
                    }
                    None => self.add_shell(oid, owner, [schema, name]),
                },
            };
            self.stands_in_schema(&address);
            has_domains |= address.kind() == "domain";
        }
        if has_domains {
            self.note_inside().await?;
        }
        Ok(())
    }

    async fn note_inside(&mut self) -> Result<(), Error> {
        for row in rows_in(self.connection, INSIDE, &self.schema_oids).await? {
            let Some(address) = self.addresses.get(&("pg_type", row.oid(0))) else {
                continue;
            };
            if let Some(object) = self.objects.get_mut(address) {
                object.facts.notes.insert(IS_INSIDE.to_owned(), true.into());
            }
        }
        Ok(())
    }

    /// Returns the conditions of domains, and the constraints by which they refuse null.
    async fn read_checks(&mut self) -> Result<Constraints, Error> {
        let mut checks: HashMap<Oid, Vec<DomainCheck>> = HashMap::new();
        let mut not_nulls = HashMap::new();
        for row in rows_in(self.connection, CHECKS, &self.schema_oids).await? {
            if row.text(5) == "n" {
                let constraint = DomainNotNull {
                    name: Some(row.text(2)),
                    comment: self.comment("pg_constraint", row.oid(1), 0),
                };
                not_nulls.insert(row.oid(0), constraint);
                continue;
            }
            checks.entry(row.oid(0)).or_default().push(DomainCheck {
                name: row.text(2),
                expression: row.text(3),
                not_valid: !row.flag(4),
                comment: self.comment("pg_constraint", row.oid(1), 0),
            });
        }
        Ok((checks, not_nulls))
    }

    async fn read_attributes(&mut self) -> Result<HashMap<Oid, Vec<Attribute>>, Error> {
        let mut attributes: HashMap<Oid, Vec<Attribute>> = HashMap::new();
        for row in rows_in(self.connection, ATTRIBUTES, &self.schema_oids).await? {
            let relation = row.oid(0);
            attributes.entry(relation).or_default().push(Attribute {
                name: row.text(2),
                data_type: row.text(3),
                collation: row.maybe_text(4),
                comment: self.comment("pg_class", relation, row.long(1)),
            });
        }
        Ok(attributes)
    }
}
