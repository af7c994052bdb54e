//! Shows what was loaded as plain text, for cases.

use std::fmt::Write;

use config::{Loaded, Project};
use model::policy::Facts;
use model::{Body, Content, Declaration, Diagnostic, Located, Piece, Sources};

/// Returns everything a case can look at.
pub(crate) fn loaded(loaded: &Loaded) -> String {
    let mut out = String::new();
    for diagnostic in &loaded.diagnostics {
        problem(&loaded.sources, diagnostic, &mut out);
    }
    if let Some(project_of) = &loaded.project {
        project(project_of, &mut out);
        policies(project_of, &loaded.sources, &mut out);
        ignores(project_of, &mut out);
    }
    out
}

/// Writes the policies that count, and what they say of a plan that makes one table.
fn policies(project: &Project, sources: &Sources, out: &mut String) {
    for policy in &project.policies {
        let (name, deny, warn) = (&policy.name, &policy.deny, &policy.warn);
        writeln!(out, "policy {name} denies {deny:?} warns of {warn:?}").unwrap();
    }
    let Some(judge) = &project.judge else { return };
    match judge.judge(sources, &Facts::sample()) {
        Ok(broken) => {
            for one in broken {
                let policy = &project.policies[one.policy];
                let rule = &policy.rules[one.rule];
                let (about, severity) = (one.about.name(), rule.severity);
                let (policy, rule) = (&policy.name, &rule.name);
                writeln!(
                    out,
                    "broken: {policy}.{rule} of {about} {:?} {severity:?}",
                    one.of
                )
                .unwrap();
            }
        }
        Err((sources, problems)) => {
            for one in &problems {
                problem(&sources, one, out);
            }
        }
    }
}

/// Writes the drift that is accepted.
fn ignores(project: &Project, out: &mut String) {
    for one in &project.notifications {
        let (name, link) = (&one.name, &one.link);
        writeln!(
            out,
            "notify {} {name} {:?} {link:?}",
            one.way.name(),
            one.on
        )
        .unwrap();
    }
    for one in &project.accepts {
        let selectors = |all: &[model::Selector]| -> Vec<String> {
            all.iter().map(ToString::to_string).collect()
        };
        let (roles, on) = (selectors(&one.roles), selectors(&one.on));
        let (names, privileges) = (&one.names, &one.privileges);
        writeln!(
            out,
            "accept {} role {roles:?} {:?}",
            one.name, one.role_names
        )
        .unwrap();
        writeln!(out, "  on {on:?} {names:?} privileges {privileges:?}").unwrap();
        let (ticket, expires) = (&one.ticket, &one.expires);
        writeln!(
            out,
            "  because {:?} {ticket:?} until {expires:?}",
            one.reason
        )
        .unwrap();
    }
    for one in &project.ignores {
        let on: Vec<_> = one.on.iter().map(ToString::to_string).collect();
        writeln!(out, "drift_ignore {} on {on:?} {:?}", one.name, one.names).unwrap();
        writeln!(
            out,
            "  kinds {:?} attributes {:?}",
            one.kinds, one.attributes
        )
        .unwrap();
        let (ticket, expires) = (&one.ticket, &one.expires);
        writeln!(
            out,
            "  because {:?} {ticket:?} until {expires:?}",
            one.reason
        )
        .unwrap();
    }
}

/// Writes one diagnostic: every place with its text and what is said about it.
pub(crate) fn problem(sources: &Sources, diagnostic: &Diagnostic, out: &mut String) {
    let severity = if diagnostic.is_error() {
        "error"
    } else {
        "warning"
    };
    let title = &diagnostic.title;
    writeln!(out, "{severity}: {title} ({})", diagnostic.code).unwrap();
    for label in &diagnostic.labels {
        let source = sources.get(label.span.source);
        let position = source.position(label.span.start);
        let text = sources.slice(label.span).lines().next().unwrap_or_default();
        let (name, line, column) = (&source.name, position.line, position.column);
        writeln!(out, "  {name}:{line}:{column} «{text}» {}", label.text).unwrap();
    }
    for note in &diagnostic.notes {
        writeln!(out, "  note: {note}").unwrap();
    }
    if let Some(help) = &diagnostic.help {
        writeln!(out, "  help: {help}").unwrap();
    }
}

fn project(project: &Project, out: &mut String) {
    for provider in &project.providers {
        let alias = provider
            .alias
            .as_ref()
            .map(|alias| format!(".{alias}"))
            .unwrap_or_default();
        writeln!(out, "provider {}{alias}", provider.name).unwrap();
        body(&provider.body, 1, out);
    }
    for declared in &project.declarations {
        declaration(declared, out);
    }
    for moved in &project.moved {
        writeln!(out, "moved {} to {}", moved.from, moved.to).unwrap();
    }
    for removed in &project.removed {
        writeln!(out, "removed {} destroy={}", removed.from, removed.destroy).unwrap();
    }
    for import in &project.imports {
        writeln!(out, "import {} id={:?}", import.to, import.id).unwrap();
    }
    for (name, value) in &project.outputs {
        writeln!(out, "output {name} = {}", located(value)).unwrap();
    }
}

fn declaration(declaration: &Declaration, out: &mut String) {
    writeln!(out, "{}", declaration.id).unwrap();
    if let Some((provider, _)) = &declaration.provider {
        writeln!(out, "  provider: {provider}").unwrap();
    }
    for (id, _) in &declaration.depends_on {
        writeln!(out, "  depends on: {id}").unwrap();
    }
    if declaration.lifecycle.prevent_destroy.is_some() {
        writeln!(out, "  prevent destroy").unwrap();
    }
    for (name, _) in &declaration.lifecycle.ignore_changes {
        writeln!(out, "  ignore changes: {name}").unwrap();
    }
    body(&declaration.body, 1, out);
}

fn body(contents: &Body, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for attribute in &contents.attributes {
        writeln!(
            out,
            "{indent}{} = {}",
            attribute.name,
            located(&attribute.value)
        )
        .unwrap();
    }
    for block in &contents.blocks {
        let labels: String = block
            .labels
            .iter()
            .map(|(label, _)| format!(" {label:?}"))
            .collect();
        writeln!(out, "{indent}{}{labels}", block.kind).unwrap();
        body(&block.body, depth + 1, out);
    }
}

/// Returns a value on one line; what is sensitive is marked.
pub(crate) fn located(value: &Located) -> String {
    let text = match &value.content {
        Content::Null => "null".to_owned(),
        Content::Bool(value) => value.to_string(),
        Content::Integer(value) => value.to_string(),
        Content::Decimal(text) => text.clone(),
        Content::Text(text) => format!("{text:?}"),
        Content::Composed(pieces) => {
            let pieces: Vec<String> = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => format!("{text:?}"),
                    Piece::Reference(id) => format!("<{id}>"),
                    Piece::This => "<self>".to_owned(),
                })
                .collect();
            pieces.join(" + ")
        }
        Content::List(items) => {
            format!(
                "[{}]",
                items.iter().map(located).collect::<Vec<_>>().join(", ")
            )
        }
        Content::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{name:?}: {}", located(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Content::Reference(id) => format!("<{id}>"),
        Content::This => "<self>".to_owned(),
    };
    if value.sensitive {
        format!("sensitive({text})")
    } else {
        text
    }
}
