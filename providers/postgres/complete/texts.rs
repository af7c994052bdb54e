//! What declared objects say of others: the texts in which names can be, and the types they are made of.

use model::{Map, Object, Value};

use crate::kinds::table::{check_part, default_part, exclude_part, generated_part};
use crate::naming::split;
use crate::text::names::Form;

/// The part of an object that a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// What cannot be taken away from the object.
    Own,
    /// The default of a column.
    Default(&'a str),
    /// The expression of a computed column.
    Generated(&'a str),
    /// A check.
    Check(&'a str),
    /// An exclusion constraint.
    Exclude(&'a str),
}

impl Part<'_> {
    /// Returns the part as edges name it, where it can be taken away and given back.
    pub(super) fn name(self) -> Option<String> {
        match self {
            Part::Own => None,
            Part::Default(column) => Some(default_part(column)),
            Part::Generated(column) => Some(generated_part(column)),
            Part::Check(name) => Some(check_part(name)),
            Part::Exclude(name) => Some(exclude_part(name)),
        }
    }
}

/// A text that may mention other objects.
pub(super) type Text<'a> = (&'a str, Form);

/// Returns the texts of an object that may mention others.
pub(super) fn texts(object: &Object) -> impl Iterator<Item = Text<'_>> {
    parts(object).into_iter().map(|(text, _)| text)
}

/// Returns the texts of an object that may mention others, each with the part of the object that it is.
pub(super) fn parts(object: &Object) -> Vec<(Text<'_>, Part<'_>)> {
    let map = &object.attributes;
    let at = |name: &str, form: Form| text_at(map, name).map(|text| (text, form));
    let expression = |name: &str| at(name, Form::Expression);
    match object.address.kind() {
        "view" | "materialized_view" => own(vec![at("query", Form::Query)]),
        "trigger" => own(vec![expression("when")]),
        "policy" => own(vec![expression("using"), expression("with_check")]),
        "task" => own(vec![at("sql", Form::Statements)]),
        "statistics" => own(items(map, "expressions")
            .map(|text| Some((text.as_text()?, Form::Expression)))
            .collect()),
        "rule" => {
            let commands = items(map, "commands");
            let commands = commands.map(|text| Some((text.as_text()?, Form::Statements)));
            own([expression("where")].into_iter().chain(commands).collect())
        }
        "index" => {
            let keys = maps(map, "key").map(|key| expression_at(key, "expression"));
            own([expression("where")].into_iter().chain(keys).collect())
        }
        "function" | "procedure" => {
            let arguments = maps(map, "argument").map(|one| expression_at(one, "default"));
            let body = text_at(map, "sql_body").map(inside);
            own([body].into_iter().chain(arguments).collect())
        }
        "domain" => {
            let mut parts = own(vec![expression("default")]);
            parts.extend(checks(map));
            parts
        }
        "table" | "foreign_table" => {
            let mut parts = own(vec![at("query", Form::Query)]);
            parts.extend(maps(map, "column").flat_map(of_column));
            parts.extend(checks(map));
            parts.extend(maps(map, "exclude").flat_map(|one| {
                let name = text_at(one, "name").unwrap_or_default();
                let texts = of_exclusion(one).into_iter().flatten();
                texts.map(move |text| (text, Part::Exclude(name)))
            }));
            parts
        }
        _ => Vec::new(),
    }
}

fn own(texts: Vec<Option<Text<'_>>>) -> Vec<(Text<'_>, Part<'_>)> {
    let texts = texts.into_iter().flatten();
    texts.map(|text| (text, Part::Own)).collect()
}

fn checks(map: &Map) -> impl Iterator<Item = (Text<'_>, Part<'_>)> {
    maps(map, "check").filter_map(|check| {
        let name = text_at(check, "name").unwrap_or_default();
        Some((expression_at(check, "expression")?, Part::Check(name)))
    })
}

fn of_column(column: &Map) -> impl Iterator<Item = (Text<'_>, Part<'_>)> {
    let name = text_at(column, "name").unwrap_or_default();
    let default = expression_at(column, "default").map(|text| (text, Part::Default(name)));
    let generated = match column.get("generated") {
        Some(Value::Map(generated)) => expression_at(generated, "expression"),
        _ => None,
    };
    let generated = generated.map(|text| (text, Part::Generated(name)));
    default.into_iter().chain(generated)
}

fn of_exclusion(exclusion: &Map) -> Vec<Option<Text<'_>>> {
    let elements = maps(exclusion, "element").map(|one| expression_at(one, "expression"));
    let whole = text_at(exclusion, "definition").map(|text| (text, Form::Statements));
    let own = [expression_at(exclusion, "where"), whole].into_iter();
    own.chain(elements).collect()
}

