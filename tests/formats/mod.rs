//! Formats of others that Estate writes: each is held against its published schema, or against its rules where it
//! has none.

mod junit;

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value as Json;

/// Says how a text breaks a format; nothing where there is no format of this name.
#[must_use]
pub(crate) fn keeps(format: &str, text: &str) -> Option<Result<(), String>> {
    Some(match format {
        "sarif" => sarif(text),
        "junit" => junit::keeps(text),
        "code-quality" => code_quality(text),
        "annotations" => annotations(text),
        "prometheus" => prometheus(text),
        _ => return None,
    })
}

/// Fails with all that is wrong.
fn told(wrong: Vec<String>) -> Result<(), String> {
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("\n")),
    }
}

fn json(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

/// SARIF 2.1.0 by its schema, and what GitHub asks for besides: a place in a file and a fingerprint of its own.
fn sarif(text: &str) -> Result<(), String> {
    // One pattern has a bracket too many, which is a mistake to everybody who reads patterns by the book.
    let schema = include_str!("sarif-2.1.0.json").replace("{2}]?$", "{2}$");
    let schema = json(&schema)?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    let log = json(text)?;
    let errors = validator.iter_errors(&log);
    let mut wrong: Vec<String> = errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    let mut seen = BTreeSet::new();
    let runs = log["runs"].as_array().cloned().unwrap_or_default();
    for (run, result) in runs.iter().flat_map(|run| {
        run["results"]
            .as_array()
            .into_iter()
            .flatten()
            .map(move |one| (run, one))
    }) {
        let id = &result["ruleId"];
        let index = result["ruleIndex"]
            .as_u64()
            .and_then(|at| usize::try_from(at).ok());
        let rule = index.map(|at| &run["tool"]["driver"]["rules"][at]["id"]);
        if rule != Some(id) {
            wrong.push(format!("{id} is not the rule of its index"));
        }
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"]
            .as_str()
            .unwrap_or_default();
        if uri.is_empty() || uri.starts_with('/') || !place["region"]["startLine"].is_u64() {
            wrong.push(format!("{id} has no place"));
        }
        let print = result["partialFingerprints"].to_string();
        if !seen.insert(print.clone()) {
            wrong.push(format!("two results have {print}"));
        }
    }
    told(wrong)
}

/// Code Quality of GitLab: its fields, and that no two issues have one fingerprint.
fn code_quality(text: &str) -> Result<(), String> {
    let report = json(text)?;
    let issues = report.as_array().ok_or("not an array")?;
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for issue in issues {
        let text = |pointer: &str| {
            issue
                .pointer(pointer)
                .and_then(Json::as_str)
                .unwrap_or_default()
        };
        for field in [
            "/description",
            "/check_name",
            "/fingerprint",
            "/location/path",
        ] {
            if text(field).is_empty() {
                wrong.push(format!("no {field} in {issue}"));
            }
        }
        if text("/location/path").starts_with(['/', '.']) {
            wrong.push(format!(
                "{} does not begin at the repository",
                text("/location/path")
            ));
        }
        if !["info", "minor", "major", "critical", "blocker"].contains(&text("/severity")) {
            wrong.push(format!("there is no severity {:?}", text("/severity")));
        }
        if issue
            .pointer("/location/lines/begin")
            .and_then(Json::as_u64)
            .unwrap_or(0)
            == 0
        {
            wrong.push(format!("no line in {issue}"));
        }
        if !seen.insert(text("/fingerprint").to_owned()) {
            wrong.push(format!("two issues have {}", text("/fingerprint")));
        }
    }
    told(wrong)
}

/// Annotations of GitHub: the command of each line, its properties, and how many there are.
fn annotations(text: &str) -> Result<(), String> {
    let line = Regex::new(
        r"^::(error|warning|notice) ((?:file|line|endLine|col|endColumn|title)=[^,:]*)(,(?:file|line|endLine|col|endColumn|title)=[^,:]*)*::.+$",
    )
    .expect("a pattern of ours");
    let mut wrong: Vec<_> = text
        .lines()
        .filter(|one| !line.is_match(one))
        .map(|one| format!("no annotation: {one}"))
        .collect();
    for level in ["error", "warning", "notice"] {
        let count = text
            .lines()
            .filter(|one| one.starts_with(&format!("::{level} ")))
            .count();
        if count > 10 {
            wrong.push(format!("{count} of ::{level}, and ten are shown"));
        }
    }
    told(wrong)
}

/// The text format of Prometheus 0.0.4: samples of declared metrics, each once, with a line break at the end.
fn prometheus(text: &str) -> Result<(), String> {
    let label = r#"[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*""#;
    let sample = Regex::new(&format!(
        r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{({label}(?:,{label})*)?\}})? (NaN|[+-]?(?:Inf|[0-9.]+(?:e[+-]?[0-9]+)?))$"
    ))
    .expect("a pattern of ours");
    let (mut wrong, mut types, mut helps, mut seen) = (
        Vec::new(),
        BTreeSet::new(),
        BTreeSet::new(),
        BTreeSet::new(),
    );
    if !text.ends_with('\n') {
        wrong.push("the last line does not end".to_owned());
    }
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, _] if helps.insert(name.to_owned()) => {}
            ["#", "TYPE", name, "gauge" | "counter" | "untyped"]
                if types.insert(name.to_owned()) => {}
            _ => match sample.captures(line) {
                Some(found) if !types.contains(&found[1]) => {
                    wrong.push(format!("{} has no type before its samples", &found[1]));
                }
                Some(found) => {
                    let labels = found.get(2).map_or("", |labels| labels.as_str());
                    if !seen.insert(format!("{}{labels}", &found[1])) {
                        wrong.push(format!("twice: {line}"));
                    }
                }
                None => wrong.push(format!("no sample: {line}")),
            },
        }
    }
    told(wrong)
}
