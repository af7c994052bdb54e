//! Computes expressions.
//!
//! Where several parts of an expression are wrong, all of them are reported; where a part has been
//! reported, what needs it stays silent. Marks follow values: whatever decides about a value, or goes
//! into it, passes its mark on.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::codes;
use crate::convert::{convert, unify};
use crate::evaluator::{Binding, Evaluator, Outcome, Reported, Scope};
use crate::expression::{Expression, For, Intro, Kind};
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
            Kind::For(for_each) => self.for_each(for_each, scope)?,
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
    fn key(&self, value: &Value, span: model::Span) -> Outcome<(Rc<str>, bool)> {
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
                .help("Use the plain name: add `.name` to the reference."),
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

    fn for_each(&self, for_each: &For, scope: Scope<'_, 'p>) -> Outcome {
        let mut tuple = Vec::new();
        let mut groups: BTreeMap<Rc<str>, Vec<Value>> = BTreeMap::new();
        let mut mark = false;
        let mut size = 0_u64;
        let mut outcome = Ok(());
        let sensitive = self.walk(&for_each.intro, scope, |scope| {
            let element = self.element(for_each, scope).and_then(|element| {
                let Some((key, key_mark, value)) = element else {
                    return Ok(());
                };
                mark |= key_mark;
                size = size.saturating_add(value.weight().size);
                if size > crate::evaluator::LARGEST_VALUE {
                    self.checked(Value::tuple(vec![value]), for_each.value.span)?;
                    return Err(self.report(
                        codes::TOO_LARGE
                            .error()
                            .at(for_each.value.span, "all results are larger than 64 MiB"),
                    ));
                }
                let Some(key) = key else {
                    tuple.push(value);
                    return Ok(());
                };
                let group = groups.entry(key.clone()).or_default();
                if !group.is_empty() && !for_each.groups {
                    return Err(self.report_second_key(for_each, &key, key_mark));
                }
                group.push(value);
                Ok(())
            });
            outcome = element;
            outcome.is_ok()
        })?;
        outcome?;
        let value = match (&for_each.key, for_each.groups) {
            (None, _) => Value::tuple(tuple),
            (Some(_), true) => Value::object(
                groups
                    .into_iter()
                    .map(|(key, group)| (key, Value::tuple(group)))
                    .collect(),
            ),
            (Some(_), false) => Value::object(
                groups
                    .into_iter()
                    .filter_map(|(key, mut group)| Some((key, group.pop()?)))
                    .collect(),
            ),
        };
        Ok(value.marked(mark || sensitive))
    }

    fn report_second_key(&self, for_each: &For, key: &str, sensitive: bool) -> Reported {
        let label = match sensitive {
            true => "two elements have the same key".to_owned(),
            false => format!("two elements have the key {key:?}"),
        };
        let span = for_each
            .key
            .as_ref()
            .map_or(for_each.value.span, |key| key.span);
        self.report(codes::DUPLICATE_KEY.error().at(span, label).help(
            "Make the keys different, or write `...` after the value to collect all values of a key.",
        ))
    }

    /// Computes one element of the result: its key with its mark, and its value; nothing where the
    /// condition leaves it out.
    #[expect(
        clippy::type_complexity,
        reason = "named parts would outlive their single use"
    )]
    fn element(
        &self,
        for_each: &For,
        scope: Scope<'_, 'p>,
    ) -> Outcome<Option<(Option<Rc<str>>, bool, Value)>> {
        let mut mark = false;
        if let Some(condition) = &for_each.condition {
            let (holds, sensitive) = self.condition(condition, scope)?;
            mark |= sensitive;
            if !holds {
                return Ok(None);
            }
        }
        let key = match &for_each.key {
            None => None,
            Some(key) => {
                let value = self.evaluate(key, scope)?;
                let (text, sensitive) = self.key(&value, key.span)?;
                mark |= sensitive;
                Some(text)
            }
        };
        let value = self.evaluate(&for_each.value, scope)?;
        Ok(Some((key, mark, value)))
    }
}
