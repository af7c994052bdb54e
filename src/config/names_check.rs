//! Checks every name and every call in every expression, reached or not.
//!
//! Computing values finds wrong names only where it comes by: not in branches that are not taken,
//! modules that are used zero times or loops over nothing. So all expressions are looked through
//! first, and a misspelt name is reported in the same run as everything else.

use std::collections::BTreeMap;

use model::diagnostic::did_you_mean;
use model::policy::About;
use model::{Diagnostic, Span};

use crate::call;
use crate::codes;
use crate::declared::Declared;
use crate::document::{Attribute, Block, Body};
use crate::evaluator::{Evaluator, Outcome, Reported};
use crate::expression::{Expression, Intro, Kind, Name, Part, Root, Step, StepKind};
use crate::folder::Folder;
use crate::names::{Allowed, Meaning, resolve};
use crate::traverse::find_output;

/// Looks through expressions and collects what is wrong with their names.
struct Checker<'a> {
    folder: Option<&'a Folder>,
    /// The names a template is given; it knows no others.
    given: Option<&'a [&'a str]>,
    /// The folders of the modules, to check the names of outputs.
    folders: &'a [Folder],
    allowed: Allowed,
    /// Names bound by `for` and dynamic blocks around.
    bound: Vec<&'a str>,
    /// What a condition of a policy speaks of, where it does so first.
    about: BTreeMap<About, Span>,
    /// How many of the bound names are those of a policy.
    judged: usize,
    diagnostics: Vec<Diagnostic>,
}

/// Checks all expressions of a folder.
pub(crate) fn folder<'a>(folder: &'a Folder, folders: &'a [Folder]) -> Vec<Diagnostic> {
    let mut checker = Checker {
        folder: Some(folder),
        given: None,
        folders,
        allowed: Allowed::default(),
        bound: Vec::new(),
        about: BTreeMap::new(),
        judged: 0,
        diagnostics: Vec::new(),
    };
    for local in folder.locals.iter() {
        checker.expression(&local.value);
    }
    for output in folder.outputs.iter() {
        checker.expression(&output.value);
    }
    for variable in folder.variables.iter() {
        for validation in &variable.validations {
            checker.expression(&validation.condition);
            checker.optional(validation.message.as_ref());
        }
    }
    for call in folder.modules.iter() {
        checker.optional(call.for_each.as_ref());
        checker.optional(call.count.as_ref());
        checker.allowed = Allowed {
            each: call.for_each.is_some(),
            count: call.count.is_some(),
            this: false,
        };
        checker.attributes(&call.arguments);
        checker.allowed = Allowed::default();
    }
    for declared in &folder.declarations {
        checker.declared(declared);
    }
    for block in &folder.root.providers {
        checker.body(&block.body);
    }
    let root = &folder.root;
    let plain = [&root.ignores, &root.accepts, &root.notifications];
    for block in plain.into_iter().flatten() {
        checker.attributes(&block.body.attributes);
    }
    for block in &folder.root.policies {
        checker.attributes(&block.body.attributes);
        for rule in &block.body.blocks {
            checker.rule(&rule.body);
        }
    }
    checker.constants(folder);
    checker.diagnostics
}

/// Returns what a condition of a policy is about.
pub(crate) fn about(condition: &Expression) -> About {
    let mut checker = Checker {
        folder: None,
        given: None,
        folders: &[],
        allowed: Allowed::default(),
        bound: Vec::new(),
        about: BTreeMap::new(),
        judged: 0,
        // What is wrong with it has been told.
        diagnostics: Vec::new(),
    };
    checker.condition(condition);
    let narrowest = checker.about.into_keys().next_back();
    narrowest.unwrap_or(About::Plan)
}

/// Checks the expressions of a template that knows only these names.
pub(crate) fn template(evaluator: &Evaluator<'_>, parts: &[Part], names: &[&str]) -> Outcome<()> {
    let mut checker = Checker {
        folder: None,
        given: Some(names),
        folders: &[],
        allowed: Allowed::default(),
        bound: names.to_vec(),
        about: BTreeMap::new(),
        judged: 0,
        diagnostics: Vec::new(),
    };
    checker.parts(parts);
    if checker.diagnostics.is_empty() {
        return Ok(());
    }
    for problem in checker.diagnostics {
        evaluator.report(problem);
    }
    Err(Reported)
}

