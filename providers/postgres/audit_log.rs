//! The log of the server where `pgaudit` writes to it: who changed the catalog, and when.
//!
//! Three ways in which PostgreSQL writes its log are read: CSV, JSON, and plain lines with whatever is put before them.
//! Of plain lines the time, `user@database` or `user=... db=...`, and `app=...` are found wherever they stand.
//! Entries of `pgaudit` are `AUDIT: SESSION,` and then CSV.
//!
//! Source: PostgreSQL manual, "Error Reporting and Logging" (19.8); pgAudit, README and `expected/pgaudit.out`.

use csv::{ReaderBuilder, StringRecord};
use provider::deed::{Deed, Does, words};

/// What an entry of `pgaudit` begins with. Entries of objects are about rows.
const MARK: &str = "AUDIT: SESSION,";

/// Where things stand in the CSV log.
mod column {
    pub(super) const WHEN: usize = 0;
    pub(super) const LOGIN: usize = 1;
    pub(super) const PLACE: usize = 2;
    pub(super) const SEVERITY: usize = 11;
    pub(super) const MESSAGE: usize = 13;
    pub(super) const PROGRAM: usize = 22;
}

/// An entry of the log.
#[derive(Debug, Default)]
struct Entry {
    when: String,
    login: String,
    place: String,
    program: String,
    message: String,
}

/// Returns what somebody did to the catalog, in the order of the log.
pub(crate) fn read(log: &str) -> Vec<Deed> {
    let log = log.trim_start_matches('\u{feff}').trim_start();
    let entries = match log.starts_with('{') {
        true => of_json(log),
        false => of_csv(log).unwrap_or_else(|| of_lines(log)),
    };
    entries.into_iter().filter_map(deed).collect()
}

fn of_json(log: &str) -> Vec<Entry> {
    let lines = log.lines();
    let objects = lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    objects
        .map(|object| {
            let text = |name: &str| {
                let value = object.get(name).and_then(serde_json::Value::as_str);
                value.unwrap_or_default().to_owned()
            };
            Entry {
                when: text("timestamp"),
                login: text("user"),
                place: text("dbname"),
                program: text("application_name"),
                message: text("message"),
            }
        })
        .collect()
}

/// Reads a CSV log; `None` where it is none.
fn of_csv(log: &str) -> Option<Vec<Entry>> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(log.as_bytes());
    let mut records = reader.records();
    let first = records.next()?.ok()?;
    let severity = first.get(column::SEVERITY)?;
    let is_csv = first.len() > column::MESSAGE
        && !severity.is_empty()
        && severity
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let entry = |record: &StringRecord| {
        let text = |at: usize| record.get(at).unwrap_or_default().to_owned();
        Entry {
            when: text(column::WHEN),
            login: text(column::LOGIN),
            place: text(column::PLACE),
            program: text(column::PROGRAM),
            message: text(column::MESSAGE),
        }
    };
    // The last record may be cut off while the server writes it.
    let rest = records.filter_map(Result::ok);
    is_csv.then(|| {
        std::iter::once(first)
            .chain(rest)
            .map(|one| entry(&one))
            .collect()
    })
}

fn of_lines(log: &str) -> Vec<Entry> {
    let mut texts: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), texts.last_mut()) {
            // So PostgreSQL writes a message of several lines.
            (Some(more), Some(last)) => {
                last.push('\n');
                last.push_str(more);
            }
            _ => texts.push(line.to_owned()),
        }
    }
    texts.iter().filter_map(|text| of_line(text)).collect()
}

fn of_line(text: &str) -> Option<Entry> {
    let at = text.find(MARK)?;
    let (before, message) = text.split_at(at);
    let (login, place) = match (named("user=", before), named("db=", before)) {
        (Some(login), place) => (login, place.unwrap_or_default()),
        (None, _) => around_at(before).unwrap_or_default(),
    };
    Some(Entry {
        when: time_in(before).unwrap_or_default().to_owned(),
        login,
        place,
        program: named("app=", before).unwrap_or_default(),
        message: message.to_owned(),
    })
}

/// Reports whether a character ends what stands before a line.
fn is_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ':' | ';' | '[' | ']' | '(' | ')' | '|')
}

fn named(name: &str, before: &str) -> Option<String> {
    let at = before.find(name)? + name.len();
    let value = before[at..].split(is_end).next().unwrap_or_default();
    Some(value.to_owned())
}

/// Returns the login and the database of `user@database`.
fn around_at(before: &str) -> Option<(String, String)> {
    let at = before.rfind('@')?;
    let login = before[..at].rsplit(is_end).next().unwrap_or_default();
    let place = before[at + 1..].split(is_end).next().unwrap_or_default();
    Some((login.to_owned(), place.to_owned()))
}

/// Finds the first time in a text: `2026-05-01 12:03:04.567 UTC`.
fn time_in(text: &str) -> Option<&str> {
    const FORM: &[u8] = b"0000-00-00 00:00:00";
    let is_time = |bytes: &[u8]| {
        bytes.iter().zip(FORM).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            form => byte == form,
        })
    };
    let start = text.as_bytes().windows(FORM.len()).position(is_time)?;
    let rest = &text[start..];
    let mut end = FORM.len();
    let is_over = |c: char| c != '.' && !c.is_ascii_digit();
    end += rest[end..].find(is_over).unwrap_or(rest.len() - end);
    let zone = rest[end..].strip_prefix(' ').unwrap_or_default();
    let length = zone
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '/' | '_')))
        .unwrap_or(zone.len());
    if length > 0 {
        end += 1 + length;
    }
    Some(&rest[..end])
}

