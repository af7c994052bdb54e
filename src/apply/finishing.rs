//! Which batch begins and which one finishes which change: those with its first and its last step. There are
//! objects with steps and without a change: what does not run while others change.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Batch, Change};

/// An object that a batch begins to work on, with its change, where it has one.
pub(crate) type Begun<'a> = (&'a Address, Option<&'a Change>);

/// Changes by the batches that begin and finish them.
pub(crate) struct Finishing<'a> {
    /// By position of the first batch, with the last one.
    beginning: BTreeMap<usize, Vec<(usize, Begun<'a>)>>,
    /// By position of the last batch.
    by_batch: BTreeMap<usize, Vec<&'a Change>>,
    /// Without any step.
    pub(crate) stepless: Vec<&'a Change>,
}

impl<'a> Finishing<'a> {
    pub(crate) fn of(changes: &'a [Change], batches: &'a [Batch]) -> Self {
        let mut spans: BTreeMap<&'a Address, (usize, usize)> = BTreeMap::new();
        for (position, batch) in batches.iter().enumerate() {
            for step in &batch.steps {
                spans
                    .entry(&step.address)
                    .and_modify(|(_, last)| *last = position)
                    .or_insert((position, position));
            }
        }
        let mut finishing = Self {
            beginning: BTreeMap::new(),
            by_batch: BTreeMap::new(),
            stepless: Vec::new(),
        };
        for change in changes {
            match spans.remove(&change.address) {
                Some((first, last)) => {
                    let begun = (&change.address, Some(change));
                    let beginning = finishing.beginning.entry(first).or_default();
                    beginning.push((last, begun));
                    finishing.by_batch.entry(last).or_default().push(change);
                }
                None => finishing.stepless.push(change),
            }
        }
        for (address, (first, last)) in spans {
            let beginning = finishing.beginning.entry(first).or_default();
            beginning.push((last, (address, None)));
        }
        finishing
    }

    /// Returns what a batch begins, by the batch that finishes it.
    pub(crate) fn begun_in(&self, batch: usize) -> BTreeMap<usize, Vec<Begun<'a>>> {
        let mut begun: BTreeMap<usize, Vec<Begun<'_>>> = BTreeMap::new();
        for (last, one) in self.beginning.get(&batch).into_iter().flatten() {
            begun.entry(*last).or_default().push(*one);
        }
        begun
    }

    /// Reports whether a batch finishes something that an earlier one began.
    pub(crate) fn continues(&self, batch: usize) -> bool {
        let mut earlier = self.beginning.range(..batch).flat_map(|(_, begun)| begun);
        earlier.any(|(last, _)| *last == batch)
    }

    /// Returns the objects that are begun before a batch and not finished before it.
    pub(crate) fn unfinished(&self, batch: usize) -> BTreeSet<&'a Address> {
        let earlier = self.beginning.range(..batch).flat_map(|(_, begun)| begun);
        earlier
            .filter(|(last, _)| *last >= batch)
            .map(|(_, (address, _))| *address)
            .collect()
    }

    /// Returns the changes that a batch finishes.
    pub(crate) fn by(&self, batch: usize) -> &[&'a Change] {
        self.by_batch.get(&batch).map_or(&[], Vec::as_slice)
    }
}
