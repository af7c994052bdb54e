//! Picking elements out of lists: by place, by value, by being there at all.

use std::sync::Arc;

use super::arguments::{Arguments, Failure, fail, refuse};
use super::{Function, Marks, Takes, parameter};
use crate::convert::{convert, unify};
use crate::value::{Data, Value};
use crate::value_type::{Type, describe};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "coalesce",
        &[],
        "Returns the first argument that is not null and not empty.",
        coalesce,
    )
    .rest(parameter("values", Takes::Any))
    .marks(Marks::Kept),
    Function::pure(
        "coalescelist",
        &[],
        "Returns the first list that is not empty.",
        coalesce_list,
    )
    .rest(parameter("lists", Takes::Any))
    .marks(Marks::Kept),
    Function::pure(
        "contains",
        &[
            parameter("list", Takes::List),
            parameter("value", Takes::Any),
        ],
        "Reports whether a list has an element.",
        contains,
    ),
    Function::pure(
        "element",
        &[
            parameter("list", Takes::Ordered),
            parameter("index", Takes::Whole),
        ],
        "Returns an element; indexes beyond the end start again.",
        element,
    )
    .marks(Marks::Kept),
    Function::pure(
        "index",
        &[
            parameter("list", Takes::Ordered),
            parameter("value", Takes::Any),
        ],
        "Returns the index of an element.",
        index,
    ),
    Function::pure(
        "matchkeys",
        &[
            parameter("values", Takes::Ordered),
            parameter("keys", Takes::Ordered),
            parameter("search", Takes::List),
        ],
        "Returns the values whose keys are searched for.",
        match_keys,
    )
    .marks(Marks::Kept),
    Function::pure(
        "one",
        &[parameter("list", Takes::List)],
        "Returns the only element, or null where there is none.",
        one,
    )
    .marks(Marks::Kept),
];

fn coalesce(arguments: &Arguments) -> Result<Value, Failure> {
    let values = arguments.all();
    let types: Vec<Type> = values.iter().map(Type::of).collect();
    let of =
        unify(&types).ok_or_else(|| fail("all arguments must have types that fit one another"))?;
    let is_empty =
        |value: &&Value| value.is_null() || (of == Type::Text && value.as_text() == Some(""));
    let first = values.iter().find(|value| !is_empty(value));
    let first = first.ok_or_else(|| fail("all arguments are null or empty"))?;
    convert(first, &of).map_err(|mismatch| fail(mismatch.to_string()))
}

fn coalesce_list(arguments: &Arguments) -> Result<Value, Failure> {
    for (at, value) in arguments.all().iter().enumerate() {
        match value.as_items() {
            Some([]) => {}
            Some(_) => return Ok(value.clone()),
            None if value.is_null() => {}
            None => {
                return Err(refuse(
                    at,
                    format!("a list is needed, this is {}", describe(value)),
                ));
            }
        }
    }
    Err(fail("all lists are empty"))
}

fn contains(arguments: &Arguments) -> Result<Value, Failure> {
    let wanted = arguments.value(1);
    Ok(arguments
        .items(0)
        .iter()
        .any(|item| item.equals(&wanted))
        .into())
}

fn element(arguments: &Arguments) -> Result<Value, Failure> {
    let items = arguments.items(0);
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if length == 0 {
        return Err(refuse(0, "the list is empty"));
    }
    let at = arguments.whole(1);
    if at < 0 {
        return Err(refuse(1, "this is below zero"));
    }
    let at = usize::try_from(at % length).unwrap_or(0);
    Ok(items[at].clone())
}

fn index(arguments: &Arguments) -> Result<Value, Failure> {
    let (items, wanted) = (arguments.items(0), arguments.value(1));
    let at = items.iter().position(|item| item.equals(&wanted));
    at.map(Value::from)
        .ok_or_else(|| refuse(1, "the list has no such element"))
}

fn match_keys(arguments: &Arguments) -> Result<Value, Failure> {
    let (values, keys, search) = (arguments.items(0), arguments.items(1), arguments.items(2));
    if values.len() != keys.len() {
        return Err(refuse(1, "there must be as many keys as values"));
    }
    let text = |value: &Value| convert(value, &Type::Text).unwrap_or_else(|_| value.clone());
    let mut wanted: Vec<Value> = search.iter().map(text).collect();
    wanted.sort_by(Value::order);
    let found = values.iter().zip(keys).filter(|(_, key)| {
        wanted
            .binary_search_by(|wanted| wanted.order(&text(key)))
            .is_ok()
    });
    let found = found.map(|(value, _)| value.clone()).collect();
    let list = convert(&arguments.value(0), &Type::List(Arc::new(Type::Any)));
    match list.map(|list| list.data) {
        Ok(Data::List(of, _)) => {
            let found = Value::tuple(found);
            convert(&found, &Type::List(Arc::new(of)))
                .map_err(|mismatch| fail(mismatch.to_string()))
        }
        _ => Err(refuse(0, "all elements must have the same type")),
    }
}

fn one(arguments: &Arguments) -> Result<Value, Failure> {
    match arguments.items(0) {
        [] => Ok(Value::null()),
        [only] => Ok(only.clone()),
        many => Err(refuse(
            0,
            format!("it has {} elements instead of one or none", many.len()),
        )),
    }
}
