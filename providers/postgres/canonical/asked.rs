//! Texts of which PostgreSQL is asked no more than whether it accepts them: the queries of audits and the statements of
//! hooks; and the declared objects that they name.

use std::cell::RefCell;
use std::collections::BTreeSet;

use model::hook::When;
use model::{Address, Statement};
use provider::Question;

use crate::naming::{self, RELATIONS};
use crate::text::rename::{Offer, rename};

/// What is there when something is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runs {
    /// What is declared, some of it at least.
    pub(super) sees_next: bool,
    /// What is there now, some of it at least.
    pub(super) sees_live: bool,
}

/// A text that is to be checked.
pub(super) struct Asked<'a> {
    /// Its number in the question, among those like it.
    pub(super) number: usize,
    /// What it is called in the files.
    pub(super) name: String,
    pub(super) statement: &'a Statement,
    /// When it is run.
    pub(super) runs: Runs,
    /// The declared relations that it names, and what it is about.
    pub(super) named: BTreeSet<Address>,
}

impl<'a> Asked<'a> {
    /// Returns the audits of a question that run in a database.
    pub(super) fn audits(place: &str, question: Question<'a>) -> Vec<Self> {
        let audits = question.audits.iter().enumerate();
        audits
            .filter(|(_, audit)| naming::database(&audit.on).unwrap_or_default() == place)
            .map(|(number, audit)| {
                let about = std::slice::from_ref(&audit.on);
                Self {
                    number,
                    name: audit.name.clone(),
                    statement: &audit.query,
                    runs: Runs {
                        sees_next: true,
                        sees_live: false,
                    },
                    named: named((audit.on.provider(), place), about, &audit.query, question),
                }
            })
            .collect()
    }

    /// Returns the hooks of a question that run in a database.
    pub(super) fn hooks(place: &str, question: Question<'a>) -> Vec<Self> {
        let hooks = question.hooks.iter().enumerate();
        hooks
            .filter(|(_, hook)| hook.place == place)
            .map(|(number, hook)| {
                let site = (hook.provider.as_str(), place);
                Self {
                    number,
                    name: hook.id.to_string(),
                    statement: &hook.statement,
                    runs: Runs {
                        sees_next: hook.when != When::BeforeApply,
                        sees_live: hook.when != When::AfterApply,
                    },
                    named: named(site, &hook.on, &hook.statement, question),
                }
            })
            .collect()
    }
}

fn named(
    (provider, place): (&str, &str),
    about: &[Address],
    statement: &Statement,
    question: Question<'_>,
) -> BTreeSet<Address> {
    let is_here = |address: &&Address| naming::database(address).unwrap_or_default() == place;
    let about = about.iter().filter(is_here).cloned();
    let found = RefCell::new(about.collect::<BTreeSet<Address>>());
    let look = |schema: Option<&str>, name: &str, _| {
        let schemas = match schema {
            Some(schema) => vec![schema],
            None => statement.names_in.iter().map(String::as_str).collect(),
        };
        let paths = schemas.into_iter().map(|schema| [place, schema, name]);
        let addresses =
            paths.flat_map(|path| RELATIONS.map(|kind| Address::new(provider, kind, path)));
        let declared = addresses.filter(|address| question.desired.contains(address));
        found.borrow_mut().extend(declared);
        None
    };
    // What it would become is of no interest.
    let _ = rename(&statement.sql, Offer::Every, &look);
    found.into_inner()
}
