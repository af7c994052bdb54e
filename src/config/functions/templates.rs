//! Templates that stand in files or in texts.

use std::sync::Arc;

use model::{Fingerprint, Span};

use super::{Action, Arguments, Function, Takes, parameter};
use crate::codes;
use crate::evaluator::{Binding, Evaluator, Outcome, Reported, Scope};
use crate::expression::Part;
use crate::files::FileError;
use crate::flush;
use crate::lower::Lower;
use crate::names_check;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "templatefile",
        &[
            parameter("path", Takes::Text),
            parameter("values", Takes::Map),
        ],
        "Renders a file as a template with these values.",
        Action::Template(from_file),
    ),
    Function::new(
        "templatestring",
        &[
            parameter("template", Takes::Text),
            parameter("values", Takes::Map),
        ],
        "Renders a text as a template with these values.",
        Action::Template(from_text),
    ),
];

fn from_file(evaluator: &Evaluator<'_>, arguments: &Arguments, spans: &[Span]) -> Outcome {
    let path = arguments.text(0);
    let place = spans.first().copied();
    match evaluator.files.text(path) {
        Ok(text) => render(evaluator, path, &text, arguments),
        Err(FileError { reason, hint }) => Err(evaluator.report(
            codes::UNREADABLE_FILE
                .error()
                .at_some(place, format!("{path:?} cannot be read: {reason}"))
                .help_some(hint),
        )),
    }
}

fn from_text(evaluator: &Evaluator<'_>, arguments: &Arguments, _: &[Span]) -> Outcome {
    render(
        evaluator,
        "text of a template",
        arguments.text(0),
        arguments,
    )
}

fn render(evaluator: &Evaluator<'_>, name: &str, text: &str, arguments: &Arguments) -> Outcome {
    let (parts, span) = parse(evaluator, name, text)?;
    let values = arguments.entries(1);
    let names: Vec<&str> = values.keys().map(|name| &**name).collect();
    names_check::template(evaluator, &parts, &names)?;
    let _depth = evaluator.descend(span)?;
    let entries: Vec<_> = values.iter().collect();
    with_names(evaluator, &parts, &entries, Scope::CONSTANT)
}

/// Renders with names bound; they form a chain, so each needs the one before it in place.
fn with_names<'p>(
    evaluator: &Evaluator<'p>,
    parts: &[Part],
    names: &[(&Arc<str>, &Value)],
    scope: Scope<'_, 'p>,
) -> Outcome {
    let Some(((name, value), rest)) = names.split_first() else {
        return evaluator.render(parts, scope);
    };
    let binding = Binding {
        name,
        value: (*value).clone(),
        outer: scope.bindings,
    };
    with_names(
        evaluator,
        parts,
        rest,
        Scope {
            bindings: Some(&binding),
            ..scope
        },
    )
}

/// Reads a template; the text becomes a source, so that problems in it can be shown.
fn parse(evaluator: &Evaluator<'_>, name: &str, text: &str) -> Outcome<(Vec<Part>, Span)> {
    let identity = Fingerprint::of_bytes(format!("{name}\0{text}").as_bytes());
    let known = evaluator.templates.borrow().get(&identity).copied();
    let source = known.unwrap_or_else(|| evaluator.sources.borrow_mut().add(name, text));
    evaluator.templates.borrow_mut().insert(identity, source);
    let span = Span::new(source, 0, text.len());
    let template = hcl_edit::parser::parse_template(text).map_err(|error| {
        let at = error.location().offset().min(text.len());
        let label = match error.message() {
            "unexpected token" => {
                "a template begins here and is not valid or not closed".to_owned()
            }
            message => format!("the template cannot go on here: {message}"),
        };
        evaluator.report(codes::SYNTAX.error().at(Span::new(source, at, at), label))
    })?;
    let mut diagnostics = Vec::new();
    let mut lower = Lower {
        source,
        text,
        offset: 0,
        unreadable: Vec::new(),
        diagnostics: &mut diagnostics,
    };
    let parts = flush::file(&mut lower, &template);
    if diagnostics.is_empty() {
        return Ok((parts, span));
    }
    for problem in diagnostics {
        evaluator.report(problem);
    }
    Err(Reported)
}
