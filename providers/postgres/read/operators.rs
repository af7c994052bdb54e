//! Operators, operator families and operator classes.

use std::collections::HashMap;

use provider::Error;

use super::{Cells, Oid, Reader, named, rows_in};
use crate::kinds::operator::class::OperatorClass;
use crate::kinds::operator::family::OperatorFamily;
use crate::kinds::operator::{MemberFunction, MemberOperator, Operator, SHELLS, relative};
use crate::kinds::table::texts_value;

/// Shells, which other operators name and nobody has made, have no function.
fn operators() -> String {
    let [function, restrict, join] = ["o.oprcode", "o.oprrest", "o.oprjoin"].map(named::routine);
    format!(
        "\
select o.oid, o.oprnamespace, {}, o.oprowner,
  case when o.oprleft <> 0 then format_type(o.oprleft, null) end, format_type(o.oprright, null),
  {function}, {restrict}, {join}, o.oprcanhash, o.oprcanmerge,
  cn.nspname::text, c.oprname::text, nn.nspname::text, n.oprname::text,
  array(select s.oid::regoperator::text from pg_operator s
    where s.oid in (o.oprcom, o.oprnegate) and s.oprcode = 0 order by 1)
from pg_operator o
left join pg_operator c on c.oid = o.oprcom
left join pg_namespace cn on cn.oid = c.oprnamespace
left join pg_operator n on n.oid = o.oprnegate
left join pg_namespace nn on nn.oid = n.oprnamespace
where o.oprnamespace = any($1) and o.oprcode <> 0",
        named::operator_name("o")
    )
}

fn families() -> String {
    format!(
        "\
select f.oid, f.opfnamespace, {}, f.opfowner, m.amname::text
from pg_opfamily f join pg_am m on m.oid = f.opfmethod
where f.opfnamespace = any($1)",
        "f.opfname || '(' || m.amname || ')'"
    )
}

fn classes() -> String {
    format!(
        "\
select c.oid, c.opcnamespace, {}, c.opcowner, m.amname::text, {}, c.opcdefault,
  format_type(c.opcintype, null),
  case when c.opckeytype <> 0 then format_type(c.opckeytype, null) end
from pg_opclass c join pg_am m on m.oid = c.opcmethod
where c.opcnamespace = any($1)",
        "c.opcname || '(' || m.amname || ')'",
        named::operator_family("c.opcfamily")
    )
}

/// What a member belongs to, its class or its family, is what it depends on.
fn members(row: &str, family: &str) -> String {
    format!(
        "join pg_depend d on d.classid = '{row}'::regclass and d.objid = o.oid
  and (d.refclassid = 'pg_opclass'::regclass
    or d.refclassid = 'pg_opfamily'::regclass and d.refobjid = o.{family})
where o.{family} in (select f.oid from pg_opfamily f where f.opfnamespace = any($1))
  or d.refclassid = 'pg_opclass'::regclass
    and d.refobjid in (select c.oid from pg_opclass c where c.opcnamespace = any($1))"
    )
}

fn member_operators() -> String {
    format!(
        "\
select d.refobjid, o.amopstrategy::int8, {}, {}
from pg_amop o
{}",
        named::operator("o.amopopr"),
        named::operator_family("nullif(o.amopsortfamily, 0)"),
        members("pg_amop", "amopfamily")
    )
}

fn member_functions() -> String {
    format!(
        "\
select d.refobjid, o.amprocnum::int8, format_type(o.amproclefttype, null),
  format_type(o.amprocrighttype, null), {}
from pg_amproc o
{}",
        named::routine("o.amproc"),
        members("pg_amproc", "amprocfamily")
    )
}

/// Members by the class or family they belong to.
#[derive(Default)]
struct Members {
    operators: HashMap<Oid, Vec<MemberOperator>>,
    functions: HashMap<Oid, Vec<MemberFunction>>,
}

