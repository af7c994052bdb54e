//! Aggregates.

use provider::Error;
use sqlx::postgres::PgRow;

use super::privileges::Acls;
use super::{Cells, Reader, named, rows_in};
use crate::acl::Class;
use crate::kinds::aggregate::{Aggregate, AggregateArgument, Modify};
use crate::kinds::routine::Parallel;

/// Arguments after `order by` are those behind the direct ones, except for a hypothetical-set
/// aggregate: there a last variadic argument may be in both lists.
fn aggregates() -> String {
    let [sfunc, finalfunc, combinefunc, serialfunc, deserialfunc] = [
        "a.aggtransfn",
        "a.aggfinalfn",
        "a.aggcombinefn",
        "a.aggserialfn",
        "a.aggdeserialfn",
    ]
    .map(named::routine);
    let [msfunc, minvfunc, mfinalfunc] =
        ["a.aggmtransfn", "a.aggminvtransfn", "a.aggmfinalfn"].map(named::routine);
    let sortop = named::operator("a.aggsortop");
    format!(
        "\
select p.oid, p.pronamespace, p.proowner, p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
  array(select format_type(t, null)
    from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality as a(t, n)
    order by n),
  coalesce(p.proargmodes::text[], array_fill('i'::text, array[p.pronargs::int])),
  array(select coalesce((p.proargnames)[n], '') from generate_series(1, p.pronargs) n),
  p.proparallel::text, a.aggkind::text, a.aggnumdirectargs::int8,
  {sfunc}, format_type(a.aggtranstype, null), a.aggtransspace::int8, {finalfunc},
  a.aggfinalextra, a.aggfinalmodify::text, {combinefunc}, {serialfunc}, {deserialfunc},
  a.agginitval, {msfunc}, {minvfunc},
  case when a.aggmtranstype <> 0 then format_type(a.aggmtranstype, null) end,
  a.aggmtransspace::int8, {mfinalfunc}, a.aggmfinalextra, a.aggmfinalmodify::text, a.aggminitval,
  {sortop}
from pg_aggregate a join pg_proc p on p.oid = a.aggfnoid
where p.pronamespace = any($1)"
    )
}

impl Reader<'_> {
    pub(super) async fn read_aggregates(&mut self, acls: &Acls) -> Result<(), Error> {
        for row in rows_in(self.connection, &aggregates(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            if self.is_member("pg_proc", oid) {
                continue;
            }
            let Some(mut aggregate) = self.aggregate(&row) else {
                continue;
            };
            let owner = self.owner(row.oid(2));
            aggregate.privileges =
                acls.of(Class::Routine, "pg_proc", oid, owner.as_ref(), self.version);
            aggregate.owner = owner;
            aggregate.comment = self.comment("pg_proc", oid, 0);
            let address = self.address("aggregate", [schema, row.text(3)]);
            self.add("pg_proc", oid, address.clone(), &aggregate);
            self.stands_in_schema(&address);
        }
        Ok(())
    }

    fn aggregate(&self, row: &PgRow) -> Option<Aggregate> {
        let (argument, order_by) = arguments(row);
        let routine = |at: usize| self.named("function", row.texts(at));
        let mut aggregate = Aggregate {
            argument,
            order_by,
            hypothetical: row.text(8) == "h",
            sfunc: routine(10)?,
            stype: row.text(11),
            sspace: row.maybe_long(12),
            finalfunc: routine(13),
            finalfunc_extra: row.flag(14),
            finalfunc_modify: Some(Modify::of(&row.text(15))),
            combinefunc: routine(16),
            serialfunc: routine(17),
            deserialfunc: routine(18),
            initcond: row.maybe_text(19),
            msfunc: routine(20),
            minvfunc: routine(21),
            mstype: row.maybe_text(22),
            msspace: row.maybe_long(23),
            mfinalfunc: routine(24),
            mfinalfunc_extra: row.flag(25),
            mfinalfunc_modify: Some(Modify::of(&row.text(26))),
            minitcond: row.maybe_text(27),
            sortop: self.named("operator", row.texts(28)),
            parallel: Parallel::of(&row.text(7)),
            owner: None,
            comment: None,
            grants: None,
            privileges: Vec::new(),
        };
        aggregate.without_defaults();
        Some(aggregate)
    }
}

/// Returns the direct arguments and those after `order by`.
fn arguments(row: &PgRow) -> (Vec<AggregateArgument>, Vec<AggregateArgument>) {
    let (modes, names) = (row.texts(5), row.texts(6));
    let mut all: Vec<_> = row
        .texts(4)
        .into_iter()
        .enumerate()
        .map(|(at, data_type)| AggregateArgument {
            name: names.get(at).filter(|name| !name.is_empty()).cloned(),
            data_type,
            variadic: modes.get(at).is_some_and(|mode| mode == "v"),
        })
        .collect();
    if row.text(8) == "n" {
        return (all, Vec::new());
    }
    let direct = usize::try_from(row.long(9)).unwrap_or_default();
    let mut order_by = all.split_off(direct.min(all.len()));
    if order_by.is_empty() {
        order_by.extend(all.last().cloned());
    }
    (all, order_by)
}
