//! More is made, and dropped, than one transaction of a server may hold locks for.

use super::project::Project;
use crate::{client, servers};

/// How many tables there are, each with a sequence, a key, an index and a view.
const TABLES: usize = 300;

/// A server with room for little.
const ROOM: [&str; 2] = ["max_connections=20", "max_locks_per_transaction=16"];

/// Runs it.
///
/// # Errors
/// What is not as it should be afterwards.
pub(super) fn more_than_fits() -> Result<(), String> {
    let server = servers::another_for(servers::WITH_CRON, &ROOM);
    let project = Project::new(&server, "room")?;
    let mut text = "schema \"shop\" {}\n".to_owned();
    for number in 0..TABLES {
        let before = match number {
            0 => String::new(),
            number => format!(
                "foreign_key \"next_{number}\" {{\n table = table.t{number}\n columns = [\"id\"]\n \
                 references = table.t{}\n}}\n",
                number - 1
            ),
        };
        text.push_str(&format!(
            "table \"t{number}\" {{\n schema = schema.shop\n column \"id\" {{ type = \"serial\" }}\n \
             column \"x\" {{ type = \"text\" }}\n primary_key {{ columns = [\"id\"] }}\n \
             index \"by_{number}\" {{ columns = [\"x\"] }}\n}}\n\
             view \"v{number}\" {{\n schema = schema.shop\n query = \"select x from shop.t{number}\"\n}}\n{before}"
        ));
    }
    project.write_text(&text)?;
    project.estate(&["apply", "--auto-approve", "--no-progress"])?;
    project.estate(&["plan", "--detailed-exitcode"])?;
    project.estate(&["drift"])?;
    let made = "select count(*) from pg_class where relnamespace = 'shop'::regnamespace \
                and relkind in ('r', 'v', 'S', 'i')";
    let seen = client::run(&project.url, made)?;
    let mut wrong = Vec::new();
    if !seen.ends_with(&(5 * TABLES).to_string()) {
        wrong.push(format!("made: {seen}"));
    }
    project.write_text("schema \"shop\" {}\n")?;
    project.estate(&[
        "apply",
        "--auto-approve",
        "--allow-data-loss",
        "--no-progress",
    ])?;
    let seen = client::run(&project.url, made)?;
    if !seen.ends_with('0') {
        wrong.push(format!("not dropped: {seen}"));
    }
    let versions = "select string_agg(outcome, ' ' order by serial) from estate.version";
    let seen = client::run(&project.url, versions)?;
    super::tell(vec![format!(
        "more than fits: {} objects made and dropped again on a server with room for 320 locks",
        6 * TABLES
    )]);
    if !seen.ends_with("succeeded succeeded") {
        wrong.push(seen);
    }
    super::judge(wrong)
}
