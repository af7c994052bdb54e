//! From one ACL to another: the fewest grants and revokes, in an order that works.
//!
//! The order: what delegates granted is taken back first, those who are farthest from the owner before
//! all others, because an option cannot be revoked while something depends on it; then what the owner
//! granted; then grants are given, the owner's first. Revoking a privilege
//! on a whole table also takes it from its columns, so column grants come last and are given again
//! where a revoke took them along.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Hazard, Statement};

use super::{Atom, Atoms, Privilege, listed};
use crate::text::quote::{ident, literal};

/// What the privileges are on, and how it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// What follows `ON`, such as `table raw.videos`; empty for default privileges.
    pub on: String,
    /// What comes before `GRANT` or `REVOKE`, such as `alter default privileges in schema raw`.
    pub prefix: String,
    /// The object in words, for hazards.
    pub words: String,
    /// The schema it lies in, if any.
    pub schema: String,
    /// Delegates who may not be able to enter the schema.
    pub locked_out: BTreeSet<Address>,
}

/// What is granted or revoked together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    /// How many delegates stand between the owner and what is granted.
    distance: usize,
    by: Option<Address>,
    to: Option<Address>,
    option: bool,
}

/// Privileges of a group: whole ones, and those of columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Names {
    whole: BTreeSet<String>,
    columns: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    fn add(&mut self, atom: &Atom) {
        match &atom.column {
            None => {
                self.whole.insert(atom.privilege.clone());
            }
            Some(column) => {
                self.columns
                    .entry(atom.privilege.clone())
                    .or_default()
                    .insert(column.clone());
            }
        }
    }

    fn text(&self) -> String {
        let whole = self.whole.iter().cloned();
        let columns = self.columns.iter().map(|(privilege, columns)| {
            let names: Vec<_> = columns.iter().map(|column| ident(column)).collect();
            format!("{privilege} ({})", names.join(", "))
        });
        whole.chain(columns).collect::<Vec<_>>().join(", ")
    }
}

fn grantee(to: Option<&Address>) -> String {
    to.map_or_else(|| "public".to_owned(), |role| ident(role.name()))
}

/// Who may grant which privileges on, and by whose grants.
struct Delegates<'a>(BTreeMap<(&'a Address, &'a str), BTreeSet<&'a Address>>);

impl<'a> Delegates<'a> {
    fn of(atoms: &'a Atoms) -> Self {
        let mut all: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (atom, option) in atoms {
            if let (Some(to), Some(by), true) = (&atom.to, &atom.by, option) {
                let grantors = all.entry((to, atom.privilege.as_str())).or_default();
                grantors.insert(by);
            }
        }
        Self(all)
    }

    /// Returns how many delegates stand between the owner and what somebody grants.
    fn distance(&self, by: Option<&Address>, privilege: &str) -> usize {
        let mut seen = BTreeSet::new();
        let mut next: BTreeSet<&Address> = by.into_iter().collect();
        let mut distance = 0;
        while !next.is_empty() {
            distance += 1;
            seen.extend(next.iter().copied());
            next = next
                .into_iter()
                .filter_map(|role| self.0.get(&(role, privilege)))
                .flatten()
                .filter(|by| !seen.contains(*by))
                .copied()
                .collect();
        }
        distance
    }
}

