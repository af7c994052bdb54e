//! Conversion of values to types, and the one type that several values can share.
//!
//! The rules are Terraform's: texts, numbers and booleans convert into one another where the text
//! allows it; tuples become lists and sets, objects become maps, when their elements can share a
//! type; objects lose attributes that are not asked for and gain optional ones. References never
//! become text silently; where they meet texts in one collection, both stay what they are.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::diagnostic::nearest;

use crate::number::Number;
use crate::value::{Data, Value};
use crate::value_type::{Field, Type, describe};

/// Why a value is not of a type: where inside it, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// The way to the element, outermost step first, as written: `[0]`, `.name`.
    path: Vec<String>,
    /// What is wrong there.
    reason: String,
}

impl Mismatch {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            reason: reason.into(),
        }
    }

    fn at(mut self, step: String) -> Self {
        self.path.insert(0, step);
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at `{}`: ", self.path.concat().trim_start_matches('.'))?;
        }
        f.write_str(&self.reason)
    }
}

/// Returns the text of a number or boolean.
pub(crate) fn primitive_text(data: &Data) -> Option<String> {
    match data {
        Data::Bool(value) => Some(value.to_string()),
        Data::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the text of a text, number or boolean.
pub(crate) fn plain_text(value: &Value) -> Option<String> {
    match &value.data {
        Data::Text(text) => Some(text.to_string()),
        data => primitive_text(data),
    }
}

/// Converts a value; null converts to everything. Marks stay where they are.
pub(crate) fn convert(value: &Value, to: &Type) -> Result<Value, Mismatch> {
    let wrong = || {
        Err(Mismatch::new(format!(
            "{} is needed, this is {}",
            to.words(),
            describe(value)
        )))
    };
    let data = match (to, &value.data) {
        (Type::Any, data) => data.clone(),
        (_, Data::Null) => Data::Null,
        (Type::Bool, Data::Bool(_))
        | (Type::Number, Data::Number(_))
        | (Type::Text, Data::Text(_) | Data::Composed(_))
        | (Type::Name, Data::Reference(_) | Data::This(_)) => value.data.clone(),
        (Type::Text, data) => match primitive_text(data) {
            Some(text) => Data::Text(text.into()),
            None => return wrong(),
        },
        (Type::Number, Data::Text(text)) => match Number::parse(text) {
            Some(Ok(number)) => Data::Number(number),
            Some(Err(error)) => return Err(Mismatch::new(error.to_string())),
            None => return wrong(),
        },
        (Type::Bool, Data::Text(text)) => match &**text {
            "true" | "1" => Data::Bool(true),
            "false" | "0" => Data::Bool(false),
            _ => return wrong(),
        },
        (Type::List(of), Data::List(from, _)) | (Type::Set(of), Data::Set(from, _))
            if **of == *from && !contains_optional(of) =>
        {
            value.data.clone()
        }
        (Type::Map(of), Data::Map(from, _)) if **of == *from && !contains_optional(of) => {
            value.data.clone()
        }
        (Type::List(of) | Type::Set(of), _) => {
            let Some(items) = value.as_items() else {
                return wrong();
            };
            let of = element_type(of, items.iter())?;
            let items = convert_items(items, &of)?;
            if matches!(to, Type::Set(_)) {
                return Ok(Value::set(of, items).marked(value.sensitive));
            }
            Value::list(of, items).data
        }
        (Type::Map(of), _) => {
            let Some(entries) = value.as_entries() else {
                return wrong();
            };
            let of = element_type(of, entries.values())?;
            let entries = entries
                .iter()
                .map(|(name, value)| {
                    let value = convert(value, &of).map_err(|error| error.at(step(name)))?;
                    Ok((name.clone(), value))
                })
                .collect::<Result<_, _>>()?;
            Value::map(of, entries).data
        }
        (Type::Tuple(of), Data::Tuple(items)) if of.len() == items.len() => {
            let items = of.iter().zip(items.iter()).enumerate();
            let items = items
                .map(|(at, (of, item))| convert(item, of).map_err(|e| e.at(format!("[{at}]"))))
                .collect::<Result<_, _>>()?;
            Value::tuple(items).data
        }
        (Type::Object(fields), _) => match value.as_entries() {
            Some(entries) => convert_object(entries, fields)?,
            None => return wrong(),
        },
        _ => return wrong(),
    };
    Ok(Value {
        data,
        sensitive: value.sensitive,
    })
}

fn step(name: &str) -> String {
    format!(".{name}")
}

fn convert_items(items: &[Value], of: &Type) -> Result<Vec<Value>, Mismatch> {
    let items = items.iter().enumerate();
    items
        .map(|(at, item)| convert(item, of).map_err(|error| error.at(format!("[{at}]"))))
        .collect()
}

fn convert_object(
    entries: &BTreeMap<Arc<str>, Value>,
    fields: &BTreeMap<Arc<str>, Field>,
) -> Result<Data, Mismatch> {
    let mut converted = BTreeMap::new();
    for (name, field) in fields {
        let given = entries.get(name).filter(|value| !value.is_null());
        let given = match (given, &field.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => default.clone(),
            (None, None) if field.optional || entries.contains_key(name) => Value::null(),
            (None, None) => {
                let unknown = entries.keys().filter(|key| !fields.contains_key(*key));
                let hint = nearest(name, unknown.map(|key| &**key))
                    .map(|near| format!(", and `{near}` is unknown"))
                    .unwrap_or_default();
                return Err(Mismatch::new(format!(
                    "attribute `{name}` is required{hint}"
                )));
            }
        };
        let value = convert(&given, &field.of).map_err(|error| error.at(step(name)))?;
        converted.insert(name.clone(), value);
    }
    Ok(Value::object(converted).data)
}

/// Reports whether conversion to a type may add attributes even to values that have the type.
fn contains_optional(of: &Type) -> bool {
    match of {
        Type::List(of) | Type::Set(of) | Type::Map(of) => contains_optional(of),
        Type::Tuple(of) => of.iter().any(contains_optional),
        Type::Object(fields) => fields
            .values()
            .any(|field| field.optional || contains_optional(&field.of)),
        Type::Any | Type::Bool | Type::Number | Type::Text | Type::Name => false,
    }
}

/// Returns the type all elements of a collection get: the one asked for, or one they can share.
fn element_type<'a>(
    of: &Type,
    elements: impl Iterator<Item = &'a Value>,
) -> Result<Type, Mismatch> {
    match of {
        Type::Any => {
            let types: Vec<_> = elements.map(Type::of).collect();
            unify(&types).ok_or_else(|| Mismatch::new("all elements must have the same type"))
        }
        of => Ok(of.clone()),
    }
}

/// Returns the type that values of all these types can be converted to, if there is one.
pub(crate) fn unify(types: &[Type]) -> Option<Type> {
    let mut distinct: Vec<&Type> = Vec::new();
    for of in types {
        if !matches!(of, Type::Any) && !distinct.contains(&of) {
            distinct.push(of);
        }
    }
    let Some(first) = distinct.first() else {
        return Some(Type::Any);
    };
    if distinct.len() == 1 {
        return Some((*first).clone());
    }
    unify_primitives(&distinct)
        .or_else(|| unify_sequences(&distinct))
        .or_else(|| unify_named(&distinct))
}

fn unify_primitives(types: &[&Type]) -> Option<Type> {
    let mut has_name = false;
    for of in types {
        match of {
            Type::Name => has_name = true,
            of if of.is_primitive() => {}
            _ => return None,
        }
    }
    match has_name {
        true if types.iter().all(|of| matches!(of, Type::Name | Type::Text)) => Some(Type::Any),
        true => None,
        false if types.contains(&&Type::Text) => Some(Type::Text),
        // Numbers and booleans meet only as text, and Terraform does not go that way by itself.
        false => None,
    }
}

fn unify_sequences(types: &[&Type]) -> Option<Type> {
    let mut elements = Vec::new();
    let mut wrap: fn(Arc<Type>) -> Type = Type::List;
    for of in types {
        match of {
            Type::List(of) => elements.push((**of).clone()),
            Type::Set(of) => {
                wrap = Type::Set;
                elements.push((**of).clone());
            }
            Type::Tuple(of) => elements.extend(of.iter().cloned()),
            _ => return None,
        }
    }
    if let Some(tuple) = unify_tuples(types) {
        return Some(tuple);
    }
    Some(wrap(Arc::new(unify(&elements)?)))
}

/// Tuples of one length stay tuples when their elements agree place by place.
fn unify_tuples(types: &[&Type]) -> Option<Type> {
    let tuples: Vec<&Arc<[Type]>> = types
        .iter()
        .map(|of| match of {
            Type::Tuple(of) => Some(of),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let length = tuples.first()?.len();
    if tuples.iter().any(|of| of.len() != length) {
        return None;
    }
    (0..length)
        .map(|at| unify(&tuples.iter().map(|of| of[at].clone()).collect::<Vec<_>>()))
        .collect::<Option<Vec<_>>>()
        .map(|of| Type::Tuple(of.into()))
}

fn unify_named(types: &[&Type]) -> Option<Type> {
    let mut elements = Vec::new();
    for of in types {
        match of {
            Type::Map(of) => elements.push((**of).clone()),
            Type::Object(fields) => elements.extend(fields.values().map(|field| field.of.clone())),
            _ => return None,
        }
    }
    if let Some(object) = unify_objects(types) {
        return Some(object);
    }
    Some(Type::Map(Arc::new(unify(&elements)?)))
}

/// Objects with the same attributes stay objects when those agree one by one.
fn unify_objects(types: &[&Type]) -> Option<Type> {
    let objects: Vec<&Arc<BTreeMap<Arc<str>, Field>>> = types
        .iter()
        .map(|of| match of {
            Type::Object(fields) => Some(fields),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let names = objects.first()?;
    if objects.iter().any(|fields| !fields.keys().eq(names.keys())) {
        return None;
    }
    let fields = names
        .keys()
        .map(|name| {
            let of: Vec<_> = objects
                .iter()
                .map(|fields| fields[name].of.clone())
                .collect();
            Some((name.clone(), unify(&of)?))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Type::object(fields.into_iter()))
}

/// Converts several values to the type they can share; they stay as they are where there is none.
pub(crate) fn convert_all(values: Vec<Value>) -> Option<(Type, Vec<Value>)> {
    let of = unify(&values.iter().map(Type::of).collect::<Vec<_>>())?;
    let values = values
        .iter()
        .map(|value| convert(value, &of))
        .collect::<Result<_, _>>()
        .ok()?;
    Some((of, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(entries: &[(&str, Value)]) -> Value {
        let entries = entries
            .iter()
            .map(|(name, value)| ((*name).into(), value.clone()));
        Value::object(entries.collect())
    }

    #[test]
    fn mixed_texts_and_numbers_become_texts() {
        let tuple = Value::tuple(vec![1_usize.into(), "a".into()]);
        let list = convert(&tuple, &Type::List(Arc::new(Type::Any))).unwrap();
        assert_eq!(Type::of(&list).notation(), "list(string)");
    }

    #[test]
    fn objects_of_different_shape_meet_as_a_map() {
        let left = Type::of(&object(&[("a", 1_usize.into())]));
        let right = Type::of(&object(&[("b", "x".into())]));
        assert_eq!(unify(&[left, right]).unwrap().notation(), "map(string)");
    }

    #[test]
    fn a_mismatch_says_where_it_is() {
        let value = object(&[("a", Value::tuple(vec!["x".into()]))]);
        let to = Type::Map(Arc::new(Type::List(Arc::new(Type::Number))));
        assert_eq!(
            convert(&value, &to).unwrap_err().to_string(),
            "at `a[0]`: a number is needed, this is the text \"x\""
        );
    }
}
