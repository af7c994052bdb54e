//! Two sides held against each other, or one side listed.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::Range;

use serde::Serialize;

use crate::accept;
use crate::cells::Way;
use crate::compile::{Access, FUTURE, ROLE, RoleId, SERVER, Target, TargetId};
use crate::facts::Facts;
use crate::known::Known;
use crate::names::{Names, Pair};

/// How the sides stand to each other in one point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It holds on the first side only.
    OnlyA,
    /// It holds on the second side only.
    OnlyB,
    /// It holds on both, and not in the same way.
    Differs,
    /// It is the same.
    Same,
}

/// How something is held on one side.
#[derive(Debug, Clone)]
pub struct Held {
    /// What there is to know of it.
    pub facts: Facts,
    /// The role on that side.
    pub role: RoleId,
    /// The target on that side; none where nothing is stored there, and it is what holds by default.
    pub target: Option<TargetId>,
    /// By which ways; none where it is what everybody has, or a superuser.
    pub ways: Vec<Way>,
}

/// One right of one role on one target.
#[derive(Debug, Clone)]
pub struct Row {
    /// How the sides stand to each other.
    pub status: Status,
    /// The number of the pair of roles.
    pub role: usize,
    /// The number of the pair of targets.
    pub target: usize,
    /// The column, empty for the whole.
    pub column: String,
    /// The privilege.
    pub privilege: String,
    /// How it is held on the first side.
    pub a: Option<Held>,
    /// How it is held on the second side.
    pub b: Option<Held>,
    /// The number of what accepts the difference.
    pub accepted: Option<usize>,
}

/// What is looked at. Every list is of patterns in which `*` stands for any text; an empty one lets everything in.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Roles.
    pub roles: Vec<String>,
    /// Objects, as `table.sales.orders` or `sales.*`.
    pub objects: Vec<String>,
    /// Privileges.
    pub privileges: Vec<String>,
    /// Schemas.
    pub schemas: Vec<String>,
}

/// Two sides held against each other, or one side listed.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// The first side.
    pub a: &'a Access,
    /// The second side, where there is one.
    pub b: Option<&'a Access>,
    /// What is called how on the other side.
    pub names: Names,
    /// Pairs of targets, in the order of kind and name.
    pub targets: Vec<Pair<TargetId>>,
    /// What differs, and what is the same where that was asked for; by target and role.
    pub rows: Vec<Row>,
    /// How much is the same.
    pub same: usize,
    /// Every name on the first side that is another one on the second, of what is looked at: kind, name, other name.
    pub other_names: Vec<(&'static str, String, String)>,
    /// Whether names need their database.
    pub(crate) has_several_databases: bool,
    /// The only role that is listed.
    pub(crate) role: Option<RoleId>,
}

/// Lists what is held on one side.
#[must_use]
pub fn one<'a>(a: &'a Access, direct: bool, filter: &Filter) -> Comparison<'a> {
    listed(a, direct, filter, None)
}

/// Lists what one role holds, with what it has as everybody.
#[must_use]
pub fn of_role<'a>(a: &'a Access, role: RoleId, direct: bool, filter: &Filter) -> Comparison<'a> {
    listed(a, direct, filter, Some(role))
}

fn listed<'a>(
    a: &'a Access,
    direct: bool,
    filter: &Filter,
    role: Option<RoleId>,
) -> Comparison<'a> {
    let names = Names::of_one(a);
    let targets = a.targets().map(|target| (Some(target), None)).collect();
    let mut comparison = Comparison {
        a,
        b: None,
        names,
        targets,
        rows: Vec::new(),
        same: 0,
        other_names: Vec::new(),
        has_several_databases: a.databases().len() > 1,
        role,
    };
    let manner = Manner {
        direct,
        keep_same: true,
        is_one_server: false,
    };
    comparison.fill(manner, filter);
    comparison
}

