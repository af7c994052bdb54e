//! What stands on a column that is copied and comes along: keys and indexes, built on the new column before it takes
//! the place of the old one; checks, made again after that; sequences that belong to the column, and privileges on it.

use std::collections::BTreeSet;

use model::{Reference, Statement, Value};
use provider::{At, typed};

use super::Change;
use crate::acl::{Class, Privilege};
use crate::kinds::attached::{self, Handle};
use crate::kinds::index::Index;
use crate::kinds::index::online::concurrently;
use crate::kinds::marks::{self, Marks};
use crate::kinds::table::above::texts;
use crate::kinds::table::column::Owns;
use crate::kinds::table::constraint::Constraint;
use crate::kinds::table::create::own;
use crate::kinds::table::loose::mentions;
use crate::naming::with_end;
use crate::text::quote::ident;

/// The note of a declared table: live indexes that come along with columns that get another type, by name.
pub(crate) const CARRIED: &str = "carried_indexes";

/// Reports whether an index has a column as a key or stored along, so that another column can take its place there.
pub(crate) fn carries(index: &Index, column: &str) -> bool {
    let mentions =
        |text: &Option<String>| text.as_deref().is_some_and(|text| mentions(text, column));
    let is_key = index
        .key
        .iter()
        .any(|key| key.column.as_deref() == Some(column));
    let is_plain = index.part_of.is_none() && !index.only && !index.invalid;
    let is_in_text =
        mentions(&index.condition) || index.key.iter().any(|key| mentions(&key.expression));
    is_plain && !is_in_text && (is_key || index.include.iter().any(|name| name == column))
}

/// The note of a declared table: names that it would like to use meanwhile, and that others have.
pub(crate) const TAKEN: &str = "taken_names";

/// Returns what something may be called that is made beside something else, best first.
pub(crate) fn names_beside(name: &str, end: &str) -> Vec<String> {
    let ends = (1..10).map(|number| match number {
        1 => end.to_owned(),
        number => format!("{end}{number}"),
    });
    ends.map(|end| with_end(name, &end)).collect()
}

/// The statements by which all of it comes along.
#[derive(Default)]
pub(super) struct Carried {
    /// While people write: what is built on the new column.
    pub(super) built: Vec<Statement>,
    /// Before the old column goes.
    pub(super) before: Vec<Statement>,
    /// After the new one has its name.
    pub(super) after: Vec<Statement>,
    /// In transactions of their own, at last.
    pub(super) checked: Vec<Statement>,
    /// The names that are used meanwhile.
    used: BTreeSet<String>,
}

/// A key before and after the change, and on the new column.
struct CarriedKey {
    name: String,
    next: Constraint,
    on_new: Constraint,
}

