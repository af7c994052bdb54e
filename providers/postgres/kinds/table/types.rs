//! What is known of types by name: how they are stored, and what changing one into another costs.
//!
//! Names here are as `format_type()` writes them. What is not known is taken to be the worse case.
//!
//! Source: `pg_type.typstorage`; PostgreSQL manual, ALTER TABLE, notes on rewriting; `pg_cast`.

/// A type name taken apart: `numeric(10,2)[]` is `numeric`, `[10, 2]`, an array.
#[derive(Debug, PartialEq)]
struct Type<'a> {
    name: &'a str,
    modifiers: Vec<i64>,
    is_array: bool,
}

fn parse(text: &str) -> Type<'_> {
    let text = text.trim();
    let (text, is_array) = match text.find('[') {
        Some(at) => (text[..at].trim_end(), true),
        None => (text, false),
    };
    let (name, modifiers) = match (text.find('('), text.find(')')) {
        (Some(open), Some(close)) if open < close => (
            // `timestamp(3) with time zone`
            match (text[..open].trim_end(), text[close + 1..].trim()) {
                ("timestamp", "with time zone") => "timestamptz",
                ("time", "with time zone") => "timetz",
                (name, _) => name,
            },
            text[open + 1..close]
                .split(',')
                .filter_map(|part| part.trim().parse().ok())
                .collect(),
        ),
        _ => (text, Vec::new()),
    };
    let name = match name {
        "varchar" => "character varying",
        "char" => "character",
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "decimal" => "numeric",
        "float8" => "double precision",
        "float4" => "real",
        "varbit" => "bit varying",
        "bpchar" => "character",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "bool" => "boolean",
        other => other,
    };
    Type {
        name,
        modifiers,
        is_array,
    }
}

/// Reports whether two names are of one type.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    parse(one) == parse(other)
}

/// Types that every server has.
const BUILT_IN: [&str; 34] = [
    "bigint",
    "boolean",
    "bytea",
    "character",
    "character varying",
    "cidr",
    "date",
    "daterange",
    "double precision",
    "inet",
    "int4range",
    "int8range",
    "integer",
    "interval",
    "json",
    "jsonb",
    "macaddr",
    "macaddr8",
    "numeric",
    "numrange",
    "oid",
    "real",
    "smallint",
    "text",
    "time with time zone",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
    "tsquery",
    "tsrange",
    "tstzrange",
    "tsvector",
    "uuid",
    "xml",
];

/// Reports whether a type is there on every server, and written so that nothing can be wrong with it.
pub(crate) fn is_built_in(data_type: &str) -> bool {
    let text = data_type.trim().trim_end_matches("[]").trim_end();
    let (name, modifiers) = match text.split_once('(') {
        None => (text, None),
        Some((name, rest)) => (name.trim_end(), rest.strip_suffix(')')),
    };
    let parsed = parse(name);
    if !BUILT_IN.contains(&parsed.name) {
        return false;
    }
    let numbers: Option<Vec<u32>> = modifiers.map_or(Some(Vec::new()), |modifiers| {
        let parts = modifiers.split(',');
        parts.map(|part| part.trim().parse().ok()).collect()
    });
    match (parsed.name, numbers.as_deref()) {
        (_, Some([])) => !text.contains('('),
        ("character" | "character varying", Some([length])) => (1..=10_485_760).contains(length),
        ("numeric", Some([precision])) => (1..=1000).contains(precision),
        ("numeric", Some([precision, scale])) => {
            (1..=1000).contains(precision) && scale <= precision
        }
        _ => false,
    }
}

/// Returns how a type is stored by default.
pub(crate) fn default_storage(data_type: &str) -> &'static str {
    let parsed = parse(data_type);
    if parsed.is_array {
        return "extended";
    }
    match parsed.name {
        "numeric" | "inet" | "cidr" => "main",
        "smallint"
        | "integer"
        | "bigint"
        | "real"
        | "double precision"
        | "boolean"
        | "date"
        | "timestamp with time zone"
        | "timestamp without time zone"
        | "time without time zone"
        | "time with time zone"
        | "interval"
        | "uuid"
        | "oid"
        | "\"char\""
        | "name"
        | "money"
        | "point"
        | "line"
        | "lseg"
        | "box"
        | "circle"
        | "macaddr"
        | "macaddr8"
        | "pg_lsn" => "plain",
        _ => "extended",
    }
}

