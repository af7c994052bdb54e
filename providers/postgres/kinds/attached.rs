//! What almost every object has: an owner, a comment, privileges.

use model::{Address, Record, Reference, Statement, Value};
use provider::{At, Settling};

use super::GrantsMode;
use crate::acl::{self, Atoms, Class, Privilege, Target};
use crate::naming::{called, is_called, written};
use crate::text::quote::{ident, literal};

/// How an object is named in `ALTER`, `COMMENT ON` and `GRANT`.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    /// The word for its kind: `materialized view`.
    pub(crate) keyword: &'static str,
    /// Its name, quoted.
    pub(crate) name: String,
}

impl Handle {
    pub(crate) fn new(keyword: &'static str, address: &Address) -> Self {
        Self {
            keyword,
            name: written(address),
        }
    }

    /// Returns `alter KEYWORD NAME REST`.
    pub(crate) fn alter(&self, rest: &str) -> Statement {
        Statement::new(format!("alter {} {} {rest}", self.keyword, self.name))
    }

    /// Returns the statement that sets or removes the comment.
    pub(crate) fn comment(&self, comment: Option<&str>) -> Statement {
        comment_on(&format!("{} {}", self.keyword, self.name), comment)
    }

    /// Returns the statement that drops the object.
    pub(crate) fn drop(&self) -> Statement {
        Statement::new(format!("drop {} {}", self.keyword, self.name))
    }

    /// Returns the statement that drops the object, if it is still there.
    pub(crate) fn drop_if_exists(&self) -> Statement {
        Statement::new(format!("drop {} if exists {}", self.keyword, self.name))
    }

    /// Returns the statement that gives it another owner.
    pub(crate) fn owner(&self, owner: &Reference) -> Statement {
        self.alter(&format!("owner to {}", ident(owner.0.name())))
    }

    /// Returns the statement that gives it another name in the same container.
    pub(crate) fn rename(&self, name: &str) -> Statement {
        self.alter(&format!("rename to {}", ident(name)))
    }

    /// Returns the statement that renames it in its database, where it stays in that.
    pub(crate) fn renamed(&self, from: &Address, to: &Address) -> Option<Vec<Statement>> {
        (from.part(0) == to.part(0)).then(|| vec![self.rename(to.name())])
    }

    /// Returns the statements that move it to another address: another schema, another name.
    pub(crate) fn relocate(&self, from: &Address, to: &Address) -> Option<Vec<Statement>> {
        // What tells it from others of its name stays.
        let apart = |address: &Address| match is_called(address.kind()) {
            true => {
                let (name, rest) = called(address.name());
                (name.to_owned(), rest.to_owned())
            }
            false => (address.name().to_owned(), String::new()),
        };
        let ((old, rest), (new, next_rest)) = (apart(from), apart(to));
        if from.part(0) != to.part(0) || rest != next_rest {
            return None;
        }
        let mut statements = Vec::new();
        let mut handle = self.clone();
        if from.part(1) != to.part(1) {
            statements.push(handle.alter(&format!("set schema {}", ident(to.part(1)))));
            let inner = &self.name[ident(from.part(1)).len()..];
            handle.name = format!("{}{inner}", ident(to.part(1)));
        }
        if old != new {
            statements.push(handle.rename(&new));
        }
        Some(statements)
    }
}

/// Returns the statements that give a new object without privileges its owner and its comment.
pub(crate) fn dress(
    handle: &Handle,
    owner: Option<&Reference>,
    comment: Option<&str>,
) -> Vec<Statement> {
    let owner = owner.map(|owner| handle.owner(owner));
    let comment = comment.map(|comment| handle.comment(Some(comment)));
    owner.into_iter().chain(comment).collect()
}

/// Returns the statements that give a live object without privileges another owner and comment.
pub(crate) fn redress(
    handle: &Handle,
    from: (Option<&Reference>, Option<&str>),
    to: (Option<&Reference>, Option<&str>),
) -> Vec<Statement> {
    let owner = to.0.filter(|_| from.0 != to.0);
    let mut statements: Vec<_> = owner.map(|owner| handle.owner(owner)).into_iter().collect();
    if from.1 != to.1 {
        statements.push(handle.comment(to.1));
    }
    statements
}

/// Returns a `COMMENT ON` statement.
pub(crate) fn comment_on(what: &str, comment: Option<&str>) -> Statement {
    let text = comment.map_or_else(|| "null".to_owned(), literal);
    Statement::new(format!("comment on {what} is {text}"))
}

/// What a new object has by default privileges, as the completed catalog notes it.
pub(crate) const INITIAL: &str = "initial_privileges";

/// The owner that privileges are relative to: the declared one, or who makes the object.
fn owner_at(owner: Option<&Reference>, at: &At<'_>) -> Address {
    owner.map_or_else(
        || at.address.sibling("role", [at.platform.login.as_str()]),
        |owner| owner.0.clone(),
    )
}

