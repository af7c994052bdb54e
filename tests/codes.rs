//! Codes: every one is listed once and explained, and what is listed is given somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use regex::Regex;

use crate::folder::files;

/// Returns the tests of this file.
pub(crate) fn tests() -> Vec<Trial> {
    vec![
        crate::test(
            "codes::each_is_listed_once_and_explained",
            each_is_listed_once_and_explained,
        ),
        crate::test("codes::what_is_given_is_listed", what_is_given_is_listed),
        crate::test("codes::what_is_listed_is_given", what_is_listed_is_given),
    ]
}

fn complain(wrong: Vec<String>) -> Result<(), String> {
    if wrong.is_empty() {
        return Ok(());
    }
    Err(wrong.join("\n"))
}

fn each_is_listed_once_and_explained() -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    let codes = cli::commands::codes();
    if codes.len() < 40 {
        return Err(format!("only {} codes", codes.len()));
    }
    for code in codes {
        if !seen.insert(code.name) {
            wrong.push(format!("{} is listed twice", code.name));
        }
        if code.explanation.len() < 20 || !code.explanation.ends_with('.') {
            wrong.push(format!(
                "{} is explained by {:?}",
                code.name, code.explanation
            ));
        }
    }
    complain(wrong)
}

/// Returns the sources of the tool.
fn sources() -> Result<Vec<(PathBuf, String)>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    for room in ["src", "state", "providers"] {
        files(&root.join(room), &mut paths)?;
    }
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .filter(|path| {
            let inside = path.strip_prefix(&root).unwrap_or(path);
            !inside.components().any(|part| part.as_os_str() == "tests")
        })
        .map(|path| {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            Ok((path, text))
        })
        .collect()
}

/// Returns every code that the sources give, with the file: a text that is not the name of a listing.
fn given() -> Result<BTreeMap<String, PathBuf>, String> {
    let code = Regex::new(r#"(name: )?"((?:config|declaration|plan|postgres|cli)::[a-z_]+)""#)
        .expect("a pattern of ours");
    // The codes of `config` are constants, made by a macro from their last part.
    let constant = Regex::new(r#"(?m)^    ([A-Z_]+) "([a-z_]+)" ""#).expect("a pattern of ours");
    let sources = sources()?;
    let mut given = BTreeMap::new();
    for (path, text) in &sources {
        for found in code
            .captures_iter(text)
            .filter(|found| found.get(1).is_none())
        {
            given.insert(found[2].to_owned(), path.clone());
        }
        for found in constant.captures_iter(text) {
            let used =
                Regex::new(&format!(r"\bcodes::{}\b", &found[1])).expect("a pattern of ours");
            let user = sources.iter().find(|(_, text)| used.is_match(text));
            if let Some((user, _)) = user {
                given.insert(format!("config::{}", &found[2]), user.clone());
            }
        }
    }
    Ok(given)
}

fn what_is_given_is_listed() -> Result<(), String> {
    let listed: BTreeSet<_> = cli::commands::codes()
        .iter()
        .map(|code| code.name)
        .collect();
    let missing = given()?
        .into_iter()
        .filter(|(name, _)| !listed.contains(name.as_str()))
        .map(|(name, path)| format!("{name} is given in {} and not listed", path.display()));
    complain(missing.collect())
}

fn what_is_listed_is_given() -> Result<(), String> {
    let given = given()?;
    let unused = cli::commands::codes()
        .into_iter()
        .filter(|code| !given.contains_key(code.name))
        .map(|code| format!("{} is listed and never given", code.name));
    complain(unused.collect())
}
