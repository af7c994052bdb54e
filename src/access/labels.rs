//! What is compared by its names, and which differences somebody accepts by them.

use crate::accept::{Accept, Accepted};
use crate::compare::{Comparison, Status};
use crate::compile::{PUBLIC_NAME, SERVER, Target};

impl<'a> Comparison<'a> {
    /// Returns the names of a pair of roles on both sides.
    #[must_use]
    pub fn role_names(&self, pair: usize) -> (Option<&'a str>, Option<&'a str>) {
        let (one, other) = self.names.roles[pair];
        let a = self.a;
        (
            one.map(|role| a.role_name(role)),
            self.b.zip(other).map(|(b, role)| b.role_name(role)),
        )
    }

    /// Names a pair of roles: both names where they differ.
    #[must_use]
    pub fn role_label(&self, pair: usize) -> String {
        match self.role_names(pair) {
            (Some(one), Some(other)) if one != other => format!("{one} = {other}"),
            (Some(one), _) | (None, Some(one)) => one.to_owned(),
            (None, None) => PUBLIC_NAME.to_owned(),
        }
    }

    /// Reports whether a pair of roles can do what most cannot, on either side.
    #[must_use]
    pub fn is_privileged(&self, pair: usize) -> bool {
        let (one, other) = self.names.roles[pair];
        one.is_some_and(|role| self.a.is_privileged(role))
            || self
                .b
                .zip(other)
                .is_some_and(|(b, role)| b.is_privileged(role))
    }

    /// Returns a target of a pair: that of the first side where there is one.
    #[must_use]
    pub fn target(&self, pair: usize) -> &'a Target {
        let sides = self.sides(pair);
        sides.first().expect("a pair has a side").1
    }

    /// Reports whether there is a target on the first side, and on the second one.
    #[must_use]
    pub fn is_on(&self, pair: usize) -> (bool, bool) {
        let (one, other) = self.targets[pair];
        (one.is_some(), other.is_some())
    }

    /// Names a pair of roles for a row: on one side only, it is the name there that counts.
    #[must_use]
    pub fn role_in(&self, status: Status, pair: usize) -> String {
        match (status, self.role_names(pair)) {
            (Status::OnlyA, (Some(name), _)) | (Status::OnlyB, (_, Some(name))) => name.to_owned(),
            _ => self.role_label(pair),
        }
    }

    /// Returns a target of a pair for a row: on one side only, it is the one there that counts.
    #[must_use]
    pub fn target_in(&self, status: Status, pair: usize) -> &'a Target {
        let sides = self.sides(pair);
        let one = match status {
            Status::OnlyB => sides.last(),
            Status::OnlyA | Status::Differs | Status::Same => sides.first(),
        };
        one.expect("a pair has a side").1
    }

    /// Names a target, with its database where there are several.
    #[must_use]
    pub fn name(&self, target: &Target) -> String {
        if target.kind == SERVER {
            return "the server".to_owned();
        }
        target.name(self.has_several_databases)
    }

    /// Marks differences that are accepted, and returns how each fared.
    pub fn accept(&mut self, accepts: &[Accept], today: &str) -> Vec<Accepted> {
        let mut outcome: Vec<Accepted> = accepts
            .iter()
            .map(|one| Accepted {
                is_expired: one.is_expired(today),
                count: 0,
            })
            .collect();
        let mut rows = std::mem::take(&mut self.rows);
        for row in rows.iter_mut().filter(|row| row.status != Status::Same) {
            let (one, other) = self.role_names(row.role);
            let names: Vec<&str> = [one, other].into_iter().flatten().collect();
            let targets: Vec<&Target> = self
                .sides(row.target)
                .into_iter()
                .map(|(_, target)| target)
                .collect();
            let found = accepts
                .iter()
                .zip(&mut outcome)
                .enumerate()
                .filter(|(_, (one, _))| one.covers(&names, &targets, &row.privilege));
            for (number, (_, fared)) in found {
                fared.count += 1;
                if !fared.is_expired && row.accepted.is_none() {
                    row.accepted = Some(number);
                }
            }
        }
        self.rows = rows;
        outcome
    }

    /// Counts differences that nobody accepted.
    #[must_use]
    pub fn differences(&self) -> usize {
        let open = self.rows.iter();
        open.filter(|row| row.status != Status::Same && row.accepted.is_none())
            .count()
    }
}
