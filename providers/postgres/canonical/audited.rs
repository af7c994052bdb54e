//! Audits, and the declared objects that their queries name.

use std::cell::RefCell;
use std::collections::BTreeSet;

use model::{Address, Audit};
use provider::Question;

use crate::naming::{self, RELATIONS};
use crate::text::rename::{Offer, rename};

/// An audit whose query is to be checked.
pub(super) struct Audited<'a> {
    /// Its number in the question.
    pub(super) number: usize,
    pub(super) audit: &'a Audit,
    /// The declared relations that its query names, and what it is about.
    pub(super) named: BTreeSet<Address>,
}

impl<'a> Audited<'a> {
    /// Returns the audits of a question that run in a database.
    pub(super) fn at(place: &str, question: Question<'a>) -> Vec<Self> {
        let audits = question.audits.iter().enumerate();
        audits
            .filter(|(_, audit)| naming::database(&audit.on).unwrap_or_default() == place)
            .map(|(number, audit)| Self {
                number,
                audit,
                named: named(place, audit, question),
            })
            .collect()
    }
}

fn named(place: &str, audit: &Audit, question: Question<'_>) -> BTreeSet<Address> {
    let found = RefCell::new(BTreeSet::from([audit.on.clone()]));
    let look = |schema: Option<&str>, name: &str, _| {
        let schemas = match schema {
            Some(schema) => vec![schema],
            None => audit.query.names_in.iter().map(String::as_str).collect(),
        };
        let paths = schemas.into_iter().map(|schema| [place, schema, name]);
        let addresses = paths.flat_map(|path| RELATIONS.map(|kind| audit.on.sibling(kind, path)));
        let declared = addresses.filter(|address| question.desired.contains(address));
        found.borrow_mut().extend(declared);
        None
    };
    // What it would become is of no interest.
    let _ = rename(&audit.query.sql, Offer::Every, &look);
    found.into_inner()
}
