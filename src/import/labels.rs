//! A label for every block, by which others refer to it.

use std::collections::{BTreeMap, BTreeSet};

use model::Address;
use provider::Outline;
use provider::outline::Block;

use crate::text::{is_identifier, quoted};

/// Labels of blocks, in their order, and how objects are referred to.
pub(crate) struct Labels {
    labels: Vec<String>,
    references: BTreeMap<Address, String>,
}

impl Labels {
    /// Gives every block of an outline a label: its name, as far as that is a word and nobody else of its
    /// kind has it.
    pub(crate) fn of(outline: &Outline) -> Self {
        let blocks = &outline.blocks;
        let mut shared: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for block in blocks.iter().filter(|block| block.inside.is_none()) {
            *shared.entry((block.kind, word(&block.name))).or_default() += 1;
        }
        let mut taken = BTreeSet::new();
        let mut labels = Vec::with_capacity(blocks.len());
        let mut references = BTreeMap::new();
        for block in blocks {
            if block.inside.is_some() {
                labels.push(block.name.clone());
                continue;
            }
            let is_shared = shared[&(block.kind, word(&block.name))] > 1;
            let label = free(block, is_shared, &mut taken);
            if let Some(address) = &block.address {
                references.insert(address.clone(), format!("{}.{label}", block.kind));
            }
            labels.push(label);
        }
        Self { labels, references }
    }

    /// Returns the label of a block.
    pub(crate) fn label(&self, at: usize) -> &str {
        &self.labels[at]
    }

    /// Returns how an object is referred to: by its block, or by its name where it has none.
    pub(crate) fn reference(&self, address: &Address) -> String {
        match self.references.get(address) {
            Some(reference) => reference.clone(),
            None => quoted(&name(address)),
        }
    }
}

/// Returns the first label that is free.
fn free(block: &Block, is_shared: bool, taken: &mut BTreeSet<(&'static str, String)>) -> String {
    let own = word(&block.name);
    let mut candidates = Vec::new();
    if !is_shared {
        candidates.push(own.clone());
    } else if let (Some(schema), Some(_)) = (&block.schema, &block.address) {
        candidates.push(format!("{}_{own}", word(schema)));
    } else {
        candidates.push(own.clone());
    }
    if let Some(address) = &block.address
        && let Some((_, arguments)) = address.name().split_once('(')
    {
        let arguments = word(arguments.trim_end_matches(')'));
        candidates.push(format!("{}_{}", candidates[0], arguments.trim_matches('_')));
    }
    let last = candidates.last().cloned().unwrap_or(own);
    candidates
        .into_iter()
        .chain((2..).map(|number: usize| format!("{last}_{number}")))
        .find(|label| taken.insert((block.kind, label.clone())))
        .unwrap_or(last)
}

/// Makes a name a word that can follow a dot.
fn word(name: &str) -> String {
    let mut word: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    if !is_identifier(&word) {
        word.insert(0, '_');
    }
    word
}

/// Writes the name of an object that no block declares, as a provider reads it.
fn name(address: &Address) -> String {
    let path = address.path();
    if path.len() == 1 {
        return address.name().to_owned();
    }
    let parts = path.iter().filter(|part| !part.is_empty());
    let part = |part: &String| {
        if part.contains(['.', '"']) {
            format!("\"{}\"", part.replace('"', "\"\""))
        } else {
            part.clone()
        }
    };
    parts.map(part).collect::<Vec<_>>().join(".")
}
