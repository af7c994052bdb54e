//! Types of values, and the words for them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use crate::value::{Data, Value};

/// A type of values, also as a constraint.
#[derive(Debug, Clone)]
pub(crate) enum Type {
    /// Any type; as the element type of a collection: not known because there are no elements, or
    /// names mixed with texts.
    Any,
    /// True or false.
    Bool,
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// References to declarations.
    Name,
    /// Elements of one type, in order.
    List(Arc<Type>),
    /// Unique elements of one type.
    Set(Arc<Type>),
    /// Values of one type by name.
    Map(Arc<Type>),
    /// Elements of these types.
    Tuple(Arc<[Type]>),
    /// Attributes of these types.
    Object(Arc<BTreeMap<Arc<str>, Field>>),
}

/// One attribute of an object type.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Its type.
    pub(crate) of: Type,
    /// Whether it may be left out.
    pub(crate) optional: bool,
    /// What it is when left out or null.
    pub(crate) default: Option<Value>,
}

impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, Self::Any)
            | (Self::Bool, Self::Bool)
            | (Self::Number, Self::Number)
            | (Self::Text, Self::Text)
            | (Self::Name, Self::Name) => true,
            (Self::List(left), Self::List(right))
            | (Self::Set(left), Self::Set(right))
            | (Self::Map(left), Self::Map(right)) => left == right,
            (Self::Tuple(left), Self::Tuple(right)) => left == right,
            (Self::Object(left), Self::Object(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right.iter())
                        .all(|(left, right)| left.0 == right.0 && left.1.of == right.1.of)
            }
            _ => false,
        }
    }
}

impl Type {
    /// Returns the type of a value.
    pub(crate) fn of(value: &Value) -> Self {
        match &value.data {
            Data::Null => Self::Any,
            Data::Bool(_) => Self::Bool,
            Data::Number(_) => Self::Number,
            Data::Text(_) | Data::Composed(_) => Self::Text,
            Data::Reference(_) | Data::This(_) => Self::Name,
            Data::List(of, _) => Self::List(Arc::new(of.clone())),
            Data::Set(of, _) => Self::Set(Arc::new(of.clone())),
            Data::Map(of, _) => Self::Map(Arc::new(of.clone())),
            Data::Tuple(items) => Self::Tuple(items.iter().map(Self::of).collect()),
            Data::Object(entries) => Self::object(
                entries
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::of(value))),
            ),
        }
    }

    /// Makes an object type whose attributes are all required.
    pub(crate) fn object(attributes: impl Iterator<Item = (Arc<str>, Self)>) -> Self {
        let field = |of| Field {
            of,
            optional: false,
            default: None,
        };
        Self::Object(Arc::new(
            attributes.map(|(name, of)| (name, field(of))).collect(),
        ))
    }

    /// Reports whether this is a text, number or boolean type.
    pub(crate) fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::Text)
    }

    /// Returns the words for a value of this type: `a number`, `a list of texts`.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Any => "any value".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Name => "a reference".to_owned(),
            Self::List(of) => format!("a list of {}", of.plural()),
            Self::Set(of) => format!("a set of {}", of.plural()),
            Self::Map(of) => format!("a map of {}", of.plural()),
            Self::Tuple(of) => format!("a tuple of {}", count(of.len(), "element")),
            Self::Object(_) => "an object".to_owned(),
        }
    }

    fn plural(&self) -> &'static str {
        match self {
            Self::Any => "values",
            Self::Bool => "booleans",
            Self::Number => "numbers",
            Self::Text => "texts",
            Self::Name => "references",
            Self::List(_) => "lists",
            Self::Set(_) => "sets",
            Self::Map(_) => "maps",
            Self::Tuple(_) => "tuples",
            Self::Object(_) => "objects",
        }
    }

    /// Returns the type as the language writes it, on one line per nesting as `type(...)` shows it.
    pub(crate) fn notation(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text
    }

    fn write(&self, text: &mut String, depth: usize) {
        let indent = "    ".repeat(depth + 1);
        let close = "    ".repeat(depth);
        match self {
            Self::Any => text.push_str("dynamic"),
            Self::Bool => text.push_str("bool"),
            Self::Number => text.push_str("number"),
            Self::Text => text.push_str("string"),
            Self::Name => text.push_str("reference"),
            Self::List(of) => of.write_in("list", text, depth),
            Self::Set(of) => of.write_in("set", text, depth),
            Self::Map(of) => of.write_in("map", text, depth),
            Self::Tuple(of) if of.is_empty() => text.push_str("tuple([])"),
            Self::Object(fields) if fields.is_empty() => text.push_str("object({})"),
            Self::Tuple(of) => {
                text.push_str("tuple([\n");
                for of in of.iter() {
                    text.push_str(&indent);
                    of.write(text, depth + 1);
                    text.push_str(",\n");
                }
                text.push_str(&close);
                text.push_str("])");
            }
            Self::Object(fields) => {
                text.push_str("object({\n");
                for (name, field) in fields.iter() {
                    // Writing to a text cannot fail.
                    let _ = write!(text, "{indent}{name}: ");
                    field.of.write(text, depth + 1);
                    text.push_str(",\n");
                }
                text.push_str(&close);
                text.push_str("})");
            }
        }
    }

    fn write_in(&self, name: &str, text: &mut String, depth: usize) {
        text.push_str(name);
        text.push('(');
        if matches!(self, Self::Tuple(_) | Self::Object(_)) {
            let indent = "    ".repeat(depth);
            text.push_str(&format!("\n{indent}    "));
            self.write(text, depth + 1);
            text.push_str(&format!(",\n{indent}"));
        } else {
            self.write(text, depth);
        }
        text.push(')');
    }
}

