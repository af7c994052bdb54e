//! Views, routines and what calls them.

use super::draw::{Choice, Column, Item, World, ident};

const RELATIONS: [&str; 4] = ["table", "view", "materialized view", "foreign table"];

/// Writes a query over one or two relations.
fn query(world: &World, choice: &mut Choice<'_>) -> Option<(String, Vec<Column>)> {
    let from = world.pick(choice, &RELATIONS)?.clone();
    let mut columns = vec![Column {
        name: "id".to_owned(),
        data_type: from.columns.first()?.data_type.clone(),
    }];
    let mut shown = vec!["a.id".to_owned()];
    if let Some(column) = from.columns.get(1 + choice.below(3)) {
        shown.push(format!("a.{}", column.name));
        columns.push(column.clone());
    }
    if choice.once_in(3) {
        let called = world
            .pick(choice, &["function"])
            .filter(|item| item.note == "number");
        let value = called.map_or_else(
            || "a.id::text || 'x'".to_owned(),
            |item| {
                format!(
                    "{}(1)::text",
                    item.name.split('(').next().unwrap_or_default()
                )
            },
        );
        shown.push(format!("{value} AS \"As Text\""));
        columns.push(Column {
            name: ident("As Text"),
            data_type: "text".to_owned(),
        });
    }
    let shown = shown.join(", ");
    let join = match choice.once_in(4) {
        true => world
            .pick(choice, &RELATIONS)
            .map(|other| format!(" JOIN {} b ON b.id = a.id", other.name)),
        false => None,
    };
    let join = join.unwrap_or_default();
    let only = choice.of(&[
        "",
        " WHERE a.id > 5",
        " WHERE a.id IS NOT NULL ORDER BY a.id",
        " WHERE a.id IN (1, 2, 3)",
    ]);
    Some((
        format!("SELECT {shown} FROM {} a{join}{only}", from.name),
        columns,
    ))
}

pub(super) fn view(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let Some((query, columns)) = query(world, choice) else {
        return;
    };
    let invoker = if world.major >= 15 {
        " WITH (security_invoker=true)"
    } else {
        ""
    };
    let options = choice.of(&["", "", " WITH (security_barrier=true)", invoker]);
    world.run(format!("CREATE VIEW {name}{options} AS {query}"));
    if let Some(column) = columns.last().filter(|_| choice.once_in(6)) {
        world.run(format!(
            "COMMENT ON COLUMN {name}.{} IS 'seen'",
            column.name
        ));
    }
    world.add(Item {
        serial: choice.serial,
        word: "view",
        name,
        columns,
        note: String::new(),
    });
}

pub(super) fn materialized_view(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let Some((query, columns)) = query(world, choice) else {
        return;
    };
    let options = choice.maybe(4, " WITH (fillfactor=50)");
    world.run(format!(
        "CREATE MATERIALIZED VIEW {name}{options} AS {query}"
    ));
    world.add(Item {
        serial: choice.serial,
        word: "materialized view",
        name,
        columns,
        note: String::new(),
    });
}

/// The options that routines have.
fn options(choice: &mut Choice<'_>) -> String {
    [
        choice.of(&["", " STABLE", " IMMUTABLE"]),
        choice.maybe(3, " STRICT"),
        choice.maybe(4, " SECURITY DEFINER"),
        choice.maybe(4, " COST 12"),
        choice.of(&["", " PARALLEL SAFE", " PARALLEL RESTRICTED"]),
        choice.maybe(5, " SET search_path TO 'pg_catalog', 'pg_temp'"),
        choice.maybe(6, " LEAKPROOF"),
    ]
    .concat()
}

