//! Finds names in what the parser library has read.
//!
//! The walk stops where it meets anything that PostgreSQL does not have, or that may name something
//! in a way it does not follow: the text was misread, or is a statement of a sort not listed here.
//! Whoever called then takes the coarse way, so what is found is exact. In texts made by
//! [`super::dialect`] a name without quotes is a key word, which tells built-in syntax from calls.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{
    ArrayElemTypeDef, DataType, Delete, Expr, FromTable, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArguments, Ident, ObjectName, ObjectNamePart, Query, Select,
    SetExpr, Statement, TableAlias, TableFactor, TableObject, Value, Visitor,
};

use super::keywords::{self, Category};
use super::name::{Name, folded};
use super::names::Mentions;

/// Why a walk stops: this is not what it seems to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Misread;

type Step = ControlFlow<Misread>;

const STOP: Step = ControlFlow::Break(Misread);
const GO_ON: Step = ControlFlow::Continue(());

/// Names of common table expressions that hide tables.
type Scope = BTreeSet<String>;

/// What has been found so far, and where the walk is.
pub(super) struct Walk {
    found: Mentions,
    /// The scopes of the queries around, innermost last.
    scopes: Vec<Scope>,
    /// The scopes of common table expressions that are yet to be walked, by the place of their query
    /// in memory: what one sees depends on its place in the list, and the visitor does not tell it.
    ahead: BTreeMap<usize, Scope>,
}

impl Walk {
    pub(super) fn new() -> Self {
        Self {
            found: Mentions::none(),
            scopes: Vec::new(),
            ahead: BTreeMap::new(),
        }
    }

    /// Returns what was found.
    pub(super) fn found(self) -> Mentions {
        self.found
    }

    /// A relation that a common table expression cannot hide, such as the target of an insert.
    fn target(&mut self, name: &ObjectName) -> Step {
        match Name::of(name) {
            Some(name) => {
                self.found.relations.insert(name);
                GO_ON
            }
            None => STOP,
        }
    }

    /// A relation, unless it is syntax that stands like one: `from current_date`.
    fn relation(&mut self, relation: &ObjectName) -> Step {
        let Some(name) = Name::of(relation) else {
            return STOP;
        };
        let scope = self.scopes.last().filter(|_| name.schema.is_none());
        let hidden = scope.is_some_and(|scope| scope.contains(&name.name));
        let syntax = matches!(
            category_of(relation),
            Some(Category::Reserved | Category::TypeOrFunction)
        );
        if !hidden && !syntax {
            self.found.relations.insert(name);
        }
        GO_ON
    }

    /// A function, unless it is syntax that looks like one: `coalesce(a, b)`.
    fn function(&mut self, function: &ObjectName) -> Step {
        let Some(name) = Name::of(function) else {
            return STOP;
        };
        let syntax = matches!(
            category_of(function),
            Some(Category::Reserved | Category::ColumnName)
        );
        if !syntax {
            self.found.functions.insert(name);
        }
        GO_ON
    }

    fn data_type(&mut self, data_type: &DataType) -> Step {
        match data_type {
            DataType::Custom(name, _) => match Name::of(name) {
                Some(name) => {
                    self.found.types.insert(name);
                    GO_ON
                }
                None => STOP,
            },
            DataType::Array(
                ArrayElemTypeDef::SquareBracket(inner, _) | ArrayElemTypeDef::Qualified(inner, _),
            ) => self.data_type(inner),
            DataType::Array(_)
            | DataType::Struct(..)
            | DataType::Map(..)
            | DataType::Tuple(_)
            | DataType::Nested(_)
            | DataType::Union(_)
            | DataType::Nullable(_)
            | DataType::LowCardinality(_)
            | DataType::Table(_)
            | DataType::NamedTable { .. } => STOP,
            _ => GO_ON,
        }
    }

    fn columns_of(&mut self, alias: Option<&TableAlias>) -> Step {
        let columns = alias.map_or(&[][..], |alias| &alias.columns);
        columns
            .iter()
            .filter_map(|column| column.data_type.as_ref())
            .try_for_each(|data_type| self.data_type(data_type))
    }

    /// A constant of a type whose values are names.
    fn named_by(&mut self, data_type: &DataType, text: &Expr) {
        let DataType::Custom(name, _) = data_type else {
            return;
        };
        let built_in = Name::of(name).filter(Name::is_built_in);
        let (Some(data_type), Some(text)) = (built_in, constant(text)) else {
            return;
        };
        let mut names = Name::with_arguments(text).into_iter();
        match data_type.name.as_str() {
            "regclass" => self.found.relations.extend(Name::written(text)),
            "regproc" | "regprocedure" => {
                self.found.functions.extend(names.next());
                self.found.types.extend(names);
            }
            "regtype" => self.found.types.extend(names),
            _ => {}
        }
    }

    fn call(&mut self, call: &Function) -> Step {
        if call.uses_odbc_syntax || !matches!(call.parameters, FunctionArguments::None) {
            return STOP;
        }
        let arguments = match &call.args {
            FunctionArguments::None => return GO_ON,
            FunctionArguments::Subquery(_) => return self.function(&call.name),
            FunctionArguments::List(arguments) => arguments,
        };
        self.function(&call.name)?;
        for clause in &arguments.clauses {
            if let FunctionArgumentClause::JsonReturningClause(returning) = clause {
                self.data_type(&returning.data_type)?;
            }
        }
        let takes_relation = Name::of(&call.name).is_some_and(|name| {
            name.is_built_in()
                && matches!(
                    name.name.as_str(),
                    "nextval" | "currval" | "setval" | "to_regclass" | "pg_get_serial_sequence"
                )
        });
        if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first))) = arguments.args.first()
            && takes_relation
            && let Some(text) = constant(first)
        {
            self.found.relations.extend(Name::written(text));
        }
        GO_ON
    }

    fn target_of(&mut self, factor: &TableFactor) -> Step {
        match factor {
            TableFactor::Table { name, .. } => self.target(name),
            _ => STOP,
        }
    }

    fn deleted(&mut self, delete: &Delete) -> Step {
        match &delete.from {
            FromTable::WithFromKeyword(tables) if delete.tables.is_empty() => tables
                .iter()
                .try_for_each(|table| self.target_of(&table.relation)),
            _ => STOP,
        }
    }
}

