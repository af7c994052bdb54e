//! Drift as it is told: every deviation with its identity, its place in the files, who did it where that is known,
//! and the statements that would put it right. One file for each way to say it.

pub mod args;
pub mod deeds;
mod github;
mod gitlab;
mod junit;
pub mod look;
mod markdown;
pub mod metrics;
pub mod report;
mod sarif;
pub mod say;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::{Address, DeclarationId, DriftIgnore, Span, Unmanaged, Value};
use plan::{Deviation, Drift, Status};
use provider::deed::words;
use provider::{Activity, Desired, decode};

use crate::project::{Project, shown};
use crate::report::Place;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something is gone, or somebody may do what nobody allowed.
    Critical,
    /// Something is not as declared.
    Major,
    /// To know.
    Info,
}

impl Severity {
    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Major => "major",
            Self::Info => "info",
        }
    }
}

/// A deviation with all that is known of it.
#[derive(Debug, Clone)]
pub struct Told {
    /// What it is.
    pub deviation: Deviation,
    /// Its stable identity.
    pub fingerprint: String,
    /// Where it belongs in the files, with paths as seen from where the command runs.
    pub place: Option<Place>,
    /// Who did it, in words, as far as that is known.
    pub who: Vec<String>,
    /// What would put the object right.
    pub remedy: Vec<String>,
    /// Whether no file says to whom the object belongs, so that a plan takes the new owner as it is.
    pub is_open: bool,
}

/// What is to be known of an owner that no file names.
pub const OPEN: &str = "no file says who owns it, so `apply` leaves the new owner: declare `owner`, or run the statement";

impl Told {
    /// Returns how much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self.deviation.status {
            _ if !self.deviation.is_drift() => Severity::Info,
            Status::Lost | Status::ExtraGrant => Severity::Critical,
            // Whoever owns it may do everything.
            Status::Changed if self.deviation.attribute() == Some(plan::OWNER) => {
                Severity::Critical
            }
            Status::MissingGrant | Status::Changed => Severity::Major,
            Status::Unmanaged => Severity::Info,
        }
    }

    /// Names the object: `view.adults (shop.adults)`.
    #[must_use]
    pub fn object(&self) -> String {
        let address = &self.deviation.address;
        match &self.deviation.id {
            Some(id) => format!("{id} ({})", address.qualified_name()),
            None => format!("{} {}", address.kind(), address.qualified_name()),
        }
    }

    /// Says what happened, in a sentence without its full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        let object = self.object();
        let rights = || {
            let words: Vec<_> = self
                .deviation
                .rights
                .iter()
                .map(plan::Right::words)
                .collect();
            words.join("; ")
        };
        let grantee = self.deviation.grantee().unwrap_or_default();
        match self.deviation.status {
            Status::Lost => format!("{object} has been deleted"),
            Status::ExtraGrant => format!("{object}: {grantee} has gained {}", rights()),
            Status::MissingGrant => format!("{object}: {grantee} has lost {}", rights()),
            Status::Changed => {
                let attribute = self.deviation.attribute().unwrap_or_default();
                let open = if self.is_open {
                    "; no file says who owns it"
                } else {
                    ""
                };
                format!("{object}: {attribute} has changed{}{open}", self.change())
            }
            Status::Unmanaged if !self.deviation.rights.is_empty() => {
                format!(
                    "{object} is neither declared nor recorded; there is {}",
                    rights()
                )
            }
            Status::Unmanaged => format!("{object} is neither declared nor recorded"),
        }
    }

    /// Says from what to what, where that is short.
    fn change(&self) -> String {
        let Some(changed) = &self.deviation.changed else {
            return String::new();
        };
        let side = |value: &Option<Value>| match value {
            None => Some("nothing".to_owned()),
            Some(Value::List(_) | Value::Map(_)) => None,
            Some(value) if crate::view::value::is_long(value) => None,
            Some(value) => Some(crate::view::value::inline(value)),
        };
        match (side(&changed.recorded), side(&changed.live)) {
            (Some(old), Some(new)) => format!(" from {old} to {new}"),
            _ => String::new(),
        }
    }
}

/// Everything that a run of `drift` found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Project.
    pub project: String,
    /// Environment; empty where there is none.
    pub environment: String,
    /// Every deviation, by object, what nobody manages last.
    pub told: Vec<Told>,
    /// What differs, object by object.
    pub drift: Vec<Drift>,
    /// Every managed object with its declaration.
    pub managed: Vec<(Address, DeclarationId)>,
    /// What nobody manages, by kind.
    pub unmanaged: Vec<Unmanaged>,
    /// What the project accepts.
    pub ignores: Vec<DriftIgnore>,
    /// When it was looked at, in RFC 3339, UTC.
    pub now: String,
}

impl Found {
    /// Returns what counts.
    pub fn counted(&self) -> impl Iterator<Item = &Told> {
        self.told.iter().filter(|told| told.deviation.is_drift())
    }

    /// Returns what is accepted.
    pub fn accepted(&self) -> impl Iterator<Item = (&Told, &DriftIgnore)> {
        self.told.iter().filter_map(|told| {
            let number = told.deviation.accepted?;
            Some((told, &self.ignores[number]))
        })
    }

