//! Which text of an object a failure is about, and where in it.

use model::{Address, Object, Value};
use provider::{Error, Rejection};

use super::Scratch;
use crate::text::lexer::lex;

impl Scratch<'_> {
    /// Finds out which attribute a failure is about, and where in it.
    pub(super) fn reject(
        &mut self,
        address: &Address,
        object: &Object,
        sql: &str,
        mut error: Error,
    ) {
        let mut path = Vec::new();
        let found = error.position.take().and_then(|position| {
            texts(object).into_iter().find_map(|(path, text)| {
                let scratch = self.in_scratch(&text);
                let start = sql.find(&scratch).map(|at| sql[..at].chars().count())?;
                let inside = position.checked_sub(start)?;
                (inside <= scratch.chars().count())
                    .then(|| (path, original_position(&text, &scratch, inside)))
            })
        });
        if let Some((found, inside)) = found {
            path = found;
            error.position = Some(inside);
        } else {
            // Without a position it is the query, or the only text there is.
            let texts = texts(object);
            let is_alone = texts.len() == 1;
            let first = texts.into_iter().next();
            if let Some((only, _)) = first.filter(|(path, _)| is_alone || *path == ["query"]) {
                path = only;
            }
        }
        self.restore_words(&mut error);
        self.rejections.push(Rejection {
            address: address.clone(),
            path,
            error,
        });
    }
}

impl Scratch<'_> {
    /// Gives schemas their real names back in what the server says.
    pub(super) fn restore_words(&self, error: &mut Error) {
        for (schema, name) in &self.schemas {
            error.message = error.message.replace(name, schema);
            error
                .notes
                .iter_mut()
                .for_each(|note| *note = note.replace(name, schema));
        }
    }
}

/// Returns the texts of an object with their paths, as a person wrote them.
fn texts(object: &Object) -> Vec<(Vec<String>, String)> {
    let mut texts = Vec::new();
    for (name, value) in &object.attributes {
        match value {
            Value::Text(text)
                if matches!(
                    name,
                    "query" | "where" | "sql_body" | "when" | "using" | "with_check"
                ) =>
            {
                texts.push((vec![name.to_owned()], text.clone()));
            }
            Value::List(items) if matches!(name, "commands" | "expressions") => {
                let items = items.iter().enumerate();
                texts.extend(items.filter_map(|(at, item)| {
                    Some((
                        vec![name.to_owned(), at.to_string()],
                        item.as_text()?.to_owned(),
                    ))
                }));
            }
            Value::List(items) => {
                for item in items {
                    let Value::Map(map) = item else { continue };
                    let label = map.get("name").and_then(Value::as_text).map(str::to_owned);
                    let path = |rest: &[&str]| {
                        std::iter::once(name.to_owned())
                            .chain(label.clone())
                            .chain(rest.iter().map(|part| (*part).to_owned()))
                            .collect::<Vec<_>>()
                    };
                    for field in ["default", "expression", "type", "where"] {
                        if let Some(text) = map.get(field).and_then(Value::as_text) {
                            texts.push((path(&[field]), text.to_owned()));
                        }
                    }
                    if let Some(Value::Map(generated)) = map.get("generated")
                        && let Some(text) = generated.get("expression").and_then(Value::as_text)
                    {
                        texts.push((path(&["generated", "expression"]), text.to_owned()));
                    }
                }
            }
            _ => {}
        }
    }
    texts
}

/// Finds the position in the original text that a position in the changed text means: names are
/// changed token by token, so tokens can be counted.
pub(super) fn original_position(original: &str, changed: &str, position: usize) -> usize {
    let offset: usize = changed.chars().take(position).map(char::len_utf8).sum();
    let changed_tokens = lex(changed);
    let at = changed_tokens
        .iter()
        .take_while(|token| token.start < offset)
        .count();
    let tokens = lex(original);
    let exact = changed_tokens
        .get(at)
        .is_some_and(|token| token.start == offset);
    match tokens.get(if exact { at } else { at.saturating_sub(1) }) {
        Some(token) => original[..token.start].chars().count(),
        None => original.chars().count(),
    }
}
