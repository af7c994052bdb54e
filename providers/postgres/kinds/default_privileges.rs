//! Default privileges: what everybody may do with objects that will be made.
//!
//! They are keyed by who makes the object. Those of a schema only add to what holds without them;
//! those of the whole database *replace* the built-in default, so they begin as a copy of it. Nobody
//! declares objects of this kind: they follow from grants with `future = true` and from `access`.
//!
//! Source: PostgreSQL manual, ALTER DEFAULT PRIVILEGES; `pg_default_acl`.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Record, Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::GrantsMode;
use crate::acl::{self, Atom, Atoms, Class, Privilege, Target};
use crate::text::quote::ident;

/// What one grantee may do with future objects of one class made by one role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultPrivilege {
    /// Who makes the objects.
    #[schemars(with = "String")]
    pub creator: Reference,
    /// What sort of objects: `tables`, `sequences`, `routines`, `types`, `schemas`, `large objects`.
    pub on: String,
    /// What is granted to whom; nothing to everybody when absent.
    #[serde(default = "Privilege::public_nothing")]
    pub grant: Privilege,
}

/// The default privileges of a schema, or of a whole database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefaultPrivileges {
    /// Whether they are exactly what the files say, or others may add to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// The entries, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<DefaultPrivilege>,
}

/// ACLs by who makes objects of which class.
pub type ByCreator = BTreeMap<(Address, Class), Atoms>;

/// Returns the address of the default privileges of a schema or a database.
#[must_use]
pub fn address_for(container: &Address) -> Address {
    container.sibling(DefaultPrivileges::NAME, container.path())
}

/// Returns what default privileges have as long as there are any, and new extensions want: so that what an
/// extension brings along is made when those that go are gone.
pub(crate) fn births(within: &Address) -> Address {
    within.sibling("extension", [within.part(0), "default privileges"])
}

fn is_global(address: &Address) -> bool {
    address.path().len() == 1
}

/// Returns what holds where nothing is set: the built-in default for a database, nothing for a schema.
fn base(global: bool, creator: &Address, class: Class, version: u32) -> Atoms {
    if global {
        acl::default_atoms(class, Some(creator), version)
    } else {
        Atoms::new()
    }
}

/// Writes ACLs in normal form.
#[must_use]
pub fn normal(acls: &ByCreator, global: bool, version: u32) -> Vec<DefaultPrivilege> {
    let mut entries = Vec::new();
    for ((creator, class), atoms) in acls {
        let grants = if global {
            acl::normal(atoms, &base(global, creator, *class, version))
        } else {
            acl::grouped(atoms)
        };
        entries.extend(grants.into_iter().map(|grant| DefaultPrivilege {
            creator: Reference(creator.clone()),
            on: class.plural().to_owned(),
            grant,
        }));
    }
    entries.sort();
    entries
}

/// Reads normal form back into ACLs.
#[must_use]
pub fn whole(entries: &[DefaultPrivilege], global: bool, version: u32) -> ByCreator {
    let mut grouped: BTreeMap<_, Vec<Privilege>> = BTreeMap::new();
    for entry in entries {
        if let Some(class) = Class::from_plural(&entry.on) {
            grouped
                .entry((entry.creator.0.clone(), class))
                .or_default()
                .push(entry.grant.clone());
        }
    }
    grouped
        .into_iter()
        .map(|((creator, class), grants)| {
            let atoms = if global {
                acl::whole(&grants, &base(global, &creator, class, version))
            } else {
                acl::listed(&grants)
            };
            ((creator, class), atoms)
        })
        .collect()
}

fn change(from: &[DefaultPrivilege], to: &[DefaultPrivilege], at: &At<'_>) -> Vec<Statement> {
    let global = is_global(at.address);
    let version = at.platform.version;
    let (from, to) = (whole(from, global, version), whole(to, global, version));
    let keys: BTreeSet<_> = from.keys().chain(to.keys()).collect();
    let scope = if global {
        String::new()
    } else {
        format!(" in schema {}", ident(at.address.name()))
    };
    // The database of the url may have no name here.
    let place = match at.address.qualified_name() {
        name if name.is_empty() => "the database".to_owned(),
        name => name,
    };
    let mut statements = Vec::new();
    for key in keys {
        let (creator, class) = key;
        let default = base(global, creator, *class, version);
        let role = ident(creator.name());
        let target = Target {
            on: class.plural().to_owned(),
            prefix: format!("alter default privileges for role {role}{scope} "),
            words: format!("{} that {role} will make in {place}", class.plural()),
            ..Target::default()
        };
        let atoms = |acls: &ByCreator| acls.get(key).cloned().unwrap_or_else(|| default.clone());
        statements.extend(acl::change(&atoms(&from), &atoms(&to), &target));
    }
    statements
}

fn share(record: Option<&Record>) -> Vec<DefaultPrivilege> {
    record
        .and_then(|record| record.claim.share.as_ref()?.get("privileges"))
        .and_then(|value| serde::Deserialize::deserialize(value).ok())
        .unwrap_or_default()
}

