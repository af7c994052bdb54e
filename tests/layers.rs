//! The one direction of imports: a crate of the workspace imports only crates of lower ranks.
//!
//! Read from what Cargo makes of the manifests, and from `Cargo.lock`. What tests import is free.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value as Json;

/// Returns the tests of this file.
pub(crate) fn tests() -> Vec<Trial> {
    vec![
        crate::test("layers::imports_go_down", imports_go_down),
        crate::test("layers::a_wrong_import_is_named", a_wrong_import_is_named),
        crate::test("layers::pure_crates_stay_pure", pure_crates_stay_pure),
    ]
}

/// A folder of the workspace, its rank, and what its crates may not import for.
const RANKS: &[(&str, u8)] = &[
    ("tests", 4),
    ("src/cli", 3),
    ("src/plan", 2),
    ("src/apply", 2),
    ("src/access", 2),
    ("src/import", 2),
    ("providers/", 2),
    ("src/config", 1),
    ("src/provider", 1),
    ("state", 1),
    ("src/model", 0),
];

/// Crates that planning and evaluating are made of, and what must never be built for them.
const PURE: [&str; 4] = ["model", "config", "provider", "plan"];
const IMPURE: [&str; 6] = [
    "tokio",
    "sqlx",
    "sqlx-core",
    "pglite-oxide",
    "rustls",
    "clap",
];

fn metadata() -> Result<Json, String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .map_err(|error| format!("cargo does not run: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn list<'a>(json: &'a Json, name: &str) -> &'a [Json] {
    json[name].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_default()
}

/// A crate of the workspace.
#[derive(Debug, Clone, Default)]
struct Member {
    /// Its folder.
    folder: String,
    /// What it imports from the workspace.
    imports: Vec<String>,
    /// What it imports from elsewhere.
    foreign: Vec<String>,
}

/// Returns the crates of the workspace by name.
fn members(metadata: &Json) -> BTreeMap<String, Member> {
    let root = Path::new(text(metadata, "workspace_root"));
    let packages = list(metadata, "packages").iter();
    packages
        .map(|package| {
            let manifest = Path::new(text(package, "manifest_path"));
            let folder = manifest
                .parent()
                .and_then(|folder| folder.strip_prefix(root).ok());
            let mut member = Member {
                folder: folder.unwrap_or(manifest).display().to_string(),
                ..Member::default()
            };
            for dependency in list(package, "dependencies") {
                let name = text(dependency, "name").to_owned();
                if dependency["path"].is_string() && dependency["kind"] != "dev" {
                    member.imports.push(name);
                } else if dependency["kind"] != "dev" {
                    member.foreign.push(name);
                }
            }
            (text(package, "name").to_owned(), member)
        })
        .collect()
}

fn rank(folder: &str) -> Option<u8> {
    let is_in =
        |known: &str| folder == known || (known.ends_with('/') && folder.starts_with(known));
    RANKS
        .iter()
        .find(|(known, _)| is_in(known))
        .map(|(_, rank)| *rank)
}

/// Says what is wrong with the imports between crates.
fn wrong_imports(members: &BTreeMap<String, Member>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (
        name,
        Member {
            folder, imports, ..
        },
    ) in members
    {
        let Some(own) = rank(folder) else {
            wrong.push(format!(
                "`{name}` in {folder} has no rank: say in tests/layers.rs where it stands"
            ));
            continue;
        };
        for import in imports {
            let Some(other) = members.get(import).and_then(|member| rank(&member.folder)) else {
                continue;
            };
            if other >= own {
                wrong.push(format!(
                    "`{name}` (rank {own}) imports `{import}` (rank {other}): a crate imports only \
                     lower ranks. What both need belongs into a lower one; what passes between them \
                     is data of `model`"
                ));
            }
        }
    }
    wrong
}

fn none(wrong: &[String]) -> Result<(), String> {
    if wrong.is_empty() {
        return Ok(());
    }
    Err(wrong.join("\n"))
}

fn imports_go_down() -> Result<(), String> {
    let members = members(&metadata()?);
    if !members.contains_key("model") || members.len() < 8 {
        return Err(format!("this is not the workspace: {members:?}"));
    }
    none(&wrong_imports(&members))
}

fn a_wrong_import_is_named() -> Result<(), String> {
    let member = |name: &str, folder: &str, imports: &[&str]| {
        let member = Member {
            folder: folder.to_owned(),
            imports: imports.iter().map(ToString::to_string).collect(),
            foreign: Vec::new(),
        };
        (name.to_owned(), member)
    };
    let members = [
        member("model", "src/model", &[]),
        member("plan", "src/plan", &["model", "apply"]),
        member("apply", "src/apply", &["model"]),
        member("attic", "attic", &[]),
    ];
    let wrong = wrong_imports(&members.into());
    match &wrong[..] {
        [attic, plan]
            if attic.contains("`attic`") && plan.contains("`plan` (rank 2) imports `apply`") =>
        {
            Ok(())
        }
        other => Err(format!("{other:?}")),
    }
}

/// Returns what each foreign crate needs, by name; versions of one crate are taken together.
fn lock() -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let mut needs = BTreeMap::<String, BTreeSet<String>>::new();
    for package in text.split("[[package]]").skip(1) {
        let quoted = |line: &str| Some(line.split('"').nth(1)?.split(' ').next()?.to_owned());
        let name = package
            .lines()
            .find_map(|line| quoted(line.strip_prefix("name = ")?));
        let name = name.ok_or_else(|| format!("a package without a name: {package}"))?;
        let dependencies = package
            .lines()
            .filter(|line| line.starts_with(" \""))
            .filter_map(quoted);
        needs.entry(name).or_default().extend(dependencies);
    }
    Ok(needs)
}

/// Nothing that planning or evaluating is made of may need a runtime, a socket or a terminal.
fn pure_crates_stay_pure() -> Result<(), String> {
    let members = members(&metadata()?);
    let lock = lock()?;
    if !IMPURE.iter().all(|impure| lock.contains_key(*impure)) {
        return Err("Cargo.lock does not have what this test looks for".to_owned());
    }
    let mut wrong = Vec::new();
    for pure in PURE {
        let member = members
            .get(pure)
            .ok_or_else(|| format!("there is no crate `{pure}`"))?;
        // Who brought each crate in, for the sentence.
        let mut because: BTreeMap<&str, &str> = BTreeMap::new();
        let mut next: Vec<(&str, &str)> = member
            .foreign
            .iter()
            .map(|name| (name.as_str(), pure))
            .collect();
        while let Some((name, by)) = next.pop() {
            if because.contains_key(name) {
                continue;
            }
            because.insert(name, by);
            next.extend(
                lock.get(name)
                    .into_iter()
                    .flatten()
                    .map(|need| (need.as_str(), name)),
            );
        }
        for impure in IMPURE {
            if let Some(by) = because.get(impure) {
                wrong.push(format!(
                    "`{pure}` needs `{impure}`, through `{by}`: planning and evaluating must build \
                     without it"
                ));
            }
        }
    }
    none(&wrong)
}
