//! The crash matrix: changes of every sort, each cut off before, inside and after every statement and every entry of the
//! journal; by a lost connection, a killed tool, a crashed server. Afterwards no row is lost, the next apply finishes,
//! and the plan after it is empty.

use std::process::Stdio;
use std::time::Duration;

use super::faults::crash;
use super::project::{APPLY, Project};
use super::proxy::{Cut, Proxy, When};
use crate::{client, servers};

/// How an apply is cut off.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// The network loses its connections.
    Lost,
    /// The tool is killed.
    Killed,
    /// The server crashes and recovers.
    Crashed,
}

const FAULTS: [Fault; 3] = [Fault::Lost, Fault::Killed, Fault::Crashed];
const WHEN: [When; 3] = [When::Before, When::Inside, When::After];

/// How many cuts of the whole matrix one run of all tests tries, about.
const SAMPLE: usize = 30;

/// How many cuts there are for a change, about: 20 places, in three ways each, by three faults.
const USUAL: usize = 185;

/// What every project of the matrix has.
const BASE: &str = r#"
schema "shop" {}
schema "more" {}
role "matrix_reader" {}
"#;

/// The table that has rows.
const ROWS: &str = r#"
table "rows" {
  schema = schema.shop
  column "id" { type = "integer" }
  column "text" { type = "text" }
  primary_key { columns = ["id"] }
}
"#;

