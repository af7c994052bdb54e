//! Turns parsed HCL into [`Expression`]s: spans with their file, numbers exact, templates trimmed.
//!
//! The syntax tree of the parser is dropped afterwards: it is many times larger than the text, keeps
//! numbers as 64-bit floats, and dedents heredocs in a way of its own.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr as hcl;
use hcl_edit::template::{Element, Template};
use model::{Diagnostic, SourceId, Span};

use crate::codes;
use crate::escape;
use crate::expression::{
    Call, Expression, For, Intro, Kind, Name, Root, Step, StepKind, Traversal,
};
use crate::flush;
use crate::number::Number;
use crate::syntax;
use crate::value::{Data, Value};

/// Turns the expressions of one text into ours.
pub(crate) struct Lower<'a> {
    /// The file.
    pub(crate) source: SourceId,
    /// Its text.
    pub(crate) text: &'a str,
    /// Where in the text the parsed part begins.
    pub(crate) offset: usize,
    /// Where values begin that could not be read, which has been reported.
    pub(crate) unreadable: Vec<usize>,
    /// Where problems go.
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Lower<'_> {
    /// Returns a place in this text.
    pub(crate) fn span(&self, range: Option<Range<usize>>) -> Span {
        let range = range.unwrap_or_default();
        Span::new(
            self.source,
            range.start + self.offset,
            range.end + self.offset,
        )
    }

    /// Returns the text at a place as it was written.
    pub(crate) fn written(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Returns a name with its place.
    pub(crate) fn name(&self, ident: &hcl_edit::Decorated<hcl_edit::Ident>) -> Name {
        Name {
            text: ident.as_str().into(),
            span: self.span(ident.span()),
        }
    }

    /// Turns an expression into ours.
    pub(crate) fn expression(&mut self, expression: &hcl::Expression) -> Expression {
        let span = self.span(expression.span());
        if self.unreadable.contains(&span.start) {
            let kind = Kind::Constant(None);
            return Expression { span, kind };
        }
        let kind = match expression {
            hcl::Expression::Null(_) => Kind::Constant(Some(Value::null())),
            hcl::Expression::Bool(value) => Kind::Constant(Some((*value.value()).into())),
            hcl::Expression::Number(_) => Kind::Constant(self.number(span)),
            hcl::Expression::String(text) => {
                self.refuse_newline(span);
                Kind::Constant(Some(text.value().as_str().into()))
            }
            hcl::Expression::Array(array) => {
                Kind::Tuple(array.iter().map(|item| self.expression(item)).collect())
            }
            hcl::Expression::Object(object) => Kind::Object(
                object
                    .iter()
                    .map(|(key, value)| (self.object_key(key), self.expression(value.expr())))
                    .collect(),
            ),
            hcl::Expression::StringTemplate(template) => self.quoted(template),
            hcl::Expression::HeredocTemplate(heredoc) => Kind::Template(flush::heredoc(
                self,
                &heredoc.template,
                self.written(span).starts_with("<<-"),
            )),
            hcl::Expression::Parenthesis(inner) => {
                let mut inner = self.expression(inner.inner());
                inner.span = span;
                return inner;
            }
            hcl::Expression::Variable(name) => Kind::Traversal(Traversal {
                root: Root::Name(Name {
                    text: name.as_str().into(),
                    span,
                }),
                steps: Vec::new(),
            }),
            hcl::Expression::Conditional(conditional) => Kind::Conditional(Box::new([
                self.expression(&conditional.cond_expr),
                self.expression(&conditional.true_expr),
                self.expression(&conditional.false_expr),
            ])),
            hcl::Expression::FuncCall(call) => Kind::Call(self.call(call)),
            hcl::Expression::Traversal(traversal) => {
                let root = match &traversal.expr {
                    hcl::Expression::Variable(name) => Root::Name(Name {
                        text: name.as_str().into(),
                        span: self.span(name.span()),
                    }),
                    other => Root::Expression(Box::new(self.expression(other))),
                };
                Kind::Traversal(Traversal {
                    root,
                    steps: self.steps(&traversal.operators),
                })
            }
            hcl::Expression::UnaryOp(operation) => Kind::Unary(
                *operation.operator.value(),
                Box::new(self.expression(&operation.expr)),
            ),
            hcl::Expression::BinaryOp(operation) => Kind::Binary(
                *operation.operator.value(),
                Box::new([
                    self.expression(&operation.lhs_expr),
                    self.expression(&operation.rhs_expr),
                ]),
            ),
            hcl::Expression::ForExpr(for_expr) => Kind::For(Box::new(For {
                intro: self.intro(
                    for_expr.intro.key_var.as_ref(),
                    &for_expr.intro.value_var,
                    &for_expr.intro.collection_expr,
                ),
                key: for_expr.key_expr.as_ref().map(|key| self.expression(key)),
                value: self.expression(&for_expr.value_expr),
                groups: for_expr.grouping,
                condition: for_expr
                    .cond
                    .as_ref()
                    .map(|condition| self.expression(&condition.expr)),
            })),
        };
        Expression { span, kind }
    }

    /// Reads a number from the text itself, since the parser keeps only 64-bit floats.
    fn number(&mut self, span: Span) -> Option<Value> {
        match Number::parse(self.written(span)) {
            Some(Ok(number)) => Some(number.into()),
            error => {
                let reason = match error {
                    Some(Err(error)) => error.to_string(),
                    _ => "this is not a number".to_owned(),
                };
                self.diagnostics
                    .push(codes::BAD_OPERATION.error().at(span, reason));
                None
            }
        }
    }

    /// Reports a line ending inside quotes, which the parser lets through.
    pub(crate) fn refuse_newline(&mut self, span: Span) {
        if let Some(at) = self.written(span).find('\n') {
            let line = Span::new(span.source, span.start, span.start + at);
            self.diagnostics.push(syntax::unclosed_line(line));
        }
    }

    /// Reads literal text between quotes.
    pub(crate) fn quoted_text(&mut self, span: Span) -> String {
        self.refuse_newline(span);
        match escape::decode(self.written(span)) {
            Ok(text) => text,
            Err(place) => {
                let written = &self.written(span)[place.clone()];
                let (start, end) = (span.start + place.start, span.start + place.end);
                let place = Span::new(span.source, start, end);
                let problem = syntax::bad_escape(place, written);
                self.diagnostics.push(problem);
                String::new()
            }
        }
    }

    fn quoted(&mut self, template: &Template) -> Kind {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return Kind::Wrapped(Box::new(self.expression(&only.expr)));
        }
        Kind::Template(flush::quoted(self, template))
    }

    fn object_key(&mut self, key: &hcl::ObjectKey) -> Expression {
        match key {
            hcl::ObjectKey::Ident(name) => Expression {
                span: self.span(name.span()),
                kind: Kind::Constant(Some(Data::Text(name.as_str().into()).into())),
            },
            // As a key, `null` is a name like any other.
            hcl::ObjectKey::Expression(key @ hcl::Expression::Null(_)) => Expression {
                span: self.span(key.span()),
                kind: Kind::Constant(Some("null".into())),
            },
            hcl::ObjectKey::Expression(key) => self.expression(key),
        }
    }

    fn call(&mut self, call: &hcl::FuncCall) -> Call {
        let mut text = String::new();
        for part in &call.name.namespace {
            text.push_str(part.as_str());
            text.push_str("::");
        }
        text.push_str(call.name.name.as_str());
        let first = call.name.namespace.first().unwrap_or(&call.name.name);
        let start = first.span().unwrap_or_default().start + self.offset;
        let end = call.name.name.span().unwrap_or_default().end + self.offset;
        Call {
            name: Name {
                text: text.into(),
                span: Span::new(self.source, start, end),
            },
            arguments: call
                .args
                .iter()
                .map(|argument| self.expression(argument))
                .collect(),
            expands: call.args.expand_final(),
        }
    }

    /// Makes the names and the collection of a `for`.
    pub(crate) fn intro(
        &mut self,
        key: Option<&hcl_edit::Decorated<hcl_edit::Ident>>,
        value: &hcl_edit::Decorated<hcl_edit::Ident>,
        collection: &hcl::Expression,
    ) -> Intro {
        Intro {
            key: key.map(|key| Arc::from(key.as_str())),
            value: value.as_str().into(),
            collection: self.expression(collection),
        }
    }

    fn steps(&mut self, operators: &[hcl_edit::Decorated<hcl::TraversalOperator>]) -> Vec<Step> {
        let mut steps = Vec::with_capacity(operators.len());
        let mut rest = operators;
        while let Some((operator, after)) = rest.split_first() {
            rest = after;
            let span = match operator.value() {
                hcl::TraversalOperator::GetAttr(name) => self.span(name.span().or(operator.span())),
                _ => self.span(operator.span()),
            };
            let kind = match operator.value() {
                hcl::TraversalOperator::GetAttr(name) => StepKind::Attribute(name.as_str().into()),
                hcl::TraversalOperator::Index(index) => StepKind::Index(self.expression(index)),
                hcl::TraversalOperator::LegacyIndex(index) => StepKind::Index(Expression {
                    span,
                    kind: Kind::Constant(usize::try_from(*index.value()).ok().map(Value::from)),
                }),
                hcl::TraversalOperator::FullSplat(_) => {
                    StepKind::Splat(self.steps(std::mem::take(&mut rest)))
                }
                hcl::TraversalOperator::AttrSplat(_) => {
                    let attributes = rest
                        .iter()
                        .take_while(|operator| {
                            matches!(operator.value(), hcl::TraversalOperator::GetAttr(_))
                        })
                        .count();
                    let (inside, after) = rest.split_at(attributes);
                    rest = after;
                    StepKind::Splat(self.steps(inside))
                }
            };
            steps.push(Step { span, kind });
        }
        steps
    }
}