/// Returns what is inside of the body of a routine: `begin atomic ... end`, or `return ...`.
fn inside(body: &str) -> Text<'_> {
    let body = body.trim();
    let after = |text: &'_ str, word: &str| {
        let is_word = text.get(..word.len())?.eq_ignore_ascii_case(word);
        is_word.then_some(word.len())
    };
    if let Some(at) = after(body, "return") {
        return (&body[at..], Form::Expression);
    }
    let inner = after(body, "begin").and_then(|at| {
        let rest = body[at..].trim_start();
        Some(&rest[after(rest, "atomic")?..])
    });
    let inner = inner.unwrap_or(body);
    let end = inner.len().saturating_sub("end".len());
    let is_closed = inner
        .get(end..)
        .is_some_and(|word| word.eq_ignore_ascii_case("end"));
    (
        if is_closed { &inner[..end] } else { inner },
        Form::Statements,
    )
}

/// Returns the schemas, where they are said, and the names of the types that an object is made of.
pub(super) fn types(object: &Object) -> Vec<(Option<String>, String)> {
    let map = &object.attributes;
    let in_list = |list| maps(map, list).filter_map(|one| text_at(one, "type"));
    let at = |names: &[&str]| -> Vec<&str> {
        let texts = names.iter().filter_map(|name| text_at(map, name));
        texts.collect()
    };
    let of_members = || {
        let sides = |one| {
            ["left", "right"]
                .into_iter()
                .filter_map(move |side| text_at(one, side))
        };
        maps(map, "function").flat_map(sides)
    };
    let written: Vec<&str> = match object.address.kind() {
        "table" | "foreign_table" => in_list("column").collect(),
        "composite_type" => in_list("attribute").collect(),
        "domain" | "transform" => at(&["type"]),
        "range_type" => at(&["subtype"]),
        "base_type" => at(&["element"]),
        "operator" => at(&["left", "right"]),
        "operator_class" => at(&["type", "storage"])
            .into_iter()
            .chain(of_members())
            .collect(),
        "operator_family" => of_members().collect(),
        "cast" => at(&["source", "target"]),
        "function" | "procedure" => in_list("argument").chain(at(&["returns"])).collect(),
        "aggregate" => {
            let arguments = in_list("argument").chain(in_list("order_by"));
            arguments.chain(at(&["stype", "mstype"])).collect()
        }
        _ => Vec::new(),
    };
    written.into_iter().filter_map(named_type).collect()
}

/// Returns the schema and the name of a type: `setof app.mood[]` is `mood` in `app`.
pub(super) fn named_type(text: &str) -> Option<(Option<String>, String)> {
    let text = text.trim();
    let text = match text.get(..6) {
        Some(word) if word.eq_ignore_ascii_case("setof ") => &text[6..],
        _ => text,
    };
    let mut is_quoted = false;
    let end = text.find(|c| {
        is_quoted ^= c == '"';
        !is_quoted && matches!(c, '[' | '(')
    });
    // Words without quotes are folded, one by one.
    let mut is_quoted = false;
    let folded: String = text[..end.unwrap_or(text.len())]
        .chars()
        .map(|c| {
            is_quoted ^= c == '"';
            if is_quoted { c } else { c.to_ascii_lowercase() }
        })
        .collect();
    match split(folded.trim()).ok()?.as_slice() {
        [name] => Some((None, name.clone())),
        [schema, name] => Some((Some(schema.clone()), name.clone())),
        _ => None,
    }
}

fn text_at<'a>(map: &'a Map, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_text)
}

fn expression_at<'a>(map: &'a Map, name: &str) -> Option<Text<'a>> {
    text_at(map, name).map(|text| (text, Form::Expression))
}

fn items<'a>(map: &'a Map, list: &str) -> impl Iterator<Item = &'a Value> {
    let items = match map.get(list) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter()
}

fn maps<'a>(map: &'a Map, list: &str) -> impl Iterator<Item = &'a Map> {
    items(map, list).filter_map(|item| match item {
        Value::Map(item) => Some(item),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::named_type;

    #[test]
    fn names_of_types_are_found_with_their_schemas() {
        let named =
            |schema: Option<&str>, name: &str| Some((schema.map(str::to_owned), name.to_owned()));
        assert_eq!(named_type("setof App.Mood[]"), named(Some("app"), "mood"));
        assert_eq!(named_type("numeric(10, 2)"), named(None, "numeric"));
        assert_eq!(
            named_type("\"say \"\"hi\"\"\".\"a.b[1](x)\"[]"),
            named(Some("say \"hi\""), "a.b[1](x)")
        );
        assert_eq!(
            named_type("double precision"),
            named(None, "double precision")
        );
    }
}
