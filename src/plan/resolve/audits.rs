//! Audits: queries that must return no row, each about one or several objects.

use model::syntax::{Argument, Syntax};
use model::{
    Address, Attribute, Audit, Body, Content, Declaration, Diagnostic, Located, Piece, Statement,
    diagnostic,
};

use super::addresses::Addresses;
use crate::ground::Grounds;

/// The block type.
pub(super) const KIND: &str = SYNTAX.kind;

/// What the block may hold.
pub(crate) const SYNTAX: Syntax = Syntax {
    kind: "audit",
    label: Some("name"),
    about: "A query that must return no row. It runs on the new form of an object, before anybody sees \
        that.",
    arguments: &[
        Argument::new(
            "on",
            "reference, or list of references",
            "The objects it is about; `${self}` in the query is the name of each.",
        )
        .required(),
        Argument::new("query", "text", "The query.").required(),
        Argument::new(
            "severity",
            "\"error\" or \"warning\"",
            "Whether a row stops the apply, which is the default, or is only told.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "\
audit \"no_future_days\" {
  on    = view.channel_daily
  query = \"select * from ${self} where day > current_date\"
}",
};

fn attribute<'a>(body: &'a Body, name: &str) -> Option<&'a Located> {
    body.attributes
        .iter()
        .find(|attribute| attribute.name == name && attribute.value.content != Content::Null)
        .map(|attribute| &attribute.value)
}

/// Turns one declaration into an audit per object it is about.
pub(super) fn resolve(
    declaration: &Declaration,
    grounds: &Grounds<'_>,
    addresses: &Addresses<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Audit> {
    let body = &declaration.body;
    check_names(body, diagnostics);
    let on = objects(declaration, addresses, diagnostics);
    let blocks = severity(body, diagnostics);
    let Some(query) = attribute(body, "query") else {
        diagnostics.push(
            Diagnostic::error("declaration::missing_attribute", "missing attribute")
                .at(declaration.span, "`query` is missing")
                .help("Add `query = \"select ... from ${self} where ...\"`."),
        );
        return Vec::new();
    };
    on.into_iter()
        .filter_map(|address| {
            let sql = text(query, &address, grounds, addresses, diagnostics)?;
            Some(Audit {
                name: declaration.id.to_string(),
                on: address,
                query: Statement::new(sql),
                blocks,
            })
        })
        .collect()
}

fn check_names(body: &Body, diagnostics: &mut Vec<Diagnostic>) {
    for Attribute {
        name, name_span, ..
    } in &body.attributes
    {
        if !SYNTAX.takes(name) {
            diagnostics.push(
                Diagnostic::error("declaration::unknown_attribute", "unknown attribute")
                    .at(*name_span, format!("an audit has no attribute `{name}`"))
                    .help(
                        diagnostic::did_you_mean(name, SYNTAX.names()).unwrap_or_else(|| {
                            "An audit has `on`, `query` and `severity`.".to_owned()
                        }),
                    ),
            );
        }
    }
    for block in &body.blocks {
        diagnostics.push(
            Diagnostic::error("declaration::unknown_block", "unknown block").at(
                block.kind_span,
                format!("an audit has no block `{}`", block.kind),
            ),
        );
    }
}

fn objects(
    declaration: &Declaration,
    addresses: &Addresses<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Address> {
    let Some(on) = attribute(&declaration.body, "on") else {
        diagnostics.push(
            Diagnostic::error("declaration::missing_attribute", "missing attribute")
                .at(declaration.span, "`on` is missing")
                .help("Say which object it is about: `on = view.label`."),
        );
        return Vec::new();
    };
    let items = match &on.content {
        Content::List(items) => items.iter().collect(),
        _ => vec![on],
    };
    let mut found = Vec::new();
    for item in items {
        match &item.content {
            Content::Reference(id) => match addresses.get(id) {
                Some(site) => found.extend(site.map(|site| site.address.clone())),
                None => diagnostics.push(super::not_an_object(item.span, id, "audited")),
            },
            _ => diagnostics.push(
                Diagnostic::error("declaration::wrong_type", "wrong type")
                    .at(item.span, "this must be a reference to an object"),
            ),
        }
    }
    found
}

fn severity(body: &Body, diagnostics: &mut Vec<Diagnostic>) -> bool {
    match attribute(body, "severity") {
        None => true,
        Some(Located {
            content: Content::Text(text),
            ..
        }) if text == "error" => true,
        Some(Located {
            content: Content::Text(text),
            ..
        }) if text == "warning" => false,
        Some(other) => {
            diagnostics.push(
                Diagnostic::error("declaration::unknown_choice", "unknown choice")
                    .at(other.span, "this must be one of `error`, `warning`"),
            );
            true
        }
    }
}

fn text(
    query: &Located,
    on: &Address,
    grounds: &Grounds<'_>,
    addresses: &Addresses<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let provider = grounds.of(on)?.provider;
    let pieces = match &query.content {
        Content::Text(text) => return Some(text.clone()),
        Content::Composed(pieces) => pieces,
        _ => {
            diagnostics.push(
                Diagnostic::error("declaration::wrong_type", "wrong type")
                    .at(query.span, "a query must be a text"),
            );
            return None;
        }
    };
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::This => Some(provider.written(on)),
            Piece::Reference(id) => addresses
                .get(id)
                .flatten()
                .map(|site| provider.written(&site.address)),
        })
        .collect()
}