/// Returns the statements that turn one ACL into another.
#[must_use]
pub fn change(from: &Atoms, to: &Atoms, target: &Target) -> Vec<Statement> {
    let (old, new) = (Delegates::of(from), Delegates::of(to));
    let mut revoked: BTreeMap<Group, Names> = BTreeMap::new();
    let mut granted: BTreeMap<Group, Names> = BTreeMap::new();
    let mut lost_columns = BTreeSet::new();
    for (atom, option) in from {
        let revoke_option = match to.get(atom) {
            None => false,
            Some(wanted) if *option && !*wanted => true,
            Some(_) => continue,
        };
        let group = Group {
            distance: old.distance(atom.by.as_ref(), &atom.privilege),
            by: atom.by.clone(),
            to: atom.to.clone(),
            option: revoke_option,
        };
        revoked.entry(group).or_default().add(atom);
        if atom.column.is_none() {
            lost_columns.insert((atom.to.clone(), atom.by.clone(), atom.privilege.clone()));
        }
    }
    for (atom, option) in to {
        let has = from.get(atom).is_some_and(|has| *has || !*option);
        let lost = atom.column.is_some()
            && lost_columns.contains(&(atom.to.clone(), atom.by.clone(), atom.privilege.clone()));
        if !has || lost {
            let group = Group {
                distance: new.distance(atom.by.as_ref(), &atom.privilege),
                by: atom.by.clone(),
                to: atom.to.clone(),
                option: *option,
            };
            granted.entry(group).or_default().add(atom);
        }
    }
    // Delegates first when taking, last when giving.
    let mut revoked: Vec<_> = revoked.into_iter().collect();
    revoked.sort_by_key(|(group, _)| std::cmp::Reverse(group.distance));
    let mut statements = Vec::new();
    for (group, names) in revoked {
        statements.extend(revoke(&group, &names, target));
    }
    statements.extend(grants(granted, target));
    statements.into_iter().map(Statement::quiet).collect()
}

/// Returns the statements after which whoever is named has exactly what is said, whatever it was before.
#[must_use]
pub fn impose(privileges: &[Privilege], target: &Target) -> Vec<Statement> {
    let holders: BTreeSet<_> = privileges.iter().map(Privilege::holder).collect();
    let revokes = holders.into_iter().map(|(to, column)| {
        let column = column.map(|column| format!(" ({})", ident(column)));
        Statement::new(format!(
            "{}revoke all{}{} from {}",
            target.prefix,
            column.unwrap_or_default(),
            on(target),
            grantee(to)
        ))
        .quiet()
    });
    revokes
        .chain(change(&Atoms::new(), &listed(privileges), target))
        .collect()
}

/// Runs a statement as the delegate who must be its grantor.
fn as_grantor(by: Option<&Address>, statement: Statement, target: &Target) -> Vec<Statement> {
    let Some(role) = by else {
        return vec![statement];
    };
    if target.locked_out.contains(role) {
        return vec![entering(role, statement, target)];
    }
    vec![
        Statement::new(format!("set local role {}", ident(role.name()))),
        statement,
        Statement::new("reset role"),
    ]
}

/// Runs a statement as a role that is let into the schema for it, where it has to be.
fn entering(role: &Address, statement: Statement, target: &Target) -> Statement {
    let schema = ident(&target.schema);
    let name = literal(role.name());
    let role = ident(role.name());
    let body = format!(
        "declare enters constant bool := pg_catalog.has_schema_privilege({name}, {}, 'usage'); begin \
         if not enters then grant usage on schema {schema} to {role}; end if; \
         set local role {role}; {}; reset role; \
         if not enters then revoke usage on schema {schema} from {role}; end if; end",
        literal(&target.schema),
        statement.sql
    );
    Statement {
        sql: format!("do {}", literal(&body)),
        ..statement
    }
}

fn on(target: &Target) -> String {
    if target.on.is_empty() {
        String::new()
    } else {
        format!(" on {}", target.on)
    }
}

fn revoke(group: &Group, names: &Names, target: &Target) -> Vec<Statement> {
    let option = if group.option {
        "grant option for "
    } else {
        ""
    };
    let whom = grantee(group.to.as_ref());
    let sql = format!(
        "{}revoke {option}{}{} from {whom}",
        target.prefix,
        names.text(),
        on(target)
    );
    let right = if group.option {
        "the right to grant "
    } else {
        ""
    };
    let what = format!("{right}{} on {} from {whom}", names.text(), target.words);
    let statement = Statement::new(sql).hazard(Hazard::TakesAccess { what });
    as_grantor(group.by.as_ref(), statement, target)
}

/// Grantees by what is the same for all of them: distance, grantor, grant option and privileges.
type Together = BTreeMap<(usize, Option<Address>, bool, Names), Vec<Option<Address>>>;

