//! Values: what an expression gave, as the type that the schema wants.

use model::{
    Address, Attribute, Body, Content, Diagnostic, Located, Piece, Secret, Span, Value, diagnostic,
};
use serde_json::Value as Json;

use super::Decoder;
use super::shape::Shape;

/// Names a value as people call it, without showing what might be secret.
fn words(content: &Content) -> &'static str {
    match content {
        Content::Null => "null",
        Content::Bool(_) => "a bool",
        Content::Integer(_) | Content::Decimal(_) => "a number",
        Content::Text(_) | Content::Composed(_) => "a text",
        Content::List(_) => "a list",
        Content::Map(_) => "a map",
        Content::Reference(_) | Content::This => "a reference",
    }
}

impl Decoder<'_> {
    fn wrong_type(&mut self, value: &Located, shape: &Shape<'_>) -> Option<Value> {
        self.report(
            Diagnostic::error("declaration::wrong_type", "wrong type").at(
                value.span,
                format!(
                    "this is {}, but must be {}",
                    words(&value.content),
                    shape.words()
                ),
            ),
        );
        None
    }

    pub(super) fn value(&mut self, value: &Located, shape: &Shape<'_>) -> Option<Value> {
        if let Content::Null = value.content {
            return None;
        }
        if value.sensitive && *shape != Shape::Secret {
            self.report(
                Diagnostic::error(
                    "declaration::sensitive_value",
                    "sensitive value where it would be stored",
                )
                .at(value.span, "something secret goes into this")
                .help("Take a value that is no secret, or wrap it in `nonsensitive()`."),
            );
            return None;
        }
        match shape {
            Shape::Bool => match &value.content {
                Content::Bool(value) => Some(Value::Bool(*value)),
                Content::Text(text) if text == "true" => Some(Value::Bool(true)),
                Content::Text(text) if text == "false" => Some(Value::Bool(false)),
                _ => self.wrong_type(value, shape),
            },
            Shape::Integer { least, most } => {
                let number = match &value.content {
                    Content::Integer(number) => Some(*number),
                    Content::Text(text) => text.parse().ok(),
                    _ => None,
                };
                match number {
                    Some(number)
                        if least.is_none_or(|least| number >= least)
                            && most.is_none_or(|most| number <= most) =>
                    {
                        Some(Value::Integer(number))
                    }
                    Some(_) => {
                        let range = match (least, most) {
                            (Some(least), Some(most)) => format!("from {least} to {most}"),
                            (Some(least), None) => format!("{least} or more"),
                            (None, Some(most)) => format!("{most} or less"),
                            (None, None) => "within 64 bits".to_owned(),
                        };
                        self.report(
                            Diagnostic::error("declaration::wrong_type", "wrong type")
                                .at(value.span, format!("this must be {range}")),
                        );
                        None
                    }
                    None => self.wrong_type(value, shape),
                }
            }
            Shape::Number => match &value.content {
                Content::Integer(number) => Some(Value::Integer(*number)),
                Content::Decimal(text) => Some(Value::Decimal(text.clone())),
                _ => self.wrong_type(value, shape),
            },
            Shape::Text => self.text(value, shape).map(Value::Text),
            Shape::Choice(choices) => {
                let text = self.text(value, shape)?;
                if choices.contains(&text.as_str()) {
                    return Some(Value::Text(text));
                }
                self.report(
                    Diagnostic::error("declaration::unknown_choice", "unknown choice")
                        .at(value.span, format!("this must be {}", shape.words()))
                        .help_some(diagnostic::did_you_mean(&text, choices.iter().copied())),
                );
                None
            }
            Shape::Secret => {
                let text = self.text(value, shape)?;
                let salt = self
                    .names
                    .this()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                Some(Value::Secret(Secret::new(text, &salt)))
            }
            Shape::Reference(kinds) => self.reference(value, kinds).map(Value::Reference),
            Shape::OneOrMany(item) => match &value.content {
                Content::List(items) => self.list(items, item),
                _ => self
                    .value(value, item)
                    .map(|value| Value::List(vec![value])),
            },
            Shape::List(item) => match &value.content {
                Content::List(items) => self.list(items, item),
                _ => self.wrong_type(value, shape),
            },
            Shape::Map(item) => match &value.content {
                Content::Map(entries) => Some(Value::Map(
                    entries
                        .iter()
                        .filter_map(|(name, value)| Some((name.clone(), self.value(value, item)?)))
                        .collect(),
                )),
                _ => self.wrong_type(value, shape),
            },
            Shape::Struct(schema) => match &value.content {
                Content::Map(entries) => Some(self.map_as_body(value.span, entries, schema)),
                _ => self.wrong_type(value, shape),
            },
        }
    }

    /// Decodes a map value where a struct is wanted, exactly as a block would be.
    fn map_as_body(&mut self, span: Span, entries: &[(String, Located)], schema: &Json) -> Value {
        let attributes = entries
            .iter()
            .map(|(name, value)| Attribute {
                name: name.clone(),
                name_span: value.span,
                value: value.clone(),
            })
            .collect();
        Value::Map(self.body(
            span,
            &Body {
                span,
                attributes,
                blocks: Vec::new(),
            },
            schema,
        ))
    }

    fn list(&mut self, items: &[Located], item: &Shape<'_>) -> Option<Value> {
        let decoded: Vec<_> = items
            .iter()
            .filter_map(|value| self.value(value, item))
            .collect();
        Some(Value::List(decoded))
    }

    fn text(&mut self, value: &Located, shape: &Shape<'_>) -> Option<String> {
        match &value.content {
            Content::Text(text) | Content::Decimal(text) => Some(text.clone()),
            Content::Integer(number) => Some(number.to_string()),
            Content::Bool(value) => Some(value.to_string()),
            Content::Composed(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(piece) => text.push_str(piece),
                        Piece::Reference(id) => match self.names.reference(id, value.span) {
                            Ok(address) => text.push_str(&self.names.written(&address)),
                            Err(diagnostic) => {
                                self.diagnostics.extend(diagnostic);
                                return None;
                            }
                        },
                        Piece::This => {
                            if let Some(address) = self.names.this() {
                                text.push_str(&self.names.written(address));
                            }
                        }
                    }
                }
                Some(text)
            }
            _ => {
                self.wrong_type(value, shape);
                None
            }
        }
    }

    fn reference(&mut self, value: &Located, kinds: &[&str]) -> Option<Address> {
        let found = match &value.content {
            Content::Reference(id) => self.names.reference(id, value.span),
            Content::This => match self.names.this() {
                Some(address) => Ok(address.clone()),
                None => {
                    return self
                        .wrong_type(value, &Shape::Reference(kinds.to_vec()))
                        .and(None);
                }
            },
            Content::Text(text) => self.names.named(kinds, text, value.span).map_err(Some),
            _ => {
                return self
                    .wrong_type(value, &Shape::Reference(kinds.to_vec()))
                    .and(None);
            }
        };
        match found {
            Ok(address) if kinds.contains(&address.kind()) || kinds.contains(&"*") => Some(address),
            Ok(address) => {
                self.report(
                    Diagnostic::error("declaration::wrong_type", "wrong type").at(
                        value.span,
                        format!(
                            "this is {}, but must be {}",
                            diagnostic::with_article(address.kind()),
                            Shape::Reference(kinds.to_vec()).words()
                        ),
                    ),
                );
                None
            }
            Err(diagnostic) => {
                self.diagnostics.extend(diagnostic);
                None
            }
        }
    }
}