impl Visitor for Walk {
    type Break = Misread;

    fn pre_visit_query(&mut self, query: &Query) -> Step {
        let around = self.ahead.remove(&place(query));
        let mut scope = around.unwrap_or_else(|| self.scopes.last().cloned().unwrap_or_default());
        if let Some(with) = &query.with {
            let mut every = scope.clone();
            every.extend(
                with.cte_tables
                    .iter()
                    .map(|table| folded(&table.alias.name)),
            );
            for table in &with.cte_tables {
                let seen = if with.recursive { &every } else { &scope };
                self.ahead.insert(place(&table.query), seen.clone());
                scope.insert(folded(&table.alias.name));
            }
        }
        self.scopes.push(scope);
        let foreign = !query.pipe_operators.is_empty() || query.format_clause.is_some();
        if !foreign && !names_as_text(&query.body) {
            GO_ON
        } else {
            STOP
        }
    }

    fn post_visit_query(&mut self, _: &Query) -> Step {
        self.scopes.pop();
        GO_ON
    }

    fn pre_visit_select(&mut self, select: &Select) -> Step {
        let targets = select.into.iter().flat_map(|into| &into.targets);
        for target in targets {
            let name = match target {
                Expr::Identifier(ident) => Name::of_idents(std::slice::from_ref(ident)),
                Expr::CompoundIdentifier(idents) => Name::of_idents(idents),
                _ => None,
            };
            match name {
                Some(name) => self.found.relations.insert(name),
                None => return STOP,
            };
        }
        if select.lateral_views.is_empty() && select.top.is_none() {
            GO_ON
        } else {
            STOP
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Step {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality: _,
                partitions,
                json_path,
                sample: _,
                index_hints,
            } => {
                let foreign = !with_hints.is_empty()
                    || version.is_some()
                    || !partitions.is_empty()
                    || json_path.is_some()
                    || !index_hints.is_empty();
                if foreign {
                    return STOP;
                }
                self.columns_of(alias.as_ref())?;
                match args {
                    Some(_) => self.function(name),
                    None => self.relation(name),
                }
            }
            TableFactor::Function { name, alias, .. } => {
                self.columns_of(alias.as_ref())?;
                self.function(name)
            }
            TableFactor::Derived { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::NestedJoin { alias, .. } => self.columns_of(alias.as_ref()),
            _ => STOP,
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Step {
        match expr {
            Expr::Function(call) => self.call(call),
            Expr::Cast {
                expr, data_type, ..
            } => {
                self.named_by(data_type, expr);
                self.data_type(data_type)
            }
            Expr::TypedString(typed) if !typed.uses_odbc_syntax => self.data_type(&typed.data_type),
            Expr::TypedString(_)
            | Expr::Convert { .. }
            | Expr::JsonAccess { .. }
            | Expr::InUnnest { .. }
            | Expr::RLike { .. }
            | Expr::Struct { .. }
            | Expr::Dictionary(_)
            | Expr::Map(_)
            | Expr::MatchAgainst { .. }
            | Expr::OuterJoin(_)
            | Expr::Prior(_)
            | Expr::Lambda(_)
            | Expr::MemberOf(_) => STOP,
            _ => GO_ON,
        }
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> Step {
        match statement {
            Statement::Query(_) => GO_ON,
            Statement::Insert(insert) => match &insert.table {
                TableObject::TableName(name) => self.target(name),
                _ => STOP,
            },
            Statement::Update(update) => self.target_of(&update.table.relation),
            Statement::Delete(delete) => self.deleted(delete),
            Statement::Merge(merge) => self.target_of(&merge.table),
            Statement::Truncate(truncate) => truncate
                .table_names
                .iter()
                .try_for_each(|table| self.target(&table.name)),
            Statement::Call(call) => self.call(call),
            _ => STOP,
        }
    }

    /// An unquoted name that PostgreSQL reserves is a word that the parser library took for a name;
    /// so is one in single quotes.
    fn pre_visit_ident(&mut self, ident: &Ident) -> Step {
        let known = match ident.quote_style {
            Some(quote) => quote == '"',
            None => {
                let word = ident.value.to_ascii_lowercase();
                keywords::category(&word) != Some(Category::Reserved)
                    || word.starts_with("current_")
                    || word.starts_with("localtime")
                    || matches!(
                        word.as_str(),
                        "array" | "default" | "session_user" | "system_user" | "user"
                    )
            }
        };
        if known { GO_ON } else { STOP }
    }
}

/// Tells whether a query has the form `table t`, of which the parser library keeps too little.
fn names_as_text(query: &SetExpr) -> bool {
    match query {
        SetExpr::Table(_) => true,
        SetExpr::SetOperation { left, right, .. } => names_as_text(left) || names_as_text(right),
        _ => false,
    }
}

/// Returns the category of a name that is a key word.
fn category_of(name: &ObjectName) -> Option<Category> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(ident)] if ident.quote_style.is_none() => {
            keywords::category(&folded(ident))
        }
        _ => None,
    }
}

fn place(query: &Query) -> usize {
    std::ptr::from_ref(query).addr()
}

/// Returns the text of a string constant, whatever it is cast to.
fn constant(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => constant(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}
