//! Reads type constraints: `list(object({ name = string, size = optional(number, 1) }))`.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::diagnostic::did_you_mean;

use crate::codes;
use crate::convert::convert;
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::{Call, Expression, Kind};
use crate::value_type::{Field, Type};

const NAMES: [&str; 9] = [
    "string", "number", "bool", "any", "list", "set", "map", "object", "tuple",
];

impl Evaluator<'_> {
    /// Reads a type constraint.
    pub(crate) fn type_constraint(&self, written: &Expression) -> Outcome<Type> {
        let bad = |label: String, help: Option<String>| {
            let problem = codes::BAD_TYPE_CONSTRAINT.error().at(written.span, label);
            Err(self.report(problem.help_some(help)))
        };
        match &written.kind {
            Kind::Traversal(_) => match written.as_path().as_deref() {
                Some(["string"]) => Ok(Type::Text),
                Some(["number"]) => Ok(Type::Number),
                Some(["bool"]) => Ok(Type::Bool),
                Some(["any"]) => Ok(Type::Any),
                Some(["list"]) => Ok(Type::List(Arc::new(Type::Any))),
                Some(["set"]) => Ok(Type::Set(Arc::new(Type::Any))),
                Some(["map"]) => Ok(Type::Map(Arc::new(Type::Any))),
                Some([name @ ("object" | "tuple")]) => bad(
                    format!("`{name}` says what is inside"),
                    Some(
                        "Write `object({ name = string })` or `tuple([string, number])`."
                            .to_owned(),
                    ),
                ),
                Some([name]) => bad(
                    format!("there is no type `{name}`"),
                    did_you_mean(name, NAMES),
                ),
                _ => bad("this is not a type".to_owned(), None),
            },
            Kind::Call(call) => self.constructed(written, call),
            Kind::Constant(Some(value)) if value.as_text().is_some() => {
                let name = value.as_text().unwrap_or_default();
                let help = NAMES
                    .contains(&name)
                    .then(|| format!("Write it without quotes: `{name}`."));
                bad("types are written without quotes".to_owned(), help)
            }
            _ => bad("this is not a type".to_owned(), None),
        }
    }

    fn constructed(&self, written: &Expression, call: &Call) -> Outcome<Type> {
        let bad = |label: String, help: Option<String>| {
            let problem = codes::BAD_TYPE_CONSTRAINT.error().at(written.span, label);
            Err(self.report(problem.help_some(help)))
        };
        let name = &*call.name.text;
        let [argument] = call.arguments.as_slice() else {
            let is_known = NAMES.contains(&name);
            let label = match is_known {
                true => format!("`{name}(...)` takes one argument"),
                false => format!("there is no type `{name}`"),
            };
            return bad(label, did_you_mean(name, NAMES).filter(|_| !is_known));
        };
        match name {
            "list" => Ok(Type::List(Arc::new(self.type_constraint(argument)?))),
            "set" => Ok(Type::Set(Arc::new(self.type_constraint(argument)?))),
            "map" => Ok(Type::Map(Arc::new(self.type_constraint(argument)?))),
            "tuple" => match &argument.kind {
                Kind::Tuple(items) => {
                    let types: Vec<_> = items
                        .iter()
                        .map(|item| self.type_constraint(item))
                        .collect();
                    Ok(Type::Tuple(
                        types.into_iter().collect::<Outcome<Vec<_>>>()?.into(),
                    ))
                }
                _ => bad("`tuple` takes a list of types in brackets".to_owned(), None),
            },
            "object" => match &argument.kind {
                Kind::Object(entries) => self.object_type(entries),
                _ => bad("`object` takes attributes in braces".to_owned(), None),
            },
            "optional" => bad(
                "`optional` stands only in attributes of an object".to_owned(),
                None,
            ),
            _ => bad(
                format!("there is no type `{name}`"),
                did_you_mean(name, NAMES),
            ),
        }
    }

    fn object_type(&self, entries: &[(Expression, Expression)]) -> Outcome<Type> {
        let mut fields = BTreeMap::new();
        let mut outcome = Ok(());
        for (key, written) in entries {
            let field = match key.as_constant_text() {
                Some(name) => self.field(written).map(|field| (Arc::from(name), field)),
                None => Err(self.report(
                    codes::BAD_TYPE_CONSTRAINT
                        .error()
                        .at(key.span, "attributes of an object type have plain names"),
                )),
            };
            match field {
                Ok((name, field)) => {
                    fields.insert(name, field);
                }
                Err(Reported) => outcome = Err(Reported),
            }
        }
        outcome?;
        Ok(Type::Object(Arc::new(fields)))
    }

    fn field(&self, written: &Expression) -> Outcome<Field> {
        let (of, optional, default) = match &written.kind {
            Kind::Call(call) if &*call.name.text == "optional" => match call.arguments.as_slice() {
                [of] => (of, true, None),
                [of, default] => (of, true, Some(default)),
                _ => {
                    return Err(self.report(codes::BAD_TYPE_CONSTRAINT.error().at(
                        written.span,
                        "`optional` takes a type and perhaps a default",
                    )));
                }
            },
            _ => (written, false, None),
        };
        let of = self.type_constraint(of)?;
        let default = match default {
            None => None,
            Some(default) => {
                let value = self.evaluate(default, Scope::CONSTANT)?;
                let value = convert(&value, &of).map_err(|mismatch| {
                    self.report(
                        codes::TYPE_MISMATCH
                            .error()
                            .at(default.span, mismatch.to_string()),
                    )
                })?;
                Some(value).filter(|value| !value.is_null())
            }
        };
        Ok(Field {
            of,
            optional,
            default,
        })
    }
}