/// Grants, those to several grantees in one statement where they are the same.
fn grants(granted: BTreeMap<Group, Names>, target: &Target) -> Vec<Statement> {
    let mut together: Together = BTreeMap::new();
    for (group, names) in granted {
        together
            .entry((group.distance, group.by, group.option, names))
            .or_default()
            .push(group.to);
    }
    let mut statements = Vec::new();
    for ((_, by, option, names), grantees) in together {
        let whom: Vec<_> = grantees.iter().map(|to| grantee(to.as_ref())).collect();
        let suffix = if option { " with grant option" } else { "" };
        let sql = format!(
            "{}grant {}{} to {}{suffix}",
            target.prefix,
            names.text(),
            on(target),
            whom.join(", ")
        );
        let mut statement = Statement::new(sql);
        if grantees.contains(&None) {
            let what = format!("{} on {}", names.text(), target.words);
            statement = statement.hazard(Hazard::GivesPublicAccess { what });
        }
        statements.extend(as_grantor(by.as_ref(), statement, target));
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Address {
        Address::new("postgres", "role", [name])
    }

    /// To whom, by whom, on which column, what, and whether with grant option.
    type Entry<'a> = (&'a str, Option<&'a str>, Option<&'a str>, &'a str, bool);

    fn atoms(entries: &[Entry<'_>]) -> Atoms {
        entries
            .iter()
            .map(|(to, by, column, privilege, option)| {
                let atom = Atom {
                    to: (*to != "public").then(|| role(to)),
                    by: by.map(role),
                    column: column.map(str::to_owned),
                    privilege: (*privilege).to_owned(),
                };
                (atom, *option)
            })
            .collect()
    }

    fn texts(from: &Atoms, to: &Atoms) -> Vec<String> {
        let target = Target {
            on: "table raw.t".to_owned(),
            prefix: String::new(),
            words: "table raw.t".to_owned(),
            ..Target::default()
        };
        change(from, to, &target)
            .into_iter()
            .map(|statement| statement.sql)
            .collect()
    }

    #[test]
    fn a_table_revoke_gives_the_column_grant_back() {
        let before = atoms(&[
            ("a", None, None, "select", false),
            ("a", None, Some("x"), "select", false),
        ]);
        let after = atoms(&[("a", None, Some("x"), "select", false)]);
        assert_eq!(
            texts(&before, &after),
            [
                "revoke select on table raw.t from a",
                "grant select (x) on table raw.t to a"
            ]
        );
    }

    #[test]
    fn what_a_delegate_granted_is_taken_back_by_the_delegate_and_first() {
        let before = atoms(&[
            ("a", None, None, "select", true),
            ("b", Some("a"), None, "select", false),
        ]);
        assert_eq!(
            texts(&before, &Atoms::new()),
            [
                "set local role a",
                "revoke select on table raw.t from b",
                "reset role",
                "revoke select on table raw.t from a"
            ]
        );
    }

    #[test]
    fn the_end_of_a_chain_is_taken_back_first_and_given_last() {
        let chain = atoms(&[
            ("c", None, None, "select", true),
            ("b", Some("c"), None, "select", true),
            ("a", Some("b"), None, "select", false),
        ]);
        let roles = |statements: Vec<String>| -> Vec<String> {
            let last = statements.iter().filter_map(|sql| sql.rsplit_once(' '));
            last.filter(|(rest, _)| rest.contains("select on"))
                .map(|(_, role)| role.to_owned())
                .collect()
        };
        assert_eq!(roles(texts(&chain, &Atoms::new())), ["a", "b", "c"]);
        let given = texts(&Atoms::new(), &chain);
        assert_eq!(
            given[given.len() - 3..],
            [
                "set local role b",
                "grant select on table raw.t to a",
                "reset role"
            ]
        );
    }

    #[test]
    fn only_the_option_goes_when_only_the_option_goes() {
        let before = atoms(&[("a", None, None, "select", true)]);
        let after = atoms(&[("a", None, None, "select", false)]);
        assert_eq!(
            texts(&before, &after),
            ["revoke grant option for select on table raw.t from a"]
        );
        assert_eq!(
            texts(&after, &before),
            ["grant select on table raw.t to a with grant option"]
        );
    }

    #[test]
    fn equal_grants_share_a_statement() {
        let after = atoms(&[
            ("a", None, None, "select", false),
            ("b", None, None, "select", false),
        ]);
        assert_eq!(
            texts(&Atoms::new(), &after),
            ["grant select on table raw.t to a, b"]
        );
    }
}