/// What a change is called, and what stands there before and after it; each is done and undone, which makes two changes.
type Change = (&'static str, String, String);

/// Returns all of them.
fn changes() -> Vec<Change> {
    let rows = |from: &str, to: &str| ROWS.replace(from, to);
    let inside = |more: &str| rows("  primary_key", &format!("  {more}\n  primary_key"));
    let views = |table: &str, columns: &str, above: &str| {
        format!(
            "{table}view \"v\" {{\n schema = schema.shop\n query = \"select {columns} from shop.rows\"\n}}\n\
             view \"w\" {{\n schema = schema.more\n query = \"select {above} from shop.v\"\n}}"
        )
    };
    let view = views(ROWS, "id, text", "id");
    let big = rows("\"integer\"", "\"bigint\"").replace(
        "  primary_key",
        "  index \"by_text\" { columns = [\"text\"] }\n  check \"positive\" { expression = \"id > 0\" }\n  primary_key",
    );
    let of_rows = [
        (
            "a column is new",
            inside("column \"extra\" {\n type = \"integer\"\n default = \"7\"\n }"),
        ),
        ("a column is retyped", rows("\"integer\"", "\"bigint\"")),
        (
            "a column refuses null",
            rows(
                "{ type = \"text\" }",
                "{\n type = \"text\"\n not_null = true\n }",
            ),
        ),
        (
            "a check",
            inside("check \"positive\" { expression = \"id > 0\" }"),
        ),
        (
            "a unique constraint",
            inside("unique \"once\" { columns = [\"text\", \"id\"] }"),
        ),
        (
            "an index",
            inside("index \"by_text\" { columns = [\"text\"] }"),
        ),
        (
            "a foreign key",
            inside("foreign_key \"itself\" {\n columns = [\"id\"]\n references = table.rows\n }"),
        ),
        (
            "a view",
            format!(
                "{ROWS}view \"v\" {{\n schema = schema.shop\n query = \"select id from shop.rows\"\n}}"
            ),
        ),
        (
            "a materialized view",
            format!(
                "{ROWS}materialized_view \"m\" {{\n schema = schema.shop\n query = \"select id, text from shop.rows\"\n \
                 index \"m_by_id\" {{ columns = [\"id\"] }}\n}}"
            ),
        ),
        (
            "a table moves to another schema",
            rows("schema.shop", "schema.more"),
        ),
        ("a table gets another name", inside("name = \"lines\"")),
        (
            "grants and words",
            inside("comment = \"many\"")
                + "grant \"g\" {\n to = role.matrix_reader\n on = table.rows\n privileges = [\"select\"]\n}",
        ),
    ];
    let of_others = [
        (
            "a table is new",
            "",
            "table \"b\" {\n schema = schema.shop\n column \"x\" { type = \"text\" }\n}",
        ),
        (
            "access to a schema",
            "",
            "access \"a\" {\n role = role.matrix_reader\n on = [schema.shop, schema.more]\n level = \"read\"\n}",
        ),
        (
            "a role",
            "",
            "role \"matrix_writer\" {\n login = true\n member_of = [role.matrix_reader]\n}",
        ),
        (
            "an enum",
            "enum \"mood\" {\n schema = schema.shop\n values = [\"sad\", \"glad\"]\n}",
            "enum \"mood\" {\n schema = schema.shop\n values = [\"sad\", \"so\", \"glad\"]\n}",
        ),
        (
            "a sequence",
            "sequence \"s\" { schema = schema.shop }",
            "sequence \"s\" {\n schema = schema.shop\n increment = 5\n}",
        ),
        (
            "a function",
            "",
            "function \"f\" {\n schema = schema.shop\n returns = \"integer\"\n language = \"sql\"\n body = \"select 1\"\n}",
        ),
        (
            "a domain",
            "domain \"d\" {\n schema = schema.shop\n type = \"integer\"\n}",
            "domain \"d\" {\n schema = schema.shop\n type = \"integer\"\n check \"small\" { expression = \"value < 100\" }\n}",
        ),
        (
            "a schema",
            "",
            "schema \"third\" {}\ntable \"c\" {\n schema = schema.third\n column \"x\" { type = \"text\" }\n}",
        ),
    ];
    let of_rows = of_rows.map(|(name, after)| (name, ROWS.to_owned(), after));
    let of_others =
        of_others.map(|(name, before, after)| (name, before.to_owned(), after.to_owned()));
    let of_views = [
        (
            "a view has other columns",
            view.clone(),
            views(ROWS, "text, id", "id"),
        ),
        (
            "many objects at once",
            view,
            views(&big, "text, id, 1 as one", "id, one"),
        ),
    ];
    of_rows
        .into_iter()
        .chain(of_others)
        .chain(of_views)
        .collect()
}

/// Tries a sample of it.
///
/// # Errors
/// What is not as it should be afterwards.
pub(super) fn a_sample_of_cuts() -> Result<(), String> {
    matrix(Some(SAMPLE))
}

/// Tries all of it, which takes hours, or about as many cuts as `CUTS` says.
///
/// # Errors
/// What is not as it should be afterwards.
pub(super) fn every_cut() -> Result<(), String> {
    let some = std::env::var("CUTS").ok();
    matrix(some.and_then(|text| text.parse().ok()))
}

/// What was seen.
#[derive(Default)]
struct Seen {
    changes: usize,
    /// Places at which an apply could be cut off.
    places: usize,
    cuts: usize,
    wrong: Vec<String>,
}

fn matrix(sample: Option<usize>) -> Result<(), String> {
    let server = servers::another(servers::WITH_CRON);
    let mut project = Project::new(&server, "matrix")?;
    let proxy = Proxy::start(server.socket.join(format!(".s.PGSQL.{}", server.port)))?;
    let direct = project.url.clone();
    let through = format!(
        "postgres://postgres@127.0.0.1:{}/matrix?sslmode=disable",
        proxy.port
    );
    let mut seen = Seen::default();
    // One in so many cuts, spread over all changes.
    let changes = changes();
    let stride = sample.map_or(1, |sample| (changes.len() * 2 * USUAL).div_ceil(sample));
    let mut number = 0;
    for (name, before, after) in &changes {
        for (from, to) in [(before, after), (after, before)] {
            seen.changes += 1;
            let set = |text: &str| project.write_text(&format!("{BASE}{text}"));
            set(from)?;
            project.estate(&APPLY)?;
            fill(&direct, from)?;
            set(to)?;
            proxy.arm(None);
            project.url.clone_from(&through);
            project.estate(&APPLY)?;
            project.url.clone_from(&direct);
            let places = proxy.count();
            seen.places += places;
            for at in 1..=places {
                for when in WHEN {
                    for fault in FAULTS {
                        number += 1;
                        if number % stride != 0 {
                            continue;
                        }
                        seen.cuts += 1;
                        project.write_text(&format!("{BASE}{from}"))?;
                        project.estate(&APPLY)?;
                        let rows = count(&direct)?;
                        project.write_text(&format!("{BASE}{to}"))?;
                        project.url.clone_from(&through);
                        proxy.arm(Some(Cut { at, when }));
                        let cut = cut_off(&project, &proxy, fault, &direct);
                        project.url.clone_from(&direct);
                        let hit = cut?;
                        let told = |what: String| {
                            format!("{name}, {fault:?} {when:?} message {at} of {places}: {what}")
                        };
                        if !hit {
                            seen.wrong.push(told("it was not cut off".to_owned()));
                        }
                        seen.wrong
                            .extend(survived(&project, &direct, rows).into_iter().map(told));
                    }
                }
            }
        }
    }
    super::tell(vec![format!(
        "crash matrix: {} changes with {} places to cut off at; {} cuts tried, {} not survived",
        seen.changes,
        seen.places,
        seen.cuts,
        seen.wrong.len()
    )]);
    super::judge(seen.wrong)
}

/// Gives the table rows, where there is one without any.
fn fill(url: &str, text: &str) -> Result<(), String> {
    if !text.contains("table \"rows\"") {
        return Ok(());
    }
    let sql = "do $$ declare t regclass := coalesce(to_regclass('shop.rows'), to_regclass('more.rows'), \
          to_regclass('shop.lines')); filled boolean; begin \
        execute format('select exists (select from %s)', t) into filled; \
        if not filled then execute format('insert into %s (id, text) select n, n from generate_series(1, 200) n', t); \
        end if; end $$";
    client::run(url, sql).map(|_| ())
}

/// Counts all rows of the project, in its schemas and in snapshots.
fn count(url: &str) -> Result<String, String> {
    let sql = "select coalesce(sum((xpath('/row/c/text()', \
          query_to_xml(format('select count(*) as c from %s', oid::regclass), true, true, '')))[1]::text::int), 0) \
        from pg_class where relkind = 'r' and relnamespace::regnamespace::text in ('shop', 'more') \
          and relname in ('rows', 'lines')";
    client::run(url, sql)
}

/// Begins an apply and cuts it off. Reports whether it came to that.
fn cut_off(project: &Project, proxy: &Proxy, fault: Fault, direct: &str) -> Result<bool, String> {
    let mut command = project.command(&APPLY);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let hit = proxy.is_hit(Duration::from_secs(30));
    match fault {
        Fault::Lost => proxy.end_all(),
        Fault::Killed => {
            let _ = child.kill();
            proxy.end_all();
        }
        Fault::Crashed => {
            crash(direct)?;
            proxy.end_all();
        }
    }
    // A lost connection is made anew for what must be taken back; the network is there again.
    proxy.arm(None);
    child.wait().map_err(|error| error.to_string())?;
    Ok(hit)
}

/// Says what is not as it should be after a cut.
fn survived(project: &Project, url: &str, rows: String) -> Vec<String> {
    let mut wrong = Vec::new();
    wrong.extend(project.estate(&APPLY).err());
    wrong.extend(project.estate(&["plan", "--detailed-exitcode"]).err());
    match count(url) {
        Ok(after) if after == rows => {}
        Ok(after) => wrong.push(format!("{rows} rows have become {after}")),
        Err(error) => wrong.push(error),
    }
    match project.left_behind() {
        Ok(left) => wrong.extend(left),
        Err(error) => wrong.push(error),
    }
    wrong
}
