//! What Estate says of who can do what is what the server says when it is asked.
//!
//! Roles, memberships, objects and grants are drawn at random, with everything that makes it hard: members that do
//! not inherit, memberships that only let become, delegates with grant options, revoked defaults, owners without
//! their rights, predefined roles, columns, row level security. Then every question that can be asked of every
//! role, object and privilege is asked of the server (`has_table_privilege` and its like) and of the crate `access`.

mod browser;
mod draw;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use access::{Access, PUBLIC};
use libtest_mimic::{Failed, Trial};
use provider::{Reach, Session, Usage};

use crate::client::{self, Open};
use crate::servers;

/// The servers: before and after memberships had options.
const MAJORS: [u16; 2] = [15, 18];

/// How many catalogs are drawn on each.
const CATALOGS: u64 = 2;

/// How much of what is wrong is shown.
const SHOWN: usize = 20;

static SUMMARY: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Returns what was asked, for people.
pub(crate) fn summary() -> Vec<String> {
    let lines = SUMMARY.lock().unwrap_or_else(PoisonError::into_inner);
    lines.clone()
}

/// Returns the tests of this folder.
pub(crate) fn tests() -> Vec<Trial> {
    let browser = browser::browser();
    if browser.is_none() {
        tell("access: the page in a browser DID NOT RUN: no chromium is installed; `tests/run` installs it".to_owned());
    }
    let lacks = browser.is_none();
    let page = Trial::test("access::the_page_works_in_a_browser", move || {
        let browser = browser.as_ref().ok_or("no chromium is installed")?;
        browser::the_page_works(browser).map_err(Failed::from)
    });
    let mut trials = vec![page.with_ignored_flag(lacks)];
    trials.extend(MAJORS.into_iter().map(|major| {
        let name = format!("access::what_is_said_is_what_the_server_says [{major}]");
        let lacks = servers::programs(major).is_err();
        Trial::test(name, move || check(major).map_err(Failed::from)).with_ignored_flag(lacks)
    }));
    trials
}

fn tell(line: String) {
    let mut lines = SUMMARY.lock().unwrap_or_else(PoisonError::into_inner);
    lines.push(line);
}

fn check(major: u16) -> Result<(), String> {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or(1);
    let mut asked = 0;
    for seed in seed..seed + CATALOGS {
        // Roles belong to the server, so each has one of its own.
        let server = servers::another(major);
        let url = server.url("shop");
        draw::draw(seed, major, &server)?;
        asked += hold(&url, major).map_err(|wrong| format!("SEED={seed}\n{wrong}"))?;
    }
    tell(format!(
        "access: {asked} answers about who can do what are those of PostgreSQL {major} (SEED={seed})"
    ));
    Ok(())
}

/// An answer: what kind of question, about which object, part, role and privilege.
type Answers = BTreeSet<String>;

/// Asks both, and compares. Returns how many questions there were.
fn hold(url: &str, major: u16) -> Result<usize, String> {
    let access = read(url)?;
    let mut open = Open::to(url)?;
    let mut asked = 0;
    let mut wrong = Vec::new();
    for (kinds, sql) in questions(major) {
        let said = open.ask(&sql)?;
        let mut lines = said.lines().skip(1);
        let number = lines.next().unwrap_or_default();
        asked += number
            .parse::<usize>()
            .map_err(|_| format!("{number}: {sql}"))?;
        let theirs: Answers = lines.map(str::to_owned).collect();
        let ours = answers(&access, kinds);
        let differ = theirs.symmetric_difference(&ours);
        wrong.extend(differ.map(|answer| {
            let who = if ours.contains(answer) {
                "Estate"
            } else {
                "PostgreSQL"
            };
            format!("only {who} says: {answer}")
        }));
    }
    let (number, more) = rows(&access, &mut open)?;
    asked += number;
    wrong.extend(more);
    match wrong.len() {
        0 => Ok(asked),
        number => {
            wrong.truncate(SHOWN);
            Err(format!(
                "{number} of {asked} answers:\n{}",
                wrong.join("\n")
            ))
        }
    }
}

fn read(url: &str) -> Result<Access, String> {
    client::wait(async {
        let server = postgres::Server::Url(url.to_owned());
        let mut session = postgres::open("postgres", &server, Usage::default())
            .await
            .map_err(|error| error.to_string())?;
        let reach = Reach {
            places: BTreeSet::from([String::new()]),
            all: false,
        };
        let found = session.access(&reach).await;
        session.close().await;
        let population = found.map_err(|error| error.to_string())?;
        if !population.unseen.is_empty() {
            return Err(format!("a superuser did not see: {:?}", population.unseen));
        }
        Ok(Access::of(population))
    })
}

