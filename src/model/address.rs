//! The identity of an object: which platform, which kind, which qualified name.
//!
//! Names are kept exactly as the platform has them, never quoted or folded. The text form quotes a
//! part only where it would otherwise be ambiguous, and parses back to the same address.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The identity of one object.
///
/// The path is the qualified name, outermost part first: database, schema, table. An empty first
/// part stands for the database of the connection, where a project declares none. Cloning is cheap,
/// and so is comparing: catalogs are ordered by address, and comparing them is most of what plans do.
#[derive(Clone)]
pub struct Address(Arc<Parts>);

/// Two addresses are equal when their keys are, and in the order of these.
struct Parts {
    /// Provider, kind and path, each but the first after a [`SEPARATOR`].
    key: Box<str>,
    /// Where the provider and the kind end in the key.
    ends: [usize; 2],
    path: Vec<String>,
}

/// Less than every other character, so that keys are in the order of their parts.
const SEPARATOR: char = '\0';

/// Adds a part to a key. What could be taken for a separator is written so that keys of different
/// paths differ and stay in order.
fn push_part(part: &str, key: &mut String) {
    key.push(SEPARATOR);
    if !part.contains([SEPARATOR, '\u{1}']) {
        key.push_str(part);
        return;
    }
    for c in part.chars() {
        match c {
            SEPARATOR => key.push_str("\u{1}0"),
            '\u{1}' => key.push_str("\u{1}1"),
            c => key.push(c),
        }
    }
}

impl Address {
    /// Makes an address; `provider` is the name of the provider with its alias (`postgres.eu`).
    #[must_use]
    pub fn new(
        provider: impl AsRef<str>,
        kind: impl AsRef<str>,
        path: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let (provider, kind) = (provider.as_ref(), kind.as_ref());
        let path: Vec<String> = path.into_iter().map(Into::into).collect();
        let length = path.iter().map(|part| part.len() + 1).sum::<usize>();
        let mut key = String::with_capacity(provider.len() + 1 + kind.len() + length);
        key.push_str(provider);
        key.push(SEPARATOR);
        key.push_str(kind);
        let ends = [provider.len(), key.len()];
        for part in &path {
            push_part(part, &mut key);
        }
        Self(Arc::new(Parts {
            key: key.into_boxed_str(),
            ends,
            path,
        }))
    }

    /// Returns the provider with its alias.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.0.key[..self.0.ends[0]]
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.0.key[self.0.ends[0] + SEPARATOR.len_utf8()..self.0.ends[1]]
    }

    /// Returns the qualified name, outermost part first.
    #[must_use]
    pub fn path(&self) -> &[String] {
        &self.0.path
    }

    /// Returns the last part of the qualified name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.path.last().map_or("", String::as_str)
    }

    /// Returns one part of the path, or an empty text where there is none.
    #[must_use]
    pub fn part(&self, at: usize) -> &str {
        self.0.path.get(at).map_or("", String::as_str)
    }

    /// Returns an address of the same provider with another kind and path.
    #[must_use]
    pub fn sibling(
        &self,
        kind: impl AsRef<str>,
        path: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self::new(self.provider(), kind, path)
    }

    /// Returns the qualified name as people write it: empty parts left out, odd names quoted, the
    /// arguments of a routine as they are. For display only.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        let parts = || self.0.path.iter().filter(|part| !part.is_empty());
        let called = match self.kind() {
            kind if CALLED.contains(&kind) => parts().next_back().and_then(|last| called(last)),
            _ => None,
        };
        let Some((name, arguments)) = called else {
            return join(parts());
        };
        let outer = parts().count() - 1;
        if self.kind() == "operator" {
            // The marks that operators are made of need no quotes.
            return format!("{}.{name}{arguments}", join(parts().take(outer)));
        }
        let name = name.to_owned();
        let mut text = join(parts().take(outer).chain([&name]));
        text.push_str(arguments);
        text
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.key == other.0.key
    }
}

impl Eq for Address {}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        self.0.key.cmp(&other.0.key)
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key.hash(state);
    }
}

/// The kinds of what is called with arguments, which belong to its name: `later_f(date)`.
const CALLED: [&str; 6] = [
    "function",
    "procedure",
    "aggregate",
    "operator",
    "operator_class",
    "operator_family",
];

