//! Environment variables.

use model::Span;

use super::{Action, Arguments, Function, Takes, parameter};
use crate::codes;
use crate::evaluator::{Evaluator, Outcome};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function::new(
    "env",
    &[
        parameter("name", Takes::Text),
        parameter("default", Takes::Any),
    ],
    "Returns an environment variable, or a default, or null with a warning.",
    Action::Environment,
)
.optional(1)];

impl Evaluator<'_> {
    /// Computes `env("NAME")`.
    pub(crate) fn environment_variable(&self, arguments: &Arguments, span: Span) -> Outcome {
        let name = arguments.text(0);
        let value = self.environment.get(name).cloned();
        self.asked
            .borrow_mut()
            .insert(name.to_owned(), value.clone());
        match (value, arguments.given(1)) {
            (Some(value), _) => Ok(value.into()),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => {
                self.report(
                    codes::UNSET_ENVIRONMENT_VARIABLE
                        .warning()
                        .at(span, format!("`{name}` is not set, so this is null"))
                        .help("Set it, or give a default: `env(\"NAME\", \"value\")`."),
                );
                Ok(Value::null())
            }
        }
    }
}
