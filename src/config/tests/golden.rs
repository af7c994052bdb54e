//! Every expression of `golden/expressions.txt` gives what Terraform makes of it.

use std::fs;
use std::path::Path;

use config::Inputs;
use model::Content;

use crate::scratch::Scratch;

/// Expressions whose result is another one here, with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "1e400",
        "literals stay within the range of 64-bit floats; conversion from text does not",
    ),
    ("true ? null : \"a\"", NULLS),
    ("true ? { a = null } : { a = 1 }", NULLS),
    ("true ? [null] : [1]", NULLS),
    ("tostring(null)", NULLS),
    ("regex(\"(a)|(b)\", \"b\")", NULLS),
    ("contains([null], null)", "null can be looked for"),
    ("signum(0.1)", "fractions have a sign too"),
    (
        "format(\"%v\", null)",
        "null is shown, where Terraform's console takes it for unknown",
    ),
    (
        "length([1, 2]) / length([1, 2, 3])",
        "lengths have the precision of all other numbers",
    ),
    ("yamldecode(\"2026-01-31\")", "a date stays the text it is"),
];

/// A null has no type of its own, so `type` shows `dynamic`; the value is the same.
const NULLS: &str = "a null carries no type";

/// What an expression gives: its type and its JSON, or an error.
type Result = Option<(String, String)>;

fn cases() -> Vec<(String, Result)> {
    let text = fs::read_to_string(folder().join("values.txt")).unwrap();
    let mut cases = Vec::new();
    let mut lines = text.lines().peekable();
    while lines.peek().is_some() {
        let mut expression = Vec::new();
        while let Some(line) = lines.next_if(|line| line.starts_with("> ")) {
            expression.push(&line[2..]);
        }
        let result = match lines.next().unwrap() {
            "error" => None,
            kind => Some((kind.to_owned(), lines.next().unwrap().to_owned())),
        };
        assert_eq!(lines.next(), Some(""));
        cases.push((expression.join("\n"), result));
    }
    cases
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"))
}

fn evaluate(scratch: &Scratch, expression: &str) -> Result {
    scratch.write(
        "main.hcl",
        format!(
            "locals {{\n  it = {expression}\n}}\n\
             output \"type\" {{ value = type(local.it) }}\n\
             output \"json\" {{\n  value     = jsonencode(local.it)\n  sensitive = true\n}}\n"
        ),
    );
    let project = scratch.load(&Inputs::default()).project?;
    let text = |name: &str| {
        let (_, value) = project
            .outputs
            .iter()
            .find(|(other, _)| other == name)
            .unwrap();
        match &value.content {
            Content::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        }
    };
    let kind = text("type")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    Some((kind, text("json")))
}

#[test]
fn expressions_give_what_terraform_makes_of_them() {
    let scratch = Scratch::new();
    for path in [
        "template.txt",
        "strip.txt",
        "data.csv",
        "plain.txt",
        "sql/one.sql",
        "sql/two.sql",
    ] {
        scratch.write(path, fs::read(folder().join("files").join(path)).unwrap());
    }
    let mut wrong = Vec::new();
    for (expression, expected) in cases() {
        let given = evaluate(&scratch, &expression);
        let is_listed = DIFFERENT.iter().any(|(other, _)| *other == expression);
        if is_listed == (given == expected) {
            wrong.push(format!(
                "{expression}\n  expected {expected:?}\n  given    {given:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_function_is_compared_with_terraform() {
    let expressions = fs::read_to_string(folder().join("expressions.txt")).unwrap();
    for function in config::functions() {
        // `env` is ours, `templatestring` takes only names of values in Terraform, and `type` is asked
        // about every expression.
        let is_apart = matches!(function.name, "env" | "templatestring" | "type");
        let is_compared = expressions.contains(&format!("{}(", function.name));
        assert!(is_apart || is_compared, "{}", function.name);
    }
}
