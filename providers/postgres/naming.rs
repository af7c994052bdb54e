//! How PostgreSQL objects are called: the parts of an address, and names in statements.
//!
//! Paths begin with the database, empty for that of the url, except for what belongs to the server
//! as a whole: databases, roles and tasks.

use model::Address;

use crate::kinds::given;
use crate::kinds::routine::plain_types;
use crate::text::quote::ident;

/// The longest name PostgreSQL keeps, in bytes (`NAMEDATALEN - 1`); it truncates longer ones.
pub const MAX_NAME: usize = 63;

/// Kinds whose path begins with the database and the schema.
pub const IN_SCHEMA: [&str; 31] = [
    "table",
    "foreign_table",
    "view",
    "materialized_view",
    "sequence",
    "identity_sequence",
    "index",
    "foreign_key",
    "function",
    "procedure",
    "aggregate",
    "enum",
    "domain",
    "composite_type",
    "range_type",
    "base_type",
    "shell",
    "shell_type",
    "collation",
    "conversion",
    "operator",
    "operator_family",
    "operator_class",
    "text_search_parser",
    "text_search_template",
    "text_search_dictionary",
    "text_search_configuration",
    "trigger",
    "policy",
    "rule",
    "statistics",
];

/// Kinds whose path is that of a relation and a name of their own.
pub const ON_RELATION: [&str; 4] = ["foreign_key", "trigger", "policy", "rule"];

/// Kinds whose path is the database and a name.
pub const IN_DATABASE: [&str; 11] = [
    "access_method",
    "cast",
    "event_trigger",
    "extension",
    "given_schema",
    "large_object",
    "language",
    "foreign_data_wrapper",
    "foreign_server",
    "publication",
    "subscription",
];

/// Kinds whose path is a name of the server.
pub const ON_SERVER: [&str; 5] = ["role", "database", "task", "tablespace", "parameter"];

/// Kinds whose names end in what tells them from others of the same name: the types of arguments, or
/// an access method.
pub const CALLED: [&str; 7] = [
    "function",
    "procedure",
    "aggregate",
    "given_routine",
    "operator",
    "operator_class",
    "operator_family",
];

/// Kinds that are called in expressions and statements, by one namespace.
pub const ROUTINES: [&str; 3] = ["function", "procedure", "aggregate"];

/// Kinds that stand in `pg_class` and can be read or written like a table.
pub const RELATIONS: [&str; 4] = ["table", "foreign_table", "view", "materialized_view"];

/// Returns the database an object lies in, or `None` for what belongs to the server.
#[must_use]
pub fn database(address: &Address) -> Option<&str> {
    match address.kind() {
        "database_settings" => None,
        "security_label" if is_of_server(address) => None,
        kind if ON_SERVER.contains(&kind) => None,
        _ => Some(address.part(0)),
    }
}

/// Returns the last part of the address of a security label: providers have one for an object of each
/// kind.
#[must_use]
pub fn label_name(provider: &str, kind: &str) -> String {
    format!("{provider} of {kind}")
}

/// Reports whether an object belongs to the server as a whole.
#[must_use]
pub fn is_of_server(address: &Address) -> bool {
    match address.kind() {
        "security_label" => {
            let kind = address.name().rsplit(" of ").next().unwrap_or_default();
            ON_SERVER.contains(&kind)
        }
        kind => kind == "database_settings" || ON_SERVER.contains(&kind),
    }
}

/// Returns the address of the schema an object lies in.
#[must_use]
pub fn schema_of(address: &Address) -> Address {
    address.sibling("schema", [address.part(0), address.part(1)])
}

