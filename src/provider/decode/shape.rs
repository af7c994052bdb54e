//! What a JSON Schema of a kind says about one value, in the few words that decoding needs.
//!
//! Schemas come from `schemars`, with sub-schemas inlined. Four extensions carry what JSON Schema
//! has no word for: `x-reference` (kinds that a name may be of), `x-block` (written as blocks,
//! `labelled` or `plain`), `x-one-or-many` (a single value stands for a list of one), `x-derived`
//! (never written by people) and `x-secret`.

use model::diagnostic::with_article;
use serde_json::Value as Json;

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape<'a> {
    Bool,
    Integer {
        least: Option<i64>,
        most: Option<i64>,
    },
    Number,
    Text,
    Choice(Vec<&'a str>),
    List(Box<Shape<'a>>),
    Map(Box<Shape<'a>>),
    Struct(&'a Json),
    Reference(Vec<&'a str>),
    Secret,
    OneOrMany(Box<Shape<'a>>),
}

/// How a property is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `name = value`.
    Attribute,
    /// A block without a label.
    PlainBlock,
    /// Blocks with a label, which is the name.
    LabelledBlock,
    /// Not at all: it follows from something else.
    Derived,
}

/// Returns how a property is written.
#[must_use]
pub fn form(property: &Json) -> Form {
    if property.get("x-derived").is_some() {
        return Form::Derived;
    }
    match property.get("x-block").and_then(Json::as_str) {
        Some("labelled") => Form::LabelledBlock,
        Some(_) => Form::PlainBlock,
        None => Form::Attribute,
    }
}

fn texts(value: Option<&Json>) -> Vec<&str> {
    value
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

/// Leaves the alternative "null" out of a schema.
fn without_null(schema: &Json) -> &Json {
    schema
        .get("anyOf")
        .and_then(Json::as_array)
        .and_then(|any| {
            any.iter()
                .find(|one| one.get("type").and_then(Json::as_str) != Some("null"))
        })
        .unwrap_or(schema)
}

impl<'a> Shape<'a> {
    /// Reads the shape of a property or of an item.
    pub(super) fn of(schema: &'a Json) -> Self {
        let inner = Self::without_extensions(schema);
        if schema.get("x-secret").is_some() {
            return Self::Secret;
        }
        let kinds = texts(schema.get("x-reference"));
        let inner = if kinds.is_empty() {
            inner
        } else {
            match inner {
                Self::List(_) => Self::List(Box::new(Self::Reference(kinds))),
                Self::Map(_) => Self::Map(Box::new(Self::Reference(kinds))),
                _ => Self::Reference(kinds),
            }
        };
        match (schema.get("x-one-or-many"), inner) {
            (Some(_), Self::List(item)) => Self::OneOrMany(item),
            (_, inner) => inner,
        }
    }

    fn without_extensions(schema: &'a Json) -> Self {
        let schema = without_null(schema);
        if let Some(choices) = schema.get("oneOf").and_then(Json::as_array) {
            return Self::Choice(
                choices
                    .iter()
                    .flat_map(|one| {
                        one.get("const")
                            .and_then(Json::as_str)
                            .into_iter()
                            .chain(texts(one.get("enum")))
                    })
                    .collect(),
            );
        }
        let choices = texts(schema.get("enum"));
        if !choices.is_empty() {
            return Self::Choice(choices);
        }
        let name = match schema.get("type") {
            Some(Json::String(name)) => name.as_str(),
            Some(Json::Array(names)) => names
                .iter()
                .filter_map(Json::as_str)
                .find(|name| *name != "null")
                .unwrap_or("string"),
            _ => "string",
        };
        match name {
            "boolean" => Self::Bool,
            "integer" => Self::Integer {
                least: schema.get("minimum").and_then(Json::as_i64),
                most: schema.get("maximum").and_then(Json::as_i64),
            },
            "number" => Self::Number,
            "array" => Self::List(Box::new(Self::of(&schema["items"]))),
            "object" if schema.get("properties").is_some() => Self::Struct(schema),
            "object" => Self::Map(Box::new(Self::of(&schema["additionalProperties"]))),
            _ => Self::Text,
        }
    }

    /// Names the shape with an article, for "this must be ...".
    pub(super) fn words(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Integer { .. } => "a whole number".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Secret => "a text".to_owned(),
            Self::Choice(choices) => format!(
                "one of {}",
                choices
                    .iter()
                    .map(|choice| format!("`{choice}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Self::List(item) => format!("a list, each item {}", item.words()),
            Self::Map(item) => format!("a map, each value {}", item.words()),
            Self::Struct(schema) => {
                let names: Vec<_> = schema["properties"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| format!("`{name}`"))
                    .collect();
                format!("an object with {}", names.join(", "))
            }
            Self::Reference(kinds) if kinds.contains(&"*") => "a reference to an object".to_owned(),
            Self::Reference(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(|kind| with_article(kind)).collect();
                format!("a reference to {}, or its name", kinds.join(" or "))
            }
            Self::OneOrMany(item) => format!("{}, or a list of such", item.words()),
        }
    }
}
