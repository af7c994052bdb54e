//! Properties that hold for any text: no panic, no hang, and formatting changes nothing but space.

use std::fs;
use std::path::Path;

use config::Inputs;
use proptest::prelude::*;

use crate::format::formatted;
use crate::render;
use crate::scratch::Scratch;

/// Valid and invalid texts to start from: every file of every case and every golden expression.
fn corpus() -> Vec<String> {
    let tests = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"));
    let mut texts = Vec::new();
    for folder in fs::read_dir(tests.join("cases")).unwrap() {
        for case in fs::read_dir(folder.unwrap().path()).unwrap() {
            let text = fs::read_to_string(case.unwrap().path()).unwrap();
            let files = text
                .split("-- result --")
                .next()
                .unwrap()
                .split("\n-- ")
                .skip(1);
            texts.extend(files.map(|file| file.split_once('\n').unwrap_or_default().1.to_owned()));
        }
    }
    let golden = fs::read_to_string(tests.join("golden/expressions.txt")).unwrap();
    let lines = golden
        .lines()
        .filter(|line| !line.starts_with(['#', '<', '>']));
    texts.extend(lines.map(|line| {
        format!("locals {{\n  it = {line}\n}}\noutput \"o\" {{ value = local.it }}\n")
    }));
    texts.sort();
    texts
}

/// Changes of a text: what to take away where, and what to put there.
fn mutated(texts: Vec<String>) -> impl Strategy<Value = String> {
    const SNIPPETS: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "\"",
        "${",
        "%{ if x }",
        "%{ endif }",
        "<<-E\n",
        "\nE\n",
        "=",
        ",",
        "\n",
        " ",
        "# c\n",
        "/*",
        "*/",
        "...",
        "[*]",
        "local.it",
        "for x in",
        "\\",
    ];
    let change = (
        any::<prop::sample::Index>(),
        0..6_usize,
        prop::sample::select(&SNIPPETS[..]),
    );
    (
        prop::sample::select(texts),
        prop::collection::vec(change, 0..4),
    )
        .prop_map(|(text, changes)| {
            let mut characters: Vec<char> = text.chars().collect();
            for (at, length, put) in changes {
                let start = at.index(characters.len() + 1);
                let end = (start + length).min(characters.len());
                characters.splice(start..end, put.chars());
            }
            characters.into_iter().collect()
        })
}

/// Loads a project of one file; returns what it says, or nothing after an error.
fn loaded(contents: &[u8]) -> Option<String> {
    let scratch = Scratch::new();
    scratch.write("main.hcl", contents);
    let loaded = scratch.load(&Inputs::default());
    assert!(loaded.project.is_some() || loaded.diagnostics.iter().any(model::Diagnostic::is_error));
    // Showing the problems proves that their places are in the text.
    let text = render::loaded(&loaded);
    // Formatting moves places, and only them.
    loaded.project.map(|_| {
        text.split_inclusive('\n')
            .filter(|line| !line.contains("main.hcl:"))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_project_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        loaded(&bytes);
    }

    #[test]
    fn any_change_of_a_text_gives_a_project_or_an_error(text in mutated(corpus())) {
        loaded(text.as_bytes());
    }

    #[test]
    fn formatting_changes_no_value_and_is_done_once(text in mutated(corpus())) {
        if let Some(laid_out) = formatted(&text) {
            prop_assert_eq!(formatted(&laid_out), Some(laid_out.clone()));
            prop_assert_eq!(loaded(laid_out.as_bytes()), loaded(text.as_bytes()));
            prop_assert_eq!(without_space(&laid_out), without_space(&text));
        }
    }
}

/// Returns everything that is no space: what must be the same afterwards, comments included.
fn without_space(text: &str) -> Vec<char> {
    text.trim_start_matches('\u{feff}')
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect()
}