/// Reports whether every row is written anew when a column changes its type, as `ATColumnChangeRequiresRewrite()` says
/// it in a session whose time zone is UTC, as ours are.
pub(super) fn rewrites(from: &str, to: &str) -> bool {
    let (from, to) = (parse(from), parse(to));
    if from == to {
        return false;
    }
    if from.is_array || to.is_array {
        return true;
    }
    let first = |modifiers: &[i64]| modifiers.first().copied().unwrap_or(i64::MAX);
    let narrower = first(&to.modifiers) < first(&from.modifiers);
    let digits = |modifiers: &[i64]| match *modifiers {
        [precision] => Some((precision, 0)),
        [precision, scale] => Some((precision, scale)),
        _ => None,
    };
    let times = ["timestamp without time zone", "timestamp with time zone"];
    match (from.name, to.name) {
        ("character varying" | "xml", "text") | ("cidr", "inet") => false,
        ("xml", "character varying") => !to.modifiers.is_empty(),
        ("integer", "oid") | ("oid", "integer") => false,
        ("text" | "character varying", "character varying") => narrower,
        ("bit varying", "bit varying") => narrower,
        ("numeric", "numeric") => match (digits(&from.modifiers), digits(&to.modifiers)) {
            (_, None) => false,
            (Some((from, scale)), Some((to, wanted))) => to < from || scale != wanted,
            (None, Some(_)) => true,
        },
        (a, b) if a == b && (a.starts_with("time") || a.starts_with("interval")) => narrower,
        (a, b) if times.contains(&a) && times.contains(&b) => {
            !from.modifiers.is_empty() || !to.modifiers.is_empty()
        }
        // Of the same name and yet not the same: such as one filled with blanks.
        _ => true,
    }
}

/// Reports whether values may silently lose something when a column changes its type. Where they
/// would not fit, PostgreSQL fails instead.
pub(crate) fn narrows(from: &str, to: &str) -> bool {
    let (from, to) = (parse(from), parse(to));
    let whole = ["smallint", "integer", "bigint"];
    let broken = ["numeric", "real", "double precision"];
    match (from.name, to.name) {
        ("numeric", "numeric") => {
            let scale = |kind: &Type<'_>| match kind.modifiers.as_slice() {
                [] => i64::MAX,
                [_] => 0,
                [_, scale, ..] => *scale,
            };
            scale(&to) < scale(&from)
        }
        (a, b) if broken.contains(&a) && whole.contains(&b) => true,
        ("numeric" | "double precision", "real") | ("numeric", "double precision") => true,
        (a, "date") if a.starts_with("timestamp") => true,
        (a, b) if a.starts_with("timestamp") && b.starts_with("time ") => true,
        (a, b) if a == b && a.starts_with("time") => {
            let digits = |kind: &Type<'_>| kind.modifiers.first().copied().unwrap_or(6);
            digits(&to) < digits(&from)
        }
        _ => false,
    }
}

/// Reports whether a type is one of texts.
pub(super) fn is_text(data_type: &str) -> bool {
    let parsed = parse(data_type);
    let names = ["text", "character varying", "character"];
    !parsed.is_array && names.contains(&parsed.name)
}

/// Returns whether values must be cast explicitly, which for these types fails on what does not fit
/// and never cuts anything off.
pub(super) fn needs_cast(from: &str, to: &str) -> bool {
    let text = |kind: &Type<'_>| matches!(kind.name, "text" | "character varying" | "character");
    let (from, to) = (parse(from), parse(to));
    if text(&from) && !from.is_array {
        return !text(&to) || to.is_array;
    }
    matches!(
        (from.name, to.name),
        ("integer", "boolean") | ("boolean", "integer") | ("json", "jsonb") | ("jsonb", "json")
    ) || is_read(&from, &to)
        || from.is_array != to.is_array
}

/// Returns whether there is a cast that reads a value of the other type out of a document.
fn is_read(from: &Type<'_>, to: &Type<'_>) -> bool {
    let is_document = from.name == "jsonb" && !from.is_array && !to.is_array;
    is_document && (CAST[0].contains(&to.name) || to.name == "boolean")
}

/// Groups of types that PostgreSQL casts to one another, in one way or another.
const CAST: [&[&str]; 9] = [
    &[
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "real",
        "double precision",
    ],
    &["smallint", "integer", "bigint", "oid"],
    &["boolean", "integer"],
    &["json", "jsonb"],
    &[
        "date",
        "timestamp with time zone",
        "timestamp without time zone",
    ],
    &["time with time zone", "time without time zone"],
    &["time without time zone", "interval"],
    &["cidr", "inet"],
    &["macaddr", "macaddr8"],
];

