//! Who holds what on one target, and by which ways.

use crate::compile::{Access, Entry, PUBLIC, ROLE, RoleId, SERVER, Target, TargetId};
use crate::words::{NONE, Word};

/// What a way begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It was given.
    Given,
    /// Nothing is stored: it is what such a thing comes with.
    Default,
    /// It comes with belonging to somebody.
    Owner,
    /// It is a right over everything of the kind.
    Everywhere,
    /// It is an attribute of the role.
    Attribute,
    /// It is a membership.
    Member,
}

/// A way by which somebody holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The role that must be become first, where one must.
    pub after: Option<RoleId>,
    /// Whose right it is.
    pub holder: RoleId,
    /// What it begins with.
    pub source: Source,
    /// Who gave it.
    pub by: RoleId,
    /// Whether it may be passed on.
    pub option: bool,
}

/// Something that somebody holds on a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Who; [`PUBLIC`] is everybody.
    pub role: RoleId,
    pub(crate) column: Word,
    pub(crate) privilege: Word,
    /// By which ways, none twice, those that count at once first.
    pub ways: Vec<Way>,
}

impl Cell {
    /// Reports whether it counts only after becoming another role.
    #[must_use]
    pub fn is_after(&self) -> bool {
        self.ways.iter().all(|way| way.after.is_some())
    }
}

/// What is collected before it is sorted.
struct Found {
    key: (RoleId, Word, Word),
    way: Way,
}

impl Access {
    /// Returns the column of a cell, empty for the whole.
    #[must_use]
    pub fn column(&self, cell: &Cell) -> &str {
        self.words.text(cell.column)
    }

    /// Returns the privilege of a cell.
    #[must_use]
    pub fn privilege(&self, cell: &Cell) -> &str {
        self.words.text(cell.privilege)
    }

    /// Returns who holds what on a target, sorted by role; that everything is permitted to a superuser is not
    /// repeated.
    #[must_use]
    pub fn cells(&self, target: TargetId) -> Vec<Cell> {
        let target = self.target(target);
        let mut found = Vec::new();
        match target.kind.as_str() {
            SERVER => self.of_server(&mut found),
            ROLE => self.of_role(target, &mut found),
            _ => self.of_thing(target, &mut found),
        }
        found.retain(|one| target.kind == SERVER || !self.is_superuser(one.key.0));
        folded(found)
    }

    /// Returns what one role holds on a target, with what it has as everybody.
    #[must_use]
    pub fn cells_of(&self, target: TargetId, role: RoleId) -> Vec<Cell> {
        let mut found = Vec::new();
        for cell in self.cells(target) {
            // To a superuser everything is permitted anyway.
            if cell.role == role || cell.role == PUBLIC && !self.is_superuser(role) {
                let key = (role, cell.column, cell.privilege);
                found.extend(cell.ways.into_iter().map(|way| Found { key, way }));
            }
        }
        folded(found)
    }

    /// Returns what is stored about a target: entries as they were given, memberships, the owner.
    #[must_use]
    pub fn stored(&self, target: TargetId) -> Vec<Cell> {
        let target = self.target(target);
        let mut found = Vec::new();
        if target.kind == SERVER {
            self.attributes(&mut found);
        }
        for member in &target.members {
            let rights = [
                ("inherit", member.inherit),
                ("set", member.set),
                ("admin", member.admin),
            ];
            for (right, _) in rights.iter().filter(|(_, has)| *has) {
                let way = way(member.member, Source::Member, member.by, false);
                found.push(self.found(member.member, right, way));
            }
        }
        if let Some(owner) = target.owner {
            let way = way(owner, Source::Owner, owner, false);
            found.push(Found {
                key: (owner, NONE, self.own),
                way,
            });
        }
        for entry in &target.entries {
            let way = self.entry_way(target, entry);
            found.push(Found {
                key: (entry.to, entry.column, entry.privilege),
                way,
            });
        }
        folded(found)
    }

    fn found(&self, role: RoleId, privilege: &str, way: Way) -> Found {
        // Words of memberships are numbered when passes are made, before anybody asks.
        let privilege = self.words.find(privilege).unwrap_or(NONE);
        Found {
            key: (role, NONE, privilege),
            way,
        }
    }

    fn attributes(&self, found: &mut Vec<Found>) {
        for role in self.roles() {
            for attribute in &self.roles[role].attributes {
                found.push(Found {
                    key: (role, NONE, *attribute),
                    way: way(role, Source::Attribute, role, false),
                });
            }
        }
    }

    fn of_server(&self, found: &mut Vec<Found>) {
        self.attributes(found);
        let closure = &self.closures[0];
        for role in self.roles() {
            for attribute in &self.roles[role].attributes {
                if !self.assumable.contains(attribute) {
                    continue;
                }
                for other in closure.become_by(role) {
                    let has = self.is_superuser(*other)
                        || self.roles[*other].attributes.contains(attribute);
                    if !has {
                        let mut way = way(role, Source::Attribute, role, false);
                        way.after = Some(role);
                        found.push(Found {
                            key: (*other, NONE, *attribute),
                            way,
                        });
                    }
                }
            }
        }
    }

