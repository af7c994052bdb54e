//! Functions and procedures.

use std::collections::BTreeMap;

use provider::Error;

use super::privileges::Acls;
use super::{Cells, Reader, named, rows_in};
use crate::acl::Class;
use crate::kinds::order;
use crate::kinds::routine::{Argument, Function, Mode, Parallel, Procedure, Routine, Volatility};

/// What PostgreSQL makes along with a type, such as the constructors of a range, is part of that one.
fn routines() -> String {
    let support = named::routine("nullif(p.prosupport, 0)");
    format!(
        "\
select p.oid, p.pronamespace, p.proowner,
  p.proname || '(' || oidvectortypes(p.proargtypes) || ')', p.prokind::text,
  pg_get_function_result(p.oid), l.lanname::text, p.prosrc, p.probin,
  case when p.prosqlbody is not null then pg_get_function_sqlbody(p.oid) end,
  p.provolatile::text, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel::text,
  p.procost::text, p.prorows::text, {support},
  array(select format_type(t, null) from unnest(p.protrftypes) t), p.proconfig,
  array(select format_type(t, null)
    from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality as a(t, n)
    order by n),
  coalesce(p.proargmodes::text[], array_fill('i'::text, array[p.pronargs::int])),
  array(select coalesce((p.proargnames)[n], '')
    from generate_series(1, cardinality(coalesce(p.proallargtypes, p.proargtypes::oid[]))) n),
  array(select coalesce(pg_get_function_arg_default(p.oid, n), '')
    from generate_series(1, cardinality(coalesce(p.proallargtypes, p.proargtypes::oid[]))) n),
  p.pronargdefaults > 0
from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = any($1) and p.prokind <> 'a' and not exists (
  select from pg_depend d
  where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i')"
    )
}

impl Reader<'_> {
    pub(super) async fn read_routines(&mut self, acls: &Acls) -> Result<(), Error> {
        for row in rows_in(self.connection, &routines(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            if self.is_member("pg_proc", oid) {
                continue;
            }
            let owner = self.owner(row.oid(2));
            let privileges = acls.of(Class::Routine, "pg_proc", oid, owner.as_ref(), self.version);
            let (name, prokind) = (row.text(3), row.text(4));
            let routine = Routine {
                owner,
                privileges,
                support: self.named("function", row.texts(17)),
                comment: self.comment("pg_proc", oid, 0),
                ..definition(&row)
            };
            let address = if prokind == "p" {
                let address = self.address("procedure", [schema, name]);
                self.add("pg_proc", oid, address.clone(), &Procedure(routine));
                address
            } else {
                let address = self.address("function", [schema, name]);
                self.add("pg_proc", oid, address.clone(), &Function(routine));
                address
            };
            self.stands_in_schema(&address);
        }
        Ok(())
    }
}

fn definition(row: &sqlx::postgres::PgRow) -> Routine {
    let language = row.text(6);
    let is_foreign = matches!(language.as_str(), "c" | "internal");
    let sql_body = row.maybe_text(9);
    let argument = arguments(row);
    let returns = row
        .maybe_text(5)
        .filter(|result| !result.starts_with("TABLE("))
        .map(|result| match result.strip_prefix("SETOF ") {
            Some(one) => format!("setof {one}"),
            None => result,
        });
    let usual_cost = if is_foreign { "1" } else { "100" };
    let is_set = returns
        .as_ref()
        .is_some_and(|result| result.starts_with("setof "))
        || argument.iter().any(|one| one.mode == Mode::Table);
    let mut routine = Routine {
        argument,
        returns,
        body: sql_body.is_none().then(|| row.text(7)),
        library: row.maybe_text(8),
        sql_body,
        volatility: match row.text(10).as_str() {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        strict: row.flag(11),
        security_definer: row.flag(12),
        leakproof: row.flag(13),
        window: row.text(4) == "w",
        parallel: Parallel::of(&row.text(14)),
        cost: Some(row.text(15)).filter(|cost| cost != usual_cost),
        rows: Some(row.text(16)).filter(|rows| is_set && rows != "1000"),
        transform: row.texts(18),
        settings: settings(&row.texts(19)),
        settings_order: order::read(&row.texts(19)),
        language,
        ..Routine::default()
    };
    if routine.returns == routine.implied_result() {
        routine.returns = None;
    }
    routine
}

fn arguments(row: &sqlx::postgres::PgRow) -> Vec<Argument> {
    let (types, modes, names, defaults) =
        (row.texts(20), row.texts(21), row.texts(22), row.texts(23));
    let some = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    types
        .into_iter()
        .enumerate()
        .map(|(at, data_type)| Argument {
            name: some(names.get(at)),
            data_type,
            mode: match modes.get(at).map(String::as_str) {
                Some("o") => Mode::Out,
                Some("b") => Mode::Inout,
                Some("v") => Mode::Variadic,
                Some("t") => Mode::Table,
                _ => Mode::In,
            },
            default: some(defaults.get(at)),
        })
        .collect()
}

fn settings(entries: &[String]) -> BTreeMap<String, String> {
    entries
        .iter()
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect()
}
