//! What almost every object has: an owner, a comment, privileges.

use std::collections::BTreeSet;

use model::{Address, Facts, Record, Reference, Statement, Undo, Value};
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

    /// Returns what takes it away where it is there; `kind` is its letter in `pg_class.relkind`.
    pub(crate) fn undo(&self, kind: &str) -> Undo {
        let name = literal(&self.name);
        Undo::new(
            format!(
                "select 1 from pg_catalog.pg_class where oid = to_regclass({name}) and relkind = '{kind}'"
            ),
            format!("drop {} if exists {}", self.keyword, self.name),
        )
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
    Statement::new(format!("comment on {what} is {text}")).quiet()
}

/// What a new object has by default privileges, as the completed catalog notes it.
pub(crate) const INITIAL: &str = "initial_privileges";

/// What an object that PostgreSQL or an extension brought along had then, as its facts note it, where that is
/// not the default of its class.
pub(crate) const GIVEN: &str = "given_privileges";

/// Returns what an object has where nothing is said about it.
fn default(class: Class, owner: Option<&Address>, facts: &Facts, version: u32) -> Atoms {
    match facts.notes.get(GIVEN) {
        Some(given) => acl::listed(&privileges_of(given)),
        None => acl::default_atoms(class, owner, version),
    }
}

/// The owner that privileges are relative to: the declared one, or who makes the object.
fn owner_at(owner: Option<&Reference>, at: &At<'_>) -> Address {
    owner.map_or_else(
        || at.address.sibling("role", [at.platform.login.as_str()]),
        |owner| owner.0.clone(),
    )
}

/// The note of a declared object: delegates who may not be able to enter its schema while their grants are
/// changed, as the privileges on that change as well.
pub(crate) const LOCKED_OUT: &str = "locked_out";

fn target(class: Class, at: &At<'_>) -> Target {
    let name = written(at.address);
    let locked_out = match at.facts.notes.get(LOCKED_OUT) {
        Some(Value::List(roles)) => roles.as_slice(),
        _ => &[],
    };
    let locked_out = locked_out.iter().filter_map(|role| match role {
        Value::Reference(role) => Some(role.clone()),
        _ => None,
    });
    Target {
        on: format!("{} {name}", class.keyword()),
        prefix: String::new(),
        schema: at.address.part(1).to_owned(),
        locked_out: locked_out.collect(),
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
    let owner = owner_at(owner, at);
    let (from, to) = new_and_wanted(class, &owner, privileges, at);
    acl::change(&from, &to, &target(class, at))
}

/// Returns the statements that give a new object its privileges, before it gets its owner.
pub(crate) fn grant_new_before(
    class: Class,
    owner: &Reference,
    privileges: &[Privilege],
    at: &At<'_>,
) -> Vec<Statement> {
    let maker = owner_at(None, at);
    let (from, to) = new_and_wanted(class, &owner.0, privileges, at);
    let [from, to] = [from, to].map(|atoms| acl::with_owner(&atoms, Some(&owner.0), Some(&maker)));
    acl::change(&from, &to, &target(class, at))
}

/// Returns the privileges that a new object begins with, and those that it is to have.
fn new_and_wanted(
    class: Class,
    owner: &Address,
    privileges: &[Privilege],
    at: &At<'_>,
) -> (Atoms, Atoms) {
    let initial = at.facts.notes.get(INITIAL);
    let initial = initial.map(privileges_of).unwrap_or_default();
    // A schema called `public` that is made anew has only what every schema has.
    let made = if class == Class::PublicSchema {
        Class::Schema
    } else {
        class
    };
    let default = |class| acl::default_atoms(class, Some(owner), at.platform.version);
    (
        acl::whole(&initial, &default(made)),
        acl::whole(privileges, &default(class)),
    )
}

/// Returns the statements that change the owner and the privileges of a live object.
pub(crate) fn regrant(
    class: Class,
    from: (Option<&Reference>, &[Privilege]),
    to: (Option<&Reference>, &[Privilege]),
    at: &At<'_>,
) -> Vec<Statement> {
    let (old, new) = (owner_at(from.0, at), owner_at(to.0.or(from.0), at));
    let (live, wanted) = live_and_wanted(class, (&old, from.1), (&new, to.1), at);
    let live = acl::with_owner(&live, Some(&old), Some(&new));
    acl::change(&live, &wanted, &target(class, at))
}

/// Returns the statements that change the privileges of a live object before it gets another owner.
pub(crate) fn regrant_before(
    class: Class,
    from: (Option<&Reference>, &[Privilege]),
    to: (Option<&Reference>, &[Privilege]),
    at: &At<'_>,
) -> Vec<Statement> {
    let (old, new) = (owner_at(from.0, at), owner_at(to.0.or(from.0), at));
    let (live, wanted) = live_and_wanted(class, (&old, from.1), (&new, to.1), at);
    let wanted = acl::with_owner(&wanted, Some(&new), Some(&old));
    acl::change(&live, &wanted, &target(class, at))
}

fn live_and_wanted(
    class: Class,
    from: (&Address, &[Privilege]),
    to: (&Address, &[Privilege]),
    at: &At<'_>,
) -> (Atoms, Atoms) {
    let default = |owner| default(class, Some(owner), at.facts, at.platform.version);
    (
        acl::whole(from.1, &default(from.0)),
        acl::whole(to.1, &default(to.0)),
    )
}

/// Returns the statements after which whoever is named has what is said on an object of which nobody knows what
/// it has come with.
pub(crate) fn grant_whatever(
    class: Class,
    privileges: &[Privilege],
    at: &At<'_>,
) -> Vec<Statement> {
    acl::impose(privileges, &target(class, at))
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
        let default = default(class, owner, with.facts, with.version);
        *declared = add_foreign(declared, live.1, with.standing.record, &default);
    }
}

