//! Differences that somebody accepted: `accept` blocks of the project, and files of CSV, as spreadsheets write it.

use std::path::Path;

use access::Accept;
use model::{AcceptBlock, Selector};

use super::source::{Named, Side};
use crate::args::Global;
use crate::failure::{Failure, Plain};
use crate::screen::Screen;
use crate::{offline, project};

/// The columns there may be; `reason` must be there.
const COLUMNS: [&str; 7] = [
    "name",
    "role",
    "on",
    "privileges",
    "reason",
    "ticket",
    "expires",
];

/// Reads a file.
///
/// # Errors
/// Everything that is wrong with it, with lines.
pub fn read(path: &Path) -> Result<Vec<Accept>, Failure> {
    let place = project::shown(path);
    let text = std::fs::read_to_string(path)
        .map_err(|error| refusal(&place, vec![format!("it cannot be read: {error}")]))?;
    parse(&text).map_err(|wrong| refusal(&place, wrong))
}

/// Returns what the blocks of the project accept: the projects that the sides were read from, or else that of the folder.
///
/// # Errors
/// When an environment is given and the files cannot be read for it.
pub fn of_project(
    global: &Global,
    sides: [&Side; 2],
    screen: Screen,
) -> Result<Vec<Accept>, Failure> {
    let mut blocks: Vec<AcceptBlock> = Vec::new();
    for block in sides.iter().flat_map(|side| side.accepts.iter().flatten()) {
        // The same block, read for two environments.
        let is_known = |other: &AcceptBlock| {
            AcceptBlock {
                span: block.span,
                ..other.clone()
            } == *block
        };
        if !blocks.iter().any(is_known) {
            blocks.push(block.clone());
        }
    }
    let mut named: Vec<&Named> = sides.iter().flat_map(|side| &side.named).collect();
    let of_folder;
    if sides.iter().all(|side| side.accepts.is_none()) {
        of_folder = match read_folder(global, sides) {
            Ok(found) => found,
            Err(failure) if global.env.is_some() => return Err(failure),
            Err(failure) => {
                screen.complain(format!(
                    "Not read is what the project accepts: {}.",
                    because(&failure)
                ));
                return Ok(Vec::new());
            }
        };
        blocks.clone_from(&of_folder.0);
        named.extend(&of_folder.1);
    }
    Ok(blocks
        .iter()
        .filter_map(|block| resolved(block, &named))
        .collect())
}

/// Reads the project of the folder for sides that are none of its environments.
fn read_folder(
    global: &Global,
    sides: [&Side; 2],
) -> Result<(Vec<AcceptBlock>, Vec<Named>), Failure> {
    let nothing = (Vec::new(), Vec::new());
    if !project::has_files(&project::folder(global)) {
        return Ok(nothing);
    }
    let heads = sides.map(|side| &side.head);
    let mut environments = heads.iter().filter_map(|head| head.environment.clone());
    let global = Global {
        env: global.env.clone().or_else(|| environments.next()),
        ..global.clone()
    };
    let project = project::load(&global)?;
    let mut projects = heads
        .iter()
        .filter_map(|head| head.project.as_ref())
        .peekable();
    let is_of_others =
        projects.peek().is_some() && projects.all(|name| *name != project.config.name);
    if is_of_others || project.config.accepts.is_empty() {
        return Ok(nothing);
    }
    let (desired, _) = offline::offline(&project)?;
    let named = heads.iter().flat_map(|head| {
        let origins = desired.origins.iter();
        origins.map(|(address, origin)| Named::new(&origin.id, address, &head.server.place))
    });
    let named = named.collect();
    Ok((project.config.accepts, named))
}

/// Says in a few words why files cannot be read.
fn because(failure: &Failure) -> String {
    match failure {
        Failure::Diagnostics { diagnostics, .. } => {
            let first = diagnostics.iter().find(|one| one.is_error());
            first.map_or_else(
                || "its files are wrong".to_owned(),
                |one| {
                    let help = one.help.clone().unwrap_or_default();
                    format!("{}. {help}", one.title)
                        .trim()
                        .trim_end_matches('.')
                        .to_owned()
                },
            )
        }
        Failure::Other(plain) => plain.message.clone(),
        _ => "its files cannot be read".to_owned(),
    }
}

