//! Conversions, and what can be asked about values themselves.

use std::sync::Arc;

use super::arguments::{Arguments, Failure, refuse};
use super::{Action, Function, Marks, Takes, parameter};
use crate::convert::convert;
use crate::value::Value;
use crate::value_type::Type;

const VALUE: &[super::Parameter] = &[parameter("value", Takes::Any)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "can",
        &[parameter("expression", Takes::Any)],
        "Reports whether an expression can be computed.",
        Action::Can,
    ),
    Function::pure(
        "issensitive",
        VALUE,
        "Reports whether a value is sensitive.",
        |a| Ok(a.value(0).sensitive.into()),
    )
    .marks(Marks::Own),
    Function::pure(
        "nonsensitive",
        VALUE,
        "Returns a value without its sensitive mark.",
        |a| {
            Ok(Value {
                sensitive: false,
                ..a.value(0)
            })
        },
    )
    .marks(Marks::Own),
    Function::pure("sensitive", VALUE, "Marks a value as sensitive.", |a| {
        Ok(a.value(0).marked(true))
    })
    .marks(Marks::Own),
    Function::pure("tobool", VALUE, "Converts to true or false.", |a| {
        to(a, &Type::Bool)
    })
    .marks(Marks::Kept),
    Function::pure("tolist", VALUE, "Converts to a list.", |a| {
        to(a, &Type::List(Arc::new(Type::Any)))
    })
    .marks(Marks::Kept),
    Function::pure("tomap", VALUE, "Converts to a map.", |a| {
        to(a, &Type::Map(Arc::new(Type::Any)))
    })
    .marks(Marks::Kept),
    Function::pure("tonumber", VALUE, "Converts to a number.", |a| {
        to(a, &Type::Number)
    })
    .marks(Marks::Kept),
    Function::pure(
        "toset",
        VALUE,
        "Converts to a set: sorted, every element once.",
        |a| to(a, &Type::Set(Arc::new(Type::Any))),
    )
    .marks(Marks::Kept),
    Function::pure("tostring", VALUE, "Converts to a text.", |a| {
        to(a, &Type::Text)
    })
    .marks(Marks::Kept),
    Function::new(
        "try",
        &[parameter("expression", Takes::Any)],
        "Returns the first expression that can be computed.",
        Action::Try,
    )
    .rest(parameter("expressions", Takes::Any)),
    Function::pure(
        "type",
        VALUE,
        "Returns the type of a value in words.",
        |a| Ok(Type::of(&a.value(0)).notation().into()),
    )
    .marks(Marks::Own),
];

fn to(arguments: &Arguments, of: &Type) -> Result<Value, Failure> {
    convert(&arguments.value(0), of).map_err(|mismatch| refuse(0, mismatch.to_string()))
}
