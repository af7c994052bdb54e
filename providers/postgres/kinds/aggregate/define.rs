//! The statement that makes or replaces an aggregate.

use model::{Reference, Statement};
use provider::At;

use super::{Aggregate, AggregateArgument, Modify};
use crate::kinds::references::called_in;
use crate::kinds::routine::Parallel;
use crate::naming::{called, names_in, written};
use crate::text::quote::{ident, literal};

impl AggregateArgument {
    fn written(&self) -> String {
        let variadic = if self.variadic { "variadic " } else { "" };
        let name = self.name.as_ref().map(|name| format!("{} ", ident(name)));
        format!("{variadic}{}{}", name.unwrap_or_default(), self.data_type)
    }
}

impl Modify {
    fn words(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Shareable => "shareable",
            Self::ReadWrite => "read_write",
        }
    }
}

impl Aggregate {
    fn arguments(&self) -> String {
        let list = |arguments: &[AggregateArgument]| {
            let all: Vec<_> = arguments.iter().map(AggregateArgument::written).collect();
            all.join(", ")
        };
        match (self.argument.is_empty(), self.order_by.is_empty()) {
            (true, true) => "*".to_owned(),
            (_, true) => list(&self.argument),
            (true, false) => format!("order by {}", list(&self.order_by)),
            (false, false) => {
                format!("{} order by {}", list(&self.argument), list(&self.order_by))
            }
        }
    }

    /// Writes the definition; `verb` is `create` or `create or replace`.
    pub(super) fn define(&self, verb: &str, at: &At<'_>) -> Statement {
        let function = |name: &str, function: &Option<Reference>| {
            let function = function.as_ref()?;
            Some(format!("{name} = {}", called_in(function)))
        };
        let modify = |name: &str, modify: Option<Modify>| {
            modify.map(|modify| format!("{name} = {}", modify.words()))
        };
        let text = |name: &str, text: &Option<String>| {
            text.as_ref()
                .map(|text| format!("{name} = {}", literal(text)))
        };
        let flag = |name: &str, flag: bool| flag.then(|| name.to_owned());
        let number =
            |name: &str, number: Option<i64>| number.map(|number| format!("{name} = {number}"));
        let options = [
            Some(format!("sfunc = {}", called_in(&self.sfunc))),
            Some(format!("stype = {}", self.stype)),
            number("sspace", self.sspace),
            function("finalfunc", &self.finalfunc),
            flag("finalfunc_extra", self.finalfunc_extra),
            modify("finalfunc_modify", self.finalfunc_modify),
            function("combinefunc", &self.combinefunc),
            function("serialfunc", &self.serialfunc),
            function("deserialfunc", &self.deserialfunc),
            text("initcond", &self.initcond),
            function("msfunc", &self.msfunc),
            function("minvfunc", &self.minvfunc),
            self.mstype.as_ref().map(|name| format!("mstype = {name}")),
            number("msspace", self.msspace),
            function("mfinalfunc", &self.mfinalfunc),
            flag("mfinalfunc_extra", self.mfinalfunc_extra),
            modify("mfinalfunc_modify", self.mfinalfunc_modify),
            text("minitcond", &self.minitcond),
            self.sortop
                .as_ref()
                .map(|operator| format!("sortop = operator({})", called_in(operator))),
            match self.parallel {
                Parallel::Unsafe => None,
                Parallel::Restricted => Some("parallel = restricted".to_owned()),
                Parallel::Safe => Some("parallel = safe".to_owned()),
            },
            flag("hypothetical", self.hypothetical),
        ];
        let options: Vec<_> = options.into_iter().flatten().collect();
        let name = written(at.address);
        let (name, _) = called(&name);
        let sql = format!(
            "{verb} aggregate {name}({}) (\n  {}\n)",
            self.arguments(),
            options.join(",\n  ")
        );
        Statement::new(sql).names_in(names_in(at.address))
    }
}
