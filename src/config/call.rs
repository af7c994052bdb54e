//! Calls functions: finds them, checks and converts what they are given, marks what they return.

use std::sync::Arc;

use model::diagnostic::did_you_mean;
use model::{Diagnostic, Span};

use crate::codes;
use crate::convert::convert;
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::{Call, Expression};
use crate::functions::{self, Action, Arguments, Failure, Function, Marks, Takes};
use crate::value::{Data, Value};
use crate::value_type::{Type, count, describe};

/// Checks that a call names a function and gives it as many arguments as it takes.
pub(crate) fn check(
    call: &Call,
    given: Option<usize>,
) -> Result<&'static Function, Box<Diagnostic>> {
    let name = &call.name.text;
    let plain = name.strip_prefix("core::").unwrap_or(name);
    let Some(function) = functions::find(plain) else {
        let known = functions::all().map(|function| function.name);
        return Err(Box::new(
            codes::UNKNOWN_FUNCTION
                .error()
                .at(call.name.span, format!("there is no function `{name}`"))
                .help_some(functions::instead_of(plain).or_else(|| did_you_mean(plain, known))),
        ));
    };
    let Some(given) = given else {
        return Ok(function);
    };
    let least = function.parameters.len() - function.optional;
    let most = function.rest.is_none().then_some(function.parameters.len());
    if given >= least && most.is_none_or(|most| given <= most) {
        return Ok(function);
    }
    let wanted = match most {
        Some(most) if most == least => count(least, "argument"),
        Some(most) => format!("{least} to {}", count(most, "argument")),
        None => format!("at least {}", count(least, "argument")),
    };
    Err(Box::new(
        codes::BAD_CALL
            .error()
            .at(
                call.name.span,
                format!("`{name}` takes {wanted}, {given} given"),
            )
            .help(format!("Its signature is `{}`.", function.signature())),
    ))
}

impl<'p> Evaluator<'p> {
    /// Computes a function call.
    pub(crate) fn call(&self, call: &Call, span: Span, scope: Scope<'_, 'p>) -> Outcome {
        let written = (!call.expands).then_some(call.arguments.len());
        let function = check(call, written).map_err(|problem| self.report(*problem))?;
        match function.action {
            Action::Try => return self.try_all(call, span, scope),
            Action::Can => return self.can(call, scope),
            _ => {}
        }
        let mut values = self.all(call.arguments.iter(), scope)?;
        let mut spans: Vec<Span> = call
            .arguments
            .iter()
            .map(|argument| argument.span)
            .collect();
        let mut mark = false;
        if call.expands {
            mark = self.expand(&mut values, &mut spans)?;
            check(call, Some(values.len())).map_err(|problem| self.report(*problem))?;
        }
        mark |= match function.marks {
            Marks::Spread => values.iter().any(Value::is_sensitive_inside),
            Marks::Kept => values.iter().any(|value| value.sensitive),
            Marks::Own => false,
        };
        self.convert_arguments(function, &mut values, &spans)?;
        // A sensitive path would be told by every message about the file.
        if let (Action::Files(_) | Action::Template(_), Some(first), Some(span)) =
            (function.action, values.first(), spans.first())
            && first.sensitive
        {
            let label = format!("`{}` shows what it reads", function.name);
            return Err(self.report(codes::SENSITIVE_VALUE.error().at(*span, label)));
        }
        let arguments = Arguments::new(values);
        let result = match function.action {
            Action::Pure(apply) => apply(&arguments),
            Action::Files(apply) => apply(self.files, &arguments),
            Action::Template(apply) => {
                return apply(self, &arguments, &spans).map(|value| value.marked(mark));
            }
            Action::Environment => return self.environment_variable(&arguments, span),
            Action::Try | Action::Can => return Err(Reported),
        };
        match result {
            Ok(value) => Ok(value.marked(mark)),
            Err(failure) => Err(self.report_failure(function, failure, &arguments, &spans, span)),
        }
    }

    fn report_failure(
        &self,
        function: &Function,
        failure: Failure,
        arguments: &Arguments,
        spans: &[Span],
        span: Span,
    ) -> Reported {
        // The reason may quote what was given.
        let is_secret = arguments.all().iter().any(Value::is_sensitive_inside);
        let has_names = arguments.all().iter().any(Value::mentions_names);
        let place = failure
            .argument
            .and_then(|at| spans.get(at))
            .copied()
            .unwrap_or(span);
        let parameter = failure.argument.and_then(|at| function.parameter(at));
        let subject = match parameter {
            Some(parameter) => format!("`{}` of `{}`: ", parameter.name, function.name),
            None => format!("`{}`: ", function.name),
        };
        let reason = if is_secret { HIDDEN } else { &failure.reason };
        let problem = match failure.is_file {
            true => codes::UNREADABLE_FILE.error(),
            false if has_names => codes::NAME_AS_TEXT.error().help(codes::PLAIN_NAME),
            false => codes::BAD_CALL.error(),
        };
        self.report(
            problem
                .at(place, subject + reason)
                .help_some(failure.help.filter(|_| !is_secret)),
        )
    }

