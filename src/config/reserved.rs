//! What blocks of the language may hold, and what to say when they hold something else.

use model::diagnostic::did_you_mean;
use model::syntax::Syntax;
use model::{Diagnostic, Span};

use crate::codes;
use crate::document::{Attribute, Block, Body};
use crate::expression::{Expression, Kind, Name};
use crate::token::is_name;
use crate::value::Data;

/// Says that a block has too few or too many labels.
pub(crate) fn wrong_labels(block: &Block, wanted: usize) -> Diagnostic {
    let kind = &block.kind.text;
    let problem = codes::BAD_LABELS.error();
    let (label, help) = match (wanted, block.labels.len()) {
        (0, _) => (
            format!("`{kind}` blocks have no label"),
            format!("Write `{kind} {{`."),
        ),
        (2, given) => (
            format!(
                "this `{kind}` block has {given} label{}",
                if given == 1 { "" } else { "s" }
            ),
            format!("It has two, how and a name: {kind} \"slack\" \"name\" {{"),
        ),
        (_, 0) => (
            format!("this `{kind}` block has no label"),
            format!("Give it a name: {kind} \"name\" {{"),
        ),
        (_, given) => (
            format!("this `{kind}` block has {given} labels"),
            format!(
                "The one label is the name: {kind} {:?} {{",
                block.labels.last().map_or("name", |label| &label.text)
            ),
        ),
    };
    problem.at(block.header, label).help(help)
}

/// Takes an attribute out of a body.
pub(crate) fn take(body: &mut Body, name: &str) -> Option<Attribute> {
    let at = body
        .attributes
        .iter()
        .position(|attribute| &*attribute.name.text == name)?;
    Some(body.attributes.remove(at))
}

/// Takes `for_each` and `count` out of a body; both together are reported.
pub(crate) fn repetition(
    body: &mut Body,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Option<Expression>, Option<Expression>) {
    let for_each = take(body, "for_each");
    let count = take(body, "count");
    if let (Some(for_each), Some(count)) = (&for_each, &count) {
        diagnostics.push(
            codes::CONFLICTING_ARGUMENTS
                .error()
                .at(count.name.span, "`count` cannot be used here")
                .at(for_each.name.span, "because of this `for_each`"),
        );
    }
    (
        for_each.map(|attribute| attribute.value),
        count.map(|attribute| attribute.value),
    )
}

/// Reports attributes and blocks that a block of the language does not have. `what` names it.
pub(crate) fn known(body: &Body, what: &str, syntax: &Syntax, diagnostics: &mut Vec<Diagnostic>) {
    let help = |name: &str, known: &[&'static str]| {
        did_you_mean(name, known.iter().copied()).or_else(|| {
            let all: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            (!all.is_empty()).then(|| format!("Known here: {}.", all.join(", ")))
        })
    };
    let names: Vec<&str> = syntax.names().collect();
    let blocks: Vec<&str> = syntax.inner().collect();
    for attribute in &body.attributes {
        let name = &attribute.name;
        if !syntax.takes(&name.text) {
            diagnostics.push(
                codes::UNKNOWN_ATTRIBUTE
                    .error()
                    .at(
                        name.span,
                        format!("{what} has no attribute `{}`", name.text),
                    )
                    .help_some(help(&name.text, &names)),
            );
        }
    }
    for block in &body.blocks {
        let name = &block.kind;
        if !blocks.contains(&&*name.text) {
            let help = match names.contains(&&*name.text) {
                true => Some(format!("Write it with an equals sign: {} = {{", name.text)),
                false => help(&name.text, &blocks),
            };
            diagnostics.push(
                codes::UNKNOWN_BLOCK
                    .error()
                    .at(name.span, format!("{what} has no block `{}`", name.text))
                    .help_some(help),
            );
        }
    }
}

/// Returns an attribute that a block of the language cannot do without.
pub(crate) fn required<'b>(
    body: &'b Body,
    header: Span,
    syntax: &Syntax,
    name: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'b Expression> {
    debug_assert!(syntax.requires(name), "`{name}` is said to be optional");
    let attribute = body.attribute(name);
    if attribute.is_none() && !body.torn {
        diagnostics.push(
            codes::MISSING_ATTRIBUTE
                .error()
                .at(header, format!("`{name}` is missing")),
        );
    }
    attribute.map(|attribute| &attribute.value)
}

/// Returns a setting that must be written as plain `true` or `false`.
pub(crate) fn literal_bool(
    body: &Body,
    name: &str,
    default: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let Some(attribute) = body.attribute(name) else {
        return default;
    };
    if let Kind::Constant(Some(value)) = &attribute.value.kind
        && let Data::Bool(value) = value.data
    {
        return value;
    }
    diagnostics.push(codes::TYPE_MISMATCH.error().at(
        attribute.value.span,
        "only `true` or `false` can stand here",
    ));
    default
}

/// Checks the name of something that expressions refer to.
pub(crate) fn is_valid_name(
    name: &Name,
    reserved: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let problem = if !is_name(&name.text) {
        "this is not a name"
    } else if reserved.contains(&&*name.text) {
        "this name is reserved"
    } else {
        return true;
    };
    diagnostics.push(codes::BAD_NAME.error().at(name.span, problem).help(
        "Names begin with a letter or an underscore; letters, digits, underscores and dashes follow.",
    ));
    false
}
