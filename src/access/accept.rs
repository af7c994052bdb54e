//! Differences that somebody has accepted, for a reason and until a day.

use model::ignore::{fits, is_past};

use crate::compile::{SERVER, Target};

/// Differences that somebody has accepted. Every list is of patterns in which `*` stands for any characters, `?` for
/// one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accept {
    /// How it is called.
    pub name: String,
    /// Roles; all where there are none.
    pub roles: Vec<String>,
    /// Objects; all where there are none.
    pub on: Vec<String>,
    /// Privileges; all where there are none.
    pub privileges: Vec<String>,
    /// Why.
    pub reason: String,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// The last day it holds, as `2027-03-31`; for good where there is none.
    pub expires: Option<String>,
}

/// What became of an acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Whether its time is over.
    pub is_expired: bool,
    /// How many differences it is about.
    pub count: usize,
}

impl Accept {
    /// Reports whether its time is over on a day.
    #[must_use]
    pub fn is_expired(&self, today: &str) -> bool {
        is_past(self.expires.as_deref(), today)
    }

    pub(crate) fn covers(&self, names: &[&str], targets: &[&Target], privilege: &str) -> bool {
        let has_role = || names.iter().any(|name| any(&self.roles, name));
        let has_target = || targets.iter().any(|target| is_meant(&self.on, target));
        (self.roles.is_empty() || has_role())
            && (self.on.is_empty() || has_target())
            && (self.privileges.is_empty() || any(&self.privileges, privilege))
    }
}

/// Reports whether a text has one of some forms, whatever the case of PostgreSQL's words.
#[must_use]
pub fn any(patterns: &[String], text: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| fits(pattern, text) || fits(pattern, &text.to_lowercase()))
}

/// Reports whether a target is called by one of some patterns: by its name with or without the database, with the
/// kind before it where somebody writes it, and without arguments where somebody leaves them out.
#[must_use]
pub fn is_meant(patterns: &[String], target: &Target) -> bool {
    patterns.iter().any(|pattern| is_called(pattern, target))
}

fn is_called(pattern: &str, target: &Target) -> bool {
    if target.kind == SERVER {
        return pattern == SERVER;
    }
    let names = |pattern: &str| {
        let is_inside = target.database().is_some() && target.path.len() > 1;
        let plain = |skip: usize| target.path[skip..].join(".");
        let inside = usize::from(is_inside);
        // As it is written in SQL, and as it is.
        let names = [
            target.name(false),
            target.name(true),
            plain(inside),
            plain(0),
        ];
        names.iter().any(|name| {
            let bare = name.split('(').next().unwrap_or_default();
            fits(pattern, name) || bare.len() < name.len() && fits(pattern, bare)
        })
    };
    let of_kind = pattern
        .strip_prefix(target.kind.as_str())
        .and_then(|rest| rest.strip_prefix('.'));
    names(pattern) || of_kind.is_some_and(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_still_holds() {
        let accept = Accept {
            expires: Some("2027-03-31".to_owned()),
            ..Accept::default()
        };
        assert!(!accept.is_expired("2027-03-31"));
        assert!(accept.is_expired("2027-04-01"));
    }
}
