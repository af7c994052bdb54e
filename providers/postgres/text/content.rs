//! What a token says once quotes and escapes are taken off.
//!
//! Names are as the server keeps them: folded to lower case where they are not quoted (ASCII letters
//! only, as in every database with a multi-byte encoding) and cut off after 63 bytes. Contents of a
//! constant that the server would refuse, such as an escape that is no character, still give a text:
//! replacement characters stand for what cannot be.

use std::ops::RangeInclusive;

use super::cut::{closing_quote, is_space, pieces};
use super::lexer::{Kind, Token};

/// How many bytes of a name the server keeps.
const NAME_LENGTH: usize = 63;

impl Token<'_> {
    /// Returns the name that an identifier stands for, a key word included, or nothing where the
    /// token is none.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let quoted = |prefix: usize| {
            let rest = &self.text[prefix..];
            let end = closing_quote('"', false, rest).unwrap_or(rest.len());
            (rest[..end].replace("\"\"", "\""), rest.get(end + 1..))
        };
        match self.kind {
            Kind::Word => Some(folded(self.text)),
            Kind::QuotedName => Some(cut(quoted(1).0)),
            Kind::UnicodeName => {
                let (name, clause) = quoted(3);
                Some(cut(unicode(&name, escape_character(clause))))
            }
            _ => None,
        }
    }

    /// Returns the text that a string constant stands for, or nothing where the token is none.
    #[must_use]
    pub fn content(&self) -> Option<String> {
        let joined = |prefix| {
            let (pieces, end) = pieces(self.kind, prefix, self.text);
            (pieces.concat(), end.and_then(|end| self.text.get(end..)))
        };
        match self.kind {
            Kind::Text => Some(joined(1).0.replace("''", "'")),
            Kind::NationalText => Some(joined(2).0.replace("''", "'")),
            Kind::EscapeText => Some(backslashed(&joined(2).0)),
            Kind::UnicodeText => {
                let (text, clause) = joined(3);
                let text = text.replace("''", "'");
                Some(unicode(&text, escape_character(clause)))
            }
            Kind::DollarText => {
                let tag = self.text[1..]
                    .find('$')
                    .map_or(self.text.len(), |at| at + 2);
                let end = self.text.len() - if self.terminated { tag } else { 0 };
                Some(self.text[tag..end].to_owned())
            }
            _ => None,
        }
    }
}

/// One part of a qualified name that is written in a text.
pub(super) struct Part {
    /// The name.
    pub(super) name: String,
    /// Where it ends in the text, in bytes.
    pub(super) end: usize,
}

/// Reads a text that is a qualified name and nothing else, as `regclass` does.
///
/// The rules are not those of SQL: `my-table` is a name here, and so is `select`.
pub(super) fn qualified_name(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut at = text.find(|c| !is_space(c))?;
    loop {
        let rest = &text[at..];
        let name = if let Some(quoted) = rest.strip_prefix('"') {
            let length = closing_quote('"', false, quoted)?;
            at += length + 2;
            cut(quoted[..length].replace("\"\"", "\""))
        } else {
            let length = rest.find(|c| c == '.' || is_space(c)).unwrap_or(rest.len());
            at += length;
            folded(&rest[..length])
        };
        if name.is_empty() {
            return None;
        }
        parts.push(Part { name, end: at });
        let rest = text[at..].trim_start_matches(is_space);
        if rest.is_empty() {
            return Some(parts);
        }
        let next = rest.strip_prefix('.')?.trim_start_matches(is_space);
        at = text.len() - next.len();
    }
}

/// Returns an unquoted name as the server keeps it.
fn folded(name: &str) -> String {
    cut(name.to_ascii_lowercase())
}

/// Cuts off what the server does not keep of a name.
fn cut(mut name: String) -> String {
    if name.len() > NAME_LENGTH {
        name.truncate(name.floor_char_boundary(NAME_LENGTH));
    }
    name
}

/// Returns the escape character that the clause `UESCAPE 'c'` of a token sets.
fn escape_character(clause: Option<&str>) -> char {
    let mut back = clause.unwrap_or_default().chars().rev();
    match (back.next(), back.next()) {
        (Some('\''), Some(escape)) => escape,
        _ => '\\',
    }
}

/// Undoes the escapes of `U&`: `\XXXX`, `\+XXXXXX` and the escape character doubled.
fn unicode(text: &str, escape: char) -> String {
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let doubled = rest.strip_prefix(escape);
        let (digits, length) = match rest.strip_prefix('+') {
            Some(digits) => (digits, 6),
            None => (rest, 4),
        };
        if c != escape {
            push(u32::from(c), &mut units);
        } else if let Some(after) = doubled {
            push(u32::from(c), &mut units);
            rest = after;
        } else if let Some((code, after)) = number(digits, 16, length..=length) {
            push(code, &mut units);
            rest = after;
        } else {
            push(u32::from(char::REPLACEMENT_CHARACTER), &mut units);
        }
    }
    String::from_utf16_lossy(&units)
}

