//! What there is to know of something held, beside that it is.

use std::collections::{BTreeSet, HashMap};

use provider::access::{Class, Pass, RowSecurity};

use crate::cells::Cell;
use crate::compile::{Access, PUBLIC, RoleId, Target, TargetId};
use crate::words::Word;

/// What there is to know of something held, beside that it is. Where two sides differ in one of these, they differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts {
    /// Whether it counts only after becoming another role.
    pub after: bool,
    /// Whether it may be passed on.
    pub option: bool,
    /// What is lacking on the way to it, so that it cannot be used: a privilege and the kind of the container.
    pub lacks: Option<(String, String)>,
    /// Whether policies decide about which rows.
    pub by_row: bool,
    /// Who gave it, where what is stored is compared.
    pub by: BTreeSet<String>,
}

/// By kind, path and privilege: whether each role can pass.
type Open = HashMap<(String, Vec<String>), Vec<(Word, Vec<bool>)>>;

/// Who can pass containers.
#[derive(Debug, Default)]
pub(crate) struct Passes {
    open: Open,
}

impl Passes {
    /// Computes who can pass what.
    pub(crate) fn of(access: &Access) -> Self {
        let classes = &access.population().classes;
        let passes: BTreeSet<(&str, &str)> = classes
            .values()
            .flat_map(|class| &class.passes)
            .map(|pass| (pass.kind.as_str(), pass.privilege.as_str()))
            .collect();
        let mut open = Open::new();
        for id in access.targets() {
            let target = access.target(id);
            let mut wanted = passes
                .iter()
                .filter(|(kind, _)| *kind == target.kind)
                .peekable();
            if wanted.peek().is_none() {
                continue;
            }
            let cells = access.cells(id);
            for (_, privilege) in wanted {
                let Some(privilege) = access.words.find(privilege) else {
                    continue;
                };
                let mut can: Vec<bool> = (0..=access.roles().count())
                    .map(|role| access.is_superuser(role))
                    .collect();
                let all = cells.iter().filter(|cell| cell.privilege == privilege);
                for cell in all.filter(|cell| !cell.is_after()) {
                    can[cell.role] = true;
                }
                if can[PUBLIC] {
                    can.fill(true);
                }
                let key = (target.kind.clone(), target.path.clone());
                open.entry(key).or_default().push((privilege, can));
            }
        }
        Self { open }
    }

    /// Returns whether each role can pass a container, by privilege. What is not looked into cannot be said to be
    /// closed.
    fn through(&self, kind: &str, path: &[String]) -> &[(Word, Vec<bool>)] {
        self.open
            .get(&(kind.to_owned(), path.to_vec()))
            .map_or(&[], Vec::as_slice)
    }
}

/// What lies on the way to one target.
pub struct Approach<'a> {
    access: &'a Access,
    target: &'a Target,
    class: Option<&'a Class>,
    /// What must be passed, and whether each role can.
    gates: Vec<(&'a Pass, &'a [bool])>,
}

impl Access {
    /// Returns what lies on the way to a target.
    #[must_use]
    pub fn approach(&self, id: TargetId) -> Approach<'_> {
        let target = self.target(id);
        let class = self.class(&target.kind);
        let passes = class.map_or(&[][..], |class| &class.passes);
        let gates = passes.iter().filter_map(|pass| {
            let path = &target.path[..pass.parts.min(target.path.len())];
            let privilege = self.words.find(&pass.privilege)?;
            let mut open = self.passes.through(&pass.kind, path).iter();
            let (_, can) = open.find(|(one, _)| *one == privilege)?;
            Some((pass, can.as_slice()))
        });
        Approach {
            access: self,
            target,
            class,
            gates: gates.collect(),
        }
    }
}

impl Approach<'_> {
    /// Returns what there is to know of something held.
    #[must_use]
    pub fn facts(&self, cell: &Cell) -> Facts {
        let after = cell.is_after();
        let first = cell.ways.first();
        let acting = first.and_then(|way| way.after).unwrap_or(cell.role);
        Facts {
            after,
            option: cell
                .ways
                .iter()
                .any(|way| way.option && way.after.is_some() == after),
            lacks: self.lacks(cell, acting),
            by_row: self.is_by_row(cell, acting),
            by: BTreeSet::new(),
        }
    }

    fn lacks(&self, cell: &Cell, acting: RoleId) -> Option<(String, String)> {
        let access = self.access;
        // Of a role of which only the name is known, nobody knows what else it has.
        if cell.privilege == access.own || access.roles[acting].only_named {
            return None;
        }
        let (lacking, _) = self.gates.iter().find(|(pass, can)| {
            let role = if pass.logins_only { cell.role } else { acting };
            (!pass.logins_only || access.is_login(role)) && !can[role]
        })?;
        Some((lacking.privilege.clone(), lacking.kind.clone()))
    }

    fn is_by_row(&self, cell: &Cell, acting: RoleId) -> bool {
        let (access, target) = (self.access, self.target);
        let is_narrowed = |class: &Class| {
            let privilege = access.words.text(cell.privilege);
            class.by_row.iter().any(|one| one == privilege)
        };
        if target.row_security == RowSecurity::Off || !self.class.is_some_and(is_narrowed) {
            return false;
        }
        let is_owner = target
            .owner
            .is_some_and(|owner| access.closure(target).has_rights_of(acting, owner));
        let is_exempt = is_owner && target.row_security == RowSecurity::On;
        !(access.is_superuser(acting) || access.roles[acting].bypasses_rows || is_exempt)
    }
}