/// Which kinds of targets a query is about, whether with columns.
type Kinds = (&'static [&'static str], bool);

const TABLES: &[&str] = &["table", "view", "materialized_view", "foreign_table"];

/// Makes the queries: each gives how many questions it asks, then the answers that are yes.
fn questions(major: u16) -> Vec<(Kinds, String)> {
    let user = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
    let maintain = if major >= 17 { ", 'maintain'" } else { "" };
    let table = format!(
        "'select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'{maintain}"
    );
    let one = |kinds: &'static [&'static str], from: &str, name: &str, ask: &str, all: &str| {
        let sql = ask_all(from, name, "''", ask, all);
        ((kinds, false), sql)
    };
    let class = |kinds: &str| {
        format!(
            "pg_class o join pg_namespace n on n.oid = o.relnamespace where {user} and o.relkind in ({kinds})"
        )
    };
    let qualified = |name: &str| format!("n.nspname || '.' || {name}");
    let mut all = vec![
        one(
            TABLES,
            &class("'r', 'p', 'v', 'm', 'f'"),
            &qualified("o.relname"),
            "has_table_privilege",
            &table,
        ),
        one(
            &["sequence"],
            &class("'S'"),
            &qualified("o.relname"),
            "has_sequence_privilege",
            "'usage', 'select', 'update'",
        ),
        one(
            &["schema"],
            "pg_namespace o where o.nspname !~ '^pg_' and o.nspname <> 'information_schema'",
            "o.nspname",
            "has_schema_privilege",
            "'usage', 'create'",
        ),
        one(
            &["database"],
            "pg_database o where o.datname = current_database()",
            "o.datname",
            "has_database_privilege",
            "'connect', 'create', 'temporary'",
        ),
        one(
            &["function", "procedure", "aggregate"],
            &format!(
                "pg_proc o join pg_namespace n on n.oid = o.pronamespace where {user}
                and not exists (select from pg_depend d where d.objid = o.oid and d.deptype = 'i')"
            ),
            &qualified("o.proname || '(' || oidvectortypes(o.proargtypes) || ')'"),
            "has_function_privilege",
            "'execute'",
        ),
        one(
            &[
                "enum",
                "domain",
                "composite_type",
                "range_type",
                "base_type",
            ],
            &format!(
                "pg_type o join pg_namespace n on n.oid = o.typnamespace
                where {user} and o.typtype in ('e', 'd', 'r')"
            ),
            &qualified("o.typname"),
            "has_type_privilege",
            "'usage'",
        ),
        one(
            &["language"],
            "pg_language o",
            "o.lanname",
            "has_language_privilege",
            "'usage'",
        ),
        one(
            &["foreign_data_wrapper"],
            "pg_foreign_data_wrapper o",
            "o.fdwname",
            "has_foreign_data_wrapper_privilege",
            "'usage'",
        ),
        one(
            &["foreign_server"],
            "pg_foreign_server o",
            "o.srvname",
            "has_server_privilege",
            "'usage'",
        ),
        one(
            &["tablespace"],
            "pg_tablespace o",
            "o.spcname",
            "has_tablespace_privilege",
            "'create'",
        ),
    ];
    if major >= 15 {
        all.push(one(
            &["parameter"],
            "pg_parameter_acl o",
            "o.parname",
            "has_parameter_privilege",
            "'set', 'alter system'",
        ));
    }
    if major >= 18 {
        all.push(one(
            &["large_object"],
            "pg_largeobject_metadata o",
            "o.oid",
            "has_largeobject_privilege",
            "'select', 'update'",
        ));
    }
    let columns = ask_all(
        &format!("{} and true", class("'r', 'p', 'v', 'm'")).replacen(
            "pg_class o",
            "pg_class o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped",
            1,
        ),
        &qualified("o.relname"),
        "a.attname",
        "has_column_privilege",
        "'select', 'insert', 'update', 'references'",
    );
    all.push(((TABLES, true), columns));
    let set = if major >= 16 { "set" } else { "member" };
    let roles = format!(
        "with answers as (
           select 'role|' || o.rolname || '||' || r.rolname || '|' || p as answer,
             pg_has_role(r.oid, o.oid, case p when 'inherit' then 'usage' else '{set}' end) as yes
           from pg_roles o, pg_roles r, unnest(array['inherit', 'set']) p
           where o.oid <> r.oid and o.rolname <> 'pg_database_owner')
         select count(*)::text as answer from answers
         union all select answer from answers where yes"
    );
    all.push(((&["role"], false), roles));
    all
}

