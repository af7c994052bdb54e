//! Working wishes into objects: exact privileges for what is declared, our share for what is not.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Diagnostic, Edge, Map, Object, Value};
use provider::{Desired, Origin, Surroundings, encode};

use super::creators::{Members, creators};
use super::expand::Expander;
use super::owner_of;
use super::wishes::{FutureWish, Place, Wish, Wishes};
use crate::acl::{self, Atom, Atoms, Class, Privilege};
use crate::kinds::GrantsMode;
use crate::kinds::attached::privileges_value;
use crate::kinds::default_privileges::{self, ByCreator, DefaultPrivileges};

/// Privileges as attributes hold them: many objects have the same.
type Written = BTreeMap<Vec<Privilege>, Value>;

/// Expands all clauses of this provider and works them in.
pub(super) fn complete(
    desired: &mut Desired,
    around: Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let clauses: Vec<_> = desired
        .clauses
        .iter()
        .filter(|clause| clause.provider == around.provider)
        .cloned()
        .collect();
    let mut expander = Expander {
        desired,
        around,
        wishes: Wishes::default(),
        diagnostics: Vec::new(),
    };
    for clause in &clauses {
        expander.clause(clause);
    }
    diagnostics.append(&mut expander.diagnostics);
    let wishes = expander.wishes;
    present(desired, &wishes, around, diagnostics);
    future(desired, &wishes, around);
}

/// Gives every declared object its privileges, and every other one our share.
fn present(
    desired: &mut Desired,
    wishes: &Wishes,
    around: Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let none = Vec::new();
    let declared: Vec<Address> = desired
        .catalog
        .addresses()
        .filter(|address| address.provider() == around.provider && Class::of(address).is_some())
        .cloned()
        .collect();
    let mut written = Written::new();
    for address in declared {
        let list = wishes.present.get(&address).unwrap_or(&none);
        declared_object(desired, &address, list, around, &mut written);
    }
    for (address, list) in &wishes.present {
        if desired.catalog.contains(address) {
            continue;
        }
        match around.live {
            Some(live) if live.contains(address) => {
                partial_object(desired, address, list, around);
                if let Some(origin) = desired.origins.get_mut(address) {
                    origin.swept = !wishes.named.contains(address);
                }
            }
            Some(_) => diagnostics.extend(list.iter().take(1).map(|wish| {
                Diagnostic::error("postgres::unknown_object", "unknown object")
                    .at(
                        wish.place.span,
                        format!(
                            "there is no {} {}",
                            address.kind().replace('_', " "),
                            address.qualified_name()
                        ),
                    )
                    .help("Check the name, or declare it.")
            })),
            None => {}
        }
    }
}

fn atoms_of(wish: &Wish, owner: Option<&Address>) -> Vec<(Atom, bool)> {
    let columns: Vec<Option<String>> = if wish.columns.is_empty() {
        vec![None]
    } else {
        wish.columns.iter().cloned().map(Some).collect()
    };
    let by = wish.by.clone().filter(|by| Some(by) != owner);
    columns
        .into_iter()
        .flat_map(|column| {
            wish.privileges
                .iter()
                .map(move |privilege| (column.clone(), privilege.clone()))
        })
        .map(|(column, privilege)| {
            (
                Atom {
                    to: wish.to.clone(),
                    by: by.clone(),
                    column,
                    privilege,
                },
                wish.option,
            )
        })
        .collect()
}

/// Returns the ACL that wishes make of a base. Whoever is named exactly loses what the base says.
fn fulfilled(base: Atoms, list: &[&Wish], owner: Option<&Address>) -> Atoms {
    let named: BTreeSet<&Option<Address>> = list
        .iter()
        .filter(|wish| wish.exact)
        .map(|wish| &wish.to)
        .collect();
    let mut atoms: Atoms = base
        .into_iter()
        .filter(|(atom, _)| atom.column.is_some() || !named.contains(&atom.to))
        .collect();
    for wish in list {
        // A level of access gives the owner nothing that it has not got.
        if !wish.exact && wish.columns.is_empty() && wish.to.as_ref() == owner && owner.is_some() {
            continue;
        }
        for (atom, option) in atoms_of(wish, owner) {
            *atoms.entry(atom).or_default() |= option;
        }
    }
    atoms
}

