//! Values of variables: what was given, or the default, of the right type, and valid.

use std::rc::Rc;

use model::Span;

use crate::codes;
use crate::convert::{convert, plain_text};
use crate::declared::{Validation, Variable};
use crate::evaluator::{Evaluator, Outcome, Reported, Scope, Subject};
use crate::expression::Expression;
use crate::folder::Folder;
use crate::instance::{Caller, Instance};
use crate::value::Value;
use crate::value_type::{Type, describe};

impl<'p> Evaluator<'p> {
    /// Returns the value of a variable.
    pub(crate) fn variable(
        &self,
        instance: &Rc<Instance<'p>>,
        number: usize,
        span: Span,
    ) -> Outcome {
        // Conditions are about values that are not valid yet: their own and those beside it.
        if self.validating.get() == Some(instance.number) {
            return self.unvalidated(instance, number, span);
        }
        let variable = instance.folder.variables.at(number);
        self.memo(
            &instance.variables[number].1,
            Subject::Variable(&variable.name),
            span,
            || {
                let value = self.unvalidated(instance, number, span)?;
                let outer = self.validating.replace(Some(instance.number));
                let outcomes: Vec<Outcome<()>> = variable
                    .validations
                    .iter()
                    .map(|validation| self.validate(number, validation, &value, instance))
                    .collect();
                self.validating.set(outer);
                outcomes.into_iter().collect::<Outcome<()>>()?;
                Ok(value)
            },
        )
    }

    /// Checks types and defaults of all variables of a folder, used or not.
    pub(crate) fn check_variables(&self, folder: &Folder) {
        for variable in folder.variables.iter() {
            if variable.default.is_some() {
                // What is wrong is reported; the value is of no interest here.
                let _ = self.default(variable, None);
            } else if let Some(of) = &variable.of {
                let _ = self.type_constraint(of);
            }
        }
    }

    fn unvalidated(&self, instance: &Rc<Instance<'p>>, number: usize, span: Span) -> Outcome {
        let variable = instance.folder.variables.at(number);
        self.memo(
            &instance.variables[number].0,
            Subject::Variable(&variable.name),
            span,
            || {
                let of = match &variable.of {
                    Some(of) => self.type_constraint(of)?,
                    None => Type::Any,
                };
                let (given, hides) = match &instance.caller {
                    Some(caller) => {
                        let scope = Scope {
                            repetition: caller.repetition.as_ref(),
                            ..Scope::of(&caller.instance)
                        };
                        let argument = caller.call.argument(&variable.name.text);
                        (argument.map(|argument| (&argument.value, scope)), false)
                    }
                    None => {
                        let given = instance.given.get(number).and_then(Option::as_ref);
                        let scope = Scope::CONSTANT;
                        (given.map(|given| (given, scope)), variable.sensitive)
                    }
                };
                let value = match given {
                    Some((expression, scope)) => {
                        let value = match hides {
                            true => self.evaluate_secret(variable, expression)?,
                            false => self.evaluate(expression, scope)?,
                        };
                        match value.is_null() && !variable.nullable && variable.default.is_some() {
                            true => self.default(variable, instance.caller.as_ref())?,
                            false => self.fit(variable, &value, &of, expression, hides)?,
                        }
                    }
                    None => self.default(variable, instance.caller.as_ref())?,
                };
                if value.is_null() && !variable.nullable {
                    return Err(self.report(codes::NULL_VALUE.error().at(
                        variable.name.span,
                        "this variable is not nullable, and its value is null",
                    )));
                }
                Ok(value.marked(variable.sensitive))
            },
        )
    }

    /// Computes the value of a sensitive variable, about which nothing is told when that fails.
    fn evaluate_secret(&self, variable: &Variable, written: &Expression) -> Outcome {
        let (outcome, problems) = self.attempt(|| self.evaluate(written, Scope::CONSTANT));
        outcome.map_err(|Reported| {
            // Without a problem of its own, it was told where the value was given.
            if problems.is_empty() {
                return Reported;
            }
            let name = &variable.name.text;
            self.report(codes::TYPE_MISMATCH.error().at(
                variable.name.span,
                format!("the value given for `{name}` cannot be computed"),
            ))
        })
    }

    /// Returns the default, which must be there and of the right type.
    fn default(&self, variable: &Variable, caller: Option<&Caller<'p>>) -> Outcome {
        let Some(default) = &variable.default else {
            let name = &variable.name.text;
            let mut problem = codes::MISSING_VALUE.error().at(
                variable.name.span,
                format!("`{name}` has no default and no value"),
            );
            problem = match caller {
                Some(caller) => problem
                    .at(caller.call.header, "this module does not set it")
                    .help(format!("Add `{name} = ...` to the module block.")),
                None => problem.help(format!("Give it one, for example: `--var {name}=...`.")),
            };
            return Err(self.report(problem));
        };
        let of = match &variable.of {
            Some(of) => self.type_constraint(of)?,
            None => Type::Any,
        };
        let value = self.evaluate(default, Scope::CONSTANT)?;
        self.fit(variable, &value, &of, default, false)
    }

    fn fit(
        &self,
        variable: &Variable,
        value: &Value,
        of: &Type,
        written: &Expression,
        hides: bool,
    ) -> Outcome {
        convert(value, of).map_err(|mismatch| {
            let problem = codes::TYPE_MISMATCH.error();
            let name = &variable.name.text;
            // The text of a secret must not come back as the line of an error.
            let problem = match hides || value.is_sensitive_inside() {
                true => problem.at(
                    variable.name.span,
                    format!("the value given for `{name}` is not {}", of.words()),
                ),
                false => problem.at(written.span, mismatch.to_string()).at_some(
                    variable.of.as_ref().map(|of| of.span),
                    format!("the type of `{name}`"),
                ),
            };
            let help = value.mentions_names().then(|| codes::PLAIN_NAME.to_owned());
            self.report(problem.help_some(help))
        })
    }

    fn validate(
        &self,
        number: usize,
        validation: &Validation,
        value: &Value,
        instance: &Rc<Instance<'p>>,
    ) -> Outcome<()> {
        let variable = instance.folder.variables.at(number);
        let scope = Scope::of(instance);
        let (holds, _) = self.condition(&validation.condition, scope)?;
        if holds {
            return Ok(());
        }
        let message = validation
            .message
            .as_ref()
            .map(|message| self.evaluate(message, scope));
        let message = match message {
            Some(Ok(message)) if message.is_sensitive_inside() => None,
            Some(Ok(message)) => plain_text(&message),
            _ => None,
        };
        let is_secret = value.is_sensitive_inside();
        let label = match is_secret {
            true => "this is false".to_owned(),
            false => format!(
                "this is false: `var.{}` is {}",
                variable.name.text,
                describe(value)
            ),
        };
        let mut problem = codes::VALIDATION_FAILED
            .error()
            .at(validation.condition.span, label);
        let given = match &instance.caller {
            Some(caller) => caller
                .call
                .argument(&variable.name.text)
                .map(|argument| argument.value.span),
            None => {
                let given = instance.given.get(number).and_then(Option::as_ref);
                given.map(|given| given.span)
            }
        };
        if let Some(given) = given.filter(|_| !is_secret) {
            problem = problem.at(given, "the value is given here");
        }
        Err(self.report(problem.help_some(message)))
    }
}