impl<'a> Checker<'a> {
    fn declared(&mut self, declared: &'a Declared) {
        self.optional(declared.for_each.as_ref());
        self.optional(declared.count.as_ref());
        self.allowed = Allowed {
            each: declared.for_each.is_some(),
            count: declared.count.is_some(),
            this: true,
        };
        self.body(&declared.body);
        for lifecycle in &declared.lifecycle {
            for attribute in &lifecycle.body.attributes {
                if &*attribute.name.text != "ignore_changes" {
                    self.expression(&attribute.value);
                }
            }
        }
        self.allowed = Allowed::default();
    }

    /// Checks a rule of a policy, whose condition knows the plan.
    fn rule(&mut self, body: &'a Body) {
        for attribute in &body.attributes {
            match &*attribute.name.text {
                "condition" => self.condition(&attribute.value),
                _ => self.expression(&attribute.value),
            }
        }
    }

    fn condition(&mut self, condition: &'a Expression) {
        self.bound.extend(About::ALL.map(About::name));
        self.judged = self.bound.len();
        self.about.clear();
        self.expression(condition);
        self.bound.clear();
        self.judged = 0;
        if let (Some(change), Some(statement)) = (
            self.about.get(&About::Change),
            self.about.get(&About::Statement),
        ) {
            self.diagnostics.push(
                codes::OUT_OF_PLACE
                    .error()
                    .at(*change, "`change` is not known beside `statement`")
                    .at(*statement, "the condition is about each statement")
                    .help("A statement has the `declaration`, `kind` and `name` of its change."),
            );
        }
    }

    /// Checks a name that is bound around, and the first step from it where it is one of a policy.
    fn bound_name(&mut self, name: &'a Name, steps: &'a [Step]) {
        let at = self.bound.iter().rposition(|bound| *bound == &*name.text);
        let about = at.filter(|at| *at < self.judged);
        let Some(about) = about.and_then(|at| About::ALL.get(at).copied()) else {
            return;
        };
        self.about.entry(about).or_insert(name.span);
        let Some(Step {
            kind: StepKind::Attribute(field),
            span,
        }) = steps.first()
        else {
            return;
        };
        let known = about.fields().iter().map(|field| field.name);
        if known.clone().any(|known| known == &**field) {
            return;
        }
        let listed: Vec<_> = known.clone().map(|name| format!("`{name}`")).collect();
        let help = did_you_mean(field, known)
            .unwrap_or_else(|| format!("Known of it: {}.", listed.join(", ")));
        self.diagnostics.push(
            codes::UNKNOWN_REFERENCE
                .error()
                .at(*span, format!("there is no `{}.{field}`", name.text))
                .help(help),
        );
    }

    /// Checks the places that know no names: types' defaults, variables' defaults, environments.
    fn constants(&mut self, folder: &'a Folder) {
        self.folder = None;
        for variable in folder.variables.iter() {
            self.optional(variable.default.as_ref());
        }
        for block in &folder.root.environments {
            self.body(&block.body);
        }
        for block in &folder.root.estate {
            self.body(&block.body);
        }
    }

    fn body(&mut self, body: &'a Body) {
        self.attributes(&body.attributes);
        for block in &body.blocks {
            match &*block.kind.text {
                "dynamic" => self.dynamic(block),
                _ => self.body(&block.body),
            }
        }
    }

    fn attributes(&mut self, attributes: &'a [Attribute]) {
        for attribute in attributes {
            self.expression(&attribute.value);
        }
    }

    fn dynamic(&mut self, block: &'a Block) {
        let Some(label) = block.labels.first() else {
            return;
        };
        let written = block
            .body
            .attribute("iterator")
            .and_then(|iterator| iterator.value.as_path());
        let iterator = match written.as_deref() {
            Some([name]) => *name,
            _ => &label.text,
        };
        self.optional(
            block
                .body
                .attribute("for_each")
                .map(|attribute| &attribute.value),
        );
        self.bound.push(iterator);
        self.optional(
            block
                .body
                .attribute("labels")
                .map(|attribute| &attribute.value),
        );
        for content in &block.body.blocks {
            self.body(&content.body);
        }
        self.bound.pop();
    }

