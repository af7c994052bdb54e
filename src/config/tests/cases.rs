//! Every file in `cases/` is a project and what comes of reading it; `UPDATE=1` rewrites the latter.
//!
//! A case says first why it exists. Then come files, each after a line `-- path --`. The part
//! `-- inputs --` may choose an environment (`environment dev`), set variables (`var a=b`,
//! `var-file x.hcl`) and environment variables (`env NAME=value`). `-- result --` is what is expected.

use std::fs;
use std::path::{Path, PathBuf};

use config::Inputs;

use crate::render;
use crate::scratch::Scratch;

fn parts(text: &str) -> Vec<(String, String)> {
    let mut parts = vec![(String::new(), String::new())];
    for line in text.lines() {
        match line
            .strip_prefix("-- ")
            .and_then(|line| line.strip_suffix(" --"))
        {
            Some(name) => parts.push((name.to_owned(), String::new())),
            None => {
                let (_, text) = parts.last_mut().unwrap();
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    parts
}

fn inputs(text: &str) -> Inputs {
    let mut inputs = Inputs {
        version: "0.1.0".to_owned(),
        ..Inputs::default()
    };
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (what, value) = line.split_once(' ').unwrap();
        match what {
            "environment" => inputs.environment = Some(value.to_owned()),
            "var" => inputs.vars.push(value.to_owned()),
            "var-file" => inputs.var_files.push(value.into()),
            "env" => {
                let (name, value) = value.split_once('=').unwrap();
                inputs.env.insert(name.to_owned(), value.to_owned());
            }
            other => panic!("unknown input {other}"),
        }
    }
    inputs
}

/// Runs a case; returns its text with the result it really has.
fn run(text: &str) -> String {
    let scratch = Scratch::new();
    let mut given = inputs("");
    let mut out = String::new();
    for (name, contents) in parts(text) {
        match name.as_str() {
            "" => {
                assert!(
                    contents.starts_with("# "),
                    "a case begins with the reason it exists"
                );
                out.push_str(&contents);
                continue;
            }
            "inputs" => given = inputs(&contents),
            "result" => continue,
            _ => scratch.write(&name, contents.trim_end_matches('\n').to_owned() + "\n"),
        }
        out.push_str(&format!("-- {name} --\n{contents}"));
    }
    out.push_str("-- result --\n");
    out.push_str(&render::loaded(&scratch.load(&given)));
    out
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn projects_read_as_their_cases_say() {
    let mut paths = Vec::new();
    files(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases")),
        &mut paths,
    );
    paths.sort();
    let mut wrong = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path).unwrap();
        let given = run(&text);
        if given == text {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            fs::write(path, given).unwrap();
        } else {
            wrong.push(format!("{}:\n{given}", path.display()));
        }
    }
    assert!(!paths.is_empty());
    assert!(
        wrong.is_empty(),
        "{} cases differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_code_is_shown_by_a_case() {
    let mut paths = Vec::new();
    files(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases")),
        &mut paths,
    );
    let all: String = paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for code in config::CODES {
        // A value that is too large would make a case too large; `limits.rs` makes some.
        let is_shown = all.contains(&format!("({})", code.name));
        assert!(
            is_shown || code.name == "config::too_large",
            "{}",
            code.name
        );
    }
}
