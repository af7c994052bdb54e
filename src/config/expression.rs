//! Expressions as the evaluator walks them: compact, owned, each with its place.
//!
//! Invariants: templates are already trimmed and dedented; numbers are exact; what follows a splat
//! is inside it. [`crate::lower`] makes them.

use std::sync::Arc;

use model::Span;

use crate::value::Value;

/// An expression and its place.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    /// Where it stands.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A literal value, or one that could not be read and has been reported.
    Constant(Option<Value>),
    /// A template that always gives text.
    Template(Vec<Part>),
    /// `"${x}"`: gives `x` as it is.
    Wrapped(Box<Expression>),
    /// `[a, b]`.
    Tuple(Vec<Expression>),
    /// `{a = b}`.
    Object(Vec<(Expression, Expression)>),
    /// `a ? b : c`.
    Conditional(Box<[Expression; 3]>),
    /// A function call.
    Call(Call),
    /// A name or another expression, with the steps that follow it.
    Traversal(Traversal),
    /// `-a` or `!a`.
    Unary(UnaryOperator, Box<Expression>),
    /// `a + b`.
    Binary(BinaryOperator, Box<[Expression; 2]>),
    /// `[for ...]` or `{for ...}`.
    For(Box<For>),
}

/// A name with its place.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    /// The name.
    pub(crate) text: Arc<str>,
    /// Its place.
    pub(crate) span: Span,
}

/// A function call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Which function.
    pub(crate) name: Name,
    /// With what.
    pub(crate) arguments: Vec<Expression>,
    /// Whether the last argument is a collection of further arguments (`...`).
    pub(crate) expands: bool,
}

/// A root and the steps from it.
#[derive(Debug, Clone)]
pub(crate) struct Traversal {
    /// Where it begins.
    pub(crate) root: Root,
    /// How it goes on.
    pub(crate) steps: Vec<Step>,
}

/// Where a traversal begins.
#[derive(Debug, Clone)]
pub(crate) enum Root {
    /// With a name.
    Name(Name),
    /// With any other expression.
    Expression(Box<Expression>),
}

/// One step of a traversal.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// Where it stands.
    pub(crate) span: Span,
    /// What it does.
    pub(crate) kind: StepKind,
}

/// What a step of a traversal does.
#[derive(Debug, Clone)]
pub(crate) enum StepKind {
    /// `.name`.
    Attribute(Arc<str>),
    /// `[x]`, and the old form `.0`.
    Index(Expression),
    /// `[*]` or `.*` with the steps that are taken from every element.
    Splat(Vec<Step>),
}

/// One part of a template.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Text as it stands.
    Text(Arc<str>),
    /// `${x}`.
    Value(Expression),
    /// `%{ if x }...%{ else }...%{ endif }`.
    If(Box<Expression>, Vec<Part>, Vec<Part>),
    /// `%{ for x in y }...%{ endfor }`.
    For(Box<Intro>, Vec<Part>),
}

/// `for k, v in x`.
#[derive(Debug, Clone)]
pub(crate) struct Intro {
    /// Name of the key.
    pub(crate) key: Option<Arc<str>>,
    /// Name of the value.
    pub(crate) value: Arc<str>,
    /// What is walked through.
    pub(crate) collection: Expression,
}

/// A `for` expression.
#[derive(Debug, Clone)]
pub(crate) struct For {
    /// Names and collection.
    pub(crate) intro: Intro,
    /// Key of the result; a tuple has none.
    pub(crate) key: Option<Expression>,
    /// Value of the result.
    pub(crate) value: Expression,
    /// Whether values of equal keys are collected (`...`).
    pub(crate) groups: bool,
    /// Which elements are left out.
    pub(crate) condition: Option<Expression>,
}

pub(crate) use hcl_edit::expr::{BinaryOperator, UnaryOperator};

impl Expression {
    /// Returns the text of a literal.
    pub(crate) fn as_constant_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Constant(Some(value)) => value.as_text(),
            _ => None,
        }
    }

    /// Returns a name with plain attribute steps: `a.b.c`.
    pub(crate) fn as_path(&self) -> Option<Vec<&str>> {
        let Kind::Traversal(Traversal {
            root: Root::Name(root),
            steps,
        }) = &self.kind
        else {
            return None;
        };
        let mut path = vec![&*root.text];
        for step in steps {
            match &step.kind {
                StepKind::Attribute(name) => path.push(name),
                StepKind::Index(_) | StepKind::Splat(_) => return None,
            }
        }
        Some(path)
    }
}
