//! Escape sequences in quoted texts.
//!
//! The parser reads them everywhere but inside `%{ }` blocks of a quoted template, so quoted
//! templates are read here throughout.

use std::ops::Range;

/// Reads the text between quotes and templates; returns where it is not valid.
pub(crate) fn decode(raw: &str) -> Result<String, Range<usize>> {
    let mut text = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(c) = raw[at..].chars().next() {
        let rest = &raw[at..];
        let length = match c {
            '$' | '%' if rest[1..].starts_with([c]) && rest[2..].starts_with('{') => {
                text.push(c);
                text.push('{');
                3
            }
            '\\' => {
                let (escaped, length) = sequence(rest).ok_or_else(|| {
                    let next = rest[1..].chars().next().map_or(0, char::len_utf8);
                    at..at + 1 + next
                })?;
                text.push(escaped);
                length
            }
            '"' => return Err(at..at + 1),
            c => {
                text.push(c);
                c.len_utf8()
            }
        };
        at += length;
    }
    Ok(text)
}

/// Reads the escape sequence a text begins with; returns its character and its length.
fn sequence(text: &str) -> Option<(char, usize)> {
    let digits = match text.as_bytes().get(1)? {
        b'n' => return Some(('\n', 2)),
        b'r' => return Some(('\r', 2)),
        b't' => return Some(('\t', 2)),
        b'"' => return Some(('"', 2)),
        b'\\' => return Some(('\\', 2)),
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let hexadecimal = text
        .get(2..2 + digits)
        .filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let code = u32::from_str_radix(hexadecimal, 16).ok()?;
    Some((char::from_u32(code)?, 2 + digits))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escape_sequences_are_read_or_pointed_at() {
        assert_eq!(
            decode(r#"a\t\"\u00e9\U0001F600\\$${%%{$%"#).unwrap(),
            "a\t\"é😀\\${%{$%"
        );
        assert_eq!(decode(r"ab\q"), Err(2..4));
        assert_eq!(decode(r"\u12"), Err(0..2));
        assert_eq!(decode("a\"b"), Err(1..2));
        assert_eq!(decode("\\"), Err(0..1));
    }
}
