//! A catalog drawn at random.

use crate::client::{self, Open};
use crate::servers::Server;

/// The columns of tables; views have the first alone.
pub(super) const COLUMNS: [&str; 3] = ["a", "b", "c d"];

const ROLES: usize = 36;
const SCHEMAS: usize = 5;
const OBJECTS: usize = 60;
const GRANTS: usize = 700;

/// Reports whether something drawn has a column.
pub(super) fn has_column(name: &str, column: &str) -> bool {
    column == "a" || name.contains(".t")
}

/// Draws numbers.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn may(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

fn role(number: usize) -> String {
    match number {
        0 => "\"We ird\"\"q\"".to_owned(),
        1 => "\"UPPER\"".to_owned(),
        _ => format!("r{number}"),
    }
}

/// Makes a database `shop` on a server of its own. What PostgreSQL refuses is left out.
pub(super) fn draw(seed: u64, major: u16, server: &Server) -> Result<(), String> {
    let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    client::run(
        &server.url("postgres"),
        "create database shop template template0",
    )?;
    let mut open = Open::to(&server.url("shop"))?;
    let mut done = 0;
    let mut all = Vec::new();
    roles(&mut draw, major, &mut all);
    let objects = objects(&mut draw, &mut all);
    grants(&mut draw, major, &objects, &mut all);
    for statement in &all {
        open.ask("reset role")?;
        done += usize::from(open.ask(statement).is_ok());
    }
    open.ask("reset role")?;
    if done < all.len() / 2 {
        return Err(format!(
            "only {done} of {} statements were taken",
            all.len()
        ));
    }
    Ok(())
}

fn roles(draw: &mut Draw, major: u16, all: &mut Vec<String>) {
    for number in 0..ROLES {
        let mut words = Vec::new();
        for (word, percent) in [
            ("superuser", 5),
            ("login", 50),
            ("noinherit", 25),
            ("createrole", 10),
            ("createdb", 10),
            ("bypassrls", 8),
        ] {
            if draw.may(percent) {
                words.push(word);
            }
        }
        all.push(format!("create role {} {}", role(number), words.join(" ")));
    }
    let predefined = [
        "pg_read_all_data",
        "pg_write_all_data",
        "pg_monitor",
        "pg_maintain",
    ];
    for _ in 0..ROLES * 2 {
        let to = role(draw.below(ROLES));
        let of = match draw.may(12) {
            true => draw.one(&predefined).to_owned(),
            false => role(draw.below(ROLES)),
        };
        let options = if major >= 16 {
            let admin = draw.may(20);
            format!(
                " with admin {admin}, inherit {}, set {}",
                draw.may(70),
                draw.may(70)
            )
        } else if draw.may(20) {
            " with admin option".to_owned()
        } else {
            String::new()
        };
        all.push(format!("grant {of} to {to}{options}"));
    }
    all.push(format!(
        "alter database shop owner to {}",
        role(draw.below(ROLES))
    ));
}

/// Makes objects, and returns their kinds and names.
fn objects(draw: &mut Draw, all: &mut Vec<String>) -> Vec<(&'static str, String)> {
    let mut objects = Vec::new();
    for number in 0..SCHEMAS {
        let owner = role(draw.below(ROLES));
        all.push(format!("create schema s{number} authorization {owner}"));
    }
    all.push("create foreign data wrapper w".to_owned());
    all.push("create server w1 foreign data wrapper w".to_owned());
    all.push("create tablespace space location ''".to_owned());
    for number in 0..OBJECTS {
        let schema = draw.below(SCHEMAS);
        let owner = role(draw.below(ROLES));
        let (kind, name, make) = match draw.below(10) {
            0..=3 => (
                "table",
                format!("t{number}"),
                "create table N (a int, b text, \"c d\" int)",
            ),
            4 => (
                "view",
                format!("v{number}"),
                "create view N as select 1 as a",
            ),
            5 => (
                "materialized view",
                format!("m{number}"),
                "create materialized view N as select 1 as a",
            ),
            6 => ("sequence", format!("q{number}"), "create sequence N"),
            7 => (
                "function",
                format!("f{number}(integer)"),
                "create function N returns int language sql as 'select 1'",
            ),
            8 => ("type", format!("e{number}"), "create type N as enum ('x')"),
            _ => ("domain", format!("d{number}"), "create domain N as int"),
        };
        let name = format!("s{schema}.{name}");
        all.push(make.replace('N', &name));
        all.push(format!("alter {kind} {name} owner to {owner}"));
        objects.push((kind, name.clone()));
        if kind == "table" && draw.may(40) {
            all.push(format!("alter table {name} enable row level security"));
            if draw.may(40) {
                all.push(format!("alter table {name} force row level security"));
            }
        }
    }
    for number in 0..4 {
        let owner = role(draw.below(ROLES));
        all.push(format!("select lo_create({})", 5_000 + number));
        all.push(format!(
            "alter large object {} owner to {owner}",
            5_000 + number
        ));
        objects.push(("large object", (5_000 + number).to_string()));
    }
    objects
}