/// Adds a character to UTF-16; halves of a pair come one by one.
fn push(code: u32, units: &mut Vec<u16>) {
    match (u16::try_from(code), char::from_u32(code)) {
        (Ok(unit), _) => units.push(unit),
        (_, Some(c)) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        (_, None) => push(u32::from(char::REPLACEMENT_CHARACTER), units),
    }
}

/// Reads a number of at least and at most so many digits, and returns it with the rest of the text.
fn number(text: &str, radix: u32, digits: RangeInclusive<usize>) -> Option<(u32, &str)> {
    let length = text
        .chars()
        .take(*digits.end())
        .take_while(|c| c.is_digit(radix))
        .count();
    let code = u32::from_str_radix(&text[..length], radix).ok()?;
    digits.contains(&length).then_some((code, &text[length..]))
}

/// Undoes doubled quotes and the escapes of `E'...'`. Octal and hexadecimal escapes are bytes.
fn backslashed(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => rest = backslash(rest, &mut bytes),
            '\'' => {
                rest = rest.strip_prefix('\'').unwrap_or(rest);
                bytes.push(b'\'');
            }
            c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Undoes one escape, given the text after its backslash, and returns the text after the escape.
fn backslash<'a>(text: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let Some(mark) = text.chars().next() else {
        return text;
    };
    let rest = &text[mark.len_utf8()..];
    let byte = match mark {
        '0'..='7' => number(text, 8, 1..=3),
        'x' => number(rest, 16, 1..=2),
        _ => None,
    };
    if let Some((byte, rest)) = byte {
        bytes.push(byte.to_le_bytes()[0]);
        return rest;
    }
    let code = match mark {
        'u' => number(rest, 16, 4..=4),
        'U' => number(rest, 16, 8..=8),
        _ => None,
    };
    let (c, rest) = match (code, mark) {
        (Some((code, rest)), _) => character(code, rest),
        (None, 'b') => ('\x08', rest),
        (None, 'f') => ('\x0c', rest),
        (None, 'n') => ('\n', rest),
        (None, 'r') => ('\r', rest),
        (None, 't') => ('\t', rest),
        (None, other) => (other, rest),
    };
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}

/// Returns the character of a code, or of a pair where the other half follows, and what is left.
fn character(code: u32, rest: &str) -> (char, &str) {
    let pair = rest.strip_prefix("\\u").and_then(|rest| {
        let (low, rest) = number(rest, 16, 4..=4)?;
        let halves = [u16::try_from(code).ok()?, u16::try_from(low).ok()?];
        let mut decoded = char::decode_utf16(halves);
        let c = decoded.next()?.ok()?;
        decoded.next().is_none().then_some((c, rest))
    });
    let alone = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    pair.unwrap_or((alone, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::lexer::lex;

    fn names(sql: &str) -> Vec<String> {
        lex(sql).iter().filter_map(Token::name).collect()
    }

    #[test]
    fn names_are_what_the_server_keeps() {
        assert_eq!(names("Raw.\"V\"\"x\" Ärger"), ["raw", "V\"x", "Ärger"]);
        assert_eq!(
            names("U&\"d\\0061t\\\\\" u&\"!+01F3AC\" uescape '!'"),
            ["dat\\", "🎬"]
        );
        assert_eq!(names(&"é".repeat(40)), ["é".repeat(31)]);
    }

    #[test]
    fn contents_are_what_the_server_reads() {
        for (sql, expected) in [
            ("'it''s'", "it's"),
            ("'a' --c\n 'b'", "ab"),
            ("n'x'", "x"),
            (r"E'\x41g\1012\'\''''", "AgA2'''"),
            (r"E'\u00e9\U0001F600\uD83D\uDE00\xc3\xa9\n\z'", "é😀😀é\nz"),
            (r"E'\uD83Dx\xff\U99999999'", "\u{fffd}x\u{fffd}\u{fffd}"),
            (r"U&'d\0061t\\\D83D\DE00\+01F600'", "dat\\😀😀"),
            (r"U&'d!0061!q' /**/ UESCAPE '!'", "da\u{fffd}q"),
            ("$x$a'$$b$x$", "a'$$b"),
            ("'open", "open"),
            ("$$open", "open"),
        ] {
            let contents: Vec<_> = lex(sql).iter().filter_map(Token::content).collect();
            assert_eq!(contents, [expected], "{sql}");
        }
    }

    #[test]
    fn a_text_is_a_name_only_as_a_whole() {
        let parts = |text| -> Option<Vec<String>> {
            let parts = qualified_name(text)?;
            Some(parts.into_iter().map(|part| part.name).collect())
        };
        for (text, expected) in [
            ("Raw.Orders", vec!["raw", "orders"]),
            (" raw . \"O.x\" ", vec!["raw", "O.x"]),
            ("my-table", vec!["my-table"]),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(parts(text), Some(expected), "{text}");
        }
        for text in ["", ".", "a.", ".a", "a b", "a..b", "\"\"", "\"a", "\"a\"b"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_token_can_be_read(
            sql in "(U&|E|')?[a-zA-Z0-9'\"\\\\ \n+\u{e9}!$.]{0,40}( UESCAPE '.')?"
        ) {
            for token in lex(&sql) {
                let _ = (token.name(), token.content());
            }
            let _ = qualified_name(&sql);
        }
    }
}