/// Returns what a block accepts by the names of what it refers to; `None` where it refers only to what is not there.
fn resolved(block: &AcceptBlock, named: &[&Named]) -> Option<Accept> {
    let AcceptBlock {
        name,
        roles,
        role_names,
        on,
        names,
        privileges,
        reason,
        ticket,
        expires,
        span: _,
    } = block;
    let found = |selectors: &[Selector], texts: &[String], pattern: &dyn Fn(&Named) -> String| {
        let of = named
            .iter()
            .filter(|one| selectors.iter().any(|on| on.matches(&one.id)));
        let mut patterns: Vec<String> = of.map(|one| pattern(one)).collect();
        patterns.extend(texts.iter().cloned());
        patterns.sort();
        patterns.dedup();
        let is_about_all = selectors.is_empty() && texts.is_empty();
        (is_about_all || !patterns.is_empty()).then_some(patterns)
    };
    Some(Accept {
        name: name.clone(),
        roles: found(roles, role_names, &|one| {
            one.path.last().cloned().unwrap_or_default()
        })?,
        on: found(on, names, &Named::pattern)?,
        privileges: privileges.clone(),
        reason: reason.clone(),
        ticket: ticket.clone(),
        expires: expires.clone(),
    })
}

fn refusal(place: &str, wrong: Vec<String>) -> Failure {
    let mut plain = Plain::failed(
        "cli::accept_file",
        format!("{place} does not say what is accepted"),
    );
    plain.notes = wrong;
    plain
        .help(
            "Write CSV with a line `name,role,on,privileges,reason,ticket,expires` above it; several in one cell are \
             separated by semicolons, `*` stands for any text, and `expires` is a day such as `2027-03-31`.",
        )
        .into()
}

fn parse(text: &str) -> Result<Vec<Accept>, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let head = match reader.headers() {
        Ok(head) => head.clone(),
        Err(error) => return Err(vec![error.to_string()]),
    };
    let mut wrong: Vec<String> = head
        .iter()
        .filter(|name| !COLUMNS.contains(name))
        .map(|name| format!("there is no column `{name}`"))
        .collect();
    if !head.iter().any(|name| name == "reason") {
        wrong.push("the column `reason` is missing".to_owned());
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut accepts = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                wrong.push(error.to_string());
                continue;
            }
        };
        let line = record.position().map_or(number + 2, |at| {
            usize::try_from(at.line()).unwrap_or(number + 2)
        });
        let cell = |name: &str| {
            let at = head.iter().position(|one| one == name);
            at.and_then(|at| record.get(at)).unwrap_or_default()
        };
        let list = |name: &str| -> Vec<String> {
            let all = cell(name).split(';').map(str::trim);
            all.filter(|one| !one.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let some = |name: &str| (!cell(name).is_empty()).then(|| cell(name).to_owned());
        if cell("reason").is_empty() {
            wrong.push(format!("line {line}: there is no reason"));
        }
        if let Some(day) = some("expires").filter(|day| !model::ignore::is_day(day)) {
            wrong.push(format!("line {line}: `{day}` is not a day"));
        }
        accepts.push(Accept {
            name: some("name").unwrap_or_else(|| format!("line {line}")),
            roles: list("role"),
            on: list("on"),
            privileges: list("privileges"),
            reason: cell("reason").to_owned(),
            ticket: some("ticket"),
            expires: some("expires"),
        });
    }
    match wrong.is_empty() {
        true => Ok(accepts),
        false => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_what_is_accepted() {
        let text = "name,role,on,privileges,reason,expires\r\n\
                    a,app_*,sales.*;shop.x,select,\"because, yes\",2027-03-31\r\n";
        let accepts = parse(text).expect("it is right");
        assert_eq!(accepts.len(), 1);
        assert_eq!(accepts[0].on, ["sales.*", "shop.x"]);
        assert_eq!(accepts[0].reason, "because, yes");
        assert_eq!(accepts[0].expires.as_deref(), Some("2027-03-31"));
    }

    #[test]
    fn everything_wrong_is_told_with_its_line() {
        let wrong = parse("reason,expires\n,soon\nx,2027-01-01\n").expect_err("it is wrong");
        assert_eq!(
            wrong,
            ["line 2: there is no reason", "line 2: `soon` is not a day"]
        );
        assert_eq!(parse("why\nx\n").expect_err("it is wrong").len(), 2);
    }
}
