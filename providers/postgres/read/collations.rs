//! Collations, conversions, casts.

use model::Edge;
use provider::Error;

use super::{Cells, Reader, named, rows, rows_in};
use crate::kinds::cast::{self, Cast, Context, Method};
use crate::kinds::collation::{Collation, CollationProvider};
use crate::kinds::conversion::Conversion;

/// What a locale is kept as differs from version to version.
fn collations(version: u32) -> String {
    let (locale, rules) = match version {
        170_000.. => ("c.colllocale", "c.collicurules"),
        160_000.. => ("c.colliculocale", "c.collicurules"),
        150_000.. => ("c.colliculocale", "null::text"),
        _ => (
            "case when c.collprovider = 'i' then c.collcollate::text end",
            "null::text",
        ),
    };
    format!(
        "\
select c.oid, c.collnamespace, c.collname::text, c.collowner, c.collprovider::text,
  c.collisdeterministic, case when c.collprovider = 'c' then c.collcollate::text end,
  case when c.collprovider = 'c' then c.collctype::text end, {locale}, {rules}
from pg_collation c where c.collnamespace = any($1)"
    )
}

fn conversions() -> String {
    format!(
        "\
select c.oid, c.connamespace, c.conname::text, c.conowner,
  pg_encoding_to_char(c.conforencoding)::text, pg_encoding_to_char(c.contoencoding)::text, {},
  c.condefault
from pg_conversion c where c.connamespace = any($1)",
        named::routine("c.conproc")
    )
}

/// What PostgreSQL made along with a type is part of that one.
fn casts() -> String {
    format!(
        "\
select c.oid, format_type(c.castsource, null), format_type(c.casttarget, null), {},
  c.castmethod::text, c.castcontext::text
from pg_cast c
where c.oid >= 16384 and not exists (
  select from pg_depend d
  where d.classid = 'pg_cast'::regclass and d.objid = c.oid and d.deptype = 'i')",
        named::routine("nullif(c.castfunc, 0)")
    )
}

impl Reader<'_> {
    pub(super) async fn read_collations_of_schemas(&mut self) -> Result<(), Error> {
        let sql = collations(self.version);
        for row in rows_in(self.connection, &sql, &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            let Some(locale_provider) = CollationProvider::of(&row.text(4)) else {
                continue;
            };
            if self.is_member("pg_collation", oid) {
                continue;
            }
            let (lc_collate, lc_ctype) = (row.maybe_text(6), row.maybe_text(7));
            let is_one = lc_collate == lc_ctype;
            let one = lc_collate.clone().filter(|_| is_one);
            let collation = Collation {
                locale_provider,
                locale: row.maybe_text(8).or(one),
                lc_collate: lc_collate.filter(|_| !is_one),
                lc_ctype: lc_ctype.filter(|_| !is_one),
                deterministic: row.flag(5),
                rules: row.maybe_text(9),
                owner: self.owner(row.oid(3)),
                comment: self.comment("pg_collation", oid, 0),
            };
            let address = self.address("collation", [schema, row.text(2)]);
            self.add("pg_collation", oid, address.clone(), &collation);
            self.stands_in_schema(&address);
        }
        Ok(())
    }

    pub(super) async fn read_conversions(&mut self) -> Result<(), Error> {
        for row in rows_in(self.connection, &conversions(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            let Some(function) = self.named("function", row.texts(6)) else {
                continue;
            };
            if self.is_member("pg_conversion", oid) {
                continue;
            }
            let conversion = Conversion {
                source: row.text(4),
                target: row.text(5),
                function,
                default: row.flag(7),
                owner: self.owner(row.oid(3)),
                comment: self.comment("pg_conversion", oid, 0),
            };
            let address = self.address("conversion", [schema, row.text(2)]);
            self.add("pg_conversion", oid, address.clone(), &conversion);
            self.stands_in_schema(&address);
        }
        Ok(())
    }

    pub(super) async fn read_casts(&mut self) -> Result<(), Error> {
        for row in rows(self.connection, &casts()).await? {
            let oid = row.oid(0);
            if self.is_member("pg_cast", oid) {
                continue;
            }
            let (source, target) = (row.text(1), row.text(2));
            let name = cast::name(&source, &target);
            let cast = Cast {
                source,
                target,
                function: self.named("function", row.texts(3)),
                method: match row.text(4).as_str() {
                    "i" => Some(Method::Inout),
                    "b" => Some(Method::Binary),
                    _ => None,
                },
                context: match row.text(5).as_str() {
                    "a" => Context::Assignment,
                    "i" => Context::Implicit,
                    _ => Context::Explicit,
                },
                comment: self.comment("pg_cast", oid, 0),
            };
            let address = self.address("cast", [name]);
            self.add("pg_cast", oid, address.clone(), &cast);
            if let Some(object) = self.objects.get_mut(&address) {
                let database = address.sibling("database", [self.place]);
                object.edges.insert(Edge::to(database));
            }
        }
        Ok(())
    }
}