    /// Replaces the last argument by its elements.
    fn expand(&self, values: &mut Vec<Value>, spans: &mut Vec<Span>) -> Outcome<bool> {
        let (Some(last), Some(span)) = (values.pop(), spans.pop()) else {
            return Ok(false);
        };
        let Some(items) = last.as_items() else {
            return Err(self.report(codes::BAD_CALL.error().at(
                span,
                format!("`...` needs a list, this is {}", describe(&last)),
            )));
        };
        values.extend(items.iter().cloned());
        spans.resize(values.len(), span);
        Ok(last.sensitive)
    }

    fn convert_arguments(
        &self,
        function: &Function,
        values: &mut [Value],
        spans: &[Span],
    ) -> Outcome<()> {
        let mut outcome = Ok(());
        for (at, value) in values.iter_mut().enumerate() {
            let Some(parameter) = function.parameter(at) else {
                continue;
            };
            match fit(value, parameter.takes) {
                Ok(fitting) => *value = fitting,
                Err(reason) => {
                    let is_secret = value.is_sensitive_inside();
                    let reason = if is_secret { HIDDEN.to_owned() } else { reason };
                    let subject = format!("`{}` of `{}`", parameter.name, function.name);
                    let problem = if value.mentions_names() {
                        codes::NAME_AS_TEXT
                            .error()
                            .at(spans[at], format!("{subject}: {reason}"))
                            .help(codes::PLAIN_NAME)
                    } else if value.is_null() {
                        codes::NULL_VALUE
                            .error()
                            .at(spans[at], format!("{subject} is null"))
                    } else {
                        codes::BAD_CALL
                            .error()
                            .at(spans[at], format!("{subject}: {reason}"))
                    };
                    outcome = Err(self.report(problem));
                }
            }
        }
        outcome
    }

    /// Returns the first argument that can be computed.
    fn try_all(&self, call: &Call, span: Span, scope: Scope<'_, 'p>) -> Outcome {
        let mut reasons = Vec::new();
        for argument in &call.arguments {
            let (outcome, problems) = self.attempt(|| self.evaluate(argument, scope));
            match outcome {
                Ok(value) => {
                    for warning in problems {
                        self.report(warning);
                    }
                    return Ok(value);
                }
                Err(Reported) => reasons.extend(problems.into_iter().next()),
            }
        }
        let mut problem = codes::BAD_CALL
            .error()
            .at(span, "`try`: no argument could be computed");
        for label in reasons.iter().filter_map(|reason| reason.labels.first()) {
            problem = problem.at(label.span, label.text.clone());
        }
        // Without a reason of its own, the cause was reported where it arose.
        if reasons.is_empty() {
            return Err(Reported);
        }
        Err(self.report(problem))
    }

    fn can(&self, call: &Call, scope: Scope<'_, 'p>) -> Outcome {
        let compute = |argument: &Expression| self.attempt(|| self.evaluate(argument, scope));
        let value = match call.arguments.first().map(compute) {
            Some((Ok(value), _)) => Value::from(true).marked(value.sensitive),
            _ => false.into(),
        };
        Ok(value)
    }
}

/// Said in place of a reason that could tell something sensitive.
const HIDDEN: &str = "the value is not accepted (it is sensitive and not shown)";

/// Converts an argument to what a parameter takes.
fn fit(value: &Value, takes: Takes) -> Result<Value, String> {
    let needs = |what: &str| Err(format!("{what} is needed, this is {}", describe(value)));
    if value.is_null() && !matches!(takes, Takes::Any) {
        return needs("a value");
    }
    let to = |of: Type| convert(value, &of).map_err(|mismatch| mismatch.to_string());
    match takes {
        Takes::Any | Takes::Given => Ok(value.clone()),
        Takes::Text if value.mentions_names() => needs("a plain text"),
        Takes::Text => to(Type::Text),
        Takes::Pieces if value.as_pieces().is_some() => Ok(value.clone()),
        Takes::Pieces => to(Type::Text),
        Takes::Number => to(Type::Number),
        Takes::Whole => match to(Type::Number)?
            .as_number()
            .map(crate::number::Number::as_i64)
        {
            Some(Some(_)) => to(Type::Number),
            _ => needs("a whole number"),
        },
        Takes::List if value.as_items().is_some() => Ok(value.clone()),
        Takes::List => needs("a list"),
        Takes::Ordered if matches!(value.data, Data::List(..) | Data::Tuple(_)) => {
            Ok(value.clone())
        }
        Takes::Ordered => needs("a list or tuple"),
        Takes::Texts => {
            let texts = to(Type::List(Arc::new(Type::Text)))?;
            let plain = texts
                .as_items()
                .is_some_and(|items| items.iter().all(|item| item.as_text().is_some()));
            if plain {
                Ok(texts)
            } else {
                needs("a list of plain texts without null")
            }
        }
        Takes::Set => to(Type::Set(Arc::new(Type::Any))),
        Takes::Map if value.as_entries().is_some() => Ok(value.clone()),
        Takes::Map => needs("a map or an object"),
    }
}
