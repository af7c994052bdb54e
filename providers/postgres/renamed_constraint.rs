//! Constraints that get another name: nothing mentions them but what stands on them.
//!
//! Source: PostgreSQL manual, ALTER TABLE (RENAME CONSTRAINT), ALTER DOMAIN. A check that tables below inherit gets its
//! name there, too; the index of a key is called like the key.

use model::{Address, Catalog, Object, PartRename, Statement, Value};

use crate::kinds::table::{check_part, exclude_part};
use crate::naming::{constraint_part, written};
use crate::renamed_column::{holders, named, reword_edges};
use crate::text::quote::ident;

/// Returns the blocks whose parts are constraints of a kind.
pub(crate) fn blocks(kind: &str) -> &'static [&'static str] {
    match kind {
        "table" => &["check", "unique", "exclude"],
        "foreign_table" | "domain" => &["check"],
        _ => &[],
    }
}

/// Returns the statements that give a constraint of a live object another name, where it has one of the former name
/// and none of the next.
pub(crate) fn rename_constraint(object: &Object, part: &PartRename) -> Option<Vec<Statement>> {
    let kind = object.address.kind();
    let known = blocks(kind);
    let has = |block: &str, name: &str| match object.attributes.get(block) {
        Some(Value::List(all)) => all.iter().any(|one| named(one) == Some(name)),
        _ => false,
    };
    let is_meant = known.contains(&part.kind.as_str())
        && has(&part.kind, &part.from)
        && !known.iter().any(|block| has(block, &part.to));
    is_meant.then(|| {
        let noun = if kind == "domain" { "domain" } else { "table" };
        let (name, from, to) = (written(&object.address), ident(&part.from), ident(&part.to));
        vec![Statement::new(format!(
            "alter {noun} {name} rename constraint {from} to {to}"
        ))]
    })
}

/// Writes live objects as PostgreSQL will once a constraint has another name.
pub(crate) fn reword(live: &mut Catalog, of: &Address, part: &PartRename) {
    // Only checks are inherited under one name.
    let holders = match part.kind.as_str() {
        "check" => holders(live, of),
        _ => [of.clone()].into(),
    };
    for object in live.iter_mut() {
        if holders.contains(&object.address)
            && let Some(Value::List(all)) = object.attributes.get_mut(&part.kind)
        {
            for one in all.iter_mut() {
                if named(one) == Some(&part.from)
                    && let Value::Map(one) = one
                {
                    one.insert("name".to_owned(), Value::Text(part.to.clone()));
                }
            }
            all.sort_by(|one, other| named(one).cmp(&named(other)));
        }
        let forms = [check_part, exclude_part, constraint_part];
        reword_edges(object, &holders, &forms, part);
    }
}