/// Those that it casts in one direction only.
const CAST_TO: [(&str, &str); 3] = [
    ("timestamp with time zone", "time with time zone"),
    ("timestamp with time zone", "time without time zone"),
    ("timestamp without time zone", "time without time zone"),
];

/// Returns whether values of one type that is on every server can become those of another only by way of their
/// words, because there is no cast: then those that mean nothing there are refused.
///
/// Source: `pg_cast`.
pub(crate) fn goes_by_words(from: &str, to: &str) -> bool {
    let [from, to] = [from, to].map(|text| match text.starts_with("interval ") {
        // Only some of its fields are kept.
        true if !text.ends_with("[]") => "interval",
        _ => text,
    });
    if !is_built_in(from) || !is_built_in(to) || is_text(to) {
        return false;
    }
    let (from, to) = (parse(from), parse(to));
    let text = |kind: &Type<'_>| matches!(kind.name, "text" | "character varying" | "character");
    if text(&from) && !from.is_array || from.is_array != to.is_array {
        return from.is_array != to.is_array && (from.is_array || !text(&from));
    }
    let is_cast = |group: &&[&str]| group.contains(&from.name) && group.contains(&to.name);
    from.name != to.name
        && !text(&from)
        && !text(&to)
        && !is_read(&from, &to)
        && !CAST.iter().any(is_cast)
        && !CAST_TO.contains(&(from.name, to.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_cast_goes_by_its_words() {
        for (from, to) in [
            ("jsonb", "interval day to second"),
            ("bigint", "boolean"),
            ("integer", "integer[]"),
            ("uuid", "bytea"),
            ("uuid", "int4range"),
            ("text[]", "tsvector"),
            ("time without time zone", "timestamp with time zone"),
        ] {
            assert!(goes_by_words(from, to), "{from} to {to}");
        }
        for (from, to) in [
            ("jsonb", "numeric(10, 2)"),
            ("integer", "int8"),
            ("int[]", "bigint[]"),
            ("text", "interval"),
            ("jsonb", "varchar(20)"),
            ("integer", "mood"),
            ("date", "timestamptz"),
        ] {
            assert!(!goes_by_words(from, to), "{from} to {to}");
        }
    }

    #[test]
    fn wider_texts_and_numbers_are_not_rewritten() {
        assert!(!rewrites("character varying(10)", "character varying(20)"));
        assert!(!rewrites("character varying(10)", "text"));
        assert!(!rewrites("numeric(10,2)", "numeric(12,2)"));
        assert!(rewrites("integer", "bigint"));
        assert!(rewrites("character varying(20)", "character varying(10)"));
        assert!(!rewrites("numeric(10)", "numeric(12,0)"));
        assert!(!rewrites(
            "timestamp(3) without time zone",
            "timestamp without time zone"
        ));
        assert!(!rewrites(
            "timestamp without time zone",
            "timestamp with time zone"
        ));
        assert!(!rewrites("interval(2)", "interval(4)"));
        assert!(!rewrites("bit varying(3)", "varbit(4)"));
        assert!(rewrites(
            "timestamp(3) with time zone",
            "timestamp(2) with time zone"
        ));
        assert!(rewrites("interval(4)", "interval(2)"));
        assert!(rewrites("character(10)", "character(20)"));
        assert!(rewrites("bit(3)", "bit(4)"));
    }

    #[test]
    fn fewer_digits_lose_something() {
        assert!(narrows("numeric(10,4)", "numeric(10,2)"));
        assert!(narrows("timestamp with time zone", "date"));
        assert!(!narrows("integer", "bigint"));
        assert!(!narrows("bigint", "integer"));
    }

    #[test]
    fn types_that_must_be_asked_about_are_not_built_in() {
        for sure in [
            "int",
            "text[]",
            "varchar(20)",
            "numeric(10, 2)",
            "timestamptz",
        ] {
            assert!(is_built_in(sure), "{sure}");
        }
        for unsure in [
            "mood",
            "shop.mood",
            "varchar(",
            "varchar(0)",
            "numeric(2000)",
            "text()",
            "int; drop table x",
        ] {
            assert!(!is_built_in(unsure), "{unsure}");
        }
    }

    #[test]
    fn texts_need_a_cast_to_become_anything_else() {
        assert!(needs_cast("text", "integer"));
        assert!(needs_cast("jsonb", "numeric(10, 2)"));
        assert!(!needs_cast("integer", "text"));
        assert!(!needs_cast(
            "character varying(20)",
            "character varying(10)"
        ));
    }
}
