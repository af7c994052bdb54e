//! Who is a member of what, to be drawn.

use std::collections::{BTreeMap, BTreeSet};

use access::accept;
use provider::access::{Membership, Population, Role};
use serde_json::{Value as Json, json};

use crate::picture::{Drawing, Graph, Line, Node};

/// Roles that are members of something or have members, or that were asked for, and memberships between them.
pub(crate) struct Members<'a> {
    roles: Vec<&'a Role>,
    memberships: Vec<&'a Membership>,
}

impl<'a> Members<'a> {
    /// Finds who is a member of what. With patterns, only those roles and what they are joined with.
    pub(crate) fn of(population: &'a Population, patterns: &[String]) -> Self {
        let all = population.memberships.iter();
        let mut near: BTreeSet<&str> = match patterns {
            [] => all
                .clone()
                .flat_map(|one| [one.role.as_str(), one.member.as_str()])
                .collect(),
            _ => {
                let named = population.roles.iter().map(|role| role.name.as_str());
                named.filter(|name| accept::any(patterns, name)).collect()
            }
        };
        if !patterns.is_empty() {
            let up = reached(&near, all.clone().map(|one| (&*one.member, &*one.role)));
            let down = reached(&near, all.clone().map(|one| (&*one.role, &*one.member)));
            near.extend(up.into_iter().chain(down));
        }
        let is_near = |name: &str| near.contains(name);
        let mut roles: Vec<_> = population.roles.iter().collect();
        roles.retain(|role| is_near(&role.name));
        roles.sort_by(|a, b| a.name.cmp(&b.name));
        let mut memberships: Vec<_> = all.collect();
        memberships.retain(|one| is_near(&one.role) && is_near(&one.member));
        memberships.sort_by_key(|one| (&one.member, &one.role, &one.by));
        Self { roles, memberships }
    }

    /// Reports whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.roles.is_empty()
    }

    /// Returns what programs draw.
    pub(crate) fn drawing(&self) -> Drawing {
        let nodes = self.roles.iter();
        let nodes = nodes.map(|role| (kind(role).to_owned(), role.name.clone()));
        let line = |one: &&Membership| Line {
            from: one.member.clone(),
            to: one.role.clone(),
            label: words(one),
            is_dashed: !one.inherit,
        };
        Drawing {
            nodes: nodes.collect(),
            lines: self.memberships.iter().map(line).collect(),
        }
    }

    /// Returns what is drawn as a picture. Roles of a sort that are members of the same are alike.
    pub(crate) fn graph(&self) -> Graph {
        let mut above: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for one in &self.memberships {
            above.entry(&one.member).or_default().insert(&one.role);
        }
        let home = |role: &Role| {
            let above = above.get(role.name.as_str()).into_iter().flatten();
            above.copied().collect::<Vec<_>>().join(", ")
        };
        let node = |role: &&Role| Node {
            name: role.name.clone(),
            kind: kind(role).to_owned(),
            home: home(role),
            mark: None,
            folded: Vec::new(),
        };
        let number = |name: &str| {
            let found = self
                .roles
                .binary_search_by(|role| role.name.as_str().cmp(name));
            found.ok()
        };
        let edge = |one: &&Membership| Some((number(&one.member)?, number(&one.role)?));
        let edges: BTreeSet<_> = self.memberships.iter().filter_map(edge).collect();
        let whole = self.memberships.iter().filter(|one| one.inherit);
        let whole: BTreeSet<_> = whole.filter_map(edge).collect();
        Graph {
            nodes: self.roles.iter().map(node).collect(),
            dashed: edges.difference(&whole).copied().collect(),
            edges,
        }
    }

    /// Returns what programs read.
    pub(crate) fn report(&self) -> Json {
        let roles = self.roles.iter();
        json!({
            "format": crate::report::FORMAT,
            "roles": roles.map(|role| json!({ "name": role.name, "kind": kind(role) })).collect::<Vec<_>>(),
            "memberships": self.memberships,
        })
    }
}

/// Returns what is reached from some names, without them.
fn reached<'a>(
    from: &BTreeSet<&'a str>,
    steps: impl Iterator<Item = (&'a str, &'a str)>,
) -> BTreeSet<&'a str> {
    let mut next: BTreeMap<&str, Vec<&'a str>> = BTreeMap::new();
    for (one, other) in steps {
        next.entry(one).or_default().push(other);
    }
    let mut queue: Vec<&str> = from.iter().copied().collect();
    let mut found = BTreeSet::new();
    while let Some(name) = queue.pop() {
        for other in next.get(name).into_iter().flatten() {
            if found.insert(*other) {
                queue.push(other);
            }
        }
    }
    found
}

fn kind(role: &Role) -> &'static str {
    match (role.superuser, role.login) {
        (true, _) => "superuser",
        (false, true) => "login role",
        (false, false) => "role",
    }
}

/// Says what a membership means beside that its rights count at once and it can be become.
fn words(one: &Membership) -> String {
    let what = match (one.inherit, one.set) {
        (true, true) => None,
        (true, false) => Some("not to become"),
        (false, true) => Some("only to become"),
        (false, false) => Some("no rights"),
    };
    let admin = one.admin.then_some("admin");
    let within = one.within.as_ref().map(|database| format!("in {database}"));
    let parts = what.into_iter().chain(admin).map(str::to_owned);
    parts.chain(within).collect::<Vec<_>>().join(", ")
}