    fn of_role(&self, target: &Target, found: &mut Vec<Found>) {
        let Some(role) = target.path.first().and_then(|name| self.role(name)) else {
            return;
        };
        let closure = &self.closures[0];
        let membership = way(role, Source::Member, PUBLIC, false);
        let mut add = |one: Found| found.push(one);
        for member in closure
            .inherited_by(role)
            .iter()
            .filter(|one| **one != role)
        {
            add(self.found(*member, "inherit", membership));
        }
        for (member, after) in closure.assumed_by(role) {
            // Whoever can become it needs no other one for that.
            if !closure.become_by(role).contains(member) {
                let mut way = membership;
                way.after = Some(*after);
                add(self.found(*member, "inherit", way));
            }
        }
        for member in closure.become_by(role) {
            add(self.found(*member, "set", membership));
        }
        for member in target.members.iter().filter(|member| member.admin) {
            let way = way(member.member, Source::Member, member.by, false);
            self.spread(closure, member.member, way, |role, way| {
                add(self.found(role, "admin", way));
            });
        }
    }

    fn of_thing(&self, target: &Target, found: &mut Vec<Found>) {
        let closure = self.closure(target);
        for entry in &target.entries {
            let way = self.entry_way(target, entry);
            self.spread(closure, entry.to, way, |role, way| {
                found.push(Found {
                    key: (role, entry.column, entry.privilege),
                    way,
                });
            });
        }
        if let Some(owner) = target.owner {
            let way = way(owner, Source::Owner, owner, false);
            self.spread(closure, owner, way, |role, way| {
                found.push(Found {
                    key: (role, NONE, self.own),
                    way,
                });
            });
        }
        for (holder, privilege) in self.everywhere.get(&target.kind).into_iter().flatten() {
            let way = way(*holder, Source::Everywhere, *holder, false);
            self.spread(closure, *holder, way, |role, way| {
                found.push(Found {
                    key: (role, NONE, *privilege),
                    way,
                });
            });
        }
    }

    /// Gives what a role holds to everybody who has its rights, at once or after becoming another role.
    fn spread(
        &self,
        closure: &crate::closure::Closure,
        holder: RoleId,
        way: Way,
        mut give: impl FnMut(RoleId, Way),
    ) {
        for role in closure.inherited_by(holder) {
            give(*role, way);
        }
        for (role, after) in closure.assumed_by(holder) {
            let after = Some(*after);
            give(*role, Way { after, ..way });
        }
    }

    fn entry_way(&self, target: &Target, entry: &Entry) -> Way {
        let is_own = target.owner == Some(entry.to) && entry.by == entry.to;
        let source = match (is_own, target.is_default && entry.column == NONE) {
            (true, _) => Source::Owner,
            (false, true) => Source::Default,
            (false, false) => Source::Given,
        };
        way(entry.to, source, entry.by, entry.option)
    }

    /// Reports whether a role can do something on a target at once, whatever the way.
    #[must_use]
    pub fn holds(&self, target: TargetId, role: RoleId, column: &str, privilege: &str) -> bool {
        self.holds_among(&self.cells(target), role, column, privilege)
    }

    /// Reports the same where the cells of the target are at hand.
    #[must_use]
    pub fn holds_among(&self, cells: &[Cell], role: RoleId, column: &str, privilege: &str) -> bool {
        let mut cells = cells.iter();
        self.is_superuser(role)
            || self.words.find(privilege).is_some_and(|privilege| {
                cells.any(|cell| self.is_meant(cell, role, column, privilege))
            })
    }

    /// Reports whether a cell gives a role a privilege on a column, or the whole where it is empty.
    fn is_meant(&self, cell: &Cell, role: RoleId, column: &str, privilege: Word) -> bool {
        cell.privilege == privilege
            && (cell.role == role || cell.role == PUBLIC)
            && (cell.column == NONE || self.words.text(cell.column) == column)
            && !cell.is_after()
    }

    /// Reports whether a role can pass on what it, or somebody whose rights it has, holds on a target.
    #[must_use]
    pub fn can_give(&self, target: TargetId, role: RoleId, column: &str, privilege: &str) -> bool {
        let one = self.target(target);
        let closure = self.closure(one);
        let is_owner = one
            .owner
            .is_some_and(|owner| closure.has_rights_of(role, owner));
        let number = self.words.find(privilege);
        let given = || {
            one.entries.iter().any(|entry| {
                Some(entry.privilege) == number
                    && entry.option
                    && (entry.column == NONE || self.words.text(entry.column) == column)
                    && closure.has_rights_of(role, entry.to)
            })
        };
        self.is_superuser(role) || is_owner || given()
    }
}

fn way(holder: RoleId, source: Source, by: RoleId, option: bool) -> Way {
    Way {
        after: None,
        holder,
        source,
        by,
        option,
    }
}

/// Makes cells of what was found.
fn folded(mut found: Vec<Found>) -> Vec<Cell> {
    found.sort_unstable_by_key(|one| (one.key, one.way));
    let mut cells: Vec<Cell> = Vec::new();
    for Found { key, way } in found {
        let (role, column, privilege) = key;
        match cells.last_mut() {
            Some(cell) if (cell.role, cell.column, cell.privilege) == key => {
                if !cell.ways.contains(&way) {
                    cell.ways.push(way);
                }
            }
            _ => cells.push(Cell {
                role,
                column,
                privilege,
                ways: vec![way],
            }),
        }
    }
    cells
}
