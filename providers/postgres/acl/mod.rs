//! Privileges on one object, as a set that is compared and changed exactly.
//!
//! PostgreSQL keeps them as an array of ACL items, and null where nothing was ever granted. Null
//! does not mean "none" but the built-in default: the owner may do everything, and PUBLIC what the
//! kind of object gives everybody. What PostgreSQL or an extension brings along may have come with
//! something else. Normal form leaves out whoever has exactly the default and writes everybody else
//! with exactly what they have: the owner with less than everything, PUBLIC with something else than
//! the default (maybe nothing), all others with what was granted.
//!
//! Who granted (`by`) is left out for the owner. Privileges granted by somebody who holds a grant
//! option stay theirs: only they can take them back.

mod change;
mod class;

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Reference};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use change::{Target, change, impose};
pub use class::{COLUMN_PRIVILEGES, Class};

/// What one grantee may do, with one sort of right to pass it on, by one grantor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Privilege {
    /// Who; absent for PUBLIC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub to: Option<Reference>,
    /// The column; absent for the whole object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Who granted it; absent for the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub by: Option<Reference>,
    /// Whether the grantee may grant it to others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grant_option: bool,
    /// Lower-case names of privileges, sorted; empty says that nothing is left of a default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<String>,
}

impl Privilege {
    /// Says that everybody may do nothing, whatever the default is.
    #[must_use]
    pub fn public_nothing() -> Self {
        Self::nothing((None, None))
    }
}

/// One privilege of one grantee: the smallest thing that can be granted or revoked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Atom {
    /// Who; `None` for PUBLIC.
    pub to: Option<Address>,
    /// Who granted it; `None` for the owner.
    pub by: Option<Address>,
    /// The column; `None` for the whole object.
    pub column: Option<String>,
    /// Lower-case name.
    pub privilege: String,
}

/// A whole ACL: every privilege there is, with whether it may be granted on.
pub type Atoms = BTreeMap<Atom, bool>;

/// Returns everything that the built-in default of a class gives.
#[must_use]
pub fn default_atoms(class: Class, owner: Option<&Address>, version: u32) -> Atoms {
    let atoms = |to: Option<&Address>, names: Vec<&str>| {
        names
            .into_iter()
            .map(|name| {
                let to = to.cloned();
                (
                    Atom {
                        to,
                        by: None,
                        column: None,
                        privilege: name.to_owned(),
                    },
                    false,
                )
            })
            .collect::<Vec<_>>()
    };
    let mut all = Atoms::new();
    if let Some(owner) = owner {
        all.extend(atoms(Some(owner), class.privileges(version)));
    }
    all.extend(atoms(None, class.public(version).to_vec()));
    all
}

/// Who may do something, and on which column: normal form says all of it or nothing.
pub type Holder<'a> = (Option<&'a Address>, Option<&'a str>);

impl Atom {
    /// Returns who may do it, and on which column.
    #[must_use]
    pub fn holder(&self) -> Holder<'_> {
        (self.to.as_ref(), self.column.as_deref())
    }
}

impl Privilege {
    /// Returns who may do it, and on which column.
    #[must_use]
    pub fn holder(&self) -> Holder<'_> {
        let to = self.to.as_ref().map(|to| &to.0);
        (to, self.column.as_deref())
    }

    /// Says that somebody may do nothing, whatever the default is.
    #[must_use]
    pub fn nothing((to, column): Holder<'_>) -> Self {
        Self {
            to: to.cloned().map(Reference),
            column: column.map(str::to_owned),
            by: None,
            grant_option: false,
            privileges: Vec::new(),
        }
    }
}

/// Writes an ACL in normal form.
#[must_use]
pub fn normal(atoms: &Atoms, default: &Atoms) -> Vec<Privilege> {
    fn of<'a>(atoms: &'a Atoms, holder: Holder<'_>) -> Vec<(&'a Atom, &'a bool)> {
        let all = atoms.iter();
        all.filter(|(atom, _)| atom.holder() == holder).collect()
    }
    let mut left_out = BTreeSet::new();
    let mut emptied = Vec::new();
    let holders: BTreeSet<_> = default.keys().map(Atom::holder).collect();
    for holder in holders {
        let has = of(atoms, holder);
        if has == of(default, holder) {
            left_out.extend(has.into_iter().map(|(atom, _)| atom));
        } else if has.is_empty() {
            emptied.push(Privilege::nothing(holder));
        }
    }
    let rest = atoms.iter().filter(|(atom, _)| !left_out.contains(*atom));
    let mut privileges = grouped(rest);
    privileges.extend(emptied);
    privileges.sort();
    privileges
}

