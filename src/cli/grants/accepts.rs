//! Files of differences that somebody accepted: CSV, as spreadsheets write it.

use std::path::Path;

use access::Accept;

use crate::failure::{Failure, Plain};
use crate::project;

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
