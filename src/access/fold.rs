//! What is alike in one line: thousands of equal rows are one group with a count.
//!
//! Folded are, in this order: privileges of one role on one target; columns of it; targets of one kind in one
//! container; roles.

use std::collections::BTreeMap;

use model::Address;

use crate::compare::{Comparison, Held, Row, Status};
use crate::compile::{FUTURE, PUBLIC, ROLE, SERVER, Target};

/// How something is held on one side, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// By which paths, without the role itself.
    pub paths: Vec<String>,
    /// What else there is to say, such as "with grant option".
    pub notes: Vec<String>,
}

/// Rows that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// How the sides stand to each other.
    pub status: Status,
    /// The number of what accepts it.
    pub accepted: Option<usize>,
    /// The numbers of the pairs of roles.
    pub role_pairs: Vec<usize>,
    /// Their names.
    pub roles: Vec<String>,
    /// The kind of the targets.
    pub kind: String,
    /// What they lie in, as `schema sales`; empty for what lies in nothing.
    pub container: String,
    /// Their schema, where they have one.
    pub schema: Option<String>,
    /// Their names, with columns.
    pub objects: Vec<String>,
    /// Whether they are there on the first side, and on the second one.
    pub is_on: (bool, bool),
    /// What is held.
    pub privileges: Vec<String>,
    /// How, on the first side.
    pub a: Option<Said>,
    /// How, on the second side.
    pub b: Option<Said>,
}

impl Group {
    /// Returns how many rows it stands for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.roles.len() * self.objects.len() * self.privileges.len()
    }

    /// Says on what it is: names where there are few.
    #[must_use]
    pub fn on(&self) -> String {
        let few = 3;
        let number = self.objects.len();
        let kind = self.kind.replace('_', " ");
        match (self.kind.as_str(), number) {
            (SERVER, _) => "the server".to_owned(),
            (_, 1) if self.kind.starts_with(FUTURE) => self.objects[0].clone(),
            (_, 1) => format!("{kind} {}", self.objects[0]),
            _ if self.kind.starts_with(FUTURE) => self.objects.join(", "),
            (_, 2..) if number <= few => format!("{kind}s {}", self.objects.join(", ")),
            _ if self.container.is_empty() => format!("{} {kind}s", counted(number)),
            _ => format!("{} {kind}s in {}", counted(number), self.container),
        }
    }

    /// Says who it is: names where there are few.
    #[must_use]
    pub fn who(&self) -> String {
        let few = 5;
        match self.roles.len() {
            number if number <= few => self.roles.join(", "),
            number => format!(
                "{} and {} more",
                self.roles[..few - 1].join(", "),
                counted(number - few + 1)
            ),
        }
    }
}

/// Writes a name as SQL does.
fn quoted(name: &str) -> String {
    Address::new("", ROLE, [name]).qualified_name()
}

/// Writes a number as people read it.
#[must_use]
pub fn counted(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What rows have in common before roles are folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    status: Status,
    accepted: Option<usize>,
    a: Option<Said>,
    b: Option<Said>,
}

