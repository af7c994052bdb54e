//! Computes names and the steps that follow them: attributes, indexes, splats.

use std::rc::Rc;
use std::sync::Arc;

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
        let reference = |target: &Arc<Target>| Value::from(Data::Reference(target.clone()));
        if let Some((member, rest)) = self.member(&repeated, steps, &what, scope)? {
            return Ok((reference(&member.target), rest));
        }
        if let Some(Step {
            kind: StepKind::Attribute(name),
            span,
        }) = steps.first()
            && repeated.shape == Shape::Count
        {
            return Err(self.needs_index(&what, name, *span));
        }
        let whole = match repeated.whole.get() {
            Some(whole) => whole.clone(),
            None => all_instances(&repeated, |member| Ok(reference(&member.target)))?,
        };
        Ok((repeated.whole.get_or_init(|| whole).clone(), steps))
    }

    fn needs_index(&self, what: &str, name: &str, span: Span) -> Reported {
        self.report(
            codes::BAD_INDEX
                .error()
                .at(span, format!("`{what}` has several instances"))
                .help(format!(
                    "Choose one, `{what}[0].{name}`, or take all of them, `{what}[*].{name}`."
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
            let value = all_instances(&repeated, |member| {
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
        let outputs: Vec<Outcome<(Arc<str>, Value)>> = outputs
            .map(|(number, output)| {
                Ok((
                    output.name.text.clone(),
                    self.output(instance, number, span)?,
                ))
            })
            .collect();
        Ok(Value::object(outputs.into_iter().collect::<Outcome<_>>()?))
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
fn all_instances<T>(repeated: &Repeated<T>, value: impl Fn(&T) -> Outcome) -> Outcome {
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
