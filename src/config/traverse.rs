//! Computes names and the steps that follow them: attributes, indexes, splats.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::diagnostic::did_you_mean;
use model::{Diagnostic, Key, Span};

use crate::codes;
use crate::convert::convert;
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::{Root, Step, StepKind, Traversal};
use crate::folder::Folder;
use crate::instance::{Instance, Repeated, Repetition, Shape};
use crate::names::{Allowed, Meaning, resolve};
use crate::value::{Data, Target, Value};
use crate::value_type::{Type, count, describe};

impl<'p> Evaluator<'p> {
    /// Computes a traversal.
    pub(crate) fn traverse(&self, traversal: &Traversal, scope: Scope<'_, 'p>) -> Outcome {
        let Traversal { root, steps } = traversal;
        let (value, steps) = match root {
            Root::Expression(expression) => (self.evaluate(expression, scope)?, &steps[..]),
            Root::Name(name) => match scope.binding(&name.text) {
                Some(value) => (value.clone(), &steps[..]),
                None => {
                    let allowed = Allowed {
                        each: matches!(scope.repetition, Some(Repetition::Each(..))),
                        count: matches!(scope.repetition, Some(Repetition::Count(_))),
                        this: scope.this.is_some(),
                    };
                    let folder = scope.instance.map(|instance| instance.folder);
                    let (meaning, taken) = resolve(name, steps, folder, allowed)
                        .map_err(|problem| self.report(*problem))?;
                    let span = steps
                        .get(taken.wrapping_sub(1))
                        .map_or(name.span, |step| step.span);
                    self.mean(
                        meaning,
                        Span::new(name.span.source, name.span.start, span.end),
                        &steps[taken..],
                        scope,
                    )?
                }
            },
        };
        self.steps(value, steps, scope)
    }