/// Returns the name of an object as statements have it: without the database, quoted where needed.
#[must_use]
pub fn written(address: &Address) -> String {
    match address.kind() {
        "schema" => ident(address.name()),
        "cast" => format!("({})", address.name()),
        // It is called by a number.
        "large_object" => address.name().to_owned(),
        // Parts of a parameter's name are names.
        "parameter" => {
            let parts = address.name().split('.');
            parts.map(ident).collect::<Vec<_>>().join(".")
        }
        kind if ON_SERVER.contains(&kind) => ident(address.name()),
        kind if IN_DATABASE.contains(&kind) => ident(address.name()),
        kind if ON_RELATION.contains(&kind) => ident(address.name()),
        "operator" => format!("{}.{}", ident(address.part(1)), address.name()),
        "operator_class" | "operator_family" => {
            let (name, _) = called(address.name());
            format!("{}.{}", ident(address.part(1)), ident(name))
        }
        "procedure" => {
            let (name, arguments) = called(address.name());
            let inside = arguments.trim_start_matches('(').trim_end_matches(')');
            // Without a mode, they might be all arguments of another procedure, those that go out included.
            let types = plain_types(inside).into_iter();
            let modes: Vec<_> = types.map(|one| format!("in {one}")).collect();
            let (schema, name) = (ident(address.part(1)), ident(name));
            format!("{schema}.{name}({})", modes.join(", "))
        }
        kind if is_called(kind) => {
            let (name, arguments) = called(address.name());
            format!("{}.{}{arguments}", ident(address.part(1)), ident(name))
        }
        _ => address.path()[1.min(address.path().len())..]
            .iter()
            .map(|part| ident(part))
            .collect::<Vec<_>>()
            .join("."),
    }
}

/// Reports whether names of a kind end in arguments.
#[must_use]
pub fn is_called(kind: &str) -> bool {
    CALLED.contains(&kind)
}

/// What the name of something ends in that makes room for what takes its place.
const ASIDE: &str = "_before";

/// Returns the address under which something makes room for what takes its place.
#[must_use]
pub fn aside(address: &Address) -> Address {
    let mut path = address.path().to_vec();
    if let Some(name) = path.last_mut() {
        *name = aside_name(name);
    }
    address.sibling(address.kind(), path)
}

/// Returns the name under which something makes room.
pub(crate) fn aside_name(name: &str) -> String {
    with_end(name, ASIDE)
}

/// Returns a name with an end, cut before that where both are too long, as `makeObjectName()` cuts it.
pub(crate) fn with_end(name: &str, end: &str) -> String {
    let most = name.floor_char_boundary(MAX_NAME - end.len());
    format!("{}{end}", &name[..most])
}

/// Reports whether one type is what made room for another. Both may be arrays.
#[must_use]
pub fn is_aside(from: &str, to: &str) -> bool {
    let parts = |text: &str| {
        let (name, rest) = text.split_at(text.find('[').unwrap_or(text.len()));
        Some((split(name).ok()?, rest.to_owned()))
    };
    let (Some((mut from, from_rest)), Some((mut to, to_rest))) = (parts(from), parts(to)) else {
        return false;
    };
    let last = to.last_mut().map(|name| *name = aside_name(name));
    last.is_some() && from_rest == to_rest && {
        // The declaration may leave the schema out.
        let shorter = from.len().min(to.len());
        from.drain(..from.len() - shorter);
        to.drain(..to.len() - shorter);
        from == to
    }
}

/// Takes the name of a routine apart: what it is called, and its arguments in brackets.
#[must_use]
pub fn called(name: &str) -> (&str, &str) {
    name.split_at(name.find('(').unwrap_or(name.len()))
}

/// Returns the name of the table a foreign key lies on, as statements have it.
#[must_use]
pub fn written_outer(address: &Address) -> String {
    let path = address.path();
    path[1..path.len() - 1]
        .iter()
        .map(|part| ident(part))
        .collect::<Vec<_>>()
        .join(".")
}

/// Reports whether a schema belongs to PostgreSQL or to Estate itself.
#[must_use]
pub fn is_reserved_schema(name: &str) -> bool {
    name.starts_with("pg_")
        || name == "information_schema"
        || name == crate::store::SCHEMA
        || name == crate::snapshots::SCHEMA
        || name.starts_with(crate::store::DAMAGED)
        || name.starts_with(crate::canonical::SCRATCH)
}

/// Returns the schemas in which unqualified names are looked up in texts that belong to an object:
/// its own, then `public`.
#[must_use]
pub fn names_in(address: &Address) -> Vec<String> {
    let own = address.part(1).to_owned();
    if own == "public" {
        vec![own]
    } else {
        vec![own, "public".to_owned()]
    }
}

