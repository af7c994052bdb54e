//! Aggregates: functions that make one value of many rows.
//!
//! Options are called as `CREATE AGGREGATE` calls them. What is declared is either normal, or an
//! ordered-set aggregate with `order_by` arguments, or a hypothetical-set aggregate. PostgreSQL
//! replaces one in place unless the sort, the arguments or the type of the result change.
//!
//! Source: PostgreSQL manual, CREATE AGGREGATE, ALTER AGGREGATE; `pg_aggregate`, `pg_proc`.

mod define;

use model::{Address, Body, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::GrantsMode;
use super::attached::{self, Handle, dress, redress};
use super::references::settle_called;
use super::routine::{Parallel, is_default, plain_type, types_of};
use crate::acl::{Class, Privilege};

/// An argument of an aggregate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AggregateArgument {
    /// Its name; by position only when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether it stands for any number of arguments.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub variadic: bool,
}

/// Whether the final function changes the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Modify {
    /// It does not.
    ReadOnly,
    /// It does, but other final functions can work on it.
    Shareable,
    /// It does.
    ReadWrite,
}

impl Modify {
    /// Reads a code of the catalog.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "s" => Self::Shareable,
            "w" => Self::ReadWrite,
            _ => Self::ReadOnly,
        }
    }
}

/// An aggregate: it makes one value of many rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// Its arguments, in order; none is `*`. Those before `order by` for an ordered-set aggregate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "plain"))]
    pub argument: Vec<AggregateArgument>,
    /// Its arguments after `order by`: it is an ordered-set aggregate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "plain"))]
    pub order_by: Vec<AggregateArgument>,
    /// Whether an ordered-set aggregate is about a hypothetical row, which its direct arguments are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hypothetical: bool,
    /// The function that takes the state and a row to the next state.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub sfunc: Reference,
    /// The type of the state.
    pub stype: String,
    /// The size of the state in bytes, estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sspace: Option<i64>,
    /// The function that makes the result of the last state; the state itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub finalfunc: Option<Reference>,
    /// Whether the final function gets nulls for the arguments, to tell their types.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finalfunc_extra: bool,
    /// Whether the final function changes the state. `read_only` by default, `read_write` for an
    /// ordered-set aggregate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalfunc_modify: Option<Modify>,
    /// The function that makes one state of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub combinefunc: Option<Reference>,
    /// The function that makes bytes of a state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub serialfunc: Option<Reference>,
    /// The function that makes a state of bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub deserialfunc: Option<Reference>,
    /// The first state, as text; null when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initcond: Option<String>,
    /// The function that takes a state on in a moving window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub msfunc: Option<Reference>,
    /// The function that takes a row out of the state of a moving window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub minvfunc: Option<Reference>,
    /// The type of the state of a moving window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mstype: Option<String>,
    /// The size of the state of a moving window in bytes, estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msspace: Option<i64>,
    /// The function that makes the result of the last state of a moving window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub mfinalfunc: Option<Reference>,
    /// Whether the final function of a moving window gets nulls for the arguments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mfinalfunc_extra: bool,
    /// Whether the final function of a moving window changes the state. `read_only` by default,
    /// `read_write` for an ordered-set aggregate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfinalfunc_modify: Option<Modify>,
    /// The first state of a moving window, as text; null when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minitcond: Option<String>,
    /// The operator by which the result is the first of all values, so that an index can give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["operator"]), with = "Option<String>")]
    pub sortop: Option<Reference>,
    /// Whether it may run in parallel workers. `unsafe` by default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub parallel: Parallel,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub privileges: Vec<Privilege>,
}

impl Aggregate {
    fn handle(address: &Address) -> Handle {
        let mut handle = Handle::new("aggregate", address);
        // In statements about aggregates none is a star.
        if let Some(name) = handle.name.strip_suffix("()") {
            handle.name = format!("{name}(*)");
        }
        handle
    }

    fn usual_modify(&self) -> Modify {
        if self.order_by.is_empty() {
            Modify::ReadOnly
        } else {
            Modify::ReadWrite
        }
    }

    /// Leaves out what is the default.
    pub(crate) fn without_defaults(&mut self) {
        let usual = self.usual_modify();
        for (modify, function) in [
            (&mut self.finalfunc_modify, &self.finalfunc),
            (&mut self.mfinalfunc_modify, &self.mfinalfunc),
        ] {
            *modify = modify.filter(|modify| function.is_some() && *modify != usual);
        }
        self.sspace = self.sspace.filter(|size| *size != 0);
        self.msspace = self.msspace.filter(|size| *size != 0);
    }

    /// The functions it calls.
    fn functions(&mut self) -> [Option<&mut Reference>; 8] {
        [
            Some(&mut self.sfunc),
            self.finalfunc.as_mut(),
            self.combinefunc.as_mut(),
            self.serialfunc.as_mut(),
            self.deserialfunc.as_mut(),
            self.msfunc.as_mut(),
            self.minvfunc.as_mut(),
            self.mfinalfunc.as_mut(),
        ]
    }

