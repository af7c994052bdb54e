//! Who will make objects in a schema or a database: default privileges must be set for each of them.
//!
//! By default: whoever applies, the owners of the container and of what is declared in it, and every
//! role that may create there, with the logins that are members of such a role and so make objects
//! under their own name. Only roles that whoever applies may act for can be meant.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Catalog, Object, Value};
use provider::{Desired, Surroundings};

use super::owner_of;
use super::wishes::Wishes;

/// Members of roles, by role.
pub(super) struct Members(BTreeMap<Address, BTreeSet<Address>>);

impl Members {
    /// Collects memberships as declared, and as they are live for roles declared nowhere.
    pub(super) fn of(desired: &Desired, live: Option<&Catalog>) -> Self {
        let mut members: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
        let declared = desired.catalog.iter();
        let others = live
            .into_iter()
            .flat_map(Catalog::iter)
            .filter(|object| !desired.catalog.contains(&object.address));
        for role in declared
            .chain(others)
            .filter(|object| object.address.kind() == "role")
        {
            for of in memberships(role) {
                members.entry(of).or_default().insert(role.address.clone());
            }
        }
        Self(members)
    }

    /// Returns the roles with everybody who is a member of them, directly or not.
    pub(super) fn with_members(&self, roles: BTreeSet<Address>) -> BTreeSet<Address> {
        let mut all = BTreeSet::new();
        let mut queue: Vec<_> = roles.into_iter().collect();
        while let Some(role) = queue.pop() {
            queue.extend(self.0.get(&role).into_iter().flatten().cloned());
            all.insert(role.clone());
            queue.retain(|role| !all.contains(role));
        }
        all
    }
}

fn memberships(role: &Object) -> Vec<Address> {
    let Some(Value::List(list)) = role.attributes.get("membership") else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|one| match one {
            Value::Map(one) => match one.get("of") {
                Some(Value::Reference(of)) => Some(of.clone()),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// Returns who will make objects in a container.
pub(super) fn creators(
    container: &Address,
    desired: &Desired,
    wishes: &Wishes,
    members: &Members,
    around: Surroundings<'_>,
) -> BTreeSet<Address> {
    let mut roles = BTreeSet::new();
    if !around.platform.login.is_empty() {
        roles.insert(container.sibling("role", [around.platform.login.as_str()]));
    }
    let lies_inside = |address: &Address| {
        address == container
            || (address.provider() == container.provider()
                && address.path().len() > container.path().len()
                && address.path().starts_with(container.path()))
    };
    for address in desired
        .catalog
        .addresses()
        .filter(|address| lies_inside(address))
    {
        roles.extend(owner_of(address, &desired.catalog, around.live));
    }
    roles.extend(owner_of(container, &desired.catalog, around.live));
    // Whoever may create in the schema, or in any schema of the database.
    for (target, list) in &wishes.present {
        if matches!(target.kind(), "schema" | "database") && lies_inside(target) {
            for wish in list
                .iter()
                .filter(|wish| wish.privileges.contains("create"))
            {
                roles.extend(wish.to.clone());
            }
        }
    }
    let mut all = members.with_members(roles);
    // Nobody ever is this role: it stands for whoever owns the database.
    all.retain(|role| !role.name().starts_with("pg_"));
    all.retain(|role| may_act_for(role, members, around));
    all
}

/// Reports whether whoever applies may set default privileges for a role.
fn may_act_for(role: &Address, members: &Members, around: Surroundings<'_>) -> bool {
    if around.platform.is_superuser || role.name() == around.platform.login {
        return true;
    }
    // It becomes a member of every role it makes.
    let is_new = around.live.is_some_and(|live| !live.contains(role));
    if is_new && around.platform.version >= 160_000 {
        return true;
    }
    let login = role.sibling("role", [around.platform.login.as_str()]);
    members
        .with_members(BTreeSet::from([role.clone()]))
        .contains(&login)
}
