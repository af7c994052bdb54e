//! Who was given what as it was recorded: a population made of managed objects alone.
//!
//! What is recorded of an object is exact: its owner, all that was given on it, what a role is and what it is a member
//! of. Of a role that was not managed, only its name is known, where something names it. What PostgreSQL and extensions
//! bring along is recorded relative to what it came with, which nobody keeps, so that is left out and said.

use std::collections::{BTreeMap, BTreeSet};

use model::transcode::from_map;
use model::{Address, Map, Value};
use provider::Capabilities;
use provider::access::{
    ColumnGiven, Future, Given, Membership, Population, Role, RowSecurity, Thing,
};

use super::classes;
use crate::acl::{self, Atoms, Class, Privilege};
use crate::kinds::default_privileges::{self, DefaultPrivileges};
use crate::kinds::given::is_given;
use crate::kinds::role;

/// The role that the owner of a database is a member of, inside of it.
const DATABASE_OWNER: &str = "pg_database_owner";

/// Returns who was given what by what was recorded of managed objects.
pub(crate) fn recall(recorded: &BTreeMap<Address, Map>, platform: &Capabilities) -> Population {
    let mut recalled = Recalled {
        platform,
        named: BTreeSet::new(),
        population: Population {
            classes: classes::classes(platform.version),
            assumable: classes::ASSUMABLE.map(str::to_owned).to_vec(),
            only_managed: true,
            unseen: vec![
                "what Estate did not manage then: other objects, and of other roles all but what was given to them"
                    .to_owned(),
            ],
            ..Population::default()
        },
    };
    let mut left_out = 0;
    for (address, content) in recorded {
        match address.kind() {
            "role" => recalled.role(address, content),
            "default_privileges" => recalled.future(address, content),
            kind if is_given(kind) => left_out += 1,
            _ => recalled.thing(address, content),
        }
    }
    if left_out > 0 {
        recalled.population.unseen.push(format!(
            "what was granted on {left_out} of the objects that PostgreSQL or an extension brought along"
        ));
    }
    recalled.finish()
}

struct Recalled<'a> {
    platform: &'a Capabilities,
    /// Roles that something names.
    named: BTreeSet<String>,
    population: Population,
}