/// Adds what others have set to what is declared; what was ours and is no longer declared goes. Who is
/// said to have nothing loses the built-in default, and has it again when that is no longer said.
fn add_foreign(
    declared: &[DefaultPrivilege],
    live: &[DefaultPrivilege],
    with: &Settling<'_>,
) -> Vec<DefaultPrivilege> {
    let global = is_global(with.address);
    let set = |entries: &[DefaultPrivilege]| -> BTreeSet<(Address, Class, Atom, bool)> {
        whole(entries, global, with.version)
            .into_iter()
            .flat_map(|((creator, class), atoms)| {
                let default = base(global, &creator, class, with.version);
                atoms
                    .into_iter()
                    .filter(move |(atom, option)| default.get(atom) != Some(option))
                    .map(move |(atom, option)| (creator.clone(), class, atom, option))
            })
            .collect()
    };
    let lost = |entries: &[DefaultPrivilege]| -> BTreeSet<(Address, Class, Atom)> {
        whole(entries, global, with.version)
            .into_iter()
            .flat_map(|((creator, class), atoms)| {
                let default = base(global, &creator, class, with.version);
                default
                    .into_keys()
                    .filter(move |atom| !atoms.contains_key(atom))
                    .map(move |atom| (creator.clone(), class, atom))
            })
            .collect()
    };
    let (loses, lost) = (lost(declared), lost(&share(with.standing.record)));
    let declared = set(declared);
    let mut all = whole(live, global, with.version);
    for (creator, class, atom) in loses.union(&lost) {
        let key = (creator.clone(), *class);
        let atoms = all
            .entry(key)
            .or_insert_with(|| base(global, creator, *class, with.version));
        if loses.contains(&(creator.clone(), *class, atom.clone())) {
            atoms.remove(atom);
        } else {
            atoms.insert(atom.clone(), false);
        }
    }
    for (creator, class, atom, option) in set(&share(with.standing.record)) {
        if !declared.contains(&(creator.clone(), class, atom.clone(), option))
            && let Some(atoms) = all.get_mut(&(creator.clone(), class))
        {
            // The grant option on what everybody has anyway goes without it.
            match base(global, &creator, class, with.version).get(&atom) {
                Some(option) => atoms.insert(atom, *option),
                None => atoms.remove(&atom),
            };
        }
    }
    for (creator, class, atom, option) in declared {
        let atoms = all
            .entry((creator.clone(), class))
            .or_insert_with(|| base(global, &creator, class, with.version));
        *atoms.entry(atom).or_default() |= option;
    }
    normal(&all, global, with.version)
}

impl Kind for DefaultPrivileges {
    const NAME: &'static str = "default_privileges";
    const INTERNAL: bool = true;
    const WITHIN: Option<Within> = Some(Within {
        attribute: "schema",
        kinds: &["schema", "database"],
        required: true,
        kept: false,
    });

    fn path(parent: Option<&Address>, _name: &str) -> Vec<String> {
        parent
            .map(|parent| parent.path().to_vec())
            .unwrap_or_default()
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.grants.take() == Some(GrantsMode::Additive) {
            self.privileges = add_foreign(&self.privileges, &live.privileges, with);
        }
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        self.privileges = add_foreign(&[], &self.privileges, with);
    }

    fn companions(&self, at: &At<'_>) -> Vec<Address> {
        let rules = (!self.privileges.is_empty()).then(|| births(at.address));
        rules.into_iter().collect()
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        change(&[], &self.privileges, at)
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        Alter::in_place(change(&self.privileges, &next.privileges, at))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        change(&self.privileges, &[], at)
    }
}

#[cfg(test)]
mod tests {
    use model::Facts;
    use provider::Capabilities;

    use super::*;

    fn role(name: &str) -> Reference {
        Reference(Address::new("postgres", "role", [name]))
    }

    fn entry(on: &str, to: Option<&str>, privileges: &[&str]) -> DefaultPrivilege {
        DefaultPrivilege {
            creator: role("maker"),
            on: on.to_owned(),
            grant: Privilege {
                to: to.map(role),
                column: None,
                by: None,
                grant_option: false,
                privileges: privileges.iter().map(|name| (*name).to_owned()).collect(),
            },
        }
    }

    fn texts(path: &[&str], entries: Vec<DefaultPrivilege>) -> Vec<String> {
        let address = Address::new("postgres", "default_privileges", path.to_vec());
        let platform = Capabilities {
            version: 150_000,
            ..Capabilities::offline()
        };
        let facts = Facts::default();
        DefaultPrivileges {
            grants: None,
            privileges: entries,
        }
        .create(&At {
            address: &address,
            platform: &platform,
            facts: &facts,
        })
        .into_iter()
        .map(|statement| statement.sql)
        .collect()
    }

    #[test]
    fn those_of_a_schema_only_add() {
        assert_eq!(
            texts(
                &["", "raw"],
                vec![entry("tables", Some("reader"), &["select"])]
            ),
            [
                "alter default privileges for role maker in schema raw grant select on tables to reader"
            ]
        );
    }

    #[test]
    fn those_of_a_database_begin_as_the_built_in_default() {
        assert_eq!(
            texts(&[""], vec![entry("routines", None, &[])]),
            ["alter default privileges for role maker revoke execute on routines from public"]
        );
    }
}