/// Says what is wrong with a name, if anything is.
#[must_use]
pub fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("a name cannot be empty".to_owned());
    }
    if name.contains('\0') {
        return Some("a name cannot contain a NUL character".to_owned());
    }
    (name.len() > MAX_NAME).then(|| {
        format!(
            "this name has {} bytes; PostgreSQL would cut it off after {MAX_NAME}",
            name.len()
        )
    })
}

/// Returns the name of a part of a relation in edges: a column.
#[must_use]
pub fn column_part(column: &str) -> String {
    format!("column {column}")
}

/// Brings a word that people write in any case into the case of its name, if it is one of some known ones; other
/// names are taken exactly.
pub(crate) fn in_usual_case(name: &str, known: &[&str]) -> String {
    let lower = name.to_lowercase();
    match known.contains(&lower.as_str()) {
        true => lower,
        false => name.to_owned(),
    }
}

/// Index access methods that come with PostgreSQL.
pub(crate) const INDEX_METHODS: [&str; 6] = ["btree", "hash", "gist", "gin", "spgist", "brin"];

/// Returns the name of a part of a relation in edges: a constraint.
#[must_use]
pub fn constraint_part(constraint: &str) -> String {
    format!("constraint {constraint}")
}

/// Takes apart a text such as `parameter work_mem`: the kind that what `GRANT` would call so is of, where no
/// block has it, and a name.
#[must_use]
pub fn after_keyword(text: &str) -> Option<(&'static str, &str)> {
    const KEYWORDS: [(&str, &str); 6] = [
        ("foreign_data_wrapper", "foreign data wrapper "),
        ("foreign_server", "foreign server "),
        ("language", "language "),
        ("tablespace", "tablespace "),
        ("parameter", "parameter "),
        ("large_object", "large object "),
    ];
    KEYWORDS
        .into_iter()
        .chain(given::KINDS)
        .find_map(|(kind, word)| Some((kind, text.strip_prefix(word)?)))
}

/// Splits a dotted name into its parts; double quotes protect dots and are doubled inside. Arguments in
/// brackets belong to the last part.
///
/// # Errors
/// What is wrong with the text.
pub fn split(text: &str) -> Result<Vec<String>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, tail) = if let Some(quoted) = rest.strip_prefix('"') {
            let mut name = String::new();
            let mut chars = quoted.char_indices().peekable();
            let end = loop {
                match chars.next() {
                    None => return Err(format!("`{text}` has an opening quote too many")),
                    Some((_, '"')) if chars.peek().is_some_and(|(_, c)| *c == '"') => {
                        chars.next();
                        name.push('"');
                    }
                    Some((at, '"')) => break at + 1,
                    Some((_, c)) => name.push(c),
                }
            };
            (name, &quoted[end..])
        } else {
            let end = rest.find(['.', '(']).unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        if tail.starts_with('(') {
            parts.push(part + tail);
            return Ok(parts);
        }
        parts.push(part);
        match tail.strip_prefix('.') {
            Some(tail) => rest = tail,
            None if tail.is_empty() => return Ok(parts),
            None => {
                return Err(format!(
                    "`{text}` is not a name: a dot must follow a closing quote"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_protect_dots() {
        assert_eq!(
            split("raw.videos"),
            Ok(vec!["raw".to_owned(), "videos".to_owned()])
        );
        assert_eq!(
            split("\"a.b\".\"c\"\"d\""),
            Ok(vec!["a.b".to_owned(), "c\"d".to_owned()])
        );
        assert_eq!(
            split("app.\"f.g\"(app.mood, text)"),
            Ok(vec!["app".to_owned(), "f.g(app.mood, text)".to_owned()])
        );
        assert!(split("\"a").is_err());
    }

    #[test]
    fn a_name_of_64_bytes_is_refused() {
        assert!(problem(&"x".repeat(63)).is_none());
        assert!(problem(&"é".repeat(32)).is_some());
    }
}
