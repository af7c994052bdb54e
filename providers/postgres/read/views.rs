//! Views and materialized views.

use std::collections::HashMap;

use model::Edge;
use provider::Error;

use super::privileges::Acls;
use super::relations::{Columns, Relation};
use super::tables::{compression_name, storage_name};
use super::{Cells, Oid, Reader, rows, rows_in};
use crate::acl::Class;
use crate::kinds::materialized_view::{MaterializedColumn, MaterializedView};
use crate::kinds::view::{CHECK_OPTION, CheckOption, Output, View, ViewColumn, trim_query};
use crate::kinds::{order, read_options};

const QUERIES: &str = "\
select c.oid, pg_get_viewdef(c.oid) from pg_class c
where c.relnamespace = any($1) and c.relkind in ('v', 'm')";

/// Views whose queries are read at once.
const TOGETHER: usize = 1_000;

impl Reader<'_> {
    pub(super) async fn read_views(&mut self, columns: &Columns, acls: &Acls) -> Result<(), Error> {
        let queries = self.queries().await?;
        for relation in self.relations_of(&['v', 'm']) {
            let Some(address) = self.relation_address(&relation) else {
                continue;
            };
            let query = queries.get(&relation.oid).cloned().unwrap_or_default();
            if relation.kind == 'v' {
                let view = self.view(&relation, query, columns, acls);
                self.add("pg_class", relation.oid, address.clone(), &view);
            } else {
                let view = self.materialized_view(&relation, query, columns, acls);
                self.add("pg_class", relation.oid, address.clone(), &view);
            }
            let schema = crate::naming::schema_of(&address);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(schema));
                object.facts.rows = relation.rows;
                object.facts.bytes = relation.bytes;
            }
        }
        Ok(())
    }

    /// Returns the queries of views. PostgreSQL locks whatever a view stands on as long as the transaction lasts, or the
    /// savepoint: where there are many, only so many at once.
    async fn queries(&mut self) -> Result<HashMap<Oid, String>, Error> {
        let parts = self.relations_of(&['v', 'm']).len().div_ceil(TOGETHER);
        let mut queries = HashMap::new();
        for part in 0..parts {
            let sql = match parts {
                1 => QUERIES.to_owned(),
                parts => format!("{QUERIES} and c.oid::int8 % {parts} = {part}"),
            };
            if parts > 1 {
                rows(self.connection, "savepoint views").await?;
            }
            let found = rows_in(self.connection, &sql, &self.schema_oids).await?;
            if parts > 1 {
                rows(self.connection, "rollback to savepoint views").await?;
            }
            queries.extend(found.iter().map(|row| {
                let mut query = row.text(1);
                trim_query(&mut query);
                (row.oid(0), query.trim_start().to_owned())
            }));
        }
        Ok(queries)
    }

    fn output(relation: &Relation, columns: &Columns) -> Vec<Output> {
        columns
            .of(relation.oid)
            .map(|column| Output {
                name: column.name.clone(),
                data_type: column.data_type.clone(),
                collation: column.collation.clone(),
            })
            .collect()
    }

    fn view(&self, relation: &Relation, query: String, columns: &Columns, acls: &Acls) -> View {
        let options = read_options(&relation.options);
        let mut ordered = relation.options.clone();
        ordered.retain(|option| !option.starts_with(CHECK_OPTION));
        let is_on = |name: &str| {
            let value = options.get(name)?.to_lowercase();
            Some(matches!(value.as_str(), "true" | "on" | "1" | "yes"))
        };
        let owner = self.owner(relation.owner);
        let mut column: Vec<_> = columns
            .of(relation.oid)
            .map(|row| ViewColumn {
                name: row.name.clone(),
                default: row.expression.clone(),
                comment: self.comment("pg_class", relation.oid, row.number),
                ..ViewColumn::default()
            })
            .filter(|column| column.default.is_some() || column.comment.is_some())
            .collect();
        column.sort_by(|a, b| a.name.cmp(&b.name));
        View {
            query,
            security_barrier: is_on("security_barrier"),
            security_invoker: is_on("security_invoker"),
            check_option: match options.get(CHECK_OPTION).map(String::as_str) {
                Some("local") => Some(CheckOption::Local),
                Some("cascaded") => Some(CheckOption::Cascaded),
                _ => None,
            },
            options_order: order::read(&ordered),
            column,
            comment: self.comment("pg_class", relation.oid, 0),
            grants: None,
            privileges: acls.of(
                Class::Table,
                "pg_class",
                relation.oid,
                owner.as_ref(),
                self.version,
            ),
            owner,
            output: Self::output(relation, columns),
        }
    }

    fn materialized_view(
        &self,
        relation: &Relation,
        query: String,
        columns: &Columns,
        acls: &Acls,
    ) -> MaterializedView {
        let owner = self.owner(relation.owner);
        let mut column: Vec<_> = columns
            .of(relation.oid)
            .map(|row| MaterializedColumn {
                name: row.name.clone(),
                storage: row.storage.as_deref().map(storage_name).map(str::to_owned),
                compression: compression_name(&row.compression).map(str::to_owned),
                statistics: row.statistics,
                options: read_options(&row.options),
                comment: self.comment("pg_class", relation.oid, row.number),
            })
            .filter(|column| !column.is_plain())
            .collect();
        column.sort_by(|a, b| a.name.cmp(&b.name));
        MaterializedView {
            query,
            with_data: relation.is_populated,
            options: read_options(&relation.options),
            options_order: order::read(&relation.options),
            access_method: relation.access_method.clone(),
            tablespace: relation.tablespace.clone(),
            column,
            depends_on_extensions: self.goes_with("pg_class", relation.oid),
            comment: self.comment("pg_class", relation.oid, 0),
            grants: None,
            privileges: acls.of(
                Class::Table,
                "pg_class",
                relation.oid,
                owner.as_ref(),
                self.version,
            ),
            owner,
            output: Self::output(relation, columns),
        }
    }
}
