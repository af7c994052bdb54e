//! Steps that follow a value: attributes, indexes, splats; of references too.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Span;
use model::diagnostic::did_you_mean;

use crate::codes;
use crate::convert::convert;
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::{Step, StepKind};
use crate::value::{Data, Target, Value};
use crate::value_type::{Type, describe};

impl<'p> Evaluator<'p> {
    /// Takes steps from a value.
    pub(crate) fn steps(&self, value: Value, steps: &[Step], scope: Scope<'_, 'p>) -> Outcome {
        let mut value = value;
        for step in steps {
            value = match &step.kind {
                StepKind::Attribute(name) => self.attribute(&value, name, step.span)?,
                StepKind::Index(index) => {
                    let key = self.evaluate(index, scope)?;
                    self.index(&value, &key, index.span)?
                }
                StepKind::Splat(inside) => self.splat(&value, inside, step.span, scope)?,
            };
        }
        Ok(value)
    }

    fn splat(&self, value: &Value, inside: &[Step], span: Span, scope: Scope<'_, 'p>) -> Outcome {
        let mark = value.sensitive;
        let items = match value.as_items() {
            Some(items) => items.to_vec(),
            None if value.is_null() => Vec::new(),
            None => vec![value.clone()],
        };
        let outcomes: Vec<Outcome> = items
            .into_iter()
            .map(|item| self.steps(item, inside, scope))
            .collect();
        let items = outcomes.into_iter().collect::<Outcome<Vec<_>>>()?;
        let splat = match &value.data {
            Data::List(..) | Data::Set(..) => {
                let of = items.first().map_or(Type::Any, Type::of);
                match items.iter().all(|item| Type::of(item) == of) {
                    true => Value::list(of, items),
                    false => Value::tuple(items),
                }
            }
            _ => Value::tuple(items),
        };
        self.checked(splat.marked(mark), span)
    }

    fn attribute(&self, value: &Value, name: &str, span: Span) -> Outcome {
        match &value.data {
            Data::Map(_, entries) | Data::Object(entries) => match entries.get(name) {
                Some(found) => Ok(found.clone().marked(value.sensitive)),
                None => Err(self.no_element(value, name, entries, span)),
            },
            Data::Reference(target) | Data::This(target) => {
                self.reference_attribute(target, name, span)
            }
            _ => {
                let help = match value.as_items().and_then(<[Value]>::first) {
                    Some(Value {
                        data: Data::Map(..) | Data::Object(_) | Data::Reference(_),
                        ..
                    }) => Some(format!(
                        "Choose an element, `[0].{name}`, or take all, `[*].{name}`."
                    )),
                    _ => None,
                };
                Err(self.report(
                    codes::BAD_INDEX
                        .error()
                        .at(span, format!("there is no `{name}` in {}", describe(value)))
                        .help_some(help),
                ))
            }
        }
    }

    fn no_element(
        &self,
        value: &Value,
        name: &str,
        entries: &BTreeMap<Arc<str>, Value>,
        span: Span,
    ) -> Reported {
        let near = did_you_mean(name, entries.keys().map(|key| &**key));
        let holds_instances = entries
            .values()
            .any(|entry| matches!(entry.data, Data::Reference(_)));
        let help = match near {
            _ if value.sensitive => None,
            None if holds_instances => Some(format!(
                "These are instances: choose one by its key, or take all of them, \
                 `values(...)[*].{name}`."
            )),
            near => near,
        };
        self.report(
            codes::BAD_INDEX
                .error()
                .at(span, format!("there is no {name:?} in {}", describe(value)))
                .help_some(help),
        )
    }

    /// Reads an attribute of a declaration: as declared, or its name.
    fn reference_attribute(&self, target: &Arc<Target>, name: &str, span: Span) -> Outcome {
        self.note_use(target, span);
        let instance = self.instance(target.instance);
        let declared = &instance.folder.declarations[target.block];
        let attributes = &declared.body.attributes;
        let at = attributes
            .iter()
            .position(|attribute| &*attribute.name.text == name);
        let value = match at {
            Some(at) => self.declared_attribute(target, at, span)?,
            None => Value::null(),
        };
        if name == "name" && value.is_null() {
            return Ok(Data::Text(declared.label.text.clone()).into());
        }
        if at.is_some() {
            return Ok(value);
        }
        let mut known: Vec<&str> = attributes
            .iter()
            .map(|attribute| &*attribute.name.text)
            .collect();
        known.push("name");
        let is_block = declared
            .body
            .blocks
            .iter()
            .any(|block| &*block.kind.text == name);
        let label = match is_block {
            true => format!(
                "`{name}` is a block of `{}`; only attributes can be read",
                target.id
            ),
            false => format!("`{name}` is not set in `{}`", target.id),
        };
        Err(self.report(
            codes::BAD_INDEX
                .error()
                .at(span, label)
                .at(declared.header, "declared here")
                .help_some(did_you_mean(name, known)),
        ))
    }

    /// Takes the element at an index or key.
    pub(crate) fn index(&self, value: &Value, key: &Value, span: Span) -> Outcome {
        let mark = value.sensitive || key.sensitive;
        let bad = |label: String| self.report(codes::BAD_INDEX.error().at(span, label));
        match &value.data {
            Data::List(_, items) | Data::Tuple(items) => {
                let Ok(Data::Number(number)) = convert(key, &Type::Number).map(|key| key.data)
                else {
                    let reason = format!("an index is a number, this is {}", describe(key));
                    return Err(bad(reason));
                };
                let at = number.as_i64().and_then(|at| usize::try_from(at).ok());
                match at.and_then(|at| items.get(at)) {
                    Some(item) => Ok(item.clone().marked(mark)),
                    None => Err(bad(format!(
                        "there is no element {}: this is {}",
                        if key.sensitive {
                            "at this index".to_owned()
                        } else {
                            number.to_string()
                        },
                        describe(value)
                    ))),
                }
            }
            Data::Map(_, entries) | Data::Object(entries) => {
                match convert(key, &Type::Text).map(|key| key.data) {
                    Ok(Data::Text(name)) => match entries.get(&name) {
                        Some(item) => Ok(item.clone().marked(mark)),
                        None if key.sensitive => {
                            Err(bad("there is no element with this key".to_owned()))
                        }
                        None => Err(self.no_element(value, &name, entries, span)),
                    },
                    _ => Err(bad(format!("a key is a text, this is {}", describe(key)))),
                }
            }
            Data::Reference(target) | Data::This(target) => match key.as_text() {
                Some(name) => self.reference_attribute(target, name, span),
                None => Err(bad(format!("`{}` has no instances", target.id))),
            },
            Data::Set(..) => Err(self.report(
                codes::BAD_INDEX
                    .error()
                    .at(span, "the elements of a set have no index")
                    .help("Make it a list: `tolist(...)`; or use `one(...)` for its only element."),
            )),
            _ => Err(bad(format!("{} has no elements", describe(value)))),
        }
    }
}
