//! Computes values: once each, on demand, never in circles.
//!
//! Every local value, variable, output and attribute has a [`Memo`]. Computing one may need others;
//! what is being computed forms a stack, and meeting one of them again is a cycle. Problems are
//! collected, not returned: a function that fails says only [`Reported`], so that a problem is told
//! once, where it arises, and whoever needed the value keeps quiet.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use model::{Diagnostic, Fingerprint, SourceId, Sources, Span};

use crate::codes;
use crate::expression::Name;
use crate::files::Files;
use crate::instance::{Instance, Repetition};
use crate::program::Program;
use crate::value::{Target, Value};

/// The problem has been reported, or is about to be by whoever looks at the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reported;

/// A value, or nothing after a problem.
pub(crate) type Outcome<T = Value> = Result<T, Reported>;

/// How many expressions may be under way at once.
pub(crate) const DEEPEST: usize = 6_000;
/// Bytes of stack that this many expressions need at most, with room to spare.
pub(crate) const STACK: usize = 512 << 20;
/// How deep a value may be nested.
const DEEPEST_VALUE: u32 = 200;
/// How large a value may be, in bytes as [`crate::value::Weight`] counts them.
pub(crate) const LARGEST_VALUE: u64 = 64 << 20;

/// What computing a value made use of beside its parts: declarations whose attributes were read.
pub(crate) type Uses = BTreeMap<model::DeclarationId, Span>;

/// The state of something that is computed at most once.
enum State<T> {
    Untouched,
    UnderWay,
    Done(Outcome<T>, Rc<Uses>),
}

/// Something that is computed at most once.
pub(crate) struct Memo<T>(RefCell<State<T>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(RefCell::new(State::Untouched))
    }
}

/// What a memo belongs to, for people.
#[derive(Clone)]
pub(crate) enum Subject<'p> {
    /// `var.x`.
    Variable(&'p Name),
    /// `local.x`.
    Local(&'p Name),
    /// `output.x`.
    Output(&'p Name),
    /// The `for_each` or `count` of a module.
    Module(&'p Name),
    /// The `for_each` or `count` of a declaration.
    Block(&'p Name, &'p Name),
    /// One attribute of a declaration.
    Attribute(Arc<Target>, &'p Name),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "var.{}", name.text),
            Self::Local(name) => write!(f, "local.{}", name.text),
            Self::Output(name) => write!(f, "output.{}", name.text),
            Self::Module(name) => write!(f, "module.{}", name.text),
            Self::Block(kind, label) => write!(f, "{}.{}", kind.text, label.text),
            Self::Attribute(target, name) => write!(f, "{}.{}", target.id, name.text),
        }
    }
}

impl Subject<'_> {
    fn span(&self) -> Span {
        match self {
            Self::Variable(name)
            | Self::Local(name)
            | Self::Output(name)
            | Self::Module(name)
            | Self::Attribute(_, name) => name.span,
            Self::Block(_, label) => label.span,
        }
    }
}

/// Where an expression stands: what its names mean.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s, 'p> {
    /// The module instance; constant places have none.
    pub(crate) instance: Option<&'s Rc<Instance<'p>>>,
    /// `each` and `count`.
    pub(crate) repetition: Option<&'s Repetition>,
    /// `self`.
    pub(crate) this: Option<&'s Arc<Target>>,
    /// Names of `for` expressions, innermost first.
    pub(crate) bindings: Option<&'s Binding<'s>>,
}

/// A name bound by a `for` expression or a dynamic block.
pub(crate) struct Binding<'s> {
    /// The name.
    pub(crate) name: &'s str,
    /// Its value.
    pub(crate) value: Value,
    /// The names around.
    pub(crate) outer: Option<&'s Binding<'s>>,
}

impl<'s, 'p> Scope<'s, 'p> {
    /// A place where no names are known.
    pub(crate) const CONSTANT: Self = Self {
        instance: None,
        repetition: None,
        this: None,
        bindings: None,
    };

    /// The top of a module instance.
    pub(crate) fn of(instance: &'s Rc<Instance<'p>>) -> Self {
        Self {
            instance: Some(instance),
            ..Self::CONSTANT
        }
    }

