//! What a name in an expression means, and every way in which it can mean nothing.
//!
//! The same function serves the check of all expressions before anything is computed and the
//! computation itself, so a wrong name is told in the same words whether or not it is ever reached;
//! repetitions are dropped when diagnostics are sorted.

use model::Diagnostic;
use model::diagnostic::did_you_mean;

use crate::codes::{self, Problem};
use crate::expression::{Expression, Kind, Name, Step, StepKind};
use crate::folder::Folder;
use crate::table::{Named, Table};

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

/// One sort of things that are found by name.
struct Sort {
    /// What one of them is called.
    what: &'static str,
    /// The block that declares them.
    block: &'static str,
    meaning: fn(usize) -> Meaning,
    unknown: &'static Problem,
}

const VARIABLES: Sort = Sort {
    what: "variable",
    block: "variable",
    meaning: Meaning::Variable,
    unknown: &codes::UNKNOWN_VARIABLE,
};
const LOCALS: Sort = Sort {
    what: "local value",
    block: "locals",
    meaning: Meaning::Local,
    unknown: &codes::UNKNOWN_LOCAL,
};
const MODULES: Sort = Sort {
    what: "module",
    block: "module",
    meaning: Meaning::Module,
    unknown: &codes::UNKNOWN_REFERENCE,
};

impl Sort {
    fn find<T: Named>(
        &self,
        table: &Table<T>,
        folder: &Folder,
        root: &Name,
        steps: &[Step],
    ) -> Result<(Meaning, usize), Box<Diagnostic>> {
        let (name, span) = step_name(root, steps, || table.first_name())?;
        if let Some(number) = table.find(name) {
            return Ok(((self.meaning)(number), 1));
        }
        // The names in a `locals` block that cannot be read are not known one by one.
        let label = (self.block != "locals").then_some(name);
        if folder.broken.hides(self.block, label) {
            return Ok((Meaning::Broken, 1));
        }
        let (what, block) = (self.what, self.block);
        let help = did_you_mean(name, table.names())
            .unwrap_or_else(|| format!("It would be declared by a `{block}` block."));
        let problem = self.unknown.error();
        Err(Box::new(
            problem
                .at(span, format!("there is no {what} `{name}`"))
                .help(help),
        ))
    }
}

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
        "var" => VARIABLES.find(&folder.variables, folder, root, steps),
        "local" => LOCALS.find(&folder.locals, folder, root, steps),
        "module" => MODULES.find(&folder.modules, folder, root, steps),
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
        let nearest = did_you_mean(kind, known);
        let is_kind = nearest.is_none() && !steps.is_empty();
        let (label, help) = if is_kind {
            (
                format!("no `{kind}` is declared in this folder"),
                "References are `kind.label`; what is not declared here is named by a text."
                    .to_owned(),
            )
        } else {
            let help = format!("Texts stand in double quotes: \"{kind}\".");
            (format!("there is no `{kind}`"), nearest.unwrap_or(help))
        };
        return Err(Box::new(
            codes::UNKNOWN_REFERENCE
                .error()
                .at(root.span, label)
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
