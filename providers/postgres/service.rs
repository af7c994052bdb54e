//! Service files: names for connections, as libpq knows them.
//!
//! Source: PostgreSQL manual, 34.17 The Connection Service File.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use provider::{Error, ErrorKind};
use url::Url;

/// Settings of a service that a url has no place for but among its parameters, under the names these have there.
const PARAMETERS: [&str; 6] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
];

/// Puts what a service says into a url, where that says nothing itself. The service is the one that the url names with
/// `?service=NAME`, or else the one of `PGSERVICE`.
///
/// # Errors
/// When there is no such service.
pub(crate) fn resolved(url: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, Error> {
    let unreadable = |error: url::ParseError| wrong(format!("the url cannot be read: {error}"));
    let mut parsed = Url::parse(url).map_err(unreadable)?;
    let mut pairs: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
    let named = pairs.iter().position(|(name, _)| name == "service");
    let named = named.map(|at| pairs.remove(at).1);
    let Some(name) = named
        .or_else(|| env("PGSERVICE"))
        .filter(|name| !name.is_empty())
    else {
        return Ok(url.to_owned());
    };
    let settings = find(&name, env)?;
    let has = |pairs: &[(String, String)], name: &str| pairs.iter().any(|(one, _)| one == name);
    for name in PARAMETERS {
        if let Some(value) = settings.get(name).filter(|_| !has(&pairs, name)) {
            pairs.push((name.to_owned(), value.clone()));
        }
    }
    if parsed.host_str().is_none_or(str::is_empty) {
        let host = settings.get("host").or_else(|| settings.get("hostaddr"));
        if let Some(host) = host.filter(|_| !has(&pairs, "host")) {
            pairs.push(("host".to_owned(), host.clone()));
        }
        if let Some(port) = settings.get("port").filter(|_| !has(&pairs, "port")) {
            pairs.push(("port".to_owned(), port.clone()));
        }
    }
    for (setting, parameter) in [
        ("user", "user"),
        ("password", "password"),
        ("dbname", "dbname"),
    ] {
        let is_said = match setting {
            "user" => !parsed.username().is_empty(),
            "password" => parsed.password().is_some(),
            _ => parsed.path().len() > 1,
        };
        if let Some(value) = settings
            .get(setting)
            .filter(|_| !is_said && !has(&pairs, parameter))
        {
            pairs.push((parameter.to_owned(), value.clone()));
        }
    }
    parsed.set_query(None);
    if !pairs.is_empty() {
        parsed.query_pairs_mut().extend_pairs(&pairs);
    }
    Ok(parsed.into())
}

/// Finds a service: in the file of the user first, then in that of the system.
fn find(
    name: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, Error> {
    let own = env("PGSERVICEFILE").map(PathBuf::from);
    let own = own.or_else(|| Some(Path::new(&env("HOME")?).join(".pg_service.conf")));
    let system = env("PGSYSCONFDIR").map(|folder| Path::new(&folder).join("pg_service.conf"));
    let files: Vec<PathBuf> = own.into_iter().chain(system).collect();
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        if let Some(settings) = settings(&text, name) {
            return Ok(settings);
        }
    }
    let files: Vec<_> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    Err(wrong(format!(
        "there is no service `{name}` in {}",
        files.join(" or ")
    )))
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Permanent, message).help(
        "`PGSERVICEFILE` says where the service file is; `~/.pg_service.conf` is it otherwise.",
    )
}

/// Reads the settings of a service.
fn settings(text: &str, name: &str) -> Option<BTreeMap<String, String>> {
    let mut found: Option<BTreeMap<String, String>> = None;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            if found.is_some() {
                break;
            }
            if section == name {
                found = Some(BTreeMap::new());
            }
        } else if let (Some(found), Some((key, value))) = (&mut found, line.split_once('='))
            && !line.starts_with('#')
        {
            found.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
[other]
host=nowhere
# words
[shop]
host = db.example
port=6543
user=ada
dbname=shop
sslmode=verify-full
[last]
";

    fn with_file(url: &str, service: Option<&str>) -> Result<String, Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("services");
        std::fs::write(&file, FILE).expect("written");
        let env = |name: &str| match name {
            "PGSERVICEFILE" => Some(file.display().to_string()),
            "PGSERVICE" => service.map(str::to_owned),
            _ => None,
        };
        resolved(url, &env)
    }

    #[test]
    fn a_service_says_what_the_url_leaves_open() {
        assert_eq!(
            with_file("postgres:///?service=shop", None).expect("known"),
            "postgres:///?sslmode=verify-full&host=db.example&port=6543&user=ada&dbname=shop"
        );
        assert_eq!(
            with_file("postgres://eve@here/test?sslmode=require", Some("shop")).expect("known"),
            "postgres://eve@here/test?sslmode=require"
        );
    }

    #[test]
    fn without_a_service_the_url_stays_and_an_unknown_one_is_named() {
        let url = "postgres://eve@here/test";
        assert_eq!(with_file(url, None).expect("nothing to do"), url);
        let error = with_file(url, Some("shopp")).expect_err("unknown");
        assert!(error.message.starts_with("there is no service `shopp` in "));
    }
}