/// How two sides are compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Whether what is stored is compared, and not what follows from it.
    pub direct: bool,
    /// Whether what is the same is listed too.
    pub keep_same: bool,
    /// Whether both sides are on one server: then what roles are there is the same, and roles of the one environment
    /// that are seen from the other one are not compared in that.
    pub is_one_server: bool,
}

/// Holds two sides against each other.
#[must_use]
pub fn compare<'a>(
    a: &'a Access,
    b: &'a Access,
    names: Names,
    manner: Manner,
    filter: &Filter,
) -> Comparison<'a> {
    let mut pairs: BTreeMap<(String, Vec<String>), Pair<TargetId>> = BTreeMap::new();
    for id in a.targets() {
        let key = key_on_other_side(&names, a.target(id));
        pairs.entry(key).or_default().0 = Some(id);
    }
    for id in b.targets() {
        let target = b.target(id);
        let key = (target.kind.clone(), target.path.clone());
        pairs.entry(key).or_default().1 = Some(id);
    }
    let mut comparison = Comparison {
        a,
        b: Some(b),
        names,
        targets: pairs.into_values().collect(),
        rows: Vec::new(),
        same: 0,
        other_names: Vec::new(),
        has_several_databases: a.databases().len() > 1 || b.databases().len() > 1,
        role: None,
    };
    let is_wanted = |kind: &str, one: &str, other: &str| {
        kind != ROLE
            || filter.roles.is_empty()
            || accept::any(&filter.roles, one)
            || accept::any(&filter.roles, other)
    };
    comparison.other_names = comparison
        .names
        .differing()
        .filter(|(kind, one, other)| is_wanted(kind, one, other))
        .map(|(kind, one, other)| (kind, one.to_owned(), other.to_owned()))
        .collect();
    comparison.fill(manner, filter);
    comparison
}

/// Says how a target of the first side is called on the second one.
fn key_on_other_side(names: &Names, target: &Target) -> (String, Vec<String>) {
    let mut path = target.path.clone();
    if target.kind == ROLE {
        path[0] = names.renamed("role", &path[0]).to_owned();
    } else if target.database().is_some() {
        path[0] = names.renamed("database", &path[0]).to_owned();
        if target.schema().is_some() {
            path[1] = names.renamed("schema", &path[1]).to_owned();
        }
        if let (true, Some(creator)) = (target.kind.starts_with(FUTURE), path.last_mut()) {
            *creator = names.renamed("role", creator).to_owned();
        }
    }
    (target.kind.clone(), path)
}

/// What is looked at, and how.
struct Look<'a> {
    /// Which pairs of roles.
    roles: Vec<bool>,
    known: Option<Known<'a>>,
    manner: Manner,
    filter: &'a Filter,
}

impl<'a> Comparison<'a> {
    fn fill(&mut self, manner: Manner, filter: &Filter) {
        (self.rows, self.same) = self.found(manner, filter);
    }

