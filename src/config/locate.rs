//! Turns computed values into what declarations hold: contents with their places.
//!
//! A value stands where the expression stands that gave it. Where that expression is written as a
//! list or object, its elements stand where they are written; everything else that comes out of an
//! expression stands where the expression is.

use std::collections::BTreeMap;

use model::{Content, Located, Span};

use crate::expression::{Expression, Kind};
use crate::value::{Data, Value};

/// Returns a value with places from the expression that gave it.
pub(crate) fn locate(value: &Value, expression: &Expression) -> Located {
    with(value, expression.span, Some(expression), false)
}

fn with(value: &Value, span: Span, written: Option<&Expression>, mark: bool) -> Located {
    // What is inside something sensitive is sensitive.
    let mark = mark || value.sensitive;
    let content = match &value.data {
        Data::Null => Content::Null,
        Data::Bool(value) => Content::Bool(*value),
        Data::Number(number) => match number.as_i64() {
            Some(integer) => Content::Integer(integer),
            None => Content::Decimal(number.to_string()),
        },
        Data::Text(text) => Content::Text(text.to_string()),
        Data::Composed(pieces) => Content::Composed(pieces.to_vec()),
        Data::Reference(target) => Content::Reference(target.id.clone()),
        Data::This(_) => Content::This,
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            let written = match written.map(|written| &written.kind) {
                Some(Kind::Tuple(written)) if written.len() == items.len() => Some(written),
                _ => None,
            };
            let items = items.iter().enumerate().map(|(at, item)| {
                let written = written.and_then(|written| written.get(at));
                with(
                    item,
                    written.map_or(span, |written| written.span),
                    written,
                    mark,
                )
            });
            Content::List(items.collect())
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            let written: BTreeMap<&str, &Expression> = match written.map(|written| &written.kind) {
                Some(Kind::Object(written)) => written
                    .iter()
                    .filter_map(|(key, value)| Some((key.as_constant_text()?, value)))
                    .collect(),
                _ => BTreeMap::new(),
            };
            let entries = entries.iter().map(|(name, value)| {
                let written = written.get(&**name).copied();
                let span = written.map_or(span, |written| written.span);
                (name.to_string(), with(value, span, written, mark))
            });
            Content::Map(entries.collect())
        }
    };
    Located {
        content,
        span,
        sensitive: mark,
    }
}