pub(super) fn function(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let mut note = "";
    let (arguments, returns, body) = match choice.below(7) {
        0 | 1 => {
            note = "number";
            let default = choice.maybe(2, ", more integer DEFAULT 4");
            (
                format!("a integer{default}"),
                "integer".to_owned(),
                "LANGUAGE sql AS $$ select a + 1 $$".to_owned(),
            )
        }
        2 => {
            note = "number";
            (
                "a integer".to_owned(),
                "integer".to_owned(),
                "LANGUAGE sql BEGIN ATOMIC SELECT (a * 2); END".to_owned(),
            )
        }
        3 => {
            let of = world.data_type(choice);
            (
                format!("INOUT value {of}, VARIADIC rest text[]"),
                String::new(),
                "LANGUAGE plpgsql AS $f$ begin -- it's nothing\n end $f$".to_owned(),
            )
        }
        4 => (
            "x text".to_owned(),
            "TABLE(a integer, \"B\" text)".to_owned(),
            "LANGUAGE sql ROWS 50 AS 'select 1, x'".to_owned(),
        ),
        5 => match world.pick(choice, &["table"]) {
            Some(table) => (
                String::new(),
                format!("SETOF {}", table.name),
                format!("LANGUAGE sql AS $$ select * from {} $$", table.name),
            ),
            None => return,
        },
        _ => match world.pick(choice, &["table", "view"]) {
            Some(on) => (
                "a bigint".to_owned(),
                "bigint".to_owned(),
                format!(
                    "LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM {} WHERE id = a; END",
                    on.name
                ),
            ),
            None => return,
        },
    };
    let strict = options(choice);
    let returns = if returns.is_empty() {
        String::new()
    } else {
        format!("RETURNS {returns} ")
    };
    world.run(format!(
        "CREATE FUNCTION {name}({arguments}) {returns}{body}{strict}"
    ));
    let types = identity(&arguments);
    world.add(Item {
        serial: choice.serial,
        word: "function",
        name: format!("{name}({types})"),
        columns: Vec::new(),
        note: note.to_owned(),
    });
}

/// Returns the types of arguments that have names and no commas of their own.
fn identity(arguments: &str) -> String {
    let types = arguments
        .split(", ")
        .filter(|one| !one.is_empty())
        .map(|one| {
            let one = one.split(" DEFAULT ").next().unwrap_or_default();
            let one = one
                .trim_start_matches("INOUT ")
                .trim_start_matches("VARIADIC ");
            one.split_once(' ').map_or(one, |(_, of)| of)
        });
    types.collect::<Vec<_>>().join(", ")
}

pub(super) fn procedure(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let body = choice.of(&[
        "LANGUAGE plpgsql AS $$ begin commit; end $$",
        "LANGUAGE sql AS 'select 1'",
        "LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END",
    ]);
    world.run(format!(
        "CREATE PROCEDURE {name}(a integer, INOUT b text) {body}"
    ));
    world.made("procedure", &format!("{name}(integer, text)"), choice);
}

pub(super) fn aggregate(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let start = choice.of(&[
        "",
        ", initcond = '0'",
        ", initcond = '5', parallel = safe",
        ", msfunc = int4pl, minvfunc = int4mi, mstype = integer",
    ]);
    world.run(format!(
        "CREATE AGGREGATE {name}(integer) (sfunc = int4pl, stype = integer{start})"
    ));
    world.made("aggregate", &format!("{name}(integer)"), choice);
}

pub(super) fn trigger_function(world: &mut World, choice: &mut Choice<'_>) {
    let name = world.name(choice);
    let body = choice.of(&[
        "return new;",
        "return null;",
        "raise notice 'x'; return new;",
    ]);
    let options = choice.maybe(4, " SECURITY DEFINER");
    world.run(format!("CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql{options} AS $$ begin {body} end $$"));
    world.add(Item {
        serial: choice.serial,
        word: "function",
        name: format!("{name}()"),
        columns: Vec::new(),
        note: "trigger".to_owned(),
    });
}

fn noted(world: &World, choice: &mut Choice<'_>, note: &str) -> Option<Item> {
    let all = world.items.iter().filter(|item| item.note == note);
    let all: Vec<_> = all.collect();
    let at = choice.below(all.len());
    all.get(at).map(|item| (*item).clone())
}