impl Comparison<'_> {
    /// Folds rows that are alike.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let mut privileges: BTreeMap<(Alike, usize, usize, &str), Vec<&str>> = BTreeMap::new();
        for row in &self.rows {
            let key = (self.alike(row), row.role, row.target, row.column.as_str());
            privileges.entry(key).or_default().push(&row.privilege);
        }
        let mut columns: BTreeMap<(Alike, usize, usize, Vec<&str>), Vec<&str>> = BTreeMap::new();
        for ((alike, role, target, column), privileges) in privileges {
            let all = columns
                .entry((alike, role, target, privileges))
                .or_default();
            if !column.is_empty() {
                all.push(column);
            }
        }
        type Place<'a> = (&'a str, String, Option<&'a str>, (bool, bool));
        let mut targets: BTreeMap<(Alike, usize, Place<'_>, Vec<&str>), Vec<String>> =
            BTreeMap::new();
        for ((alike, role, target, privileges), columns) in columns {
            let one = self.target_in(alike.status, target);
            let place = (
                one.kind.as_str(),
                self.container(one),
                one.schema().filter(|_| one.kind != "schema"),
                self.is_on(target),
            );
            let mut name = self.label(alike.status, target);
            if !columns.is_empty() {
                name = format!("{name} ({})", columns.join(", "));
            }
            let names = targets.entry((alike, role, place, privileges)).or_default();
            names.push(name);
        }
        let mut roles: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for ((alike, role, place, privileges), objects) in targets {
            let key = (alike, place, objects, privileges);
            roles.entry(key).or_default().push(role);
        }
        let mut groups: Vec<Group> = roles
            .into_iter()
            .map(|((alike, place, objects, privileges), pairs)| {
                let (kind, container, schema, is_on) = place;
                let mut named: Vec<(String, usize)> = pairs
                    .into_iter()
                    .map(|pair| (self.role_in(alike.status, pair), pair))
                    .collect();
                named.sort();
                let (roles, role_pairs) = named.into_iter().unzip();
                Group {
                    status: alike.status,
                    accepted: alike.accepted,
                    role_pairs,
                    roles,
                    kind: kind.to_owned(),
                    container,
                    schema: schema.map(quoted),
                    objects,
                    is_on,
                    privileges: privileges.into_iter().map(str::to_owned).collect(),
                    a: alike.a,
                    b: alike.b,
                }
            })
            .collect();
        let rank = |group: &Group| match group.kind.as_str() {
            SERVER => 0,
            ROLE => 1,
            "database" => 2,
            "schema" => 3,
            kind if kind.starts_with(FUTURE) => 9,
            _ => 4,
        };
        groups.sort_by(|x, y| {
            let of = |group: &Group| (group.accepted.is_some(), group.status);
            of(x)
                .cmp(&of(y))
                .then_with(|| x.roles.cmp(&y.roles))
                .then_with(|| rank(x).cmp(&rank(y)))
                .then_with(|| (&x.kind, &x.objects).cmp(&(&y.kind, &y.objects)))
        });
        groups
    }

    fn alike(&self, row: &Row) -> Alike {
        Alike {
            status: row.status,
            accepted: row.accepted,
            a: row.a.as_ref().map(|held| self.said(0, held)),
            b: row.b.as_ref().map(|held| self.said(1, held)),
        }
    }

    /// Says how something is held on a side.
    #[must_use]
    pub fn said(&self, side: usize, held: &Held) -> Said {
        let mut said = Said::default();
        let Some(access) = self.access(side) else {
            return said;
        };
        let facts = &held.facts;
        // What counts only after becoming another role adds nothing to what counts at once.
        let ways = held
            .ways
            .iter()
            .filter(|way| facts.after || way.after.is_none());
        for way in ways {
            let path = match held.target {
                Some(target) => access.path(target, held.role, way),
                None => "by default".to_owned(),
            };
            if !path.is_empty() && !said.paths.contains(&path) {
                said.paths.push(path);
            }
        }
        if facts.option {
            said.notes.push("with grant option".to_owned());
        }
        if let Some((privilege, kind)) = &facts.lacks {
            let kind = kind.replace('_', " ");
            said.notes.push(match held.role {
                PUBLIC => format!("for those with {privilege} on its {kind}"),
                _ => format!("out of reach: no {privilege} on its {kind}"),
            });
        }
        if facts.by_row {
            said.notes
                .push("policies decide about which rows".to_owned());
        }
        said
    }

    /// Names what a target lies in.
    fn container(&self, target: &Target) -> String {
        match (target.schema(), target.database()) {
            (Some(_), _) if target.kind == "schema" => format!("database {}", target.path[0]),
            (Some(schema), Some(database)) => {
                let schema = quoted(schema);
                match self.has_several_databases {
                    true => format!("schema {}.{schema}", quoted(database)),
                    false => format!("schema {schema}"),
                }
            }
            (None, Some(database)) if target.path.len() > 1 => format!("database {database}"),
            _ => String::new(),
        }
    }

    /// Names a target among others of its kind.
    #[must_use]
    pub fn label(&self, status: Status, pair: usize) -> String {
        let target = self.target_in(status, pair);
        let is_on_both = matches!(status, Status::Differs | Status::Same);
        if is_on_both && (target.kind == ROLE || target.kind == "database") {
            let sides = self.targets[pair];
            let other = self.b.zip(sides.1).map(|(b, id)| &b.target(id).path[0]);
            return match other {
                Some(other) if *other != target.path[0] => format!("{} = {other}", target.path[0]),
                _ => target.path[0].clone(),
            };
        }
        let Some(kind) = target.kind.strip_prefix(FUTURE) else {
            return self.name(target);
        };
        let creator = target.path.last().map_or("", String::as_str);
        let creator = quoted(creator);
        format!(
            "{}s that {creator} will make in {}",
            kind.replace('_', " "),
            match target.schema() {
                Some(schema) => format!("schema {}", quoted(schema)),
                None => format!("database {}", quoted(&target.path[0])),
            }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        assert_eq!(counted(7), "7");
        assert_eq!(counted(5_000), "5,000");
        assert_eq!(counted(1_234_567), "1,234,567");
    }
}