    fn optional(&mut self, expression: Option<&'a Expression>) {
        if let Some(expression) = expression {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &'a Expression) {
        match &expression.kind {
            Kind::Constant(_) => {}
            Kind::Template(parts) => self.parts(parts),
            Kind::Wrapped(inner) | Kind::Unary(_, inner) => self.expression(inner),
            Kind::Tuple(items) => items.iter().for_each(|item| self.expression(item)),
            Kind::Object(entries) => {
                for (key, value) in entries {
                    self.expression(key);
                    self.expression(value);
                }
            }
            Kind::Conditional(parts) => parts.iter().for_each(|part| self.expression(part)),
            Kind::Call(call) => {
                let written = (!call.expands).then_some(call.arguments.len());
                if let Err(problem) = call::check(call, written) {
                    self.diagnostics.push(*problem);
                }
                call.arguments
                    .iter()
                    .for_each(|argument| self.expression(argument));
            }
            Kind::Traversal(traversal) => {
                match &traversal.root {
                    Root::Expression(inner) => self.expression(inner),
                    Root::Name(name) if self.bound.contains(&&*name.text) => {
                        self.bound_name(name, &traversal.steps);
                    }
                    Root::Name(name) if self.given.is_some() => self.not_given(name),
                    Root::Name(name) => {
                        match resolve(name, &traversal.steps, self.folder, self.allowed) {
                            Ok((meaning, taken)) => self.output(meaning, &traversal.steps[taken..]),
                            Err(problem) => self.diagnostics.push(*problem),
                        }
                    }
                }
                self.steps(&traversal.steps);
            }
            Kind::Binary(_, operands) => operands.iter().for_each(|side| self.expression(side)),
            Kind::For(for_each) => {
                let bound = self.intro(&for_each.intro);
                self.optional(for_each.key.as_ref());
                self.expression(&for_each.value);
                self.optional(for_each.condition.as_ref());
                self.bound.truncate(bound);
            }
        }
    }

    fn not_given(&mut self, name: &Name) {
        let given = self.given.unwrap_or_default();
        let listed: Vec<String> = given.iter().map(|name| format!("`{name}`")).collect();
        let help = did_you_mean(&name.text, given.iter().copied()).unwrap_or_else(|| match listed
            .is_empty()
        {
            true => "The template is given no values.".to_owned(),
            false => format!("The template is given {}.", listed.join(", ")),
        });
        self.diagnostics.push(
            codes::UNKNOWN_REFERENCE
                .error()
                .at(
                    name.span,
                    format!("the template is given no `{}`", name.text),
                )
                .help(help),
        );
    }

    /// Checks `module.x.output` where the output is named right away.
    fn output(&mut self, meaning: Meaning, rest: &'a [Step]) {
        let (Meaning::Module(number), Some(folder)) = (meaning, self.folder) else {
            return;
        };
        let call = folder.modules.at(number);
        let is_repeated = call.for_each.is_some() || call.count.is_some();
        let step = match rest {
            [
                Step {
                    kind: StepKind::Index(_),
                    ..
                },
                step,
                ..,
            ] if is_repeated => step,
            [step, ..] if !is_repeated => step,
            _ => return,
        };
        let module = call.folder.and_then(|number| self.folders.get(number));
        if let (StepKind::Attribute(name), Some(module)) = (&step.kind, module)
            && let Err(problem) = find_output(module, &call.name.text, name, step.span)
        {
            self.diagnostics.extend(problem);
        }
    }

    fn intro(&mut self, intro: &'a Intro) -> usize {
        self.expression(&intro.collection);
        let bound = self.bound.len();
        self.bound.extend(intro.key.as_deref());
        self.bound.push(&intro.value);
        bound
    }

    fn steps(&mut self, steps: &'a [Step]) {
        for step in steps {
            match &step.kind {
                StepKind::Attribute(_) => {}
                StepKind::Index(index) => self.expression(index),
                StepKind::Splat(inside) => self.steps(inside),
            }
        }
    }

    fn parts(&mut self, parts: &'a [Part]) {
        for part in parts {
            match part {
                Part::Text(_) => {}
                Part::Value(value) => self.expression(value),
                Part::If(condition, yes, no) => {
                    self.expression(condition);
                    self.parts(yes);
                    self.parts(no);
                }
                Part::For(intro, inside) => {
                    let bound = self.intro(intro);
                    self.parts(inside);
                    self.bound.truncate(bound);
                }
            }
        }
    }
}
