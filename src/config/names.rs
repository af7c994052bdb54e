//! What a name in an expression means, and every way in which it can mean nothing.
//!
//! The same function serves the check of all expressions before anything is computed and the
//! computation itself, so a wrong name is told in the same words whether or not it is ever reached;
//! repetitions are dropped when diagnostics are sorted.

use model::Diagnostic;
use model::diagnostic::did_you_mean;

use crate::codes;
use crate::expression::{Expression, Kind, Name, Step, StepKind};
use crate::folder::Folder;

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// `var.x`, by number.
    Variable(usize),
    /// `local.x`, by number.
    Local(usize),
    /// `module.x`, by number.
    Module(usize),
    /// `kind.label`, by number.
    Declaration(usize),
    /// `each.key`.
    EachKey,
    /// `each.value`.
    EachValue,
    /// `count.index`.
    CountIndex,
    /// `environment.name`.
    EnvironmentName,
    /// `environment.protected`.
    EnvironmentProtected,
    /// `path.module`.
    PathModule,
    /// `path.root`.
    PathRoot,
    /// `self`.
    This,
    /// Something whose declaration could not be read; that has been reported.
    Broken,
}

/// What may be used in a place beside the names of the folder.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Allowed {
    /// `each.key` and `each.value`.
    pub(crate) each: bool,
    /// `count.index`.
    pub(crate) count: bool,
    /// `self`.
    pub(crate) this: bool,
}

const ROOTS: [&str; 8] = [
    "var",
    "local",
    "module",
    "each",
    "count",
    "environment",
    "path",
    "self",
];

/// Returns what a name means and how many steps belong to it.
pub(crate) fn resolve(
    root: &Name,
    steps: &[Step],
    folder: Option<&Folder>,
    allowed: Allowed,
) -> Result<(Meaning, usize), Box<Diagnostic>> {
    let Some(folder) = folder else {
        return Err(Box::new(
            codes::OUT_OF_PLACE
                .error()
                .at(
                    root.span,
                    format!("`{}` is not known in this place", root.text),
                )
                .help("Only constants and functions can be used here."),
        ));
    };
    let fixed = |known: &[(&str, Meaning)]| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        let step = step_name(root, steps, || names.first().copied())?;
        match known.iter().find(|(name, _)| *name == step.0) {
            Some((_, meaning)) => Ok((*meaning, 1)),
            None => Err(unknown_step(root, steps, step.0, &names)),
        }
    };
    match &*root.text {
        "var" => {
            let (name, span) = step_name(root, steps, || folder.variables.first_name())?;
            match folder.variables.find(name) {
                Some(number) => Ok((Meaning::Variable(number), 1)),
                None if folder.broken.hides("variable", Some(name)) => Ok((Meaning::Broken, 1)),
                None => Err(Box::new(
                    codes::UNKNOWN_VARIABLE
                        .error()
                        .at(span, format!("there is no variable `{name}`"))
                        .help(
                            did_you_mean(name, folder.variables.names())
                                .unwrap_or_else(|| format!("Declare it: variable \"{name}\" {{}}")),
                        ),
                )),
            }
        }
        "local" => {
            let (name, span) = step_name(root, steps, || folder.locals.first_name())?;
            match folder.locals.find(name) {
                Some(number) => Ok((Meaning::Local(number), 1)),
                None if folder.broken.hides("locals", None) => Ok((Meaning::Broken, 1)),
                None => Err(Box::new(
                    codes::UNKNOWN_LOCAL
                        .error()
                        .at(span, format!("there is no local value `{name}`"))
                        .help_some(did_you_mean(name, folder.locals.names())),
                )),
            }
        }
        "module" => {
            let (name, span) = step_name(root, steps, || folder.modules.first_name())?;
            match folder.modules.find(name) {
                Some(number) => Ok((Meaning::Module(number), 1)),
                None if folder.broken.hides("module", Some(name)) => Ok((Meaning::Broken, 1)),
                None => Err(Box::new(
                    codes::UNKNOWN_REFERENCE
                        .error()
                        .at(span, format!("there is no module `{name}`"))
                        .help_some(did_you_mean(name, folder.modules.names())),
                )),
            }
        }
        "each" if allowed.each => {
            fixed(&[("key", Meaning::EachKey), ("value", Meaning::EachValue)])
        }
        "count" if allowed.count => fixed(&[("index", Meaning::CountIndex)]),
        "self" if allowed.this => Ok((Meaning::This, 0)),
        "each" | "count" | "self" if !folder.has_kind(&root.text) => {
            let place = match &*root.text {
                "each" => "`each` is known only in blocks with `for_each`",
                "count" => "`count` is known only in blocks with `count`",
                _ => "`self` is known only in the contents of a declaration",
            };
            Err(Box::new(codes::OUT_OF_PLACE.error().at(root.span, place)))
        }
        "environment" => fixed(&[
            ("name", Meaning::EnvironmentName),
            ("protected", Meaning::EnvironmentProtected),
        ]),
        "path" => fixed(&[("module", Meaning::PathModule), ("root", Meaning::PathRoot)]),
        _ => declaration(root, steps, folder),
    }
}