fn deed(entry: Entry) -> Option<Deed> {
    let fields = entry.message.strip_prefix(MARK)?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(fields.as_bytes());
    let fields = reader.records().next()?.ok()?;
    // Statement, substatement, class, command, kind and name of the object, text.
    let [command, object, statement] = [3, 5, 6].map(|at| fields.get(at).unwrap_or_default());
    Some(Deed {
        does: does(command)?,
        command: command.to_owned(),
        object: object.to_owned(),
        words: words(statement),
        login: entry.login,
        program: entry.program,
        place: entry.place,
        when: entry.when,
    })
}

/// Returns what a command does to the catalog; `None` for one that leaves it alone.
fn does(command: &str) -> Option<Does> {
    let verb = command.split(' ').next().unwrap_or_default();
    Some(match verb {
        _ if command == "ALTER DEFAULT PRIVILEGES" => Does::Grants,
        "GRANT" | "REVOKE" => Does::Grants,
        "CREATE" | "SELECT" if command != "SELECT" => Does::Makes,
        "ALTER" | "COMMENT" | "REASSIGN" | "SECURITY" => Does::Changes,
        "DROP" => Does::Drops,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Login, place, program, time, command, object.
    fn told(log: &str) -> Vec<[String; 6]> {
        let deeds = read(log).into_iter();
        deeds
            .map(|one| {
                [
                    one.login,
                    one.place,
                    one.program,
                    one.when,
                    one.command,
                    one.object,
                ]
            })
            .collect()
    }

    #[test]
    fn lines_of_csv_are_read_over_their_ends() {
        let log = "\
2026-08-12 16:13:43.810 UTC,,,22602,,55cb70b7.584a,1,,2026-08-12 16:13:43 UTC,,0,LOG,00000,\"ready\",,,,,,,,,\"\"
2026-08-12 16:13:44.813 UTC,\"eve\",\"shop\",22612,\"[local]\",55c.1,8,\"GRANT\",2026-08-12 16:13:44 UTC,2/8,1,LOG,00000,\
\"AUDIT: SESSION,6,1,ROLE,GRANT,TABLE,,\"\"grant select
   on sales.orders
   to clerk\"\",<not logged>\",,,,,,,,,\"psql\",\"client backend\",,0
2026-08-12 16:13:45.000 UTC,\"eve\",\"shop\",22612,\"[local]\",55c.1,9,\"SELECT\",2026-08-12 16:13:44 UTC,2/9,0,LOG,00000,\
\"AUDIT: SESSION,7,1,READ,SELECT,,,select 1,<not logged>\",,,,,,,,,\"psql\"
2026-08-12 16:13:46";
        let expected = [
            "eve",
            "shop",
            "psql",
            "2026-08-12 16:13:44.813 UTC",
            "GRANT",
            "",
        ];
        assert_eq!(told(log), [expected.map(str::to_owned)]);
        let words = &read(log)[0].words;
        assert!(
            words.contains("orders") && words.contains("clerk"),
            "{words:?}"
        );
    }

    #[test]
    fn plain_lines_are_read_whatever_is_put_before_them() {
        let log = "\
2026-05-01 12:03:04.567 UTC [77] eve@shop LOG:  AUDIT: SESSION,1,1,DDL,DROP TABLE,TABLE,sales.old,drop table sales.old,<none>
2026-05-01 12:03:05 CET:10.0.0.1(5432):ann@shop:[78]:LOG:  AUDIT: SESSION,1,1,DDL,ALTER TABLE,TABLE,sales.new,\"alter table
\tsales.new owner to ann\",<none>
2026-05-01 12:03:06 UTC [79]: user=bob,db=shop,app=psql,client=::1 LOG:  AUDIT: SESSION,2,1,ROLE,GRANT ROLE,,,grant a to b,<none>
2026-05-01 12:03:07 UTC [80] LOG:  checkpoint starting: time";
        let expected = [
            [
                "eve",
                "shop",
                "",
                "2026-05-01 12:03:04.567 UTC",
                "DROP TABLE",
                "sales.old",
            ],
            [
                "ann",
                "shop",
                "",
                "2026-05-01 12:03:05 CET",
                "ALTER TABLE",
                "sales.new",
            ],
            [
                "bob",
                "shop",
                "psql",
                "2026-05-01 12:03:06 UTC",
                "GRANT ROLE",
                "",
            ],
        ];
        assert_eq!(told(log), expected.map(|one| one.map(str::to_owned)));
        assert!(read(log)[1].words.contains("owner"));
    }

    #[test]
    fn lines_of_json_are_read() {
        let log = r#"{"timestamp":"2026-05-01 12:03:04 UTC","user":"eve","dbname":"shop","message":"AUDIT: SESSION,1,1,DDL,CREATE VIEW,VIEW,s.v,create view s.v as select 1,<none>","application_name":"psql"}"#;
        let expected = [
            "eve",
            "shop",
            "psql",
            "2026-05-01 12:03:04 UTC",
            "CREATE VIEW",
            "s.v",
        ];
        assert_eq!(told(log), [expected.map(str::to_owned)]);
        assert_eq!(told(""), Vec::<[String; 6]>::new());
        assert_eq!(told("nothing of that sort"), Vec::<[String; 6]>::new());
    }
}
