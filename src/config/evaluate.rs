//! Computes expressions.
//!
//! Where several parts of an expression are wrong, all of them are reported; where a part has been
//! reported, what needs it stays silent. Marks follow values: whatever decides about a value, or goes
//! into it, passes its mark on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codes;
use crate::convert::{convert, unify};
use crate::evaluator::{Binding, Evaluator, Outcome, Reported, Scope};
use crate::expression::{Expression, Intro, Kind};
use crate::operate;
use crate::value::{Data, Value};
use crate::value_type::{Type, describe};

impl<'p> Evaluator<'p> {
    /// Computes an expression.
    pub(crate) fn evaluate(&self, expression: &Expression, scope: Scope<'_, 'p>) -> Outcome {
        let span = expression.span;
        let _depth = self.descend(span)?;
        let value = match &expression.kind {
            Kind::Constant(value) => return value.clone().ok_or(Reported),
            Kind::Template(parts) => self.render(parts, scope)?,
            Kind::Wrapped(inner) => return self.evaluate(inner, scope),
            Kind::Tuple(items) => Value::tuple(self.all(items.iter(), scope)?),
            Kind::Object(entries) => self.object(entries, scope)?,
            Kind::Conditional(parts) => self.conditional(parts, scope)?,
            Kind::Call(call) => self.call(call, span, scope)?,
            Kind::Traversal(traversal) => self.traverse(traversal, scope)?,
            Kind::Unary(operator, operand) => {
                let operand_span = operand.span;
                let operand = self.evaluate(operand, scope)?;
                operate::unary(*operator, &operand)
                    .map_err(|reason| self.bad_operation(operand_span, &reason))?
            }
            Kind::Binary(operator, operands) => {
                let [left, right] = &**operands;
                self.binary(*operator, left, right, span, scope)?
            }
            Kind::For(for_each) => self.gather(for_each, scope)?,
        };
        self.checked(value, span)
    }

    /// Computes several expressions; all of them, even when one fails.
    pub(crate) fn all<'e>(
        &self,
        expressions: impl Iterator<Item = &'e Expression>,
        scope: Scope<'_, 'p>,
    ) -> Outcome<Vec<Value>> {
        let outcomes: Vec<Outcome> = expressions
            .map(|expression| self.evaluate(expression, scope))
            .collect();
        outcomes.into_iter().collect()
    }

    fn bad_operation(&self, span: model::Span, reason: &str) -> Reported {
        self.report(codes::BAD_OPERATION.error().at(span, reason))
    }

    /// Computes a value that must be true or false.
    pub(crate) fn condition(
        &self,
        expression: &Expression,
        scope: Scope<'_, 'p>,
    ) -> Outcome<(bool, bool)> {
        let value = self.evaluate(expression, scope)?;
        let wrong = || {
            self.report(codes::TYPE_MISMATCH.error().at(
                expression.span,
                format!("true or false is needed, this is {}", describe(&value)),
            ))
        };
        match convert(&value, &Type::Bool).map(|value| value.data) {
            Ok(Data::Bool(holds)) => Ok((holds, value.sensitive)),
            _ => Err(wrong()),
        }
    }

    fn object(&self, entries: &[(Expression, Expression)], scope: Scope<'_, 'p>) -> Outcome {
        let mut object = BTreeMap::new();
        let mut sensitive = false;
        let mut outcome = Ok(());
        for (key, value) in entries {
            let name = self
                .evaluate(key, scope)
                .and_then(|name| self.key(&name, key.span));
            let value = self.evaluate(value, scope);
            match (name, value) {
                (Ok((name, mark)), Ok(value)) => {
                    sensitive |= mark;
                    object.insert(name, value);
                }
                _ => outcome = Err(Reported),
            }
        }
        outcome?;
        Ok(Value::object(object).marked(sensitive))
    }

    /// Returns a value as a key of a map, with its mark.
    pub(crate) fn key(&self, value: &Value, span: model::Span) -> Outcome<(Arc<str>, bool)> {
        let text = convert(value, &Type::Text).map(|text| text.data);
        if let Ok(Data::Text(text)) = text {
            return Ok((text, value.sensitive));
        }
        let problem = match &value.data {
            Data::Reference(_) | Data::This(_) | Data::Composed(_) => codes::NAME_AS_TEXT
                .error()
                .at(
                    span,
                    format!("a key is plain text, this is {}", describe(value)),
                )
                .help(codes::PLAIN_NAME),
            _ => codes::TYPE_MISMATCH.error().at(
                span,
                format!("a key is a text, this is {}", describe(value)),
            ),
        };
        Err(self.report(problem))
    }

    fn conditional(&self, parts: &[Expression; 3], scope: Scope<'_, 'p>) -> Outcome {
        let [condition, yes, no] = parts;
        let (holds, mark) = self.condition(condition, scope)?;
        let (chosen, other) = if holds { (yes, no) } else { (no, yes) };
        let chosen_value = self.evaluate(chosen, scope)?;
        // The other side only has a say in the type of the result.
        let Some(other_value) = self.look_at(|| self.evaluate(other, scope)) else {
            return Ok(chosen_value.marked(mark));
        };
        let types = [Type::of(&chosen_value), Type::of(&other_value)];
        let mismatch = || {
            self.report(
                codes::TYPE_MISMATCH
                    .error()
                    .at(
                        yes.span,
                        describe(if holds { &chosen_value } else { &other_value }),
                    )
                    .at(
                        no.span,
                        describe(if holds { &other_value } else { &chosen_value }),
                    )
                    .help("Both results of a conditional must have types that fit one another."),
            )
        };
        let of = unify(&types).ok_or_else(mismatch)?;
        let value = convert(&chosen_value, &of).map_err(|_| mismatch())?;
        Ok(value.marked(mark))
    }

    /// Walks through a collection, with key and value bound to their names.
    ///
    /// `each` returns false to stop after a problem that makes the rest pointless.
    pub(crate) fn walk(
        &self,
        intro: &Intro,
        scope: Scope<'_, 'p>,
        mut each: impl FnMut(Scope<'_, 'p>) -> bool,
    ) -> Outcome<bool> {
        let collection = self.evaluate(&intro.collection, scope)?;
        let Some(pairs) = collection.pairs() else {
            let problem = match collection.is_null() {
                true => codes::NULL_VALUE.error(),
                false => codes::TYPE_MISMATCH.error(),
            };
            return Err(self.report(problem.at(
                intro.collection.span,
                format!("a collection is needed, this is {}", describe(&collection)),
            )));
        };
        for (key, value) in pairs {
            let mark = collection.sensitive;
            let key = intro.key.as_deref().map(|name| Binding {
                name,
                value: key.marked(mark),
                outer: scope.bindings,
            });
            let value = Binding {
                name: &intro.value,
                value: value.marked(mark),
                outer: key.as_ref().or(scope.bindings),
            };
            let inner = Scope {
                bindings: Some(&value),
                ..scope
            };
            if !each(inner) {
                break;
            }
        }
        Ok(collection.sensitive)
    }
}
