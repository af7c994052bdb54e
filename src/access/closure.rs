//! Who has the rights of whom, directly or by way of others, and who can become whom.

use std::collections::VecDeque;

use crate::compile::RoleId;

/// A role that is reached from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    /// The role.
    to: RoleId,
    /// The one before it on a shortest way.
    via: RoleId,
}

/// One membership, by numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) role: RoleId,
    pub(crate) member: RoleId,
    pub(crate) inherit: bool,
    pub(crate) set: bool,
}

/// Everything that follows from the memberships that hold in one place.
#[derive(Debug)]
pub(crate) struct Closure {
    /// By role: those whose rights it has, itself among them, sorted.
    inherits: Vec<Vec<Step>>,
    /// The other way round.
    inherited_by: Vec<Vec<RoleId>>,
    /// By role: those that it can become, nearest first, without itself.
    becomes: Vec<Vec<Step>>,
    /// The other way round.
    become_by: Vec<Vec<RoleId>>,
    /// By role: who has its rights only after becoming another one, and which that is.
    assumed_by: Vec<Vec<(RoleId, RoleId)>>,
}

impl Closure {
    /// Computes what follows from memberships of that many roles.
    pub(crate) fn of(roles: usize, edges: &[Edge]) -> Self {
        let mut inherit = vec![Vec::new(); roles];
        let mut set = vec![Vec::new(); roles];
        for edge in edges {
            if edge.inherit {
                inherit[edge.member].push(edge.role);
            }
            if edge.set {
                set[edge.member].push(edge.role);
            }
        }
        for next in inherit.iter_mut().chain(&mut set) {
            next.sort_unstable();
            next.dedup();
        }
        let mut closure = Self {
            inherits: Vec::with_capacity(roles),
            inherited_by: vec![Vec::new(); roles],
            becomes: Vec::with_capacity(roles),
            become_by: vec![Vec::new(); roles],
            assumed_by: vec![Vec::new(); roles],
        };
        let mut seen = vec![usize::MAX; roles];
        for role in 0..roles {
            let mut reached = reach(role, &inherit, &mut seen, role);
            for step in &reached {
                closure.inherited_by[step.to].push(role);
            }
            reached.sort_unstable_by_key(|step| step.to);
            closure.inherits.push(reached);
        }
        seen.fill(usize::MAX);
        for role in 0..roles {
            let mut reached = reach(role, &set, &mut seen, role);
            reached.retain(|step| step.to != role);
            for step in &reached {
                closure.become_by[step.to].push(role);
            }
            closure.becomes.push(reached);
        }
        let mut known = vec![usize::MAX; roles];
        for role in 0..roles {
            for step in &closure.inherits[role] {
                known[step.to] = role;
            }
            for other in &closure.becomes[role] {
                for step in &closure.inherits[other.to] {
                    if known[step.to] != role {
                        known[step.to] = role;
                        closure.assumed_by[step.to].push((role, other.to));
                    }
                }
            }
        }
        closure
    }

    /// Reports whether a role has the rights of another one.
    pub(crate) fn has_rights_of(&self, role: RoleId, other: RoleId) -> bool {
        let steps = &self.inherits[role];
        steps.binary_search_by_key(&other, |step| step.to).is_ok()
    }

    /// Returns who has the rights of a role, itself among them.
    pub(crate) fn inherited_by(&self, role: RoleId) -> &[RoleId] {
        &self.inherited_by[role]
    }

    /// Returns who can become a role.
    pub(crate) fn become_by(&self, role: RoleId) -> &[RoleId] {
        &self.become_by[role]
    }

    /// Returns the roles that a role can become, nearest first.
    pub(crate) fn becomes(&self, role: RoleId) -> impl Iterator<Item = RoleId> {
        self.becomes[role].iter().map(|step| step.to)
    }

    /// Returns who has the rights of a role only after becoming another one, and which that is.
    pub(crate) fn assumed_by(&self, role: RoleId) -> &[(RoleId, RoleId)] {
        &self.assumed_by[role]
    }

    /// Returns the roles on a shortest way from one to another whose rights it has, both included.
    pub(crate) fn chain(&self, role: RoleId, to: RoleId) -> Vec<RoleId> {
        let steps = &self.inherits[role];
        let via = |to: RoleId| {
            let at = steps.binary_search_by_key(&to, |step| step.to).ok()?;
            Some(steps[at].via)
        };
        walk_back(role, to, via)
    }

    /// Returns the roles on a shortest way from one to another that it can become, both included.
    pub(crate) fn chain_of_becoming(&self, role: RoleId, to: RoleId) -> Vec<RoleId> {
        let steps = &self.becomes[role];
        walk_back(role, to, |to| {
            let step = steps.iter().find(|step| step.to == to)?;
            Some(step.via)
        })
    }
}

fn walk_back(role: RoleId, to: RoleId, via: impl Fn(RoleId) -> Option<RoleId>) -> Vec<RoleId> {
    let mut chain = vec![to];
    let mut at = to;
    while at != role {
        match via(at) {
            Some(before) => at = before,
            None => break,
        }
        chain.push(at);
    }
    chain.reverse();
    chain
}

/// Goes everywhere from a role, nearest first, marking what was seen.
fn reach(role: RoleId, next: &[Vec<RoleId>], seen: &mut [usize], mark: usize) -> Vec<Step> {
    let mut reached = vec![Step {
        to: role,
        via: role,
    }];
    seen[role] = mark;
    let mut queue = VecDeque::from([role]);
    while let Some(at) = queue.pop_front() {
        for to in &next[at] {
            if seen[*to] != mark {
                seen[*to] = mark;
                reached.push(Step { to: *to, via: at });
                queue.push_back(*to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(member: RoleId, role: RoleId, inherit: bool, set: bool) -> Edge {
        Edge {
            role,
            member,
            inherit,
            set,
        }
    }

    #[test]
    fn rights_come_by_inherit_and_others_after_becoming() {
        // 1 has what 2 has, 2 may only become 3, 3 has what 4 has.
        let edges = [
            edge(1, 2, true, true),
            edge(2, 3, false, true),
            edge(3, 4, true, false),
        ];
        let closure = Closure::of(5, &edges);
        assert!(closure.has_rights_of(1, 2));
        assert!(!closure.has_rights_of(1, 3));
        assert_eq!(closure.becomes(1).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(closure.assumed_by(4), [(1, 3), (2, 3)]);
        assert_eq!(closure.inherited_by(4), [3, 4]);
        assert_eq!(closure.chain(3, 4), [3, 4]);
        assert_eq!(closure.chain_of_becoming(1, 3), [1, 2, 3]);
    }

    #[test]
    fn a_circle_comes_to_an_end() {
        let edges = [edge(1, 2, true, true), edge(2, 1, true, true)];
        let closure = Closure::of(3, &edges);
        assert_eq!(closure.inherited_by(1), [1, 2]);
        assert_eq!(closure.becomes(2).collect::<Vec<_>>(), [1]);
    }
}