    fn found(&self, manner: Manner, filter: &Filter) -> (Vec<Row>, usize) {
        let roles: Vec<bool> = (0..self.names.roles.len())
            .map(|pair| {
                let (one, other) = self.role_names(pair);
                let mut both = [one, other].into_iter().flatten();
                let is_meant = match self.role {
                    Some(role) => self.names.roles[pair].0 == Some(role),
                    None => true,
                };
                is_meant
                    && (filter.roles.is_empty()
                        || both.any(|name| accept::any(&filter.roles, name)))
            })
            .collect();
        let known = Known::of(self.a, self.b, &self.names);
        let look = Look {
            roles,
            known,
            manner,
            filter,
        };
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = self.targets.len().div_ceil(workers).max(1);
        let starts = (0..self.targets.len()).step_by(share);
        let parts: Vec<_> = std::thread::scope(|scope| {
            let begun: Vec<_> = starts
                .map(|start| {
                    let pairs = start..self.targets.len().min(start + share);
                    let look = &look;
                    scope.spawn(move || self.found_in(pairs, look))
                })
                .collect();
            let ended = begun.into_iter().map(|worker| {
                let part = worker.join();
                part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            ended.collect()
        });
        let same = parts.iter().map(|(_, same)| same).sum();
        let rows = parts.into_iter().flat_map(|(rows, _)| rows).collect();
        (rows, same)
    }

    /// Finds what differs among some pairs of targets.
    fn found_in(&self, pairs: Range<usize>, look: &Look<'_>) -> (Vec<Row>, usize) {
        let Look {
            roles,
            known,
            manner,
            filter,
        } = look;
        let Manner {
            direct,
            keep_same,
            is_one_server,
        } = *manner;
        let (mut rows, mut same) = (Vec::new(), 0);
        for pair in pairs {
            if !self.is_wanted(pair, filter) {
                continue;
            }
            let (one, other) = self.targets[pair];
            let kind = self.target(pair).kind.as_str();
            let is_of_server = is_one_server && (kind == SERVER || kind == ROLE);
            if is_of_server && self.is_crossed_role(pair) {
                continue;
            }
            let a = self.side(0, one, other, direct);
            let b = self.side(1, other, one, direct);
            for (key, one, other) in a.beside(&b) {
                let (role, column, privilege) = key;
                let is_wanted = roles[role]
                    && (filter.privileges.is_empty() || accept::any(&filter.privileges, privilege));
                if !is_wanted || is_of_server && self.names.crossed[role] {
                    continue;
                }
                let status = match (one, other) {
                    _ if self.b.is_none() => Status::Same,
                    (Some(a), Some(b)) if a.facts == b.facts => Status::Same,
                    (Some(_), Some(_)) => Status::Differs,
                    (Some(_), None) if !direct && self.is_covered(1, &b, key) => Status::Same,
                    (None, Some(_)) if !direct && self.is_covered(0, &a, key) => Status::Same,
                    (Some(_), None) => Status::OnlyA,
                    (None, _) => Status::OnlyB,
                };
                let held = [one, other];
                let status = match known {
                    Some(known) => known.judged(status, self.targets[pair], held),
                    None => Some(status),
                };
                let Some(status) = status else { continue };
                if status == Status::Same {
                    same += 1;
                    if !keep_same {
                        continue;
                    }
                }
                rows.push(Row {
                    status,
                    role,
                    target: pair,
                    column: column.to_owned(),
                    privilege: privilege.to_owned(),
                    a: one.cloned(),
                    b: other.cloned(),
                    accepted: None,
                });
            }
        }
        (rows, same)
    }

    /// Reports whether a pair of targets is a role of the second environment, seen on the first side.
    fn is_crossed_role(&self, pair: usize) -> bool {
        let target = self.target(pair);
        let role = target.path.first().and_then(|name| self.a.role(name));
        target.kind == ROLE
            && self.targets[pair].0.is_some()
            && role.is_some_and(|role| self.names.crossed[self.names.role_pairs[0][role]])
    }

    fn is_wanted(&self, pair: usize, filter: &Filter) -> bool {
        let sides = self.sides(pair);
        let is_object = || {
            sides
                .iter()
                .any(|(_, target)| accept::is_meant(&filter.objects, target))
        };
        let is_schema = || {
            let mut schemas = sides.iter().filter_map(|(_, target)| target.schema());
            schemas.any(|schema| accept::any(&filter.schemas, schema))
        };
        (filter.objects.is_empty() || is_object()) && (filter.schemas.is_empty() || is_schema())
    }

    /// Returns the sides of a pair of targets that there are.
    pub(crate) fn sides(&self, pair: usize) -> Vec<(&'a Access, &'a Target)> {
        let (one, other) = self.targets[pair];
        let a = one.map(|id| (self.a, self.a.target(id)));
        let b = self.b.zip(other).map(|(b, id)| (b, b.target(id)));
        a.into_iter().chain(b).collect()
    }

    /// Returns one of the sides.
    #[must_use]
    pub fn access(&self, side: usize) -> Option<&'a Access> {
        match side {
            0 => Some(self.a),
            _ => self.b,
        }
    }
}
