//! Options of foreign data: names and texts that only the wrapper understands.
//!
//! Some of them are secrets, such as passwords. Which ones, their names tell; the others are compared
//! and shown as they are. So every option belongs to one of two maps, and what is read of a server can
//! be divided as what is declared is.
//!
//! Source: `transformGenericOptions()`; `pg_foreign_server.srvoptions` and its like.

use std::collections::BTreeMap;

use model::{Address, Secret, SecretUse, Statement};
use provider::Problem;

use crate::text::quote::{ident, literal};

/// Options that anybody may see, by name.
pub(crate) type Plain = BTreeMap<String, String>;

/// Options that nobody may see, by name.
pub(crate) type Secrets = BTreeMap<String, Secret>;

/// The attribute that holds secret options.
pub(crate) const SECRET_OPTIONS: &str = "secret_options";

/// What the names of secrets have inside.
const SECRET_WORDS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "accesskey",
    "access_key",
    "private_key",
    "connection_string",
];

/// What the names of things about secrets end with: where they are, whether they are needed.
const NO_SECRETS: [&str; 4] = ["_required", "file", "path", "_type"];

/// Reports whether an option holds a secret, as its name tells.
#[must_use]
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let about = NO_SECRETS.iter().any(|end| name.ends_with(end));
    !about && (name == "pass" || SECRET_WORDS.iter().any(|word| name.contains(word)))
}

/// Says what is wrong with options: those in the wrong one of the two maps.
pub(crate) fn problems(plain: &Plain, secrets: &Secrets) -> Vec<Problem> {
    let open = plain.keys().filter(|name| is_secret(name)).map(|name| {
        Problem::new(
            ["options"],
            "secret where it would be stored",
            format!("`{name}` sounds like a secret, and `options` are stored and shown"),
        )
        .help(format!("Write it in `{SECRET_OPTIONS}`."))
    });
    let hidden = secrets.keys().filter(|name| !is_secret(name)).map(|name| {
        Problem::new(
            [SECRET_OPTIONS],
            "option that is no secret",
            format!("`{name}` does not sound like a secret"),
        )
        .help(
            "Write it in `options`. Secrets are options with `password`, `secret`, `token` or the \
             like in their names.",
        )
    });
    open.chain(hidden).collect()
}

/// Divides options as the catalog has them, `name=value`. `of` is the object they belong to.
pub(crate) fn read(options: &[String], of: &Address) -> (Plain, Secrets) {
    let (mut plain, mut secrets) = (Plain::new(), Secrets::new());
    for (name, value) in options.iter().filter_map(|option| option.split_once('=')) {
        if is_secret(name) {
            secrets.insert(name.to_owned(), Secret::new(value, &of.to_string()));
        } else {
            plain.insert(name.to_owned(), value.to_owned());
        }
    }
    (plain, secrets)
}

/// Returns what stands for a secret option in a statement until it runs: a text to PostgreSQL, too.
fn marker(name: &str) -> String {
    format!("$estate$secret option {name}$estate$")
}

fn with_secrets<'a>(
    mut statement: Statement,
    names: impl IntoIterator<Item = &'a String>,
    of: &Address,
) -> Statement {
    statement
        .secrets
        .extend(names.into_iter().map(|name| SecretUse {
            marker: marker(name),
            address: of.clone(),
            attribute: format!("{SECRET_OPTIONS}.{name}"),
        }));
    statement
}

/// Returns a statement that ends with ` options (...)`, where there are any.
pub(crate) fn with(sql: String, plain: &Plain, secrets: &Secrets, of: &Address) -> Statement {
    let items: Vec<_> = plain
        .iter()
        .map(|(name, value)| format!("{} {}", ident(name), literal(value)))
        .chain(
            secrets
                .keys()
                .map(|name| format!("{} {}", ident(name), marker(name))),
        )
        .collect();
    if items.is_empty() {
        return Statement::new(sql);
    }
    let statement = Statement::new(format!("{sql} options ({})", items.join(", ")));
    with_secrets(statement, secrets.keys(), of)
}

/// Returns the statement that begins with `sql` and turns options into others, if any differ.
pub(crate) fn change(
    sql: &str,
    (plain, secrets): (&Plain, &Secrets),
    (next_plain, next_secrets): (&Plain, &Secrets),
    of: &Address,
) -> Option<Statement> {
    let is_there = |name: &String| plain.contains_key(name) || secrets.contains_key(name);
    let verb = |name: &String| if is_there(name) { "set" } else { "add" };
    let mut items: Vec<_> = plain
        .keys()
        .chain(secrets.keys())
        .filter(|name| !next_plain.contains_key(*name) && !next_secrets.contains_key(*name))
        .map(|name| format!("drop {}", ident(name)))
        .collect();
    let differing = next_plain
        .iter()
        .filter(|(name, value)| plain.get(*name) != Some(value));
    items.extend(
        differing.map(|(name, value)| format!("{} {} {}", verb(name), ident(name), literal(value))),
    );
    let changed: Vec<_> = next_secrets
        .iter()
        .filter(|(name, secret)| secrets.get(*name) != Some(secret))
        .map(|(name, _)| name)
        .collect();
    items.extend(
        changed
            .iter()
            .map(|name| format!("{} {} {}", verb(name), ident(name), marker(name))),
    );
    if items.is_empty() {
        return None;
    }
    let statement = Statement::new(format!("{sql} options ({})", items.join(", ")));
    Some(with_secrets(statement, changed, of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_secrets() {
        for name in [
            "password",
            "sslpassword",
            "API_KEY",
            "aws_secret_access_key",
            "pass",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "user",
            "password_required",
            "passfile",
            "sslkey",
            "host",
            "tokenizer_path",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn options_are_added_set_and_dropped() {
        let of = Address::new("postgres", "foreign_server", ["", "s"]);
        let plain = |list: &[(&str, &str)]| -> Plain {
            list.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let old = Secrets::from([("password".to_owned(), Secret::known("1"))]);
        let new = Secrets::from([("password".to_owned(), Secret::known("2"))]);
        let changed = change(
            "alter server s",
            (&plain(&[("host", "a"), ("gone", "x"), ("same", "s")]), &old),
            (&plain(&[("host", "b"), ("Port", "1"), ("same", "s")]), &new),
            &of,
        )
        .expect("they differ");
        assert_eq!(
            changed.sql,
            "alter server s options (drop gone, add \"Port\" '1', set host 'b', \
             set password $estate$secret option password$estate$)"
        );
        assert_eq!(changed.secrets[0].attribute, "secret_options.password");
        assert!(
            change(
                "alter server s",
                (&plain(&[]), &new),
                (&plain(&[]), &new),
                &of
            )
            .is_none()
        );
    }
}
