//! YAML, read and written as Terraform does: one document, the core schema, no recursion.

use std::collections::BTreeMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::json;
use crate::convert::plain_text;
use crate::evaluator::LARGEST_VALUE;
use crate::number::Number;
use crate::value::{Data, Value};
use crate::value_type::describe;

/// How deep YAML may be nested.
const DEEPEST: usize = 100;

/// Reads one document.
pub(super) fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        size: 0,
    };
    let mut value = None;
    loop {
        match reader.next()? {
            Event::StreamEnd => break,
            Event::DocumentStart(_) => {
                if value.is_some() {
                    return Err("there is more than one document".to_owned());
                }
                let first = reader.next()?;
                value = Some(reader.value(first, 0)?);
            }
            _ => {}
        }
    }
    value.ok_or_else(|| "there is no document".to_owned())
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: BTreeMap<usize, Value>,
    size: u64,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.events.next() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => {
                let mark = error.marker();
                Err(format!(
                    "not valid YAML: {} in line {}, column {}",
                    error.info(),
                    mark.line(),
                    mark.col() + 1
                ))
            }
            None => Ok(Event::StreamEnd),
        }
    }

    fn value(&mut self, event: Event<'a>, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err(format!("it is nested deeper than {DEEPEST} levels"));
        }
        let (anchor, value) = match event {
            Event::Alias(id) => {
                let value = self.anchors.get(&id).cloned();
                // An alias inside its own anchor is not known yet.
                (
                    0,
                    value.ok_or("an alias refers to something that contains it")?,
                )
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|tag| tag.suffix.clone());
                let value = match (tag.as_deref(), style) {
                    (Some("str"), _) => Value::from(&*text),
                    (None, ScalarStyle::Plain) | (Some("int" | "float" | "bool" | "null"), _) => {
                        scalar(&text)?
                    }
                    (None, _) => Value::from(&*text),
                    (Some(other), _) => return Err(format!("the tag `!!{other}` is not known")),
                };
                (anchor, value)
            }
            Event::SequenceStart(anchor, _) => (anchor, self.sequence(depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.mapping(depth)?),
            _ => return Err("the document ends too early".to_owned()),
        };
        // Aliases can make a small text a huge value.
        self.size = self.size.saturating_add(value.weight().size);
        if value.weight().size > LARGEST_VALUE || self.size > 16 * LARGEST_VALUE {
            return Err("the value is larger than 64 MiB".to_owned());
        }
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::tuple(items)),
                event => items.push(self.value(event, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut merged: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        loop {
            let key = match self.next()? {
                Event::MappingEnd => break,
                event => {
                    let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
                    let key = self.value(event, depth + 1)?;
                    if is_merge { None } else { Some(key) }
                }
            };
            let event = self.next()?;
            let value = self.value(event, depth + 1)?;
            match key {
                None => merge(&value, &mut merged)?,
                Some(key) => {
                    let name = plain_text(&key)
                        .ok_or_else(|| format!("a key is a text, this is {}", describe(&key)))?;
                    entries.insert(name.into(), value);
                }
            }
        }
        merged.extend(entries);
        Ok(Value::object(merged))
    }
}

/// Adds what `<<` brings in: a mapping, or several, the first of which wins.
fn merge(value: &Value, into: &mut BTreeMap<Arc<str>, Value>) -> Result<(), String> {
    match (value.as_entries(), value.as_items()) {
        (Some(entries), _) => {
            for (name, value) in entries {
                into.entry(name.clone()).or_insert_with(|| value.clone());
            }
            Ok(())
        }
        (_, Some(items)) => items.iter().try_for_each(|item| merge(item, into)),
        _ => Err("`<<` merges mappings only".to_owned()),
    }
}

/// Reads a plain scalar.
fn scalar(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::null()),
        // Terraform reads the booleans of YAML 1.1.
        "true" | "True" | "TRUE" | "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            return Ok(true.into());
        }
        "false" | "False" | "FALSE" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Ok(false.into());
        }
        _ => {}
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            let plain = digits.replace('_', "");
            if let Some(value) = num_bigint::BigInt::parse_bytes(plain.as_bytes(), base) {
                let value = if sign.is_empty() { value } else { -value };
                return Number::from_integer(value)
                    .map(Value::from)
                    .map_err(|e| e.to_string());
            }
        }
    }
    let starts_like_number =
        digits.starts_with(|c: char| c.is_ascii_digit()) || digits.starts_with('.');
    let number = match (starts_like_number, digits.strip_prefix('.')) {
        (false, _) => None,
        (true, Some(fraction)) => Number::parse(&format!("{sign}0.{fraction}")),
        (true, None) => Number::parse(text.strip_prefix('+').unwrap_or(text)),
    };
    match number {
        Some(Ok(number)) => Ok(number.into()),
        Some(Err(error)) => Err(error.to_string()),
        None => Ok(text.into()),
    }
}

/// Writes a value as a block, every text and key in quotes.
pub(super) fn encode(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(value, 0, Place::Top, &mut out)?;
    Ok(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The document itself.
    Top,
    /// After `- `.
    Item,
    /// After `name:`.
    Entry,
}

fn write(value: &Value, depth: usize, place: Place, out: &mut String) -> Result<(), String> {
    let indent = "  ".repeat(depth);
    let items = value.as_items();
    let entries = value.as_entries();
    if let Some(items) = items.filter(|items| !items.is_empty()) {
        if place == Place::Entry {
            out.push('\n');
        }
        for (at, item) in items.iter().enumerate() {
            if at > 0 || place != Place::Item {
                out.push_str(&indent);
            }
            out.push_str("- ");
            write(item, depth + 1, Place::Item, out)?;
        }
        return Ok(());
    }
    if let Some(entries) = entries.filter(|entries| !entries.is_empty()) {
        if place == Place::Entry {
            out.push('\n');
        }
        for (at, (name, value)) in entries.iter().enumerate() {
            if at > 0 || place != Place::Item {
                out.push_str(&indent);
            }
            out.push_str(&json::quoted(name));
            out.push(':');
            // A sequence in a mapping is not indented further.
            let inside = if value.as_items().is_some() {
                depth
            } else {
                depth + 1
            };
            write(value, inside, Place::Entry, out)?;
        }
        return Ok(());
    }
    if place == Place::Entry {
        out.push(' ');
    }
    match &value.data {
        Data::Text(text) if text.contains('\n') => block(text, depth.max(1), out),
        _ if items.is_some() => out.push_str("[]"),
        _ if entries.is_some() => out.push_str("{}"),
        _ => out.push_str(
            &json::encode(value)?
                .replace("\\u003c", "<")
                .replace("\\u003e", ">")
                .replace("\\u0026", "&"),
        ),
    }
    out.push('\n');
    Ok(())
}

/// Writes a text of several lines as a literal block.
fn block(text: &str, depth: usize, out: &mut String) {
    out.push('|');
    let body = match text.strip_suffix('\n') {
        Some(body) if body.ends_with('\n') || body.is_empty() => {
            out.push('+');
            body
        }
        Some(body) => body,
        None => {
            out.push('-');
            text
        }
    };
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&"  ".repeat(depth));
            out.push_str(line);
        }
    }
}