/// Gives and takes, by whom it may be.
fn grants(draw: &mut Draw, major: u16, objects: &[(&'static str, String)], all: &mut Vec<String>) {
    let table = [
        "select",
        "insert",
        "update",
        "delete",
        "truncate",
        "references",
        "trigger",
        "all",
    ];
    for _ in 0..GRANTS {
        let to = match draw.may(10) {
            true => "public".to_owned(),
            false => role(draw.below(ROLES)),
        };
        let (kind, name) = &objects[draw.below(objects.len())];
        let schema = draw.below(SCHEMAS);
        let (privilege, on) = match (draw.below(10), *kind) {
            (0, _) => (
                draw.one(&["usage", "create"]).to_owned(),
                format!("schema s{schema}"),
            ),
            (1, _) => (
                draw.one(&["connect", "create", "temporary"]).to_owned(),
                "database shop".to_owned(),
            ),
            (2, _) => match draw.below(5) {
                0 => ("usage".to_owned(), "language plpgsql".to_owned()),
                1 => ("usage".to_owned(), "foreign data wrapper w".to_owned()),
                2 => ("usage".to_owned(), "foreign server w1".to_owned()),
                3 => ("create".to_owned(), "tablespace space".to_owned()),
                _ if major >= 15 => ("set".to_owned(), "parameter work_mem".to_owned()),
                _ => continue,
            },
            (3, "table") => {
                let what = draw.one(&["select", "insert", "update", "references"]);
                let column = draw.one(&["a", "b", "\"c d\""]);
                (format!("{what} ({column})"), name.clone())
            }
            (_, "table" | "view" | "materialized view") => {
                (draw.one(&table).to_owned(), name.clone())
            }
            (_, "sequence") => (
                draw.one(&["usage", "select", "update"]).to_owned(),
                format!("sequence {name}"),
            ),
            (_, "function") => ("execute".to_owned(), format!("function {name}")),
            (_, "large object") => (
                draw.one(&["select", "update"]).to_owned(),
                format!("large object {name}"),
            ),
            (_, kind) => ("usage".to_owned(), format!("{kind} {name}")),
        };
        let statement = match draw.below(100) {
            0..=14 => format!("revoke {privilege} on {on} from {to}"),
            15..=39 if to != "public" => {
                format!("grant {privilege} on {on} to {to} with grant option")
            }
            _ => format!("grant {privilege} on {on} to {to}"),
        };
        all.push(match draw.may(30) {
            // Delegates, and owners themselves.
            true => format!("set role {}; {statement}", role(draw.below(ROLES))),
            false => statement,
        });
    }
    // Owners without their own rights, and nobody with the defaults.
    for (kind, name) in objects {
        if *kind == "table" && draw.may(20) {
            all.push(format!(
                "do $$ begin execute (select format('revoke all on {name} from %I', relowner::regrole::text)
                 from pg_class where oid = '{name}'::regclass); end $$"
            ));
        }
        if *kind == "function" && draw.may(40) {
            all.push(format!("revoke execute on function {name} from public"));
        }
        if *kind == "type" && draw.may(40) {
            all.push(format!("revoke usage on type {name} from public"));
        }
    }
    if draw.may(50) {
        all.push("revoke connect on database shop from public".to_owned());
    }
}