/// Returns a number with its noun: `1 element`, `3 elements`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// How much of a text or of a list of names is shown to people.
const SHOWN: usize = 40;

/// Says what a value is, as people would: `the text "a"`, `an object with 1 attribute a`. The
/// contents of sensitive values are never told.
pub(crate) fn describe(value: &Value) -> String {
    if value.sensitive {
        return "a sensitive value".to_owned();
    }
    let names = |entries: &BTreeMap<Arc<str>, Value>| {
        let mut list = String::new();
        for name in entries.keys() {
            let _ = write!(list, "{}`{name}`", if list.is_empty() { " " } else { ", " });
            if list.len() > SHOWN * 2 {
                list.push_str(", ...");
                break;
            }
        }
        list
    };
    match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Number(number) => {
            let text = number.to_string();
            if text.len() > SHOWN {
                format!("the number {}...", &text[..SHOWN])
            } else {
                format!("the number {text}")
            }
        }
        Data::Text(text) if text.chars().count() > SHOWN => {
            let head: String = text.chars().take(SHOWN).collect();
            format!("the text {head:?}...")
        }
        Data::Text(text) => format!("the text {text:?}"),
        Data::Composed(_) => "a text that mentions declarations".to_owned(),
        Data::Reference(target) => format!("a reference to `{}`", target.id),
        Data::This(_) => "a reference to `self`".to_owned(),
        Data::List(of, items) => {
            format!(
                "a list of {} with {}",
                of.plural(),
                count(items.len(), "element")
            )
        }
        Data::Set(of, items) => {
            format!(
                "a set of {} with {}",
                of.plural(),
                count(items.len(), "element")
            )
        }
        Data::Tuple(items) => format!("a tuple with {}", count(items.len(), "element")),
        Data::Map(_, entries) => {
            format!(
                "a map with {}{}",
                count(entries.len(), "key"),
                names(entries)
            )
        }
        Data::Object(entries) => {
            format!(
                "an object with {}{}",
                count(entries.len(), "attribute"),
                names(entries)
            )
        }
    }
}