fn declaration(
    root: &Name,
    steps: &[Step],
    folder: &Folder,
) -> Result<(Meaning, usize), Box<Diagnostic>> {
    let kind = &*root.text;
    if !folder.has_kind(kind) {
        if folder.broken.hides(kind, None) {
            return Ok((Meaning::Broken, steps.len().min(1)));
        }
        let mut known: Vec<&str> = folder.kinds().collect();
        known.extend(ROOTS);
        let help = did_you_mean(kind, known).unwrap_or_else(|| match steps.first() {
            None => format!("Texts stand in double quotes: \"{kind}\"."),
            Some(_) => {
                "References are `kind.label`; nothing of this kind is declared in this folder."
                    .to_owned()
            }
        });
        return Err(Box::new(
            codes::UNKNOWN_REFERENCE
                .error()
                .at(root.span, format!("there is no `{kind}`"))
                .help(help),
        ));
    }
    let (label, span) = step_name(root, steps, || folder.labels(kind).next())?;
    match folder.declaration(kind, label) {
        Some(number) => Ok((Meaning::Declaration(number), 1)),
        None if folder.broken.hides(kind, Some(label)) => Ok((Meaning::Broken, 1)),
        None => Err(Box::new(
            codes::UNKNOWN_REFERENCE
                .error()
                .at(span, format!("there is no {kind} `{label}`"))
                .help(did_you_mean(label, folder.labels(kind)).unwrap_or_else(|| {
                    format!(
                        "Declare it: {kind} {label:?} {{}}. What is not declared here is named by a text."
                    )
                })),
        )),
    }
}

/// Returns the name in the first step after a root: `.name`, or `["odd name"]`.
fn step_name<'s, 'n>(
    root: &Name,
    steps: &'s [Step],
    example: impl Fn() -> Option<&'n str>,
) -> Result<(&'s str, model::Span), Box<Diagnostic>> {
    match steps.first() {
        Some(Step {
            span,
            kind: StepKind::Attribute(name),
        }) => Ok((name, *span)),
        Some(Step {
            kind:
                StepKind::Index(Expression {
                    kind: Kind::Constant(Some(value)),
                    span,
                }),
            ..
        }) if value.as_text().is_some() => Ok((value.as_text().unwrap_or_default(), *span)),
        other => {
            let example = example().unwrap_or("name");
            Err(Box::new(
                codes::UNKNOWN_REFERENCE
                    .error()
                    .at(
                        other.map_or(root.span, |step| step.span),
                        format!("`{}` is followed by a dot and a name", root.text),
                    )
                    .help(format!("For example: `{}.{example}`.", root.text)),
            ))
        }
    }
}

fn unknown_step(root: &Name, steps: &[Step], name: &str, known: &[&str]) -> Box<Diagnostic> {
    let span = steps.first().map_or(root.span, |step| step.span);
    let all: Vec<_> = known
        .iter()
        .map(|name| format!("`{}.{name}`", root.text))
        .collect();
    Box::new(
        codes::UNKNOWN_REFERENCE
            .error()
            .at(span, format!("there is no `{}.{name}`", root.text))
            .help(format!("There is {}.", all.join(" and "))),
    )
}