    /// Returns what nobody manages and is not counted.
    pub fn unmanaged_only(&self) -> impl Iterator<Item = &Told> {
        let told = self.told.iter();
        told.filter(|told| {
            told.deviation.status == Status::Unmanaged
                && !told.deviation.counts
                && told.deviation.accepted.is_none()
        })
    }

    /// Returns what accepted a deviation until a day that is past.
    #[must_use]
    pub fn expired(&self, told: &Told) -> Option<&DriftIgnore> {
        told.deviation.expired.map(|number| &self.ignores[number])
    }

    /// Returns how many objects have drifted.
    #[must_use]
    pub fn objects(&self) -> usize {
        let addresses: BTreeSet<_> = self.counted().map(|told| &told.deviation.address).collect();
        addresses.len()
    }

    /// Names the project and its environment.
    #[must_use]
    pub fn realm(&self) -> String {
        match self.environment.as_str() {
            "" => self.project.clone(),
            environment => format!("{}/{environment}", self.project),
        }
    }
}

/// Says that an acceptance is over.
#[must_use]
pub fn expiry(ignore: &DriftIgnore) -> String {
    format!(
        "`drift_ignore.{}` accepted it until {}",
        ignore.name,
        ignore.expires.as_deref().unwrap_or_default()
    )
}

/// Says why something is accepted.
#[must_use]
pub fn acceptance(ignore: &DriftIgnore) -> String {
    let mut words = format!("`drift_ignore.{}`: {}", ignore.name, ignore.reason);
    if let Some(ticket) = &ignore.ticket {
        words.push_str(&format!(", {ticket}"));
    }
    if let Some(expires) = &ignore.expires {
        words.push_str(&format!(", until {expires}"));
    }
    words
}

/// Where things are in the files of a project, as seen from where the command runs.
pub struct Places<'a> {
    /// The project.
    pub project: &'a Project,
    /// What is declared.
    pub desired: &'a Desired,
}

impl Places<'_> {
    /// Returns the place of a deviation: of its attribute, of its declaration, or, where it has none any more, of
    /// what it lies in or of the first block about the project.
    #[must_use]
    pub fn of(&self, deviation: &Deviation) -> Option<Place> {
        let address = &deviation.address;
        if let Some(origin) = self.desired.origins.get(address) {
            let path: Vec<String> = deviation
                .attribute()
                .map(str::to_owned)
                .into_iter()
                .collect();
            return Some(self.place(decode::locate(origin.span, &origin.body, &path)));
        }
        let declared = deviation.id.as_ref().and_then(|id| {
            let mut all = self.project.config.declarations.iter();
            all.find(|one| one.id == *id).map(|one| one.span)
        });
        let within = || {
            let path = address.path();
            let mut origins = self.desired.origins.iter();
            let around = origins
                .find(|(other, _)| path.len() > 1 && other.path() == &path[..path.len() - 1]);
            around.map(|(_, origin)| origin.span)
        };
        let span = declared
            .or_else(within)
            .or_else(|| self.project.anywhere().ok());
        span.map(|span| self.place(span))
    }

    fn place(&self, span: Span) -> Place {
        let source = self.project.sources.get(span.source);
        let (start, end) = (source.position(span.start), source.position(span.end));
        Place {
            file: shown(&self.project.config.dir.join(Path::new(&source.name))),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            text: String::new(),
        }
    }
}

/// Says who did something, as far as that is known: who granted it, who owns it, who is still connected and last
/// changed something of that name.
#[must_use]
pub fn who(deviation: &Deviation, owner: Option<String>, activities: &[Activity]) -> Vec<String> {
    let mut who = Vec::new();
    let granted: BTreeSet<&str> = deviation.rights.iter().map(|right| &*right.by).collect();
    if deviation.status == Status::ExtraGrant {
        let granted = granted.into_iter().filter(|by| !by.is_empty());
        who.extend(granted.map(|by| format!("granted by {by}")));
    }
    if deviation.status == Status::Unmanaged {
        who.extend(owner.map(|owner| format!("owned by {owner}")));
    }
    // A name of several words is mentioned where all of them are; arguments of a function are no part of it.
    let name = deviation.address.name();
    let words = words(name.split('(').next().unwrap_or_default());
    let mentions = |one: &&Activity| !words.is_empty() && words.is_subset(&one.words);
    who.extend(activities.iter().filter(mentions).map(|one| {
        let program = match one.program.as_str() {
            "" => String::new(),
            program => format!(" with {program}"),
        };
        format!(
            "{}{program}, still connected, last ran a statement that names it at {}",
            one.login, one.when
        )
    }));
    who
}

/// Puts the statements of a plan back to what was recorded with the objects they are for.
#[must_use]
pub fn remedies(planned: &plan::Planned) -> BTreeMap<Address, Vec<String>> {
    let mut remedies: BTreeMap<Address, Vec<String>> = BTreeMap::new();
    for step in planned.batches.iter().flat_map(|batch| &batch.steps) {
        let texts = step.statements.iter().map(crate::view::plan::shown);
        remedies
            .entry(step.address.clone())
            .or_default()
            .extend(texts);
    }
    remedies
}
