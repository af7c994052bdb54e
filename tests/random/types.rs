//! Types and what belongs to them.

use super::draw::{Choice, Item, World};

fn of_type(world: &mut World, word: &'static str, name: &str, note: &str, choice: &Choice<'_>) {
    world.add(Item {
        serial: choice.serial,
        word,
        name: name.to_owned(),
        columns: Vec::new(),
        note: note.to_owned(),
    });
}

pub(super) fn enumeration(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let mut values = choice.some_of(&[
        "new",
        "paid",
        "sent",
        "it's",
        "Gr\u{f6}\u{df}e",
        "back",
        "lost",
        "",
    ]);
    if choice.once_in(4) {
        values.reverse();
    }
    let values: Vec<_> = values
        .iter()
        .map(|value| format!("'{}'", value.replace('\'', "''")))
        .collect();
    world.run(format!(
        "CREATE TYPE {name} AS ENUM ({})",
        values.join(", ")
    ));
    of_type(world, "type", &name, "enum", choice);
}

pub(super) fn composite(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let (one, other) = (world.data_type(choice), world.data_type(choice));
    let more = choice.of(&["", ", note text COLLATE \"C\""]);
    world.run(format!(
        "CREATE TYPE {name} AS (one {one}, \"Other\" {other}{more})"
    ));
    of_type(world, "type", &name, "composite", choice);
}

pub(super) fn range(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let subtype = choice.of(&[
        "subtype = text",
        "subtype = text, collation = \"C\"",
        "subtype = float8, subtype_diff = float8mi",
        "subtype = time",
    ]);
    world.run(format!("CREATE TYPE {name} AS RANGE ({subtype})"));
    of_type(world, "type", &name, "range", choice);
}

pub(super) fn domain(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let base = match choice.once_in(3) {
        true => world
            .pick(choice, &["domain", "type"])
            .map(|item| item.name.clone()),
        false => None,
    };
    let base = base.unwrap_or_else(|| {
        choice
            .of(&["text", "integer", "numeric(8,3)", "text[]"])
            .to_owned()
    });
    let check = match base.as_str() {
        "text" => choice.of(&[
            "",
            " CHECK (VALUE <> '')",
            " CONSTRAINT \"is short\" CHECK (length(VALUE) < 50)",
            " COLLATE \"C\"",
        ]),
        "integer" => choice.of(&[
            "",
            " DEFAULT 3 CHECK (VALUE > 0)",
            " CONSTRAINT small CHECK (VALUE < 100)",
        ]),
        _ => "",
    };
    let not_null = choice.maybe(6, " NOT NULL");
    world.run(format!("CREATE DOMAIN {name} AS {base}{check}{not_null}"));
    of_type(world, "domain", &name, "domain", choice);
}

/// A type with functions of its own, written with those of text.
pub(super) fn base_type(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    world.run(format!("CREATE TYPE {name}"));
    world.run(format!("CREATE FUNCTION {name}(cstring) RETURNS {name} LANGUAGE internal IMMUTABLE STRICT AS 'textin'"));
    let out = name.replace("\"", "");
    let (schema, _) = name.split_once('.').unwrap_or(("public", ""));
    let out = format!(
        "{schema}.\"{}_out\"",
        out.rsplit_once('.').map_or("", |(_, bare)| bare)
    );
    world.run(format!("CREATE FUNCTION {out}({name}) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'"));
    let storage = choice.of(&["extended", "plain", "external"]);
    let category = choice.of(&[
        "",
        ", category = 'S'",
        ", preferred = true, category = 'Y'",
        ", delimiter = ';'",
    ]);
    world.run(format!("CREATE TYPE {name} (input = {name}, output = {out}, internallength = variable, alignment = int4, storage = {storage}{category})"));
    of_type(world, "type", &name, "base", choice);
}

pub(super) fn cast(world: &mut World, choice: &mut Choice<'_>) {
    let Some(from) = world.pick(choice, &["type"]).cloned() else {
        return;
    };
    let context = choice.of(&["", " AS ASSIGNMENT", " AS IMPLICIT"]);
    let to = choice.of(&["character varying", "bytea", "name"]);
    world.run(format!(
        "CREATE CAST ({} AS {to}) WITH INOUT{context}",
        from.name
    ));
    world.made("cast", &format!("({} AS {to})", from.name), choice);
}

pub(super) fn operator(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let (schema, _) = name.split_once('.').unwrap_or(("public", ""));
    let sign = ["===", "<~>", "@@@", "!!=", "|+|", "<#>"][choice.serial % 6];
    let (function, of, result) = [
        ("int4eq", "integer", true),
        ("int8pl", "bigint", false),
        ("texteq", "text", true),
    ][choice.serial / 6 % 3];
    let more = match result {
        true => choice.of(&[
            "",
            ", commutator = OPERATOR(pg_catalog.=)",
            ", restrict = eqsel, join = eqjoinsel",
            ", hashes, merges",
        ]),
        false => "",
    };
    let more = if more.contains("commutator") {
        ""
    } else {
        more
    };
    world.run(format!("CREATE OPERATOR {schema}.{sign} (function = {function}, leftarg = {of}, rightarg = {of}{more})"));
    world.made("operator", &format!("{schema}.{sign} ({of}, {of})"), choice);
}

pub(super) fn operator_class(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let extra = choice.of(&["", ", FUNCTION 2 btint4sortsupport(internal)"]);
    world.run(format!(
        "CREATE OPERATOR CLASS {name} FOR TYPE integer USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, \
         OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer){extra}"
    ));
    world.made("operator class", &format!("{name} USING btree"), choice);
    if choice.once_in(3)
        && let Some(table) = world.pick(choice, &["table"]).cloned()
    {
        world.run(format!(
            "CREATE INDEX \"by class {}\" ON {} (id {name})",
            choice.serial, table.name
        ));
    }
}

pub(super) fn collation(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let how = choice.of(&[
        "FROM \"C\"",
        "(provider = icu, locale = 'de-DE')",
        "(provider = icu, locale = 'sv', deterministic = false)",
    ]);
    world.run(format!("CREATE COLLATION {name} {how}"));
    world.made("collation", &name, choice);
}

pub(super) fn conversion(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let default = "";
    world.run(format!(
        "CREATE {default}CONVERSION {name} FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"
    ));
    world.made("conversion", &name, choice);
}

/// How a language of its own sees a type.
pub(super) fn transform(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let Some(language) = world.pick(choice, &["language"]).cloned() else {
        return;
    };
    let of = choice.of(&["integer", "bigint"]);
    world.run(format!("CREATE FUNCTION {name}(internal) RETURNS internal LANGUAGE internal IMMUTABLE STRICT AS 'int4recv'"));
    world.run(format!(
        "CREATE TRANSFORM FOR {of} LANGUAGE {} (FROM SQL WITH FUNCTION {name}(internal))",
        language.name
    ));
    world.made(
        "transform",
        &format!("FOR {of} LANGUAGE {}", language.name),
        choice,
    );
}
