//! Things declared by name, in source order, found by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Diagnostic;

use crate::codes;
use crate::expression::Name;

/// Things with unique names.
#[derive(Debug)]
pub(crate) struct Table<T> {
    entries: Vec<T>,
    numbers: BTreeMap<Arc<str>, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }
}

/// Something with a name.
pub(crate) trait Named {
    /// Returns the name and where it stands.
    fn name(&self) -> &Name;
}

impl<T: Named> Table<T> {
    /// Adds an entry; a second one of the same name is reported and left out.
    pub(crate) fn insert(&mut self, entry: T, what: &str, diagnostics: &mut Vec<Diagnostic>) {
        let name = entry.name();
        if let Some(first) = self.numbers.get(&name.text) {
            let first = self.entries[*first].name();
            diagnostics.push(
                codes::DUPLICATE
                    .error()
                    .at(
                        name.span,
                        format!("{what} `{}` is declared again here", name.text),
                    )
                    .at(first.span, "declared here first")
                    .help("Remove or rename one of the two."),
            );
            return;
        }
        self.numbers.insert(name.text.clone(), self.entries.len());
        self.entries.push(entry);
    }

    /// Returns the number of the entry with this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    /// Returns the entry with this number.
    pub(crate) fn at(&self, number: usize) -> &T {
        &self.entries[number]
    }

    /// Returns all names, sorted.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.numbers.keys().map(|name| &**name).collect()
    }

    /// Returns the first name, as an example.
    pub(crate) fn first_name(&self) -> Option<&str> {
        self.numbers.keys().next().map(|name| &**name)
    }

    /// Returns all entries in source order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.entries.iter()
    }

    /// Returns all entries in source order, to be changed; names must stay.
    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.entries.iter_mut()
    }

    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}
