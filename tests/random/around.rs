//! What stands around: schemas, extensions, text search, foreign data, publications, and who may do what.

use super::draw::{Choice, Column, Item, World};

/// How default privileges are set.
const DEFAULTS: &str = "ALTER DEFAULT PRIVILEGES";

pub(super) fn schema(world: &mut World, choice: &mut Choice<'_>) {
    let bare = world.bare(choice.serial);
    let owner = choice.of(&["", "", " AUTHORIZATION alice"]);
    world.run(format!("CREATE SCHEMA {bare}{owner}"));
    world.made("schema", &bare, choice);
}

pub(super) fn extension(world: &mut World, choice: &mut Choice<'_>) {
    // What it brings along has what default privileges give: that is left as it is, and so is nothing to compare.
    if world.statements.iter().any(|sql| sql.starts_with(DEFAULTS)) {
        return;
    }
    let name = [
        "pg_trgm",
        "hstore",
        "citext",
        "ltree",
        "btree_gist",
        "unaccent",
    ][choice.serial % 6];
    let schema = world
        .pick(choice, &["schema"])
        .filter(|_| choice.serial.is_multiple_of(2));
    let within = schema
        .map(|schema| format!(" SCHEMA {}", schema.name))
        .unwrap_or_default();
    world.run(format!("CREATE EXTENSION {name}{within}"));
    world.made("extension", name, choice);
}

pub(super) fn text_search(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let (word, definition) = match choice.serial % 4 {
        0 => {
            let of = choice.of(&["(template = simple)", "(template = simple, accept = false)", "(template = snowball, language = 'german')"]);
            ("text search dictionary", of.to_owned())
        }
        1 => {
            let of = choice.of(&["(parser = \"default\")", "(copy = english)", "(copy = simple)"]);
            ("text search configuration", of.to_owned())
        }
        2 => ("text search template", "(init = dsimple_init, lexize = dsimple_lexize)".to_owned()),
        _ => ("text search parser", "(start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)".to_owned()),
    };
    world.run(format!("CREATE {word} {name} {definition}"));
    if word.ends_with("configuration") {
        let dictionary = world
            .pick(choice, &["text search dictionary"])
            .map(|item| item.name.clone());
        let dictionary = dictionary.unwrap_or_else(|| "simple".to_owned());
        if definition.contains("default") {
            world.run(format!("ALTER TEXT SEARCH CONFIGURATION {name} ADD MAPPING FOR asciiword, word WITH {dictionary}"));
        } else {
            world.run(format!("ALTER TEXT SEARCH CONFIGURATION {name} ALTER MAPPING FOR word WITH {dictionary}, simple"));
        }
    }
    world.made(word, &name, choice);
}

pub(super) fn wrapper(world: &mut World, choice: &mut Choice<'_>) {
    let bare = world.bare(choice.serial);
    let options = choice.of(&[
        "",
        " OPTIONS (debug 'true')",
        " OPTIONS (\"Odd one\" 'it''s')",
    ]);
    world.run(format!("CREATE FOREIGN DATA WRAPPER {bare}{options}"));
    world.made("foreign data wrapper", &bare, choice);
}

pub(super) fn server(world: &mut World, choice: &mut Choice<'_>) {
    let bare = world.bare(choice.serial);
    let Some(wrapper) = world
        .pick_fixed("foreign data wrapper", choice.serial)
        .cloned()
    else {
        return;
    };
    let more = choice.of(&["", " VERSION '2'", " TYPE 'odd'"]);
    let options = choice.of(&["", " OPTIONS (host 'h', port '1')", " OPTIONS (port '2')"]);
    let more = if more.contains("TYPE") { "" } else { more };
    world.run(format!(
        "CREATE SERVER {bare}{more} FOREIGN DATA WRAPPER {}{options}",
        wrapper.name
    ));
    if choice.once_in(3) {
        world.run(format!(
            "CREATE USER MAPPING FOR alice SERVER {bare} OPTIONS (login 'x')"
        ));
    }
    world.made("server", &bare, choice);
}

pub(super) fn foreign_table(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let Some(server) = world.pick_fixed("server", choice.serial).cloned() else {
        return;
    };
    let of = choice.of(&["text", "integer", "date"]);
    let options = choice.maybe(2, " OPTIONS (\"table\" 't')");
    let column = choice.maybe(3, " OPTIONS (c '1')");
    world.run(format!(
        "CREATE FOREIGN TABLE {name} (id integer NOT NULL, body {of}{column}) SERVER {}{options}",
        server.name
    ));
    let columns = [("id", "integer"), ("body", of)].map(|(name, data_type)| Column {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
    });
    world.add(Item {
        serial: choice.serial,
        word: "foreign table",
        name,
        columns: columns.to_vec(),
        note: String::new(),
    });
}

pub(super) fn publication(world: &mut World, choice: &mut Choice<'_>) {
    let bare = world.bare(choice.serial);
    let table = world.pick(choice, &["table"]).map(|item| item.name.clone());
    let schema = world
        .pick(choice, &["schema"])
        .map(|item| item.name.clone());
    let what = match (choice.below(4), table, schema) {
        (0, _, _) => " FOR ALL TABLES".to_owned(),
        (1, Some(table), _) if world.major >= 15 => {
            format!(" FOR TABLE {table} (id) WHERE (id > 5)")
        }
        (2, Some(table), _) => format!(" FOR TABLE ONLY {table}"),
        (3, _, Some(schema)) if world.major >= 15 => format!(" FOR TABLES IN SCHEMA {schema}"),
        _ => String::new(),
    };
    let options = choice.of(&[
        "",
        " WITH (publish = 'insert, delete')",
        " WITH (publish_via_partition_root = true)",
    ]);
    world.run(format!("CREATE PUBLICATION {bare}{what}{options}"));
    world.made("publication", &bare, choice);
}

