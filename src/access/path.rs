//! A way in words.

use crate::cells::{Source, Way};
use crate::compile::{Access, PUBLIC, PUBLIC_NAME, ROLE, RoleId, TargetId};

impl Access {
    /// Says by which way a role holds something on a target, without naming the role itself: so that what is alike
    /// for several roles reads the same.
    #[must_use]
    pub fn path(&self, target: TargetId, role: RoleId, way: &Way) -> String {
        let one = self.target(target);
        let closure = self.closure(one);
        let mut parts = Vec::new();
        let mut from = role;
        if let Some(after) = way.after {
            parts.push(format!("after set role {}", self.role_name(after)));
            from = after;
        }
        let is_of_role = one.kind == ROLE;
        let is_set = is_of_role && !closure.has_rights_of(from, way.holder);
        let chain = match is_set {
            true => closure.chain_of_becoming(from, way.holder),
            false => closure.chain(from, way.holder),
        };
        // In memberships the last one is the role itself.
        let passed = match (is_of_role && way.source == Source::Member, chain.len()) {
            (true, length) if way.holder != from && Some(way.holder) == self.named(target) => {
                &chain[1..length - 1]
            }
            _ => chain.get(1..).unwrap_or_default(),
        };
        if !passed.is_empty() {
            let names: Vec<&str> = passed.iter().map(|role| self.role_name(*role)).collect();
            parts.push(format!("through {}", names.join(" -> ")));
        }
        if way.holder == PUBLIC && role != PUBLIC {
            parts.push(format!("through {PUBLIC_NAME}"));
        }
        let has_grantor = way.by != PUBLIC;
        match way.source {
            Source::Given if has_grantor => {
                parts.push(format!("granted by {}", self.role_name(way.by)));
            }
            Source::Member if has_grantor => {
                parts.push(format!("granted by {}", self.role_name(way.by)));
            }
            Source::Member => {
                let grantors = self.grantors(target, passed.last().copied().unwrap_or(from));
                if !grantors.is_empty() {
                    parts.push(format!("granted by {}", grantors.join(" and ")));
                }
            }
            Source::Default => parts.push("by default".to_owned()),
            Source::Owner if passed.is_empty() => parts.push("as owner".to_owned()),
            Source::Owner => parts.push("the owner".to_owned()),
            Source::Everywhere => parts.push("on everything of the kind".to_owned()),
            Source::Given | Source::Attribute => {}
        }
        parts.join(", ")
    }

    /// Returns the role that a target stands for.
    fn named(&self, target: TargetId) -> Option<RoleId> {
        let target = self.target(target);
        target.path.first().and_then(|name| self.role(name))
    }

    /// Returns who took a member into a role.
    fn grantors(&self, target: TargetId, member: RoleId) -> Vec<&str> {
        let members = self.target(target).members.iter();
        let by = members.filter(|one| one.member == member && one.by != PUBLIC);
        let mut names: Vec<&str> = by.map(|one| self.role_name(one.by)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