    /// Returns the value bound to a name.
    pub(crate) fn binding(&self, name: &str) -> Option<&'s Value> {
        let mut next = self.bindings;
        while let Some(binding) = next {
            if binding.name == name {
                return Some(&binding.value);
            }
            next = binding.outer;
        }
        None
    }
}

/// The state of one computation: what is known, under way and reported.
pub(crate) struct Evaluator<'p> {
    /// The parsed project.
    pub(crate) program: &'p Program,
    /// The files of the project.
    pub(crate) files: &'p Files,
    /// The environment of the process.
    pub(crate) environment: &'p BTreeMap<String, String>,
    /// The chosen environment block: name and protection.
    pub(crate) chosen: RefCell<Option<(String, bool)>>,
    /// Every text that places point into.
    pub(crate) sources: RefCell<Sources>,
    /// Every module instance made so far, by its number.
    pub(crate) instances: RefCell<Vec<Rc<Instance<'p>>>>,
    /// Values of environment variables that were asked for.
    pub(crate) asked: RefCell<BTreeMap<String, Option<String>>>,
    /// Templates that were read, by path.
    pub(crate) templates: RefCell<BTreeMap<Fingerprint, SourceId>>,
    /// The instance of which a variable is being validated.
    pub(crate) validating: Cell<Option<usize>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    captured: RefCell<Option<Vec<Diagnostic>>>,
    under_way: RefCell<Vec<(*const (), Subject<'p>)>>,
    uses: RefCell<Uses>,
    depth: Cell<usize>,
    deepest: usize,
    was_too_deep: Cell<bool>,
}

impl<'p> Evaluator<'p> {
    /// Makes one for a project.
    pub(crate) fn new(
        program: &'p Program,
        files: &'p Files,
        environment: &'p BTreeMap<String, String>,
        sources: Sources,
        deepest: usize,
    ) -> Self {
        Self {
            deepest,
            program,
            files,
            environment,
            chosen: RefCell::default(),
            sources: RefCell::new(sources),
            instances: RefCell::default(),
            asked: RefCell::default(),
            templates: RefCell::default(),
            validating: Cell::new(None),
            diagnostics: RefCell::default(),
            captured: RefCell::default(),
            under_way: RefCell::default(),
            uses: RefCell::default(),
            depth: Cell::new(0),
            was_too_deep: Cell::new(false),
        }
    }

    /// Reports a problem or a warning.
    pub(crate) fn report(&self, diagnostic: Diagnostic) -> Reported {
        match self.captured.borrow_mut().as_mut() {
            Some(captured) => captured.push(diagnostic),
            None => self.diagnostics.borrow_mut().push(diagnostic),
        }
        Reported
    }

    /// Returns everything that was reported, and the texts it points into.
    pub(crate) fn finish(self) -> (Sources, Vec<Diagnostic>) {
        (self.sources.into_inner(), self.diagnostics.into_inner())
    }

    /// Computes something whose problems may not matter, and returns them.
    pub(crate) fn attempt<T>(
        &self,
        compute: impl FnOnce() -> Outcome<T>,
    ) -> (Outcome<T>, Vec<Diagnostic>) {
        let outer = self.captured.replace(Some(Vec::new()));
        let uses = self.uses.borrow().clone();
        let outcome = compute();
        if outcome.is_err() {
            self.uses.replace(uses);
        }
        let captured = self.captured.replace(outer).unwrap_or_default();
        (outcome, captured)
    }

    /// Computes something that is needed only for its type: neither its problems nor what it made
    /// use of count.
    pub(crate) fn look_at<T>(&self, compute: impl FnOnce() -> Outcome<T>) -> Option<T> {
        let uses = self.uses.borrow().clone();
        let (outcome, _) = self.attempt(compute);
        self.uses.replace(uses);
        outcome.ok()
    }

    /// Notes that an attribute of a declaration was read.
    pub(crate) fn note_use(&self, target: &Target, span: Span) {
        self.uses
            .borrow_mut()
            .entry(target.id.clone())
            .or_insert(span);
    }