fn declared_object(
    desired: &mut Desired,
    address: &Address,
    list: &[Wish],
    around: Surroundings<'_>,
    written: &mut Written,
) {
    let Some(class) = Class::of(address) else {
        return;
    };
    let version = around.platform.version;
    let login = address.sibling("role", [around.platform.login.as_str()]);
    let owner = owner_of(address, &desired.catalog, around.live).unwrap_or(login);
    let base = acl::default_atoms(class, Some(&owner), version);
    let list: Vec<_> = list.iter().collect();
    let atoms = fulfilled(base.clone(), &list, Some(&owner));
    let privileges = acl::normal(&atoms, &base);
    let privileges = match written.get(&privileges) {
        Some(value) => value.clone(),
        None => {
            let value = privileges_value(&privileges);
            written.insert(privileges, value.clone());
            value
        }
    };
    let additive = desired.additive_grants;
    let Some(object) = desired.catalog.get_mut(address) else {
        return;
    };
    set_privileges(object, privileges, additive);
    if !is_additive(object) {
        return;
    }
    let share = object.attributes.get("privileges").cloned();
    if let Some(origin) = desired.origins.get_mut(address) {
        let share = share.map(|share| ("privileges".to_owned(), share));
        origin.share = Some(share.into_iter().collect());
    }
}

fn is_additive(object: &Object) -> bool {
    object.attributes.get("grants").and_then(Value::as_text) == Some("additive")
}

fn set_privileges(object: &mut Object, privileges: Value, additive: bool) {
    if !privileges.is_empty() {
        object
            .attributes
            .insert("privileges".to_owned(), privileges);
    }
    if additive && !object.attributes.contains_key("grants") {
        object
            .attributes
            .insert("grants".to_owned(), "additive".into());
    }
}

fn origin_of_clause(place: &Place, share: Map) -> Origin {
    Origin {
        id: place.id.clone(),
        span: place.span,
        body: place.body.clone(),
        lifecycle: model::Lifecycle::default(),
        declared: model::Fingerprint::of_map(&share),
        partial: true,
        swept: false,
        exact: false,
        share: Some(share),
    }
}

/// Adds an object of which only the given attributes are ours.
fn add_partial(desired: &mut Desired, address: &Address, attributes: Map, place: &Place) {
    let mut object = Object::new(address.clone(), attributes.clone());
    object
        .attributes
        .insert("grants".to_owned(), "additive".into());
    desired
        .origins
        .insert(address.clone(), origin_of_clause(place, attributes));
    desired.catalog.insert(object);
}

fn partial_object(
    desired: &mut Desired,
    address: &Address,
    list: &[Wish],
    around: Surroundings<'_>,
) {
    let owner = owner_of(address, &desired.catalog, around.live);
    let list_of: Vec<_> = list.iter().collect();
    let atoms = fulfilled(Atoms::new(), &list_of, owner.as_ref());
    let mut privileges = acl::grouped(&atoms);
    // Who is named and has nothing left loses what the object came with.
    let holders = list.iter().flat_map(Wish::holders);
    let emptied: BTreeSet<_> = holders
        .filter(|holder| atoms.keys().all(|atom| atom.holder() != *holder))
        .collect();
    privileges.extend(emptied.into_iter().map(Privilege::nothing));
    privileges.sort();
    let share = Map::from([("privileges".to_owned(), privileges_value(&privileges))]);
    if let Some(first) = list.first() {
        add_partial(desired, address, model::value::prune(share), &first.place);
    }
}