impl Reader<'_> {
    pub(super) async fn read_operators(&mut self) -> Result<(), Error> {
        for row in rows_in(self.connection, &operators(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            let function = |at: usize| self.named("function", row.texts(at));
            let Some(implementation) = function(6) else {
                continue;
            };
            if self.is_member("pg_operator", oid) {
                continue;
            }
            let other = |at: usize| {
                let (of, mark) = (row.maybe_text(at)?, row.text(at + 1));
                Some(relative(&of, &mark, &schema))
            };
            let operator = Operator {
                left: row.maybe_text(4),
                right: row.text(5),
                function: implementation,
                commutator: other(11),
                negator: other(13),
                restrict: function(7),
                join: function(8),
                hashes: row.flag(9),
                merges: row.flag(10),
                owner: self.owner(row.oid(3)),
                comment: self.comment("pg_operator", oid, 0),
            };
            let address = self.address("operator", [schema, row.text(2)]);
            self.add("pg_operator", oid, address.clone(), &operator);
            let shells = row.texts(15);
            if let Some(object) = self
                .objects
                .get_mut(&address)
                .filter(|_| !shells.is_empty())
            {
                let notes = &mut object.facts.notes;
                notes.insert(SHELLS.to_owned(), texts_value(shells));
            }
            self.stands_in_schema(&address);
        }
        let mut members = self.read_members_of_classes().await?;
        self.read_families(&mut members).await?;
        self.read_classes(&mut members).await
    }

    async fn read_members_of_classes(&mut self) -> Result<Members, Error> {
        let mut members = Members::default();
        for row in rows_in(self.connection, &member_operators(), &self.schema_oids).await? {
            let Some(operator) = self.named("operator", row.texts(2)) else {
                continue;
            };
            let of = members.operators.entry(row.oid(0)).or_default();
            of.push(MemberOperator {
                strategy: row.long(1),
                operator,
                order_by: self.named("operator_family", row.texts(3)),
            });
        }
        for row in rows_in(self.connection, &member_functions(), &self.schema_oids).await? {
            let Some(function) = self.named("function", row.texts(4)) else {
                continue;
            };
            let of = members.functions.entry(row.oid(0)).or_default();
            let (left, right) = (row.text(2), row.text(3));
            of.push(MemberFunction {
                number: row.long(1),
                right: Some(right).filter(|right| *right != left),
                left: Some(left),
                function,
            });
        }
        Ok(members)
    }

    async fn read_families(&mut self, members: &mut Members) -> Result<(), Error> {
        for row in rows_in(self.connection, &families(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            if self.is_member("pg_opfamily", oid) {
                continue;
            }
            let mut family = OperatorFamily {
                using: row.text(4),
                operator: members.operators.remove(&oid).unwrap_or_default(),
                function: members.functions.remove(&oid).unwrap_or_default(),
                owner: self.owner(row.oid(3)),
                comment: self.comment("pg_opfamily", oid, 0),
            };
            family.sort();
            let address = self.address("operator_family", [schema, row.text(2)]);
            self.add("pg_opfamily", oid, address.clone(), &family);
            self.stands_in_schema(&address);
        }
        Ok(())
    }

    async fn read_classes(&mut self, members: &mut Members) -> Result<(), Error> {
        for row in rows_in(self.connection, &classes(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            if self.is_member("pg_opclass", oid) {
                continue;
            }
            let data_type = row.text(7);
            let mut function = members.functions.remove(&oid).unwrap_or_default();
            for one in &mut function {
                if one.right.is_none() && one.left.as_ref() == Some(&data_type) {
                    one.left = None;
                }
            }
            let mut class = OperatorClass {
                data_type,
                using: row.text(4),
                default: row.flag(6),
                family: self.named("operator_family", row.texts(5)),
                operator: members.operators.remove(&oid).unwrap_or_default(),
                function,
                storage: row.maybe_text(8),
                owner: self.owner(row.oid(3)),
                comment: self.comment("pg_opclass", oid, 0),
            };
            class.sort();
            let address = self.address("operator_class", [schema, row.text(2)]);
            self.add("pg_opclass", oid, address.clone(), &class);
            self.stands_in_schema(&address);
        }
        Ok(())
    }
}
