//! Extensions that are yet to be installed or moved, for texts that use what they bring.

use model::{Catalog, Object, Value};
use provider::{Error, Question};

use crate::link::Link;
use crate::text::quote::{ident, literal};

/// Installs, updates and moves the declared extensions of a database within the transaction that will
/// be taken back. Returns whether all of them are there as declared: the server may lack the files of
/// one, or the login the privilege, which is found out again, and reported, when it is applied.
pub(super) async fn bring(
    link: &mut Link,
    place: &str,
    at: &str,
    question: Question<'_>,
) -> Result<bool, Error> {
    let mut complete = true;
    for extension in question.desired.iter() {
        let address = &extension.address;
        if address.kind() != "extension" || address.part(0) != place {
            continue;
        }
        let statements = statements(extension, question.live);
        if statements.is_empty() {
            continue;
        }
        let sql = format!(
            "savepoint extension; set local search_path = public; {}; \
             set local search_path = pg_catalog; release savepoint extension",
            statements.join("; ")
        );
        if link.run(at, &sql).await.is_err() {
            complete = false;
            // Fails when the connection is gone, and that is an error.
            link.run(at, "rollback to savepoint extension").await?;
        }
    }
    Ok(complete)
}

fn statements(extension: &Object, live: &Catalog) -> Vec<String> {
    let name = ident(extension.address.name());
    let attribute = |object: &Object, attribute: &str| object.attributes.get(attribute).cloned();
    let schema = extension
        .attributes
        .get("schema")
        .and_then(|schema| match schema {
            Value::Reference(schema) => Some(ident(schema.name())),
            _ => None,
        });
    let version = extension
        .attributes
        .get("version")
        .and_then(Value::as_text)
        .map(literal);
    let mut statements: Vec<_> = schema
        .iter()
        .map(|schema| format!("create schema if not exists {schema}"))
        .collect();
    match live.get(&extension.address) {
        None => {
            let schema = schema.map(|schema| format!(" schema {schema}"));
            let version = version.map(|version| format!(" version {version}"));
            statements.push(format!(
                "create extension if not exists {name}{}{} cascade",
                schema.unwrap_or_default(),
                version.unwrap_or_default()
            ));
        }
        Some(found) => {
            let changed = |one: &str| {
                let declared = attribute(extension, one);
                declared.is_some() && declared != attribute(found, one)
            };
            let moved = schema.filter(|_| changed("schema"));
            let updated = version.filter(|_| changed("version"));
            if moved.is_none() && updated.is_none() {
                return Vec::new();
            }
            statements.extend(updated.map(|to| format!("alter extension {name} update to {to}")));
            statements.extend(moved.map(|to| format!("alter extension {name} set schema {to}")));
        }
    }
    statements
}
