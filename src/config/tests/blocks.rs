//! What `estate explain` says of the blocks of the language is what the loader accepts.

use config::{BLOCKS, Inputs};
use model::syntax::Syntax;

use crate::scratch::Scratch;

/// Reads a project of this text; returns the codes of what is wrong.
fn codes(text: &str) -> Vec<&'static str> {
    let scratch = Scratch::new();
    scratch.write("main.hcl", text);
    scratch.write("team/main.hcl", "variable \"team\" {}\n");
    let inputs = Inputs {
        environment: Some("prod".to_owned()),
        version: "0.1.0".to_owned(),
        env: [("DATABASE_URL".to_owned(), "postgres:///".to_owned())].into(),
        ..Inputs::default()
    };
    let found = scratch.load(&inputs).diagnostics;
    found.iter().map(|problem| problem.code).collect()
}

#[test]
fn all_examples_together_are_a_project() {
    let mut text = "schema \"raw\" {}\nschema \"marts\" {}\n".to_owned();
    for syntax in BLOCKS {
        text.push_str(syntax.example);
        text.push('\n');
    }
    assert_eq!(codes(&text), Vec::<&str>::new(), "{text}");
}

/// Writes a block with every attribute it may have but those in `without`.
fn written(syntax: &Syntax, without: &[&str]) -> String {
    let label = syntax
        .label
        .map_or_else(String::new, |_| " \"x\"".to_owned());
    let attributes: String = syntax
        .names()
        .filter(|name| !without.contains(name))
        .map(|name| format!("  {name} = 0\n"))
        .collect();
    let blocks: String = syntax
        .blocks
        .iter()
        .map(|block| written(block, &[]))
        .collect();
    format!("{}{label} {{\n{attributes}{blocks}}}\n", syntax.kind)
}

#[test]
fn what_is_required_is_missed_and_nothing_is_unknown() {
    for syntax in BLOCKS {
        let wrap = |block: String| match syntax.kind {
            "lifecycle" | "dynamic" => format!("table \"t\" {{\n{block}}}\n"),
            "environment" => block.replace("\"x\"", "\"prod\""),
            "notify" => block.replace("\"x\"", "\"slack\" \"x\""),
            _ => block,
        };
        let whole = codes(&wrap(written(syntax, &["count"])));
        for code in [
            "config::unknown_attribute",
            "config::unknown_block",
            "config::missing_attribute",
        ] {
            assert!(
                !whole.contains(&code),
                "{} as a whole: {whole:?}",
                syntax.kind
            );
        }
        for name in syntax.names() {
            let others = codes(&wrap(written(syntax, &["count", name])));
            let is_missed = others.contains(&"config::missing_attribute");
            assert_eq!(is_missed, syntax.requires(name), "{}.{name}", syntax.kind);
        }
    }
}