fn ask_all(from: &str, name: &str, column: &str, ask: &str, privileges: &str) -> String {
    let from = match from.contains(" where ") {
        true => from.replacen(" where ", ", pg_roles r, given where ", 1),
        false => format!("{from}, pg_roles r, given"),
    };
    let object = match (ask, column) {
        ("has_parameter_privilege", _) => "o.parname",
        ("has_column_privilege", _) => "o.oid, a.attnum",
        _ => "o.oid",
    };
    format!(
        "with given as (
           select p, g from unnest(array[{privileges}]) p, unnest(array['', ' with grant option']) g
         ),
         answers as (
           select ({name})::text || '|' || {column} || '|' || r.rolname || '|' || p || g as answer,
             {ask}(r.oid, {object}, p || g) as yes
           from {from})
         select count(*)::text as answer from answers
         union all select answer from answers where yes"
    )
}

/// Answers the same questions.
fn answers(access: &Access, (kinds, columns): Kinds) -> Answers {
    let mut answers = Answers::new();
    for id in access.targets() {
        let target = access.target(id);
        let is_system = target
            .schema()
            .is_some_and(|schema| schema.starts_with("pg_") || schema == "information_schema");
        if !kinds.contains(&target.kind.as_str()) || is_system || target.kind == "composite_type" {
            continue;
        }
        let class = access.class(&target.kind).expect("every kind has a class");
        if target.kind == "role" {
            membership(access, id, &mut answers);
            continue;
        }
        let skip = usize::from(target.path.len() > 1 && target.database().is_some());
        let name = target.path[skip..].join(".");
        let (parts, privileges) = match columns {
            true => (draw::COLUMNS.to_vec(), &class.column_privileges),
            false => (vec![""], &class.privileges),
        };
        let cells = access.cells(id);
        for part in parts
            .iter()
            .filter(|part| !columns || draw::has_column(&name, part))
        {
            for role in access.roles() {
                for privilege in privileges {
                    let who = access.role_name(role);
                    if access.holds_among(&cells, role, part, privilege) {
                        answers.insert(format!("{name}|{part}|{who}|{privilege}"));
                    }
                    if access.can_give(id, role, part, privilege) {
                        answers
                            .insert(format!("{name}|{part}|{who}|{privilege} with grant option"));
                    }
                }
            }
        }
    }
    answers
}

fn membership(access: &Access, id: access::TargetId, answers: &mut Answers) {
    let name = &access.target(id).path[0];
    if name == "pg_database_owner" {
        return;
    }
    let cells = access.cells(id);
    for role in access.roles() {
        let who = access.role_name(role);
        for right in ["inherit", "set"] {
            if who != name && access.holds_among(&cells, role, "", right) {
                answers.insert(format!("role|{name}||{who}|{right}"));
            }
        }
    }
}

/// Asks as each role whether policies decide about its rows.
fn rows(access: &Access, open: &mut Open) -> Result<(usize, Vec<String>), String> {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for role in access.roles().filter(|role| !access.is_predefined(*role)) {
        let who = access.role_name(role);
        open.ask(&format!("set role \"{}\"", who.replace('"', "\"\"")))?;
        let said = open.ask(
            "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relrowsecurity and row_security_active(c.oid)",
        )?;
        open.ask("reset role")?;
        let theirs: BTreeSet<&str> = said.lines().skip(1).collect();
        for id in access
            .targets()
            .filter(|id| access.target(*id).kind == "table")
        {
            let name = access.target(id).name(false);
            let cells = access.cells_of(id, role);
            let mut cells = cells
                .iter()
                .filter(|cell| access.privilege(cell) == "select" && !cell.is_after());
            let Some(cell) = cells.next() else { continue };
            asked += 1;
            let ours = access.approach(id).facts(cell).by_row;
            if ours != theirs.contains(name.as_str()) && role != PUBLIC {
                wrong.push(format!(
                    "{name}|{who}|row level security: Estate says {ours}"
                ));
            }
        }
    }
    Ok((asked, wrong))
}
