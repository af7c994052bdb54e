//! From the privileges of every object to grants: who has the same on what.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Catalog, Object};
use provider::typed;

use crate::acl::{Class, Privilege};
use crate::kinds::default_privileges::DefaultPrivileges;

/// What is granted, without saying to whom and on what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Right {
    pub(super) privileges: Vec<String>,
    pub(super) columns: Vec<String>,
    pub(super) option: bool,
    pub(super) by: Option<Address>,
}

impl Right {
    /// Makes one that names privileges of whole objects and nothing else.
    pub(super) fn plain(privileges: impl IntoIterator<Item = String>) -> Self {
        Self {
            privileges: privileges.into_iter().collect(),
            columns: Vec::new(),
            option: false,
            by: None,
        }
    }
}

/// Everything that is granted. Nobody stands for PUBLIC.
#[derive(Debug, Default)]
pub(super) struct Granted {
    /// Objects by who may do what with them.
    pub(super) present: BTreeMap<(Option<Address>, Right), BTreeSet<Address>>,
    /// Who makes objects of a class in a schema or database with which somebody may do something.
    pub(super) future: BTreeMap<(Option<Address>, Right, Address, Class), BTreeSet<Address>>,
}

/// Collects what is granted on what is written.
pub(super) fn collect(live: &Catalog, is_chosen: impl Fn(&Object) -> bool) -> Granted {
    let chosen = |address: &Address| live.get(address).is_some_and(&is_chosen);
    let mut granted = Granted::default();
    for object in live.iter() {
        let address = &object.address;
        if address.kind() == "default_privileges" {
            let container = container(object);
            let is_wanted = match container.kind() {
                "schema" => chosen(&container),
                _ => container.name().is_empty() || chosen(&container),
            };
            if is_wanted {
                future(object, &container, &mut granted);
            }
        } else if chosen(address) {
            present(object, &mut granted);
        }
    }
    granted
}

/// Returns the schema or database that default privileges hold in.
fn container(object: &Object) -> Address {
    let path = object.address.path();
    let kind = if path.len() == 1 {
        "database"
    } else {
        "schema"
    };
    object.address.sibling(kind, path)
}

fn privileges(object: &Object, attribute: &str) -> Vec<Privilege> {
    let value = object.attributes.get(attribute);
    let list = value.and_then(|value| serde::Deserialize::deserialize(value).ok());
    list.unwrap_or_default()
}

fn present(object: &Object, granted: &mut Granted) {
    let privileges = privileges(object, "privileges");
    taken_away(object, &privileges, granted);
    // The same privileges on several columns are one grant.
    let mut columns: BTreeMap<(Option<Address>, Right), Vec<String>> = BTreeMap::new();
    for privilege in privileges {
        let to = privilege.to.map(|to| to.0);
        let right = Right {
            privileges: privilege.privileges,
            columns: Vec::new(),
            option: privilege.grant_option,
            by: privilege.by.map(|by| by.0),
        };
        match privilege.column {
            Some(column) => columns.entry((to, right)).or_default().push(column),
            None => {
                let objects = granted.present.entry((to, right)).or_default();
                objects.insert(object.address.clone());
            }
        }
    }
    for ((to, right), columns) in columns {
        let right = Right { columns, ..right };
        let objects = granted.present.entry((to, right)).or_default();
        objects.insert(object.address.clone());
    }
}

/// Says of those who may do nothing any more with what was brought along that they may not.
fn taken_away(object: &Object, privileges: &[Privilege], granted: &mut Granted) {
    let initial = self::privileges(object, "initial").into_iter();
    for before in initial.filter(|before| before.column.is_none()) {
        if !privileges.iter().any(|now| now.to == before.to) {
            let to = before.to.map(|to| to.0);
            let objects = granted.present.entry((to, Right::plain([]))).or_default();
            objects.insert(object.address.clone());
        }
    }
}

fn future(object: &Object, container: &Address, granted: &mut Granted) {
    let defaults: DefaultPrivileges = typed(&object.attributes);
    for entry in defaults.privileges {
        let Some(class) = Class::from_plural(&entry.on) else {
            continue;
        };
        let right = Right {
            privileges: entry.grant.privileges,
            columns: Vec::new(),
            option: entry.grant.grant_option,
            by: None,
        };
        let to = entry.grant.to.map(|to| to.0);
        let makers = granted.future.entry((to, right, container.clone(), class));
        makers.or_default().insert(entry.creator.0);
    }
}
