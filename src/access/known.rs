//! What a side knows that holds only what was managed.
//!
//! Such a side knows all that was given on the objects it has, to whomever, and all memberships of the roles that were
//! managed. It does not know what other roles were members of, so what somebody has by way of one of those on the other
//! side may have been so all the time.

use std::collections::BTreeSet;

use crate::cells::{Source, Way};
use crate::compare::{Held, Status};
use crate::compile::{Access, PUBLIC, ROLE, RoleId, SERVER, TargetId};
use crate::facts::Facts;
use crate::names::{Names, Pair};

/// Two sides, of which one holds only what was managed.
pub(crate) struct Known<'a> {
    sides: [&'a Access; 2],
    names: &'a Names,
    /// The number of the side that holds only what was managed.
    side: usize,
}

impl<'a> Known<'a> {
    /// Returns what is to be asked; `None` where both sides are alike in that. What one of two versions managed and the
    /// other did not is a difference between them.
    pub(crate) fn of(a: &'a Access, b: Option<&'a Access>, names: &'a Names) -> Option<Self> {
        let sides = [a, b?];
        let side = match sides.map(|side| side.population().only_managed) {
            [true, false] => 0,
            [false, true] => 1,
            [true, true] | [false, false] => return None,
        };
        Some(Self { sides, names, side })
    }

    /// Returns how the sides stand to each other as far as that is known; `None` where it is not.
    pub(crate) fn judged(
        &self,
        status: Status,
        targets: Pair<TargetId>,
        held: [Option<&Held>; 2],
    ) -> Option<Status> {
        if let [Some(a), Some(b)] = held
            && are_alike(&a.facts, &b.facts)
        {
            return Some(Status::Same);
        }
        // That a managed role is in another one is its own, whether that other one was managed or not.
        let is_there = [targets.0, targets.1][self.side].is_some() || self.is_role(targets);
        let is_known = || {
            held.into_iter().enumerate().any(|(at, held)| {
                held.is_some_and(|held| {
                    let mut ways = held.ways.iter();
                    ways.any(|way| self.is_known_way(at, held, way))
                })
            })
        };
        (status == Status::Same || is_there && is_known()).then_some(status)
    }

    fn is_role(&self, targets: Pair<TargetId>) -> bool {
        let ids = [targets.0, targets.1];
        let mut found = ids.iter().zip(self.sides);
        found.any(|(id, side)| id.is_some_and(|id| side.target(id).kind == ROLE))
    }

    /// Reports whether all is known of the roles that a way passes: those whose memberships or attributes it is made of.
    fn is_known_way(&self, at: usize, held: &Held, way: &Way) -> bool {
        let access = self.sides[at];
        let Some(id) = held.target else { return false };
        let target = access.target(id);
        let closure = access.closure(target);
        let from = way.after.unwrap_or(held.role);
        let mut passed = match way.after {
            Some(after) => closure.chain_of_becoming(held.role, after),
            None => Vec::new(),
        };
        passed.extend(match closure.has_rights_of(from, way.holder) {
            true => closure.chain(from, way.holder),
            false => closure.chain_of_becoming(from, way.holder),
        });
        let own = target.path.first().and_then(|name| access.role(name));
        let is_of_holder = match target.kind.as_str() {
            // Attributes belong to the last one; of a membership the last one is the role that it is in.
            SERVER => true,
            ROLE => way.source == Source::Member && own != Some(way.holder),
            _ => false,
        };
        if !is_of_holder {
            passed.retain(|role| *role != way.holder);
        }
        passed.into_iter().all(|role| self.is_managed(at, role))
    }

    /// Reports whether all is known of a role of one of the sides.
    fn is_managed(&self, at: usize, role: RoleId) -> bool {
        let (one, other) = self.names.roles[self.names.role_pairs[at][role]];
        let known = self.sides[self.side];
        role == PUBLIC || [one, other][self.side].is_some_and(|role| !known.roles[role].only_named)
    }
}

/// Reports whether two facts about the same are alike. What is lacking on the way is told of the container, and what
/// holds by default is recorded like what was given.
fn are_alike(a: &Facts, b: &Facts) -> bool {
    let is_by_default = a.by.is_empty() || b.by.is_empty();
    let plain = |facts: &Facts| Facts {
        lacks: None,
        by: match is_by_default {
            true => BTreeSet::new(),
            false => facts.by.clone(),
        },
        ..facts.clone()
    };
    plain(a) == plain(b)
}
