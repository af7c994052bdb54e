//! What is held on one side of a pair of targets.

use std::cmp::Ordering;

use crate::cells::{Cell, Source, Way};
use crate::compare::{Comparison, Held};
use crate::compile::{FUTURE, PUBLIC, RoleId, TargetId};
use crate::facts::Facts;

/// The pair of the role, the column and the privilege.
pub(crate) type Key<'a> = (usize, &'a str, &'a str);

/// What is held on one side of a pair of targets, sorted.
#[derive(Default)]
pub(crate) struct Side<'a>(Vec<(Key<'a>, Held)>);

impl<'a> Side<'a> {
    /// Sorts what is held. Of two of one key, the first counts.
    fn of(mut held: Vec<(Key<'a>, Held)>) -> Self {
        held.sort_by_key(|(key, _)| *key);
        held.dedup_by_key(|(key, _)| *key);
        Self(held)
    }

    fn get(&self, key: Key<'_>) -> Option<&Held> {
        let found = self.0.binary_search_by(|(one, _)| one.cmp(&key)).ok()?;
        Some(&self.0[found].1)
    }

    /// Goes through what is held here or there, in order.
    pub(crate) fn beside<'s>(
        &'s self,
        other: &'s Self,
    ) -> impl Iterator<Item = (Key<'a>, Option<&'s Held>, Option<&'s Held>)> {
        let (mut here, mut there) = (self.0.iter().peekable(), other.0.iter().peekable());
        std::iter::from_fn(move || {
            let order = match (here.peek(), there.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((one, _)), Some((another, _))) => one.cmp(another),
            };
            let a = here.next_if(|_| order != Ordering::Greater);
            let b = there.next_if(|_| order != Ordering::Less);
            let (key, _) = a.or(b)?;
            Some((*key, a.map(|(_, held)| held), b.map(|(_, held)| held)))
        })
    }
}

impl<'a> Comparison<'a> {
    /// Returns what is held on one side of a pair of targets. `other` is the target of the other side.
    pub(crate) fn side(
        &self,
        side: usize,
        target: Option<TargetId>,
        other: Option<TargetId>,
        direct: bool,
    ) -> Side<'a> {
        let Some(access) = self.access(side) else {
            return Side::default();
        };
        let pairs = &self.names.role_pairs[side];
        let Some(id) = target else {
            return other.map_or_else(Side::default, |other| self.not_stored(side, other, direct));
        };
        let is_future = access.target(id).kind.starts_with(FUTURE);
        let cells = match (direct, self.role) {
            (true, _) => access.stored(id),
            (false, Some(role)) => access.cells_of(id, role),
            (false, None) => access.cells(id),
        };
        let approach = access.approach(id);
        let held = cells.into_iter().filter_map(|cell| {
            let (column, privilege) = (access.column(&cell), access.privilege(&cell));
            if is_future && privilege == crate::compile::OWN {
                return None;
            }
            let facts = match direct {
                true => self.stored_facts(side, &cell),
                false => approach.facts(&cell),
            };
            let held = Held {
                facts,
                role: cell.role,
                target: Some(id),
                ways: cell.ways,
            };
            Some(((pairs[cell.role], column, privilege), held))
        });
        Side::of(held.collect())
    }

    /// Returns what holds for things yet to be made where nothing is stored about them, though it is on the other side.
    fn not_stored(&self, side: usize, other: TargetId, direct: bool) -> Side<'a> {
        let nothing = Side::default();
        let (Some(access), Some(beyond)) = (self.access(side), self.access(1 - side)) else {
            return nothing;
        };
        let target = beyond.target(other);
        let Some(kind) = target.kind.strip_prefix(FUTURE) else {
            return nothing;
        };
        let is_additional = target.schema().is_some();
        let (Some(class), Some(owner), false) = (access.class(kind), target.owner, is_additional)
        else {
            return nothing;
        };
        let pair = self.names.role_pairs[1 - side][owner];
        let (one, two) = self.names.roles[pair];
        let Some(creator) = [one, two][side] else {
            return nothing;
        };
        let closure = &access.closures[0];
        let mut found = Vec::new();
        for (holder, privileges) in [(creator, &class.privileges), (PUBLIC, &class.public)] {
            let mut holders: Vec<(RoleId, Option<RoleId>)> = vec![(holder, None)];
            if !direct {
                let with = closure.inherited_by(holder).iter();
                let after = closure.assumed_by(holder).iter();
                holders = with
                    .map(|role| (*role, None))
                    .chain(after.map(|(role, after)| (*role, Some(*after))))
                    .filter(|(role, _)| !access.is_superuser(*role))
                    .collect();
            }
            for (role, after) in holders {
                for privilege in privileges {
                    let way = Way {
                        after,
                        holder,
                        source: Source::Default,
                        by: creator,
                        option: false,
                    };
                    let facts = Facts {
                        after: after.is_some(),
                        ..Facts::default()
                    };
                    let held = Held {
                        facts,
                        role,
                        target: None,
                        ways: vec![way],
                    };
                    let pair = self.names.role_pairs[side][role];
                    // What counts at once comes first, and stays.
                    found.push(((pair, "", privilege.as_str()), held));
                }
            }
        }
        Side::of(found)
    }

    fn stored_facts(&self, side: usize, cell: &Cell) -> Facts {
        let by = cell.ways.iter().filter(|way| way.source == Source::Given);
        let pairs = &self.names.role_pairs[side];
        Facts {
            option: cell.ways.iter().any(|way| way.option),
            by: by.map(|way| self.role_label(pairs[way.by])).collect(),
            ..Facts::default()
        }
    }

    /// Reports whether a side has by another way what is not listed there: as a superuser, as everybody, by a right on
    /// the whole where this is a column.
    pub(crate) fn is_covered(&self, side: usize, held: &Side<'_>, key: Key<'_>) -> bool {
        let (pair, column, privilege) = key;
        let (one, other) = self.names.roles[pair];
        let (Some(access), Some(role)) = (self.access(side), [one, other][side]) else {
            return false;
        };
        if access.is_superuser(role) {
            return true;
        }
        let columns = [column, ""];
        let roles = [pair, 0];
        roles.into_iter().any(|role| {
            columns.iter().any(|column| {
                let found = held.get((role, *column, privilege));
                found.is_some_and(|held| !held.facts.after)
            })
        })
    }
}