/// Takes the name of a routine apart: what it is called, and its arguments in brackets.
fn called(name: &str) -> Option<(&str, &str)> {
    let at = name.find('(').filter(|_| name.ends_with(')'))?;
    let is_clear = at > 0 && !name.contains(char::is_control);
    is_clear.then(|| name.split_at(at))
}

/// Joins names with dots and quotes those that need it, for people and keys, not for SQL.
fn join<'a>(parts: impl Iterator<Item = &'a String>) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push('.');
        }
        quote_into(part, &mut text);
    }
    text
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
}

pub(crate) fn quote_into(name: &str, out: &mut String) {
    if is_plain(name) {
        out.push_str(name);
        return;
    }
    out.push('"');
    for c in name.chars() {
        match c {
            '"' => out.push_str("\"\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Reads one name, quoted or plain, and returns it with the rest of the text.
pub(crate) fn take_name(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '$')))
            .unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if chars.peek().is_some_and(|(_, c)| *c == '"') => {
                chars.next();
                name.push('"');
            }
            '"' => return Some((name, &quoted[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => name.push('\n'),
                'r' => name.push('\r'),
                c => name.push(c),
            },
            c => name.push(c),
        }
    }
    None
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}",
            self.provider(),
            self.kind(),
            join(self.0.path.iter())
        )
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || format!("`{text}` is not an address");
        let mut head = text.splitn(3, '/');
        let provider = head.next().ok_or_else(malformed)?;
        let kind = head.next().ok_or_else(malformed)?;
        let mut rest = head.next().ok_or_else(malformed)?;
        let mut path = Vec::new();
        loop {
            let (name, tail) = take_name(rest).ok_or_else(malformed)?;
            path.push(name);
            match tail.strip_prefix('.') {
                Some(tail) => rest = tail,
                None if tail.is_empty() => break,
                None => return Err(malformed()),
            }
        }
        Ok(Self::new(provider, kind, path))
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "Identity of an object: provider/kind/qualified.name, odd parts in double quotes."
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_text_of_an_address_parses_back(
            path in proptest::collection::vec("[a-zA-Z\"./ \\\\\n\r é$-]{0,8}", 1..4)
        ) {
            let address = Address::new("postgres.eu", "table", path);
            let again: Address = address.to_string().parse().unwrap();
            prop_assert_eq!(again, address);
        }

        #[test]
        fn addresses_are_in_the_order_of_their_parts(
            one in proptest::collection::vec("[ab\\x00\\x01\\x02 é]{0,3}", 1..4),
            two in proptest::collection::vec("[ab\\x00\\x01\\x02 é]{0,3}", 1..4)
        ) {
            let order = one.cmp(&two);
            let (one, two) = (Address::new("p", "k", one), Address::new("p", "k", two));
            prop_assert_eq!(one.cmp(&two), order);
            prop_assert_eq!(one == two, order == Ordering::Equal);
        }
    }

    #[test]
    fn only_the_name_of_a_routine_is_quoted() {
        let shown = |kind: &str, name: &str| {
            let address = Address::new("postgres", kind, ["", "marts", name]);
            let again: Address = address.to_string().parse().unwrap();
            assert_eq!(again, address);
            address.qualified_name()
        };
        assert_eq!(shown("function", "later_f()"), "marts.later_f()");
        assert_eq!(
            shown("function", "odd name(day date, \"T\")"),
            "marts.\"odd name\"(day date, \"T\")"
        );
        assert_eq!(shown("function", "plain"), "marts.plain");
        assert_eq!(shown("operator", "@>(a, b)"), "marts.@>(a, b)");
        assert_eq!(shown("function", "(x)"), "marts.\"(x)\"");
        assert_eq!(shown("table", "sum(x)"), "marts.\"sum(x)\"");
    }

    #[test]
    fn people_do_not_see_the_unnamed_database() {
        let address = Address::new("postgres", "table", ["", "raw", "odd name"]);
        assert_eq!(address.qualified_name(), "raw.\"odd name\"");
        assert_eq!(address.to_string(), "postgres/table/\"\".raw.\"odd name\"");
    }
}