impl Change<'_> {
    /// Reports whether somebody else has a name in the schema.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        texts(self.at.facts.notes.get(TAKEN))
            .iter()
            .any(|one| one == name)
    }

    /// Returns a name that nobody has.
    fn free_beside(&self, name: &str, used: &mut BTreeSet<String>) -> Option<String> {
        let mut names = names_beside(name, "_new").into_iter();
        let name = names.find(|one| !self.is_taken(one) && !used.contains(one))?;
        used.insert(name.clone());
        Some(name)
    }

    /// Returns what comes along with a column, called `new` meanwhile; `None` where something of it changes as well.
    pub(super) fn carried(&self, column: &str, new: &str) -> Option<Carried> {
        let mut carried = Carried::default();
        for owns in self.next.owns.iter().filter(|owns| owns.column == column) {
            let owns = Owns {
                column: new.to_owned(),
                ..owns.clone()
            };
            carried.before.push(own(&owns, &self.handle));
        }
        for key in self.keys_on(column, new) {
            self.carry_key(&key, &mut carried)?;
        }
        if let Some(Value::Map(indexes)) = self.at.facts.notes.get(CARRIED) {
            for (name, index) in indexes {
                let Value::Map(index) = index else {
                    return None;
                };
                let index: Index = typed(index);
                if carries(&index, column) {
                    self.carry_index(name, &index, (column, new), &mut carried)?;
                }
            }
        }
        self.carry_checks(column, &mut carried)?;
        self.carry_privileges(column, &mut carried);
        Some(carried)
    }

    /// Returns the keys that a column is in.
    fn keys_on(&self, column: &str, new: &str) -> Vec<CarriedKey> {
        let table = self.at.address.name();
        let has = |columns: &[String]| columns.iter().any(|name| name == column);
        let moved = |columns: &[String]| -> Vec<String> {
            let columns = columns.iter();
            let moved = columns.map(|name| if name == column { new } else { name });
            moved.map(str::to_owned).collect()
        };
        let primary = self.next.primary_key.iter();
        let primary = primary.filter(|key| has(&key.columns) || has(&key.include));
        let primary = primary.map(|key| {
            let mut on_new = key.clone();
            (on_new.columns, on_new.include) = (moved(&key.columns), moved(&key.include));
            (key.constraint(table), on_new.constraint(table))
        });
        let unique = self.next.unique.iter();
        let unique = unique.filter(|key| has(&key.columns) || has(&key.include));
        let unique = unique.map(|key| {
            let mut on_new = key.clone();
            (on_new.columns, on_new.include) = (moved(&key.columns), moved(&key.include));
            (key.constraint(), on_new.constraint())
        });
        let all = primary.chain(unique).map(|(next, on_new)| CarriedKey {
            name: next.name.clone(),
            next,
            on_new,
        });
        all.collect()
    }

    fn carry_key(&self, key: &CarriedKey, carried: &mut Carried) -> Option<()> {
        let (table, name) = (self.at.address, &key.name);
        let (old, next) = (
            self.old.constraints(table.name()),
            self.next.constraints(table.name()),
        );
        let renamed = self.renamed_key(&old, &next).filter(|(_, to)| to == name);
        let former = renamed.as_ref().map_or(name, |(from, _)| from);
        let Some(old) = old.get(former) else {
            // It is made after everything that stays.
            return Some(());
        };
        let by_index = key.on_new.by_index.as_ref()?;
        if old.body != key.next.body {
            return None;
        }
        let made = self.free_beside(name, &mut carried.used)?;
        let [build, _] = by_index.built(table, &made, table);
        carried.built.push(build);
        let (written, made) = (ident(name), ident(&made));
        let add = format!(
            "add constraint {written} {} using index {made}{}",
            by_index.sort, by_index.rest
        );
        carried.after.push(self.altering(&add).hazard(self.locks()));
        carried.after.extend(key.next.comments(None, table));
        let marked = marks::change(table, name, Marks::default(), key.next.marks);
        carried.after.extend(marked);
        Some(())
    }

    fn carry_index(
        &self,
        name: &str,
        index: &Index,
        (column, new): (&str, &str),
        carried: &mut Carried,
    ) -> Option<()> {
        let table = self.at.address;
        let mut on_new = Index {
            table: Reference(table.clone()),
            ..index.clone()
        };
        let keys = on_new.key.iter_mut().filter_map(|key| key.column.as_mut());
        for own in keys.chain(&mut on_new.include) {
            if own == column {
                new.clone_into(own);
            }
        }
        let address = table.sibling("index", [table.part(0), table.part(1), name]);
        let at = At {
            address: &address,
            ..*self.at
        };
        let made = self.free_beside(name, &mut carried.used)?;
        let qualified = |name: &str| format!("{}.{}", ident(table.part(1)), ident(name));
        let build = on_new.definition(&made, true, &at).hazard(self.scans());
        carried
            .built
            .push(concurrently(build, (&qualified(&made), table), "", table));
        let handle = Handle {
            keyword: "index",
            name: qualified(&made),
        };
        carried.after.push(handle.rename(name));
        carried.after.extend(index.dressed(&at));
        Some(())
    }

    /// Makes the checks again that go with the old column. New ones are made after everything that stays.
    fn carry_checks(&self, column: &str, carried: &mut Carried) -> Option<()> {
        let old = self.old.constraints(self.at.address.name());
        let about = self.next.check.iter();
        for check in about.filter(|check| mentions(&check.expression, column)) {
            let Some(old) = old.get(&check.name) else {
                continue;
            };
            let next = check.constraint();
            if old.body != next.body || old.not_valid != next.not_valid {
                return None;
            }
            let is_checked = !check.not_valid && !check.not_enforced;
            let late = if is_checked { " not valid" } else { "" };
            let add = format!("{}{late}", next.addition());
            carried.after.push(self.altering(&add).hazard(self.locks()));
            carried.after.extend(next.comments(None, self.at.address));
            if is_checked {
                carried.checked.push(self.checking(&ident(&check.name)));
            }
        }
        Some(())
    }

    fn carry_privileges(&self, column: &str, carried: &mut Carried) {
        let (owner, all) = (self.next.owner.as_ref(), &self.next.privileges);
        let is_other = |one: &&Privilege| one.column.as_deref() != Some(column);
        let others: Vec<_> = all.iter().filter(is_other).cloned().collect();
        carried.after.extend(attached::regrant(
            Class::Table,
            (owner, &others),
            (owner, all),
            self.at,
        ));
    }
}
