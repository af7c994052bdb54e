//! Arguments of routines, and how their types are named.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::quote::ident;

/// Which way an argument goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Given by the caller.
    #[default]
    In,
    /// Given back.
    Out,
    /// Given by the caller and given back.
    Inout,
    /// Any number of values, as an array.
    Variadic,
    /// A column of the table it returns.
    Table,
}

impl Mode {
    /// Reports whether callers give it.
    pub(crate) fn goes_in(self) -> bool {
        matches!(self, Self::In | Self::Inout | Self::Variadic)
    }

    /// Reports whether it is part of the result.
    pub(crate) fn goes_out(self) -> bool {
        matches!(self, Self::Out | Self::Inout | Self::Table)
    }
}

fn is_in(mode: &Mode) -> bool {
    *mode == Mode::In
}

/// An argument of a routine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Argument {
    /// Its name; by position only when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Which way it goes. `in` by default.
    #[serde(skip_serializing_if = "is_in")]
    pub mode: Mode,
    /// An SQL expression for callers that leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

impl Argument {
    pub(crate) fn normalize(&mut self) {
        self.data_type = plain_type(&self.data_type);
    }

    /// Writes it as `CREATE FUNCTION` has it.
    pub(crate) fn written(&self) -> String {
        let mode = match self.mode {
            Mode::In | Mode::Table => "",
            Mode::Out => "out ",
            Mode::Inout => "inout ",
            Mode::Variadic => "variadic ",
        };
        let name = self.name.as_ref().map(|name| format!("{} ", ident(name)));
        let default = self.default.as_ref().map(|text| format!(" default {text}"));
        format!(
            "{mode}{}{}{}",
            name.unwrap_or_default(),
            self.data_type,
            default.unwrap_or_default()
        )
    }
}

/// Returns the type of a result in normal form: `setof` may stand before it.
pub(super) fn result(text: &str) -> String {
    let text = text.trim();
    match text.get(..6) {
        Some(word) if word.eq_ignore_ascii_case("setof ") => {
            format!("setof {}", plain_type(&text[6..]))
        }
        _ => plain_type(text),
    }
}

/// Returns types with commas between them, each in normal form.
pub(crate) fn plain_types(text: &str) -> Vec<String> {
    let (mut depth, mut is_quoted) = (0_usize, false);
    let types = text.split(|c| {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0 && !is_quoted
    });
    let types = types.map(str::trim).filter(|text| !text.is_empty());
    types.map(plain_type).collect()
}

/// Returns a type as PostgreSQL names it in a signature: without modifiers, which it does not keep.
pub(crate) fn plain_type(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (text, array) = match text.find('[') {
        Some(at) => (text[..at].trim_end().to_owned(), "[]"),
        None => (text, ""),
    };
    let zone = ["with time zone", "without time zone"]
        .into_iter()
        .find(|zone| text.to_lowercase().ends_with(zone));
    let (base, suffix) = match text.find('(') {
        Some(at) if !text.contains('"') => (
            text[..at].trim_end().to_owned(),
            zone.map(|zone| format!(" {zone}")).unwrap_or_default(),
        ),
        _ => (text, String::new()),
    };
    let base = format!("{base}{suffix}");
    let known = match base.to_lowercase().as_str() {
        "varchar" | "character varying" => "character varying",
        "char" | "character" => "character",
        "int" | "int4" | "integer" => "integer",
        "int8" | "bigint" => "bigint",
        "int2" | "smallint" => "smallint",
        "decimal" | "numeric" => "numeric",
        "float" | "float8" | "double precision" => "double precision",
        "float4" | "real" => "real",
        "timestamptz" | "timestamp with time zone" => "timestamp with time zone",
        "timestamp" | "timestamp without time zone" => "timestamp without time zone",
        "timetz" | "time with time zone" => "time with time zone",
        "time" | "time without time zone" => "time without time zone",
        "bool" | "boolean" => "boolean",
        "varbit" | "bit varying" => "bit varying",
        // The name of the type is a key word.
        "any" => "\"any\"",
        other => return format!("{}{array}", unquoted_in_lower_case(&base, other)),
    };
    format!("{known}{array}")
}

/// Names without quotes are in lower case.
fn unquoted_in_lower_case(text: &str, lower: &str) -> String {
    if text.contains('"') { text } else { lower }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_as_in_signatures() {
        for (text, name) in [
            ("INT", "integer"),
            ("varchar(20)", "character varying"),
            ("numeric(10, 2)[]", "numeric[]"),
            ("timestamp(3) with time zone", "timestamp with time zone"),
            ("timestamptz", "timestamp with time zone"),
            ("app.Mood", "app.mood"),
            ("app.\"Mood\"", "app.\"Mood\""),
            ("\"char\"", "\"char\""),
            ("int[3][]", "integer[]"),
        ] {
            assert_eq!(plain_type(text), name, "{text}");
        }
        assert_eq!(result("SETOF int"), "setof integer");
        assert_eq!(
            plain_types("int, numeric(10, 2)[], app.\"a,b\""),
            ["integer", "numeric[]", "app.\"a,b\""]
        );
        assert!(plain_types("").is_empty());
    }
}