impl Recalled<'_> {
    fn role(&mut self, address: &Address, content: &Map) {
        let Ok(role) = from_map::<role::Role>(content) else {
            return;
        };
        let words = [
            ("bypassrls", role.bypassrls),
            ("createdb", role.createdb),
            ("createrole", role.createrole),
            ("login", role.login),
            ("replication", role.replication),
            ("superuser", role.superuser),
        ];
        let attributes = words.iter().filter(|(_, has)| *has);
        for one in role.membership {
            let by = one.granted_by.map(|by| self.name(&by.0));
            let membership = Membership {
                role: self.name(&one.of.0),
                member: address.name().to_owned(),
                by,
                inherit: one.inherit.unwrap_or(role.inherit),
                set: one.set.unwrap_or(true),
                admin: one.admin,
                within: None,
            };
            self.population.memberships.push(membership);
        }
        self.population.roles.push(Role {
            name: address.name().to_owned(),
            attributes: attributes.map(|(word, _)| (*word).to_owned()).collect(),
            login: role.login,
            superuser: role.superuser,
            bypasses_rows: role.bypassrls,
            valid_until: role.valid_until,
            ..Role::default()
        });
    }

    fn thing(&mut self, address: &Address, content: &Map) {
        let Some(class) = Class::of(address) else {
            return;
        };
        let owner = match content.get("owner") {
            Some(Value::Reference(owner)) => Some(owner.clone()),
            _ => None,
        };
        let privileges: Vec<Privilege> = content
            .get("privileges")
            .and_then(|value| serde::Deserialize::deserialize(value).ok())
            .unwrap_or_default();
        let default = acl::default_atoms(class, owner.as_ref(), self.platform.version);
        let atoms = acl::whole(&privileges, &default);
        let kind = match address.kind() {
            "identity_sequence" => "sequence",
            kind => kind,
        };
        let owner = owner.map_or_else(String::new, |owner| self.name(&owner));
        let (whole, columns): (Atoms, Atoms) = atoms
            .iter()
            .map(|(atom, option)| (atom.clone(), *option))
            .partition(|(atom, _)| atom.column.is_none());
        // The schema `public` comes with more than other schemas do, and that is stored.
        let is_default = class != Class::PublicSchema && whole == default;
        let whole = self.given(&acl::grouped(&whole), &owner);
        let mut by_column: BTreeMap<String, Vec<Privilege>> = BTreeMap::new();
        for privilege in acl::grouped(&columns) {
            let column = privilege.column.clone().unwrap_or_default();
            by_column.entry(column).or_default().push(privilege);
        }
        let mut columns = Vec::new();
        for (column, privileges) in by_column {
            let grants = self.given(&privileges, &owner);
            columns.push(ColumnGiven { column, grants });
        }
        let thing = Thing {
            kind: kind.to_owned(),
            path: self.path(address),
            grants: (!is_default).then_some(whole),
            columns,
            row_security: match (
                is(content, "row_security"),
                is(content, "force_row_security"),
            ) {
                (false, _) => RowSecurity::Off,
                (true, false) => RowSecurity::On,
                (true, true) => RowSecurity::Forced,
            },
            owner,
        };
        if let ("database", false) = (kind, thing.owner.is_empty()) {
            self.named.insert(DATABASE_OWNER.to_owned());
            self.population.memberships.push(Membership {
                role: DATABASE_OWNER.to_owned(),
                member: thing.owner.clone(),
                by: None,
                inherit: true,
                set: true,
                admin: false,
                within: Some(address.name().to_owned()),
            });
        }
        self.population.things.push(thing);
    }

    fn future(&mut self, address: &Address, content: &Map) {
        let Ok(found) = from_map::<DefaultPrivileges>(content) else {
            return;
        };
        let replaces = address.path().len() == 1;
        let acls = default_privileges::whole(&found.privileges, replaces, self.platform.version);
        for ((creator, class), atoms) in acls {
            let creator = self.name(&creator);
            let future = Future {
                kind: class.keyword().replace(' ', "_"),
                path: self.path(address),
                replaces,
                grants: self.given(&acl::grouped(&atoms), &creator),
                creator,
            };
            self.population.future.push(future);
        }
    }

    /// Returns what was given, without names of columns.
    fn given(&mut self, privileges: &[Privilege], owner: &str) -> Vec<Given> {
        let mut all: Vec<Given> = privileges
            .iter()
            .filter(|one| !one.privileges.is_empty())
            .map(|one| Given {
                to: one.to.as_ref().map(|to| self.name(&to.0)),
                by: match &one.by {
                    Some(by) => self.name(&by.0),
                    None => owner.to_owned(),
                },
                option: one.grant_option,
                privileges: one.privileges.clone(),
            })
            .collect();
        all.sort();
        all
    }

    /// Returns the name of a role, and remembers that it was named.
    fn name(&mut self, role: &Address) -> String {
        self.named.insert(role.name().to_owned());
        role.name().to_owned()
    }

    /// Returns a path with the database of the connection by its name.
    fn path(&self, address: &Address) -> Vec<String> {
        let mut path = address.path().to_vec();
        if let Some(first) = path.first_mut().filter(|first| first.is_empty()) {
            first.clone_from(&self.platform.place);
        }
        path
    }

    fn finish(mut self) -> Population {
        let version = self.platform.version;
        let with_rights = classes::OVER_EVERYTHING.into_iter();
        let with_rights = with_rights.filter(|name| !classes::everywhere(name, version).is_empty());
        self.named.extend(with_rights.map(str::to_owned));
        let population = &mut self.population;
        let known: BTreeSet<&str> = population.roles.iter().map(|role| &*role.name).collect();
        let others: Vec<Role> = self
            .named
            .iter()
            .filter(|name| !known.contains(name.as_str()))
            .map(|name| {
                let predefined = name.starts_with("pg_");
                Role {
                    name: name.clone(),
                    predefined,
                    everywhere: match predefined {
                        true => classes::everywhere(name, version),
                        false => Vec::new(),
                    },
                    only_named: true,
                    ..Role::default()
                }
            })
            .collect();
        population.roles.extend(others);
        population.roles.sort_by(|a, b| a.name.cmp(&b.name));
        population.sort();
        self.population
    }
}

fn is(content: &Map, name: &str) -> bool {
    content.get(name) == Some(&Value::Bool(true))
}
