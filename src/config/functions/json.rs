//! JSON, read and written: numbers exact, keys sorted, `<`, `>` and `&` escaped as Terraform does.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use crate::number::Number;
use crate::value::{Data, Value};
use crate::value_type::describe;

/// How deep JSON may be nested.
const DEEPEST: usize = 100;

/// Returns a text in quotes, without the escapes that only `jsonencode` makes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, false, &mut out);
    out
}

fn quote(text: &str, for_html: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' if for_html => escape(c, out),
            '\u{2028}' | '\u{2029}' => escape(c, out),
            c if (c as u32) < 0x20 => escape(c, out),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn escape(c: char, out: &mut String) {
    // Writing to a text cannot fail.
    let _ = write!(out, "\\u{:04x}", c as u32);
}

/// Writes a value.
pub(super) fn encode(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write_value(value, &mut out)?;
    Ok(out)
}

fn write_value(value: &Value, out: &mut String) -> Result<(), String> {
    match &value.data {
        Data::Null => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::Text(text) => quote(text, true, out),
        Data::Composed(_) | Data::Reference(_) | Data::This(_) => {
            return Err(format!(
                "{} has no JSON form; use its `name`",
                describe(value)
            ));
        }
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(item, out)?;
            }
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push('{');
            for (at, (name, value)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(name, true, out);
                out.push(':');
                write_value(value, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Reads a text.
pub(super) fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.wrong("the end")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        self.at += self.rest().len()
            - self
                .rest()
                .trim_start_matches([' ', '\t', '\n', '\r'])
                .len();
    }

    fn wrong(&self, expected: &str) -> String {
        let before = &self.text[..self.at];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        format!("not valid JSON: {expected} is expected in line {line}, column {column}")
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err(format!("it is nested deeper than {DEEPEST} levels"));
        }
        self.space();
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => Ok(self.string()?.into()),
            Some('-' | '0'..='9') => self.number(),
            _ if self.take("null") => Ok(Value::null()),
            _ if self.take("true") => Ok(true.into()),
            _ if self.take("false") => Ok(false.into()),
            _ => Err(self.wrong("a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        loop {
            self.space();
            if entries.is_empty() && self.take("}") {
                break;
            }
            if self.peek() != Some('"') {
                return Err(self.wrong("a name in quotes"));
            }
            let name = self.string()?;
            self.space();
            if !self.take(":") {
                return Err(self.wrong("`:`"));
            }
            entries.insert(name.into(), self.value(depth + 1)?);
            self.space();
            if self.take("}") {
                break;
            }
            if !self.take(",") {
                return Err(self.wrong("`,` or `}`"));
            }
        }
        Ok(Value::object(entries))
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.space();
            if items.is_empty() && self.take("]") {
                break;
            }
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take("]") {
                break;
            }
            if !self.take(",") {
                return Err(self.wrong("`,` or `]`"));
            }
        }
        Ok(Value::tuple(items))
    }

    fn number(&mut self) -> Result<Value, String> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let text = rest[..end].to_owned();
        let digits = text.trim_start_matches('-');
        let has_leading_zero =
            digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
        let ends_with_point = text.contains(".e") || text.contains(".E") || text.ends_with('.');
        if has_leading_zero || ends_with_point || text.starts_with("-.") {
            return Err(self.wrong("a number"));
        }
        match Number::parse(&text) {
            Some(Ok(number)) => {
                self.at += end;
                Ok(number.into())
            }
            Some(Err(error)) => Err(error.to_string()),
            None => Err(self.wrong("a number")),
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(self.wrong("a closing quote"));
            };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(text);
                }
                '\\' => {
                    self.at += 1;
                    text.push(self.escaped()?);
                }
                c if (c as u32) < 0x20 => return Err(self.wrong("a closing quote")),
                c => {
                    self.at += c.len_utf8();
                    text.push(c);
                }
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        let Some(c) = self.peek() else {
            return Err(self.wrong("an escape sequence"));
        };
        let plain = match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                self.at += 1;
                let first = self.hexadecimal()?;
                if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
                    let start = self.at;
                    self.at += 2;
                    let second = self.hexadecimal()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    self.at = start;
                }
                return Ok(char::from_u32(first).unwrap_or('\u{fffd}'));
            }
            _ => return Err(self.wrong("an escape sequence")),
        };
        self.at += c.len_utf8();
        Ok(plain)
    }

    fn hexadecimal(&mut self) -> Result<u32, String> {
        let digits = self
            .rest()
            .get(..4)
            .filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.wrong("four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_exact_and_errors_have_a_place() {
        let text = "[123456789012345678901234567890,0.1,\"\\ud83d\\ude00\"]";
        let value = decode(text).unwrap();
        assert_eq!(
            encode(&value).unwrap(),
            "[123456789012345678901234567890,0.1,\"😀\"]"
        );
        assert_eq!(
            decode("{\n  \"a\" 1}").unwrap_err(),
            "not valid JSON: `:` is expected in line 2, column 7"
        );
    }

    proptest! {
        #[test]
        fn any_text_survives(text in "\\PC{0,20}|[\\x00-\\x20\"\\\\<>&]{0,8}") {
            let encoded = encode(&text.as_str().into()).unwrap();
            let decoded = decode(&encoded).unwrap();
            prop_assert_eq!(decoded.as_text(), Some(text.as_str()));
        }

        #[test]
        fn nothing_makes_the_reader_panic(text in "[\\[\\]{}:,\"\\\\u0-9a-e.+-]{0,30}") {
            let _ = decode(&text);
        }
    }
}