pub(super) fn language(world: &mut World, choice: &mut Choice<'_>) {
    let bare = world.bare(choice.serial);
    let trusted = choice.maybe(2, "TRUSTED ");
    world.run(format!(
        "CREATE {trusted}LANGUAGE {bare} HANDLER plpgsql_call_handler"
    ));
    world.made("language", &bare, choice);
}

pub(super) fn access_method(world: &mut World, choice: &mut Choice<'_>) {
    let bare = world.bare(choice.serial);
    world.run(format!(
        "CREATE ACCESS METHOD {bare} TYPE TABLE HANDLER heap_tableam_handler"
    ));
    world.made("access method", &bare, choice);
    if choice.once_in(2) {
        let table = world.name(choice);
        world.run(format!("CREATE TABLE {table} (id integer) USING {bare}"));
    }
}

pub(super) fn comment(world: &mut World, choice: &mut Choice<'_>) {
    let at = choice.below(256);
    let Some(item) = world.any(at).cloned() else {
        return;
    };
    let text = choice
        .of(&[
            "words",
            "it's\n  two lines",
            "\u{e9}\u{1f418}",
            "$$ -- not sql",
        ])
        .replace('\'', "''");
    world.run(format!(
        "COMMENT ON {} {} IS '{text}'",
        item.word.to_uppercase(),
        item.name
    ));
    if let Some(column) = item.columns.last().filter(|_| choice.once_in(2)) {
        world.run(format!(
            "COMMENT ON COLUMN {}.{} IS '{text}'",
            item.name, column.name
        ));
    }
}

pub(super) fn owner(world: &mut World, choice: &mut Choice<'_>) {
    let at = choice.below(256);
    let Some(item) = world.any(at).cloned() else {
        return;
    };
    let role = choice.of(&["alice", "bob", "carol"]);
    world.run(format!(
        "ALTER {} {} OWNER TO {role}",
        item.word.to_uppercase(),
        item.name
    ));
}

pub(super) fn grant(world: &mut World, choice: &mut Choice<'_>) {
    const WORDS: [&str; 11] = [
        "table",
        "view",
        "materialized view",
        "sequence",
        "function",
        "procedure",
        "schema",
        "type",
        "server",
        "foreign data wrapper",
        "foreign table",
    ];
    let Some(item) = world.pick(choice, &WORDS).cloned() else {
        return;
    };
    let (class, privileges): (_, &[&str]) = match item.word {
        "sequence" => ("SEQUENCE", &["USAGE", "SELECT", "SELECT, UPDATE"]),
        "function" => ("FUNCTION", &["EXECUTE"]),
        "procedure" => ("PROCEDURE", &["EXECUTE"]),
        "schema" => ("SCHEMA", &["USAGE", "CREATE", "ALL"]),
        "type" => ("TYPE", &["USAGE"]),
        "server" => ("FOREIGN SERVER", &["USAGE"]),
        "foreign data wrapper" => ("FOREIGN DATA WRAPPER", &["USAGE"]),
        _ => (
            "TABLE",
            &[
                "SELECT",
                "SELECT, INSERT",
                "ALL",
                "TRUNCATE, TRIGGER",
                "UPDATE (id), SELECT (id)",
            ],
        ),
    };
    let privilege = choice.of(privileges);
    let name = &item.name;
    match choice.below(8) {
        0 => world.run(format!("REVOKE ALL ON {class} {name} FROM PUBLIC")),
        1 => world.run(format!("GRANT {privilege} ON {class} {name} TO PUBLIC")),
        2 => {
            world.run(format!(
                "GRANT {privilege} ON {class} {name} TO alice WITH GRANT OPTION"
            ));
            world.run(format!(
                "SET ROLE alice; GRANT {privilege} ON {class} {name} TO carol; RESET ROLE"
            ));
            world.run("RESET ROLE");
        }
        _ => {
            let to = choice.of(&["alice", "bob", "carol", "alice, bob"]);
            world.run(format!("GRANT {privilege} ON {class} {name} TO {to}"));
        }
    }
}

pub(super) fn default_privileges(world: &mut World, choice: &mut Choice<'_>) {
    if world.items.iter().any(|item| item.word == "extension") {
        return;
    }
    let schema = world
        .pick(choice, &["schema"])
        .filter(|_| choice.once_in(2));
    let within = schema
        .map(|schema| format!(" IN SCHEMA {}", schema.name))
        .unwrap_or_default();
    let by = choice.of(&["", " FOR ROLE alice", " FOR ROLE bob"]);
    let what = choice.of(&[
        "GRANT SELECT ON TABLES TO carol",
        "GRANT ALL ON SEQUENCES TO bob",
        "GRANT EXECUTE ON FUNCTIONS TO carol",
        "REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        "GRANT USAGE ON TYPES TO bob WITH GRANT OPTION",
    ]);
    world.run(format!("{DEFAULTS}{by}{within} {what}"));
}

impl World {
    /// Picks something of a kind by a number that does not change.
    fn pick_fixed(&self, word: &str, serial: usize) -> Option<&Item> {
        let all = self.items.iter().filter(|item| item.word == word);
        all.min_by_key(|item| (item.serial * 97 % 256) ^ (serial * 31 % 256))
    }

    fn any(&self, near: usize) -> Option<&Item> {
        let all = self.items.iter();
        all.min_by_key(|item| (item.serial * 97 % 256) ^ near)
    }
}