/// Makes the default privileges of every container that is declared or spoken of.
fn future(desired: &mut Desired, wishes: &Wishes, around: Surroundings<'_>) {
    let members = Members::of(desired, around.live);
    let none = Vec::new();
    let containers: BTreeSet<Address> = desired
        .catalog
        .addresses()
        .filter(|address| {
            address.provider() == around.provider
                && matches!(address.kind(), "schema" | "database")
                && !desired.origins[*address].partial
        })
        .chain(wishes.future.keys())
        .cloned()
        .collect();
    for container in containers {
        let list = wishes.future.get(&container).unwrap_or(&none);
        let acls = acls(&container, list, desired, wishes, &members, around);
        let global = container.kind() == "database";
        let privileges = default_privileges::normal(&acls, global, around.platform.version);
        let address = default_privileges::address_for(&container);
        let is_live = around.live.is_some_and(|live| live.contains(&address));
        // Where what should be is what was once, it is there already.
        let is_said = desired.catalog.contains(&address);
        if is_said || privileges.is_empty() && !is_live {
            continue;
        }
        let declared = desired
            .origins
            .get(&container)
            .filter(|origin| !origin.partial)
            .cloned();
        let additive = desired.catalog.get(&container).is_some_and(is_additive);
        let kind = DefaultPrivileges {
            grants: additive.then_some(GrantsMode::Additive),
            privileges,
        };
        let attributes = encode(&kind);
        match declared {
            Some(origin) => {
                let mut object = Object::new(address.clone(), attributes.clone());
                object.edges.insert(Edge::to(container.clone()));
                let share: Map = attributes
                    .into_iter()
                    .filter(|(name, _)| name == "privileges")
                    .collect();
                let origin = Origin {
                    id: origin.id.inside("default_privileges", "all"),
                    share: additive.then_some(share),
                    ..origin
                };
                desired.origins.insert(address, origin);
                desired.catalog.insert(object);
            }
            None => {
                if let Some(first) = list.first() {
                    add_partial(desired, &address, attributes, &first.wish.place);
                }
            }
        }
    }
    stand_on_defaults(desired, around.provider);
}

/// Returns the default ACLs that wishes make, by who makes the objects.
fn acls(
    container: &Address,
    list: &[FutureWish],
    desired: &Desired,
    wishes: &Wishes,
    members: &Members,
    around: Surroundings<'_>,
) -> ByCreator {
    let everybody = if list.iter().any(|wish| wish.made_by.is_empty()) {
        creators(container, desired, wishes, members, around)
    } else {
        BTreeSet::new()
    };
    let mut by_creator: BTreeMap<(Address, Class), Vec<&Wish>> = BTreeMap::new();
    for FutureWish {
        class,
        made_by,
        wish,
    } in list
    {
        let makers = if made_by.is_empty() {
            &everybody
        } else {
            made_by
        };
        for creator in makers {
            by_creator
                .entry((creator.clone(), *class))
                .or_default()
                .push(wish);
        }
    }
    by_creator
        .into_iter()
        .map(|((creator, class), list)| {
            let base = if container.kind() == "database" {
                acl::default_atoms(class, Some(&creator), around.platform.version)
            } else {
                Atoms::new()
            };
            let atoms = fulfilled(base, &list, Some(&creator));
            ((creator, class), atoms)
        })
        .collect()
}

/// Makes everything stand on the default privileges that hold where it is made, so that what a new
/// object begins with is known.
fn stand_on_defaults(desired: &mut Desired, provider: &str) {
    let defaults: BTreeSet<Address> = desired
        .catalog
        .addresses()
        .filter(|address| address.kind() == "default_privileges" && address.provider() == provider)
        .cloned()
        .collect();
    for object in desired.catalog.iter_mut() {
        let path = object.address.path().to_vec();
        if object.address.provider() != provider
            || object.address.kind() == "default_privileges"
            || Class::of(&object.address).is_none()
        {
            continue;
        }
        for length in 1..path.len() {
            let address = object
                .address
                .sibling("default_privileges", &path[..length]);
            if defaults.contains(&address) {
                object.edges.insert(Edge::to(address));
            }
        }
    }
}
