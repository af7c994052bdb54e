//! Values as people read them.

use model::{Map, Value};

/// Texts up to this length, without line breaks, are shown on one line.
const SHORT: usize = 100;

/// Says that everybody may do nothing.
const PUBLIC_NOTHING: &str = "public: nothing";

/// Writes a value on one line.
#[must_use]
pub fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Decimal(text) => text.clone(),
        Value::Text(text) => format!("{text:?}"),
        Value::Secret(_) => "(sensitive value)".to_owned(),
        Value::Reference(address) => address.qualified_name(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            if let Some(text) = privilege(map) {
                return text;
            }
            let fields: Vec<_> = map
                .iter()
                .map(|(name, value)| format!("{name} = {}", inline(value)))
                .collect();
            match fields.is_empty() {
                true => "{}".to_owned(),
                false => format!("{{ {} }}", fields.join(", ")),
            }
        }
    }
}

/// Writes an item of a list attribute on one line.
#[must_use]
pub fn element(attribute: &str, item: &Value) -> String {
    match item {
        // Nobody in particular may do nothing: what everybody may do by default is taken away.
        Value::Map(map) if attribute == "privileges" && map.is_empty() => PUBLIC_NOTHING.to_owned(),
        item => inline(item),
    }
}

/// Reports whether a value needs more than one line.
#[must_use]
pub fn is_long(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains('\n') || text.chars().count() > SHORT,
        _ => false,
    }
}

/// Writes what one grantee may do: `reader: select (id, title), with grant option, by owner`.
#[must_use]
pub fn privilege(map: &Map) -> Option<String> {
    if let (Some(Value::Map(grant)), Some(creator), Some(on)) =
        (map.get("grant"), map.get("creator"), map.get("on"))
    {
        let on = on.as_text().unwrap_or_default();
        return Some(format!(
            "{on} of {}: {}",
            inline(creator),
            match grant.is_empty() {
                true => PUBLIC_NOTHING.to_owned(),
                false => privilege(grant)?,
            }
        ));
    }
    let known = ["to", "privileges", "column", "grant_option", "by"];
    let is_privilege = (map.contains_key("privileges") || map.contains_key("to"))
        && map.keys().all(|name| known.contains(&name));
    if !is_privilege {
        return None;
    }
    let names = |value: Option<&Value>| match value {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(Value::as_text)
            .collect::<Vec<_>>()
            .join(", "),
        _ => "nothing".to_owned(),
    };
    let mut text = match map.get("to") {
        Some(to) => inline(to),
        None => "public".to_owned(),
    };
    text.push_str(": ");
    text.push_str(&names(map.get("privileges")));
    if let Some(column) = map.get("column").and_then(Value::as_text) {
        text.push_str(&format!(" ({column})"));
    }
    if map.get("grant_option") == Some(&Value::Bool(true)) {
        text.push_str(", with grant option");
    }
    if let Some(by) = map.get("by") {
        text.push_str(&format!(", granted by {}", inline(by)));
    }
    Some(text)
}

/// Returns the name of an item of a list, where items have names.
#[must_use]
pub fn name_of(value: &Value) -> Option<&str> {
    match value {
        Value::Map(map) => map.get("name")?.as_text(),
        _ => None,
    }
}
