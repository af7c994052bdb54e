//! Which batch finishes which change: the one with its last step.

use std::collections::BTreeMap;

use model::{Address, Batch, Change};

/// Changes by the batch that finishes them.
pub(crate) struct Finishing<'a> {
    /// By position of the batch.
    by_batch: BTreeMap<usize, Vec<&'a Change>>,
    /// Without any step.
    pub(crate) stepless: Vec<&'a Change>,
}

impl<'a> Finishing<'a> {
    pub(crate) fn of(changes: &'a [Change], batches: &[Batch]) -> Self {
        let mut last: BTreeMap<&Address, usize> = BTreeMap::new();
        for (position, batch) in batches.iter().enumerate() {
            for step in &batch.steps {
                last.insert(&step.address, position);
            }
        }
        let mut finishing = Self {
            by_batch: BTreeMap::new(),
            stepless: Vec::new(),
        };
        for change in changes {
            match last.get(&change.address) {
                Some(position) => finishing
                    .by_batch
                    .entry(*position)
                    .or_default()
                    .push(change),
                None => finishing.stepless.push(change),
            }
        }
        finishing
    }

    /// Returns the changes that a batch finishes.
    pub(crate) fn by(&self, batch: usize) -> &[&'a Change] {
        self.by_batch.get(&batch).map_or(&[], Vec::as_slice)
    }
}
