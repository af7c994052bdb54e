//! A block of the language, as `estate explain` shows it.

use model::syntax::{Argument, Syntax};
use serde_json::{Value as Json, json};

use crate::screen::Style;

/// Writes a block for people.
#[must_use]
pub fn write(syntax: &Syntax, color: bool) -> String {
    let mut lines = vec![
        Style::Bold.paint(color, head(syntax)),
        String::new(),
        syntax.about.to_owned(),
        String::new(),
    ];
    body(syntax, 1, &mut lines, color);
    lines.push("\nFor example:\n".to_owned());
    lines.extend(syntax.example.lines().map(|line| format!("  {line}")));
    lines.join("\n")
}

/// Writes attributes, each with its meaning below.
pub(crate) fn arguments(all: &[Argument], depth: usize, lines: &mut Vec<String>, color: bool) {
    let indent = "  ".repeat(depth);
    for argument in all {
        let Argument {
            name,
            takes,
            required,
            about,
        } = argument;
        let required = if *required { ", required" } else { "" };
        let head = Style::Bold.paint(color, format!("{name} ({takes}{required})"));
        lines.push(format!("{indent}{head}"));
        lines.push(format!("{indent}    {about}"));
    }
}

fn head(syntax: &Syntax) -> String {
    match syntax.label {
        Some(label) => format!("{} \"{label}\" {{ ... }}", syntax.kind),
        None => format!("{} {{ ... }}", syntax.kind),
    }
}

fn body(syntax: &Syntax, depth: usize, lines: &mut Vec<String>, color: bool) {
    arguments(syntax.arguments, depth, lines, color);
    arguments(syntax.others.as_slice(), depth, lines, color);
    let indent = "  ".repeat(depth);
    for block in syntax.blocks {
        let head = Style::Bold.paint(color, head(block));
        lines.push(format!("{indent}{head}"));
        lines.push(format!("{indent}    {}", block.about));
        body(block, depth + 2, lines, color);
    }
}

/// Says a block to programs.
#[must_use]
pub fn json(syntax: &Syntax) -> Json {
    let Syntax {
        kind,
        label,
        about,
        arguments,
        others,
        blocks,
        example,
    } = syntax;
    let argument = |one: &Argument| {
        json!({
            "name": one.name,
            "takes": one.takes,
            "required": one.required,
            "about": one.about,
        })
    };
    json!({
        "block": kind,
        "label": label,
        "about": about,
        "attributes": arguments.iter().map(argument).collect::<Vec<_>>(),
        "others": others.as_ref().map(argument),
        "blocks": blocks.iter().map(json).collect::<Vec<_>>(),
        "example": example,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_shown_with_what_it_takes_and_how_it_is_written() {
        const INNER: Syntax = Syntax {
            kind: "inner",
            label: None,
            about: "Inside.",
            arguments: &[Argument::new("deep", "number", "How deep.")],
            others: None,
            blocks: &[],
            example: "inner {}",
        };
        const OUTER: Syntax = Syntax {
            kind: "outer",
            label: Some("name"),
            about: "Around.",
            arguments: &[Argument::new("to", "reference", "Where to.").required()],
            others: None,
            blocks: &[INNER],
            example: "outer \"x\" {\n  to = y\n}",
        };
        let expected = "\
outer \"name\" { ... }

Around.

  to (reference, required)
      Where to.
  inner { ... }
      Inside.
      deep (number)
          How deep.

For example:

  outer \"x\" {
    to = y
  }";
        assert_eq!(write(&OUTER, false), expected);
    }
}