pub(super) fn trigger(world: &mut World, choice: &mut Choice<'_>) {
    let bare = world.bare(choice.serial);
    let (Some(on), Some(function)) = (
        world.pick(choice, &["table"]).cloned(),
        noted(world, choice, "trigger"),
    ) else {
        return;
    };
    let column = on
        .columns
        .last()
        .map_or("id", |column| column.name.as_str());
    let (kind, when) = match choice.below(5) {
        0 => ("", "BEFORE INSERT OR UPDATE".to_owned()),
        1 => ("", format!("AFTER UPDATE OF {column}")),
        2 => ("CONSTRAINT ", "AFTER DELETE".to_owned()),
        3 => ("", "AFTER TRUNCATE".to_owned()),
        _ => ("", "AFTER INSERT".to_owned()),
    };
    let more = match (kind, when.as_str()) {
        ("CONSTRAINT ", _) => choice.of(&["", " DEFERRABLE INITIALLY DEFERRED"]),
        (_, "AFTER INSERT") => choice.maybe(3, " REFERENCING NEW TABLE AS fresh"),
        _ => "",
    };
    let each = if when.contains("TRUNCATE") || more.contains("fresh") {
        "STATEMENT"
    } else {
        "ROW"
    };
    let only = if each == "ROW" && !when.contains("DELETE") {
        choice.maybe(4, " WHEN (new.id > 3)")
    } else {
        ""
    };
    let name = function.name.split('(').next().unwrap_or_default();
    let argument = choice.maybe(5, "'it''s', 2");
    world.run(format!("CREATE {kind}TRIGGER {bare} {when} ON {}{more} FOR EACH {each}{only} EXECUTE FUNCTION {name}({argument})", on.name));
    let state = choice.of(&["", "", "DISABLE", "ENABLE ALWAYS", "ENABLE REPLICA"]);
    if !state.is_empty() {
        world.run(format!("ALTER TABLE {} {state} TRIGGER {bare}", on.name));
    }
    world.made("trigger", &format!("{bare} ON {}", on.name), choice);
}

pub(super) fn rule(world: &mut World, choice: &mut Choice<'_>) {
    let bare = world.bare(choice.serial);
    let Some(on) = world.pick(choice, &["table", "view"]).cloned() else {
        return;
    };
    let does = choice.of(&[
        "INSTEAD NOTHING",
        "ALSO SELECT 1",
        "INSTEAD (SELECT new.id; SELECT 2)",
    ]);
    let event = choice.of(&["INSERT", "UPDATE"]);
    let only = if on.word == "table" {
        choice.maybe(4, " WHERE (new.id > 5)")
    } else {
        ""
    };
    world.run(format!(
        "CREATE RULE {bare} AS ON {event} TO {}{only} DO {does}",
        on.name
    ));
    world.made("rule", &format!("{bare} ON {}", on.name), choice);
}

pub(super) fn policy(world: &mut World, choice: &mut Choice<'_>) {
    let bare = world.bare(choice.serial);
    let Some(on) = world.pick(choice, &["table"]).cloned() else {
        return;
    };
    let kind = choice.maybe(4, " AS RESTRICTIVE");
    let command = choice.of(&["", " FOR SELECT", " FOR UPDATE", " FOR DELETE"]);
    let to = choice.of(&["", " TO alice", " TO bob, carol"]);
    let called = noted(world, choice, "number").filter(|_| choice.once_in(3));
    let call =
        called.map(|item| format!("{}(1) > 0", item.name.split('(').next().unwrap_or_default()));
    let using = call.unwrap_or_else(|| {
        choice
            .of(&["true", "id > 3", "CURRENT_USER = 'x'"])
            .to_owned()
    });
    world.run(format!(
        "CREATE POLICY {bare} ON {}{kind}{command}{to} USING ({using})",
        on.name
    ));
    let security = choice.of(&["ENABLE", "FORCE", "NO FORCE"]);
    world.run(format!(
        "ALTER TABLE {} {security} ROW LEVEL SECURITY",
        on.name
    ));
    world.made("policy", &format!("{bare} ON {}", on.name), choice);
}

pub(super) fn event_trigger(world: &mut World, choice: &mut Choice<'_>) {
    let (bare, function) = (world.bare(choice.serial), world.name(choice));
    world.run(format!("CREATE FUNCTION {function}() RETURNS event_trigger LANGUAGE plpgsql AS $$ begin null; end $$"));
    let event = choice.of(&["ddl_command_start", "ddl_command_end", "sql_drop"]);
    let only = choice.maybe(2, " WHEN TAG IN ('CREATE TABLE', 'DROP TABLE')");
    world.run(format!(
        "CREATE EVENT TRIGGER {bare} ON {event}{only} EXECUTE FUNCTION {function}()"
    ));
    world.made("event trigger", &bare, choice);
}