fn privileges_of(value: &Value) -> Vec<Privilege> {
    serde::Deserialize::deserialize(value).unwrap_or_default()
}

/// Returns what was declared to be ours at the last apply.
fn share(record: Option<&Record>) -> Vec<Privilege> {
    let share = record.and_then(|record| record.claim.share.as_ref()?.get("privileges"));
    share.map(privileges_of).unwrap_or_default()
}

/// Adds what others have been granted to what is declared. Of what was ours at the last apply, what
/// is no longer declared goes.
fn add_foreign(
    declared: &[Privilege],
    live: &[Privilege],
    record: Option<&Record>,
    default: &Atoms,
) -> Vec<Privilege> {
    let granted = |list: &[Privilege]| -> Atoms {
        acl::whole(list, default)
            .into_iter()
            .filter(|(atom, option)| default.get(atom) != Some(option))
            .collect()
    };
    let share = share(record);
    let kept = acl::whole(declared, default);
    let [ours, before] = [declared, &share].map(|list| {
        let holders = list.iter().map(Privilege::holder);
        holders.collect::<BTreeSet<_>>()
    });
    let declared = granted(declared);
    let mut all = acl::whole(live, default);
    for atom in granted(&share).keys() {
        if !declared.contains_key(atom) {
            all.remove(atom);
        }
    }
    // Who says what somebody may do takes the default away; it comes back with the last such word.
    for (atom, option) in default {
        let holder = atom.holder();
        if ours.contains(&holder) && !kept.contains_key(atom) {
            all.remove(atom);
        } else if before.contains(&holder) && !ours.contains(&holder) {
            all.insert(atom.clone(), *option);
        }
    }
    for (atom, option) in declared {
        *all.entry(atom).or_default() |= option;
    }
    acl::normal(&all, default)
}

/// Takes our share out of the privileges of an object that is declared nowhere.
pub(crate) fn give_back(
    class: Class,
    owner: Option<&Reference>,
    privileges: &mut Vec<Privilege>,
    with: &Settling<'_>,
) {
    let owner = owner.map(|owner| &owner.0);
    let default = default(class, owner, with.facts, with.version);
    *privileges = add_foreign(&[], privileges, with.standing.record, &default);
}

/// Returns privileges as a canonical value.
pub(crate) fn privileges_value(privileges: &[Privilege]) -> Value {
    model::transcode::to_value(privileges).unwrap_or_default()
}