    /// Computes what a name means; returns the steps that are left.
    fn mean<'s>(
        &self,
        meaning: Meaning,
        span: Span,
        steps: &'s [Step],
        scope: Scope<'_, 'p>,
    ) -> Outcome<(Value, &'s [Step])> {
        let Some(instance) = scope.instance else {
            return Err(Reported);
        };
        let value = match meaning {
            Meaning::Variable(number) => self.variable(instance, number, span)?,
            Meaning::Local(number) => self.local(instance, number, span)?,
            Meaning::Module(number) => {
                return self.module_value(instance, number, span, steps, scope);
            }
            Meaning::Declaration(number) => {
                return self.declaration_value(instance, number, span, steps, scope);
            }
            Meaning::EachKey => match scope.repetition {
                Some(Repetition::Each(key, _)) => Data::Text(key.clone()).into(),
                _ => return Err(Reported),
            },
            Meaning::EachValue => match scope.repetition {
                Some(Repetition::Each(_, value)) => value.clone(),
                _ => return Err(Reported),
            },
            Meaning::CountIndex => match scope.repetition {
                Some(Repetition::Count(index)) => (*index).into(),
                _ => return Err(Reported),
            },
            Meaning::EnvironmentName => self.environment()?.0.into(),
            Meaning::EnvironmentProtected => self.environment()?.1.into(),
            Meaning::PathModule => {
                let path = &instance.folder.path;
                if path.is_empty() { "." } else { path }.into()
            }
            Meaning::PathRoot => ".".into(),
            Meaning::This => match scope.this {
                Some(target) => Data::This(target.clone()).into(),
                None => return Err(Reported),
            },
            Meaning::Broken => return Err(Reported),
        };
        Ok((value, steps))
    }

    /// Returns the chosen environment: its name and whether it is protected.
    fn environment(&self) -> Outcome<(String, bool)> {
        if let Some(chosen) = &*self.chosen.borrow() {
            return Ok(chosen.clone());
        }
        if self.program.folders[0].root.environments.is_empty() {
            return Ok((String::new(), false));
        }
        Err(self.report_no_environment())
    }

    /// Takes one instance out of a repeated block if the next step is an index.
    fn member<'m, 's, T>(
        &self,
        repeated: &'m Repeated<T>,
        steps: &'s [Step],
        what: &str,
        scope: Scope<'_, 'p>,
    ) -> Outcome<Option<(&'m T, &'s [Step])>> {
        if repeated.shape == Shape::Single {
            return Ok(repeated.members.first().map(|(_, member)| (member, steps)));
        }
        let Some((
            Step {
                kind: StepKind::Index(index),
                ..
            },
            rest,
        )) = steps.split_first()
        else {
            return Ok(None);
        };
        let value = self.evaluate(index, scope)?;
        let wanted = match repeated.shape {
            Shape::Count => Type::Number,
            _ => Type::Text,
        };
        let key = match convert(&value, &wanted).map(|value| value.data) {
            Ok(Data::Number(number)) => number
                .as_i64()
                .and_then(|at| u64::try_from(at).ok())
                .map(Key::Index),
            Ok(Data::Text(text)) => Some(Key::Name(text.to_string())),
            _ => None,
        };
        if let Some(found) = key.as_ref().and_then(|key| repeated.find(Some(key))) {
            return Ok(Some((&found.1, rest)));
        }
        let keys: Vec<String> = repeated.keys().iter().map(ToString::to_string).collect();
        let wanted = key.map_or_else(|| describe(&value), |key| key.to_string());
        let near = did_you_mean(&wanted, keys.iter().map(String::as_str));
        let help = match (repeated.shape, near) {
            (Shape::Each, Some(near)) => near,
            (Shape::Each, None) if keys.len() <= 8 => format!("There is {}.", keys.join(", ")),
            _ => format!("It has {}.", count(keys.len(), "instance")),
        };
        Err(self.report(
            codes::UNKNOWN_INSTANCE
                .error()
                .at(index.span, format!("`{what}` has no instance {wanted}"))
                .help(help),
        ))
    }

    fn declaration_value<'s>(
        &self,
        instance: &Rc<Instance<'p>>,
        number: usize,
        span: Span,
        steps: &'s [Step],
        scope: Scope<'_, 'p>,
    ) -> Outcome<(Value, &'s [Step])> {
        let repeated = self.block(instance, number, span)?;
        let declared = &instance.folder.declarations[number];
        let what = format!("{}.{}", declared.kind.text, declared.label.text);
        let reference = |target: &Rc<Target>| Value::from(Data::Reference(target.clone()));
        if let Some((member, rest)) = self.member(&repeated, steps, &what, scope)? {
            return Ok((reference(&member.target), rest));
        }
        if let Some(Step {
            kind: StepKind::Attribute(name),
            span,
        }) = steps.first()
            && repeated.shape == Shape::Count
        {
            return Err(self.needs_key(&what, "[0]", name, *span));
        }
        let whole = match repeated.whole.get() {
            Some(whole) => whole.clone(),
            None => gather(&repeated, |member| Ok(reference(&member.target)))?,
        };
        Ok((repeated.whole.get_or_init(|| whole).clone(), steps))
    }

    fn needs_key(&self, what: &str, key: &str, name: &str, span: Span) -> Reported {
        self.report(
            codes::BAD_INDEX
                .error()
                .at(span, format!("`{what}` has several instances"))
                .help(format!(
                    "Choose one, `{what}{key}.{name}`, or take all of them, `{what}[*].{name}`."
                )),
        )
    }

    fn module_value<'s>(
        &self,
        instance: &Rc<Instance<'p>>,
        number: usize,
        span: Span,
        steps: &'s [Step],
        scope: Scope<'_, 'p>,
    ) -> Outcome<(Value, &'s [Step])> {
        let repeated = self.module(instance, number, span)?;
        let what = format!("module.{}", instance.folder.modules.at(number).name.text);
        let Some((member, rest)) = self.member(&repeated, steps, &what, scope)? else {
            let value = gather(&repeated, |member| {
                self.outputs(&self.instance(*member), span)
            })?;
            return Ok((value, steps));
        };
        let inner = self.instance(*member);
        // One output is computed alone, so that outputs need not wait for one another.
        if let Some((
            Step {
                kind: StepKind::Attribute(name),
                span,
            },
            rest,
        )) = rest.split_first()
        {
            let module = &instance.folder.modules.at(number).name.text;
            let output = find_output(inner.folder, module, name, *span)
                .map_err(|problem| problem.map_or(Reported, |problem| self.report(problem)))?;
            return Ok((self.output(&inner, output, *span)?, rest));
        }
        Ok((self.outputs(&inner, span)?, rest))
    }

    fn outputs(&self, instance: &Rc<Instance<'p>>, span: Span) -> Outcome {
        let outputs = instance.folder.outputs.iter().enumerate();
        let outputs: Vec<Outcome<(Rc<str>, Value)>> = outputs
            .map(|(number, output)| {
                Ok((
                    output.name.text.clone(),
                    self.output(instance, number, span)?,
                ))
            })
            .collect();
        Ok(Value::object(outputs.into_iter().collect::<Outcome<_>>()?))
    }

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
        entries: &BTreeMap<Rc<str>, Value>,
        span: Span,
    ) -> Reported {
        let help = match value.sensitive {
            true => None,
            false => did_you_mean(name, entries.keys().map(|key| &**key)),
        };
        self.report(
            codes::BAD_INDEX
                .error()
                .at(span, format!("there is no {name:?} in {}", describe(value)))
                .help_some(help),
        )
    }

    /// Reads an attribute of a declaration: as declared, or its name.
    fn reference_attribute(&self, target: &Rc<Target>, name: &str, span: Span) -> Outcome {
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
                let number = match convert(key, &Type::Number).map(|key| key.data) {
                    Ok(Data::Number(number)) => number,
                    _ => {
                        return Err(bad(format!(
                            "an index is a number, this is {}",
                            describe(key)
                        )));
                    }
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

/// Finds an output of a module; says what is wrong unless that was said already.
pub(crate) fn find_output(
    folder: &Folder,
    module: &str,
    name: &str,
    span: Span,
) -> Result<usize, Option<Diagnostic>> {
    if let Some(number) = folder.outputs.find(name) {
        return Ok(number);
    }
    if folder.broken.hides("output", Some(name)) {
        return Err(None);
    }
    Err(Some(
        codes::UNKNOWN_OUTPUT
            .error()
            .at(span, format!("`module.{module}` has no output `{name}`"))
            .help_some(did_you_mean(name, folder.outputs.names())),
    ))
}

/// Gathers the instances of a repeated block: a tuple under `count`, an object under `for_each`.
fn gather<T>(repeated: &Repeated<T>, value: impl Fn(&T) -> Outcome) -> Outcome {
    let members: Vec<Outcome<(Option<Repetition>, Value)>> = repeated
        .members
        .iter()
        .map(|(repetition, member)| Ok((repetition.clone(), value(member)?)))
        .collect();
    let members = members.into_iter().collect::<Outcome<Vec<_>>>()?;
    Ok(match repeated.shape {
        Shape::Each => Value::object(
            members
                .into_iter()
                .filter_map(|(repetition, value)| match repetition {
                    Some(Repetition::Each(key, _)) => Some((key, value)),
                    _ => None,
                })
                .collect(),
        ),
        Shape::Single | Shape::Count => {
            Value::tuple(members.into_iter().map(|(_, value)| value).collect())
        }
    })
}