    /// Says why it cannot become another by `create or replace`.
    fn obstacle(&self, next: &Self) -> Option<&'static str> {
        let sort = |one: &Self| {
            (
                one.order_by.is_empty(),
                one.hypothetical,
                one.argument.len(),
            )
        };
        if sort(self) != sort(next) {
            return Some("the sort of an aggregate cannot be changed");
        }
        let result = |one: &Self| match &one.finalfunc {
            Some(function) => (Some(function.clone()), None),
            None => (None, Some(one.stype.clone())),
        };
        if result(self) != result(next) {
            return Some("the type of the result cannot be changed");
        }
        let names = |one: &Self| -> Vec<Option<String>> {
            let all = one.argument.iter().chain(&one.order_by);
            all.map(|argument| argument.name.clone()).collect()
        };
        let renamed = names(self)
            .iter()
            .zip(names(next))
            .any(|(old, new)| old.is_some() && *old != new);
        if renamed {
            return Some("a named argument cannot get another name");
        }
        let variadic = |one: &Self| -> Vec<bool> {
            let all = one.argument.iter().chain(&one.order_by);
            all.map(|argument| argument.variadic).collect()
        };
        (variadic(self) != variadic(next)).then_some("its arguments cannot be changed")
    }

    /// Reports whether anything but owner, comment and grants differs.
    fn is_redefined(&self, next: &Self) -> bool {
        let plain = |one: &Self| Self {
            owner: None,
            comment: None,
            grants: None,
            privileges: Vec::new(),
            ..one.clone()
        };
        plain(self) != plain(next)
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut unclear = |path: &'static str, text: &str| {
            problems.push(Problem::new([path], "unclear aggregate", text));
        };
        if self.hypothetical && self.order_by.is_empty() {
            unclear("hypothetical", "this needs `order_by` arguments");
        }
        let moving = [
            self.msfunc.is_some(),
            self.minvfunc.is_some(),
            self.mstype.is_some(),
        ];
        if moving.contains(&true) && moving.contains(&false) {
            let path = if self.msfunc.is_some() {
                "msfunc"
            } else {
                "mstype"
            };
            unclear(
                path,
                "`msfunc`, `minvfunc` and `mstype` must be given together",
            );
        } else if moving == [false; 3] && self.mfinalfunc.is_some() {
            unclear("mfinalfunc", "this needs `msfunc`, `minvfunc` and `mstype`");
        }
        if self.serialfunc.is_some() != self.deserialfunc.is_some() {
            let path = if self.serialfunc.is_some() {
                "serialfunc"
            } else {
                "deserialfunc"
            };
            unclear(
                path,
                "`serialfunc` and `deserialfunc` must be given together",
            );
        }
        let count = self.argument.len() + self.order_by.len();
        if self.sortop.is_some() && (count != 1 || !self.order_by.is_empty()) {
            unclear("sortop", "this is for aggregates with one argument");
        }
        problems
    }
}

impl Kind for Aggregate {
    const NAME: &'static str = "aggregate";
    const NAMESPACE: &'static str = "routine";
    const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;

    fn signature(body: &Body) -> Option<String> {
        let is_variadic = |block: &model::Block| {
            let mut all = block.body.attributes.iter();
            all.any(|one| one.name == "variadic" && one.value.content == model::Content::Bool(true))
        };
        let of = |name: &'static str| body.blocks.iter().filter(move |block| block.kind == name);
        // Both lists of a hypothetical-set aggregate may end in the same variadic argument.
        let shared = of("argument").next_back().is_some_and(is_variadic);
        let mut types = types_of(of("argument"));
        if !shared {
            types.extend(types_of(of("order_by")));
        }
        Some(types.join(", "))
    }

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        let types = self.argument.iter_mut().chain(&mut self.order_by);
        let types = types.map(|argument| &mut argument.data_type);
        for text in types.chain([&mut self.stype]).chain(&mut self.mstype) {
            *text = plain_type(text);
        }
        // The operator without arguments is the one for the argument.
        if let (Some(operator), [argument]) = (&mut self.sortop, self.argument.as_slice())
            && !operator.0.name().contains('(')
        {
            let mut path = operator.0.path().to_vec();
            if let Some(name) = path.last_mut() {
                name.push_str(&format!("({0}, {0})", argument.data_type));
            }
            operator.0 = operator.0.sibling("operator", path);
        }
        self.without_defaults();
        self.problems()
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        let mut theirs = live.clone();
        for (mine, theirs) in self.functions().into_iter().zip(theirs.functions()) {
            if let (Some(mine), Some(theirs)) = (mine, theirs) {
                settle_called(mine, theirs);
            }
        }
        attached::settle_grants(
            Class::Routine,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        let owner = self.owner.clone();
        let privileges = &mut self.privileges;
        attached::give_back(Class::Routine, owner.as_ref(), privileges, with);
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Self::handle(at.address);
        let mut statements = vec![self.define("create", at)];
        let owner = self.owner.as_ref();
        statements.extend(dress(&handle, owner, self.comment.as_deref()));
        let privileges = &self.privileges;
        statements.extend(attached::grant_new(Class::Routine, owner, privileges, at));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Self::handle(at.address);
        let mut statements = Vec::new();
        if self.is_redefined(next) {
            if let Some(obstacle) = self.obstacle(next) {
                return Alter::replace(obstacle);
            }
            statements.push(next.define("create or replace", at));
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        statements.extend(attached::regrant(
            Class::Routine,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Self::handle(at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Self::handle(at.address).relocate(at.address, to)
    }
}
