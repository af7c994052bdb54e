//! What is too deep or too large is refused in words, quickly, and never by a crash.

use std::fmt::Write as _;

use config::Inputs;

use crate::scratch::Scratch;

/// Returns the codes of the errors of a project of one file.
fn codes(text: &str) -> Vec<&'static str> {
    let scratch = Scratch::new();
    scratch.write("main.hcl", text);
    scratch
        .load(&Inputs::default())
        .diagnostics
        .iter()
        .map(|problem| problem.code)
        .collect()
}

/// Writes local values, each made of the one before.
fn chain(length: usize, first: &str, next: impl Fn(usize) -> String) -> String {
    let mut text = format!("locals {{\n  a0 = {first}\n");
    for at in 1..=length {
        writeln!(text, "  a{at} = {}", next(at - 1)).unwrap();
    }
    text + "}\n"
}

#[test]
fn chains_of_values_are_followed_far_and_not_forever() {
    // Downwards, so that the first value asked for needs all others.
    let down = |length: usize| {
        let mut text = "locals {\n".to_owned();
        for at in 0..length {
            writeln!(text, "  a{at} = [for x in [local.a{}] : x + 1][0]", at + 1).unwrap();
        }
        text + &format!("  a{length} = 1\n}}\n")
    };
    assert!(codes(&down(1_000)).is_empty());
    assert_eq!(codes(&down(20_000)), ["config::nesting"]);
}

#[test]
fn values_that_double_are_stopped() {
    let growing: [(&str, &dyn Fn(usize) -> String); 6] = [
        ("[1]", &|at| format!("[local.a{at}, local.a{at}]")),
        ("\"x\"", &|at| {
            format!("\"${{local.a{at}}}${{local.a{at}}}\"")
        }),
        ("[1, 2]", &|at| {
            format!("[for x in local.a{at} : local.a{at}]")
        }),
        ("\"x\"", &|at| {
            format!("join(local.a{at}, [local.a{at}, local.a{at}])")
        }),
        ("\"xx\"", &|at| {
            format!("replace(local.a{at}, \"x\", local.a{at})")
        }),
        ("[1, 2]", &|at| {
            format!("setproduct(local.a{at}, local.a{at})")
        }),
    ];
    for (first, next) in growing {
        let codes = codes(&chain(80, first, next));
        // A function notices by itself, or its result is refused.
        assert!(
            matches!(codes[..], ["config::too_large" | "config::bad_call"]),
            "{codes:?}"
        );
    }
}

#[test]
fn values_that_nest_are_stopped() {
    let lists = chain(1_000, "[1]", |at| format!("[local.a{at}]"));
    assert_eq!(codes(&lists), ["config::nesting"]);
    let json = format!("locals {{ a = jsondecode(\"{}\") }}", "[".repeat(100_000));
    assert_eq!(codes(&json), ["config::bad_call"]);
    let yaml = format!("locals {{ a = yamldecode(\"{}\") }}", "[".repeat(100_000));
    assert_eq!(codes(&yaml), ["config::bad_call"]);
}

#[test]
fn aliases_in_yaml_are_counted_as_what_they_stand_for() {
    let mut yaml = "a0: &a0 [x]\\n".to_owned();
    for at in 1..40 {
        let before = at - 1;
        write!(yaml, "a{at}: &a{at} [*a{before}, *a{before}]\\n").unwrap();
    }
    assert_eq!(
        codes(&format!("locals {{ a = yamldecode(\"{yaml}\") }}")),
        ["config::bad_call"]
    );
}

#[test]
fn modules_in_modules_are_stopped() {
    let scratch = Scratch::new();
    let mut folder = String::new();
    for _ in 0..40 {
        scratch.write(
            &format!("{folder}main.hcl"),
            "module \"m\" { source = \"./m\" }\n",
        );
        folder += "m/";
    }
    scratch.write(&format!("{folder}main.hcl"), "");
    let loaded = scratch.load(&Inputs::default());
    let codes: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|problem| problem.code)
        .collect();
    assert_eq!(codes, ["config::nesting"]);
}