fn target(class: Class, at: &At<'_>) -> Target {
    let name = written(at.address);
    Target {
        on: format!("{} {name}", class.keyword()),
        prefix: String::new(),
        words: format!(
            "{} {}",
            at.address.kind().replace('_', " "),
            at.address.qualified_name()
        ),
    }
}

/// Returns the statements that give a new object its privileges.
pub(crate) fn grant_new(
    class: Class,
    owner: Option<&Reference>,
    privileges: &[Privilege],
    at: &At<'_>,
) -> Vec<Statement> {
    let version = at.platform.version;
    let owner = owner_at(owner, at);
    let initial: Vec<Privilege> = at
        .facts
        .notes
        .get(INITIAL)
        .and_then(|value| serde::Deserialize::deserialize(value).ok())
        .unwrap_or_default();
    // A schema called `public` that is made anew has only what every schema has.
    let made = if class == Class::PublicSchema {
        Class::Schema
    } else {
        class
    };
    let from = acl::whole(&initial, made, Some(&owner), version);
    let to = acl::whole(privileges, class, Some(&owner), version);
    acl::change(&from, &to, &target(class, at))
}

/// Returns the statements that change the owner and the privileges of a live object.
pub(crate) fn regrant(
    class: Class,
    from: (Option<&Reference>, &[Privilege]),
    to: (Option<&Reference>, &[Privilege]),
    at: &At<'_>,
) -> Vec<Statement> {
    let version = at.platform.version;
    let (old, new) = (owner_at(from.0, at), owner_at(to.0.or(from.0), at));
    let live = acl::whole(from.1, class, Some(&old), version);
    let live = acl::with_owner(&live, Some(&old), Some(&new));
    let wanted = acl::whole(to.1, class, Some(&new), version);
    acl::change(&live, &wanted, &target(class, at))
}

/// Settles the privileges of a declared object: where others may add to them, what they have added
/// stays.
pub(crate) fn settle_grants(
    class: Class,
    mode: &mut Option<GrantsMode>,
    declared: &mut Vec<Privilege>,
    live: (Option<&Reference>, &[Privilege]),
    with: &Settling<'_>,
) {
    if mode.take() == Some(GrantsMode::Additive) {
        let owner = live.0.map(|owner| &owner.0);
        *declared = add_foreign(declared, live.1, with.record, class, owner, with.version);
    }
}

/// Returns what was declared to be ours at the last apply.
fn share(record: Option<&Record>) -> Vec<Privilege> {
    record
        .and_then(|record| record.claim.share.as_ref()?.get("privileges"))
        .and_then(|value| serde::Deserialize::deserialize(value).ok())
        .unwrap_or_default()
}

/// Adds what others have been granted to what is declared. Of what was ours at the last apply, what
/// is no longer declared goes.
fn add_foreign(
    declared: &[Privilege],
    live: &[Privilege],
    record: Option<&Record>,
    class: Class,
    owner: Option<&Address>,
    version: u32,
) -> Vec<Privilege> {
    let default = acl::default_atoms(class, owner, version);
    let granted = |list: &[Privilege]| -> Atoms {
        acl::whole(list, class, owner, version)
            .into_iter()
            .filter(|(atom, option)| default.get(atom) != Some(option))
            .collect()
    };
    let share = share(record);
    let kept = acl::whole(declared, class, owner, version);
    let names_public = |list: &[Privilege]| list.iter().any(Privilege::is_of_public);
    let (is_ours, was_ours) = (names_public(declared), names_public(&share));
    let declared = granted(declared);
    let mut all = acl::whole(live, class, owner, version);
    for atom in granted(&share).keys() {
        if !declared.contains_key(atom) {
            all.remove(atom);
        }
    }
    // Who says what everybody may do takes the default away; it comes back with the last such word.
    for (atom, option) in default.iter().filter(|(atom, _)| atom.to.is_none()) {
        if is_ours && !kept.contains_key(atom) {
            all.remove(atom);
        } else if was_ours && !is_ours {
            all.insert(atom.clone(), *option);
        }
    }
    for (atom, option) in declared {
        *all.entry(atom).or_default() |= option;
    }
    acl::normal(&all, class, owner, version)
}

/// Takes our share out of the privileges of an object that is declared nowhere.
pub(crate) fn give_back(
    class: Class,
    owner: Option<&Reference>,
    privileges: &mut Vec<Privilege>,
    with: &Settling<'_>,
) {
    let owner = owner.map(|owner| &owner.0);
    *privileges = add_foreign(&[], privileges, with.record, class, owner, with.version);
}

/// Returns privileges as a canonical value.
pub(crate) fn privileges_value(privileges: &[Privilege]) -> Value {
    model::transcode::to_value(privileges).unwrap_or_default()
}