/// Writes privileges grouped by grantee, column, grantor and option, leaving nothing out.
#[must_use]
pub fn grouped<'a>(atoms: impl IntoIterator<Item = (&'a Atom, &'a bool)>) -> Vec<Privilege> {
    let mut groups: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (atom, option) in atoms {
        groups
            .entry((&atom.to, &atom.column, &atom.by, *option))
            .or_default()
            .push(atom.privilege.clone());
    }
    groups
        .into_iter()
        .map(|((to, column, by, grant_option), privileges)| Privilege {
            to: to.clone().map(Reference),
            column: column.clone(),
            by: by.clone().map(Reference),
            grant_option,
            privileges,
        })
        .collect()
}

/// Reads privileges exactly as they are listed, without any default.
#[must_use]
pub fn listed(privileges: &[Privilege]) -> Atoms {
    let mut atoms = Atoms::new();
    for privilege in privileges {
        for name in &privilege.privileges {
            let atom = Atom {
                to: privilege.to.as_ref().map(|to| to.0.clone()),
                by: privilege.by.as_ref().map(|by| by.0.clone()),
                column: privilege.column.clone(),
                privilege: name.clone(),
            };
            *atoms.entry(atom).or_default() |= privilege.grant_option;
        }
    }
    atoms
}

/// Reads normal form back into a whole ACL.
#[must_use]
pub fn whole(privileges: &[Privilege], default: &Atoms) -> Atoms {
    let named: BTreeSet<_> = privileges.iter().map(Privilege::holder).collect();
    let mut atoms: Atoms = default
        .iter()
        .filter(|(atom, _)| !named.contains(&atom.holder()))
        .map(|(atom, option)| (atom.clone(), *option))
        .collect();
    for (atom, option) in listed(privileges) {
        *atoms.entry(atom).or_default() |= option;
    }
    atoms
}

/// Says what becomes of an ACL when the object gets another owner, as `ALTER ... OWNER TO` does it:
/// the new owner takes the place of the old one, and what was granted to the new owner before merges
/// into it, with its grant options.
#[must_use]
pub fn with_owner(atoms: &Atoms, from: Option<&Address>, to: Option<&Address>) -> Atoms {
    if from == to {
        return atoms.clone();
    }
    let swap = |name: &Option<Address>| {
        if name.is_some() && name.as_ref() == from {
            to.cloned()
        } else {
            name.clone()
        }
    };
    let mut result = Atoms::new();
    for (atom, option) in atoms {
        let by = swap(&atom.by);
        let next = Atom {
            to: swap(&atom.to),
            by: by.filter(|by| Some(by) != to),
            column: atom.column.clone(),
            privilege: atom.privilege.clone(),
        };
        *result.entry(next).or_default() |= *option;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Address {
        Address::new("postgres", "role", [name])
    }

    fn atom(to: Option<&str>, privilege: &str) -> Atom {
        Atom {
            to: to.map(role),
            by: None,
            column: None,
            privilege: privilege.to_owned(),
        }
    }

    #[test]
    fn the_default_is_nothing_in_normal_form() {
        let owner = role("o");
        for class in Class::ALL {
            let default = default_atoms(class, Some(&owner), 170_000);
            assert_eq!(normal(&default, &default), []);
            assert_eq!(whole(&[], &default), default);
        }
    }

    #[test]
    fn an_empty_acl_is_not_the_default() {
        let default = default_atoms(Class::Database, Some(&role("o")), 150_000);
        let privileges = normal(&Atoms::new(), &default);
        assert_eq!(privileges.len(), 2);
        assert!(
            privileges
                .iter()
                .all(|privilege| privilege.privileges.is_empty())
        );
        assert_eq!(whole(&privileges, &default), Atoms::new());
    }

    #[test]
    fn what_came_with_other_privileges_is_measured_by_those() {
        let mut came = default_atoms(Class::Table, Some(&role("o")), 150_000);
        came.insert(atom(None, "select"), false);
        assert_eq!(normal(&came, &came), []);
        let mut live = came.clone();
        live.remove(&atom(None, "select"));
        live.insert(atom(Some("a"), "select"), false);
        let privileges = normal(&live, &came);
        assert_eq!(
            privileges,
            [
                Privilege::public_nothing(),
                Privilege {
                    privileges: vec!["select".to_owned()],
                    ..Privilege::nothing((Some(&role("a")), None))
                }
            ]
        );
        assert_eq!(whole(&privileges, &came), live);
    }

    #[test]
    fn a_grant_to_the_new_owner_disappears_into_its_entry() {
        let mut atoms = default_atoms(Class::Table, Some(&role("a")), 150_000);
        atoms.insert(atom(Some("b"), "select"), true);
        let after = with_owner(&atoms, Some(&role("a")), Some(&role("b")));
        let mut expected = default_atoms(Class::Table, Some(&role("b")), 150_000);
        expected.insert(atom(Some("b"), "select"), true);
        assert_eq!(after, expected);
    }
}
