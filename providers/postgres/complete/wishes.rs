//! What clauses ask for, object by object, before it is worked in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Address, Body, DeclarationId, Diagnostic, Span, diagnostic};
use provider::Clause;

use crate::acl::{COLUMN_PRIVILEGES, Class, Holder};

/// Where a clause stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) id: DeclarationId,
    pub(super) span: Span,
    pub(super) body: Arc<Body>,
}

impl Place {
    pub(super) fn of(clause: &Clause) -> Self {
        Self {
            id: clause.id.clone(),
            span: clause.span,
            body: Arc::clone(&clause.body),
        }
    }

    /// Returns the place of an attribute of the clause.
    pub(super) fn at(&self, attribute: &str) -> Span {
        provider::decode::locate(self.span, &self.body, &[attribute.to_owned()])
    }
}

/// One thing that one clause asks for.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    /// Who; `None` for PUBLIC.
    pub(super) to: Option<Address>,
    /// Privileges, in lower case; a grant may ask for none.
    pub(super) privileges: Arc<BTreeSet<String>>,
    pub(super) columns: Arc<[String]>,
    pub(super) option: bool,
    pub(super) by: Option<Address>,
    /// Whether the grantee has exactly what is asked for: true for `grant`, false for `access`.
    pub(super) exact: bool,
    pub(super) place: Arc<Place>,
}

impl Wish {
    /// Returns who is said to have what is asked for and nothing else, and on which columns.
    pub(super) fn holders(&self) -> Vec<Holder<'_>> {
        let to = self.to.as_ref();
        match self.exact {
            true => vec![(to, None)],
            false => {
                let columns = self.columns.iter();
                columns.map(|column| (to, Some(column.as_str()))).collect()
            }
        }
    }
}

/// What is asked for with objects that will be made.
#[derive(Debug, Clone)]
pub(super) struct FutureWish {
    pub(super) class: Class,
    /// Who will make them; empty for everybody who may.
    pub(super) made_by: BTreeSet<Address>,
    pub(super) wish: Wish,
}

/// Everything that is asked for.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// By object.
    pub(super) present: BTreeMap<Address, Vec<Wish>>,
    /// Objects that a clause names, and not only the schema or database they lie in.
    pub(super) named: BTreeSet<Address>,
    /// By schema or database.
    pub(super) future: BTreeMap<Address, Vec<FutureWish>>,
}

/// Turns a role into a grantee: the role called `public` is everybody.
pub(super) fn grantee(role: &Address) -> Option<Address> {
    (role.name() != "public").then(|| role.clone())
}

/// Reads the privileges of a clause for a class of objects and reports impossible ones.
pub(super) fn privileges(
    written: &[String],
    class: Class,
    on_columns: bool,
    version: u32,
    place: &Place,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeSet<String> {
    let known: Vec<&str> = if on_columns {
        COLUMN_PRIVILEGES.to_vec()
    } else {
        class.privileges(version)
    };
    let mut all = BTreeSet::new();
    for name in written {
        let name = name.trim().to_lowercase();
        match name.as_str() {
            "all" | "all privileges" => all.extend(known.iter().map(|name| (*name).to_owned())),
            "temp" if class == Class::Database => {
                all.insert("temporary".to_owned());
            }
            name if known.contains(&name) => {
                all.insert(name.to_owned());
            }
            name => {
                let what = if on_columns {
                    "columns"
                } else {
                    class.plural()
                };
                let help = diagnostic::did_you_mean(name, known.iter().copied());
                diagnostics.push(
                    Diagnostic::error("postgres::unknown_privilege", "unknown privilege")
                        .at(
                            place.at("privileges"),
                            format!("{what} have no privilege `{name}`"),
                        )
                        .help(help.unwrap_or_else(|| {
                            let known: Vec<_> =
                                known.iter().map(|name| format!("`{name}`")).collect();
                            format!("There are {} and `all`.", known.join(", "))
                        })),
                );
            }
        }
    }
    all
}
