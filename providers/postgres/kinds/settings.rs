//! Configuration parameters of roles and databases.
//!
//! Parameter names are case-insensitive; their normal form is lower case. Parameters that hold lists
//! (`search_path`, `DateStyle` ...) are stored as text with each item quoted where needed, and must be
//! written item by item: one literal for all of them would be one odd item.

use std::collections::BTreeMap;

use model::Statement;

use crate::naming::MAX_NAME;
use crate::text::quote::{ident, literal};

/// Parameters whose value is a list of names: `variable_is_guc_list_quote()` in pg_dump's dumputils.c.
const LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// Brings parameters into normal form.
pub(crate) fn normalize(settings: &mut BTreeMap<String, String>) {
    *settings = std::mem::take(settings)
        .into_iter()
        .map(|(name, value)| {
            let name = name.to_lowercase();
            let value = if is_list(&name) {
                items(&value).join(", ")
            } else {
                value
            };
            (name, value)
        })
        .collect();
}

fn is_list(name: &str) -> bool {
    LISTS.contains(&name)
}

/// Splits a list as PostgreSQL does, and quotes each item as PostgreSQL stores it.
fn items(value: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut rest = value.trim();
    if rest.is_empty() {
        return vec![ident("")];
    }
    while !rest.is_empty() {
        let (item, tail) = if let Some(quoted) = rest.strip_prefix('"') {
            let mut item = String::new();
            let mut chars = quoted.char_indices().peekable();
            let mut end = quoted.len();
            while let Some((at, c)) = chars.next() {
                if c == '"' && chars.peek().is_some_and(|(_, c)| *c == '"') {
                    chars.next();
                } else if c == '"' {
                    end = at + 1;
                    break;
                }
                item.push(c);
            }
            (item, &quoted[end..])
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (rest[..end].trim().to_lowercase(), &rest[end..])
        };
        items.push(ident(&item));
        rest = tail.trim_start().trim_start_matches(',').trim_start();
    }
    items
}

/// Returns the statements that turn one set of parameters into another; `alter` is what they begin
/// with, such as `alter role reader`.
pub(crate) fn change(
    alter: &str,
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
) -> Vec<Statement> {
    let resets = from
        .keys()
        .filter(|name| !to.contains_key(*name))
        .map(|name| Statement::new(format!("{alter} reset {}", parameter(name))));
    let sets = to
        .iter()
        .filter(|(name, value)| from.get(*name) != Some(value))
        .map(|(name, value)| Statement::new(format!("{alter} set {}", assignment(name, value))));
    resets.chain(sets).collect()
}

/// Writes `parameter to value`.
pub(crate) fn assignment(name: &str, value: &str) -> String {
    let value = if is_list(name) {
        // An empty name is stored as `""`, which no statement may contain, and a long one would be cut off.
        let items = items(value).into_iter();
        let items = items.map(|item| match item.strip_prefix('"') {
            Some("\"") => "''".to_owned(),
            Some(rest) if rest.len() > MAX_NAME => {
                let name = rest.strip_suffix('"').unwrap_or(rest);
                literal(&name.replace("\"\"", "\""))
            }
            None if item.len() > MAX_NAME => literal(&item),
            _ => item,
        });
        items.collect::<Vec<_>>().join(", ")
    } else {
        literal(value)
    };
    format!("{} to {value}", parameter(name))
}

/// Writes a parameter name; those of extensions have a dot inside.
fn parameter(name: &str) -> String {
    name.split('.').map(ident).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_item_by_item() {
        let mut settings = BTreeMap::from([
            (
                "Search_Path".to_owned(),
                "\"$user\",  Public,\"Odd, name\"".to_owned(),
            ),
            ("work_mem".to_owned(), "64MB".to_owned()),
        ]);
        normalize(&mut settings);
        let texts: Vec<_> = change("alter role r", &BTreeMap::new(), &settings)
            .into_iter()
            .map(|statement| statement.sql)
            .collect();
        assert_eq!(
            texts,
            [
                "alter role r set search_path to \"$user\", public, \"Odd, name\"",
                "alter role r set work_mem to '64MB'"
            ]
        );
    }

    #[test]
    fn long_items_are_no_names() {
        let path = "/p".repeat(40);
        assert_eq!(
            assignment("local_preload_libraries", &format!("\"Odd\", \"{path}\"")),
            format!("local_preload_libraries to \"Odd\", '{path}'")
        );
    }
}