    /// Computes something apart and returns what it made use of.
    pub(crate) fn with_uses<T>(&self, compute: impl FnOnce() -> T) -> (T, Uses) {
        let outer = self.uses.take();
        let value = compute();
        (value, self.uses.replace(outer))
    }

    /// Returns what a memo holds, computing it if nobody has yet. `span` is where it is asked for.
    pub(crate) fn memo<T: Clone>(
        &self,
        memo: &Memo<T>,
        subject: Subject<'p>,
        span: Span,
        compute: impl FnOnce() -> Outcome<T>,
    ) -> Outcome<T> {
        match &*memo.0.borrow() {
            State::Done(outcome, uses) => {
                let mut all = self.uses.borrow_mut();
                for id in uses.keys() {
                    all.entry(id.clone()).or_insert(span);
                }
                return outcome.clone();
            }
            State::UnderWay => {
                self.report_cycle(std::ptr::from_ref(memo).cast());
                return Err(Reported);
            }
            State::Untouched => {}
        }
        let _depth = self.descend(span)?;
        memo.0.replace(State::UnderWay);
        self.under_way
            .borrow_mut()
            .push((std::ptr::from_ref(memo).cast(), subject));
        let captured = self.captured.take();
        let (outcome, uses) = self.with_uses(compute);
        self.captured.replace(captured);
        self.under_way.borrow_mut().pop();
        {
            let mut all = self.uses.borrow_mut();
            for id in uses.keys() {
                all.entry(id.clone()).or_insert(span);
            }
        }
        memo.0.replace(State::Done(outcome.clone(), Rc::new(uses)));
        outcome
    }

    /// Tells a cycle link by link; always the same links in the same order, wherever it was entered.
    fn report_cycle(&self, again: *const ()) {
        let under_way = self.under_way.borrow();
        let start = under_way
            .iter()
            .position(|(memo, _)| *memo == again)
            .unwrap_or(0);
        let mut links: Vec<_> = under_way[start..]
            .iter()
            .map(|(_, subject)| subject)
            .collect();
        let first = (0..links.len())
            .min_by_key(|at| links[*at].span())
            .unwrap_or(0);
        links.rotate_left(first);
        let mut problem = codes::CYCLE.error();
        for (at, link) in links.iter().enumerate() {
            let next = links[(at + 1) % links.len()];
            let label = match links.len() {
                1 => format!("`{link}` needs itself"),
                _ => format!("`{link}` needs `{next}`"),
            };
            problem = problem.at(link.span(), label);
        }
        // A cycle is a mistake even where failures are forgiven.
        self.diagnostics
            .borrow_mut()
            .push(problem.help("Remove one of these links."));
    }

    /// Goes one level deeper, or reports that this is too deep.
    pub(crate) fn descend(&self, span: Span) -> Outcome<Deeper<'_>> {
        if self.depth.get() >= self.deepest {
            // Once is enough: every value on the way would say the same. And it is a mistake even
            // where failures are forgiven.
            if !self.was_too_deep.replace(true) {
                let label = format!("more than {} values are needed for this one", self.deepest);
                let problem = codes::NESTING.error().at(span, label);
                self.diagnostics.borrow_mut().push(problem);
            }
            return Err(Reported);
        }
        self.depth.set(self.depth.get() + 1);
        Ok(Deeper(&self.depth))
    }

    /// Passes a value on unless it has grown beyond reason.
    pub(crate) fn checked(&self, value: Value, span: Span) -> Outcome {
        let weight = value.weight();
        if weight.size > LARGEST_VALUE {
            return Err(self.report(
                codes::TOO_LARGE
                    .error()
                    .at(span, "this is larger than 64 MiB"),
            ));
        }
        if weight.depth > DEEPEST_VALUE {
            return Err(self.report(codes::NESTING.error().at(
                span,
                format!("this is nested deeper than {DEEPEST_VALUE} levels"),
            )));
        }
        Ok(value)
    }

    /// Returns a module instance by its number.
    pub(crate) fn instance(&self, number: usize) -> Rc<Instance<'p>> {
        self.instances.borrow()[number].clone()
    }
}

/// One level of depth, given back when dropped.
pub(crate) struct Deeper<'e>(&'e Cell<usize>);

impl Drop for Deeper<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
