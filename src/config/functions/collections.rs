//! Maps and objects: keys, values, merging, looking up.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::arguments::{Arguments, Failure, refuse};
use super::{Function, Marks, Takes, parameter};
use crate::convert::{convert, convert_all};
use crate::value::{Data, Value};
use crate::value_type::{Type, describe};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "keys",
        &[parameter("map", Takes::Map)],
        "Returns the keys of a map, sorted.",
        keys,
    )
    .marks(Marks::Kept),
    Function::pure(
        "length",
        &[parameter("value", Takes::Given)],
        "Returns how many elements, keys or characters there are.",
        length,
    )
    .marks(Marks::Kept),
    Function::pure(
        "lookup",
        &[
            parameter("map", Takes::Map),
            parameter("key", Takes::Text),
            parameter("default", Takes::Any),
        ],
        "Returns the value of a key, or a default.",
        lookup,
    )
    .optional(1)
    .marks(Marks::Kept),
    Function::pure("merge", &[], "Puts maps together; later ones win.", merge)
        .rest(parameter("maps", Takes::Any))
        .marks(Marks::Kept),
    Function::pure(
        "transpose",
        &[parameter("map", Takes::Map)],
        "Turns a map of lists round: every element becomes a key.",
        transpose,
    ),
    Function::pure(
        "values",
        &[parameter("map", Takes::Map)],
        "Returns the values of a map in the order of their keys.",
        values,
    )
    .marks(Marks::Kept),
    Function::pure(
        "zipmap",
        &[
            parameter("keys", Takes::Texts),
            parameter("values", Takes::Ordered),
        ],
        "Makes a map of a list of keys and a list of values.",
        zip_map,
    )
    .marks(Marks::Kept),
];

fn keys(arguments: &Arguments) -> Result<Value, Failure> {
    let map = arguments.value(0);
    let keys = arguments
        .entries(0)
        .into_keys()
        .map(|key| Value::from(Data::Text(key)));
    Ok(match &map.data {
        Data::Object(_) => Value::tuple(keys.collect()),
        _ => Value::list(Type::Text, keys.collect()),
    })
}

fn length(arguments: &Arguments) -> Result<Value, Failure> {
    let value = arguments.value(0);
    let length = match (&value.data, value.as_items(), value.as_entries()) {
        (_, Some(items), _) => items.len(),
        (_, _, Some(entries)) => entries.len(),
        (Data::Text(text), ..) => super::text::length(text),
        _ => {
            return Err(refuse(
                0,
                format!(
                    "a collection or a plain text is needed, this is {}",
                    describe(&value)
                ),
            ));
        }
    };
    Ok(length.into())
}

fn lookup(arguments: &Arguments) -> Result<Value, Failure> {
    let key = arguments.text(1);
    let map = arguments.value(0);
    if let Some(found) = map.as_entries().and_then(|entries| entries.get(key)) {
        return Ok(found.clone());
    }
    let default = arguments
        .given(2)
        .ok_or_else(|| refuse(1, format!("there is no key {key:?}")))?;
    match &map.data {
        Data::Map(of, _) => convert(default, of).map_err(|error| refuse(2, error.to_string())),
        _ => Ok(default.clone()),
    }
}

fn merge(arguments: &Arguments) -> Result<Value, Failure> {
    let mut merged: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    let mut types = Some(Vec::new());
    for (at, value) in arguments.all().iter().enumerate() {
        match &value.data {
            Data::Null => continue,
            Data::Map(of, _) => types.iter_mut().for_each(|types| types.push(of.clone())),
            Data::Object(_) => types = None,
            _ => {
                return Err(refuse(
                    at,
                    format!("a map or an object is needed, this is {}", describe(value)),
                ));
            }
        }
        let entries = value.as_entries().into_iter().flatten();
        merged.extend(entries.map(|(key, value)| (key.clone(), value.clone())));
    }
    // Maps of one type stay a map; anything else becomes an object.
    match types.as_deref() {
        Some([of, others @ ..]) if others.iter().all(|other| other == of) => {
            Ok(Value::map(of.clone(), merged))
        }
        _ => Ok(Value::object(merged)),
    }
}

fn transpose(arguments: &Arguments) -> Result<Value, Failure> {
    let of = Type::Map(Arc::new(Type::List(Arc::new(Type::Text))));
    let map = convert(&arguments.value(0), &of).map_err(|error| refuse(0, error.to_string()))?;
    let mut turned: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for (key, list) in map.as_entries().into_iter().flatten() {
        for item in list.as_items().unwrap_or_default() {
            let text = item
                .as_text()
                .ok_or_else(|| refuse(0, "an element is not a plain text"))?;
            turned
                .entry(text.into())
                .or_default()
                .push(Data::Text(key.clone()).into());
        }
    }
    let lists = turned
        .into_iter()
        .map(|(key, list)| (key, Value::list(Type::Text, list)));
    Ok(Value::map(
        Type::List(Arc::new(Type::Text)),
        lists.collect(),
    ))
}

fn values(arguments: &Arguments) -> Result<Value, Failure> {
    let map = arguments.value(0);
    let values = arguments.entries(0).into_values().collect();
    Ok(match &map.data {
        Data::Map(of, _) => Value::list(of.clone(), values),
        _ => Value::tuple(values),
    })
}

fn zip_map(arguments: &Arguments) -> Result<Value, Failure> {
    let (keys, values) = (arguments.texts(0), arguments.items(1));
    if keys.len() != values.len() {
        return Err(refuse(
            1,
            format!("there are {} keys and {} values", keys.len(), values.len()),
        ));
    }
    let entries = keys
        .into_iter()
        .map(Arc::from)
        .zip(values.iter().cloned())
        .collect();
    Ok(match &arguments.value(1).data {
        Data::List(of, _) => Value::map(of.clone(), entries),
        _ => Value::object(entries),
    })
}

/// Converts the elements of a collection to one type; used by sets as well.
pub(super) fn one_type(items: Vec<Value>, argument: usize) -> Result<(Type, Vec<Value>), Failure> {
    convert_all(items).ok_or_else(|| refuse(argument, "all elements must have the same type"))
}
