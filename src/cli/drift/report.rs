//! What `drift` says to programs.

use model::{Unmanaged, Value};
use plan::{Drift, What};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Found, Told, acceptance, expiry};
use crate::report::{FORMAT, Place};

/// One attribute that somebody changed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChangedReport {
    /// Its name.
    pub attribute: String,
    /// What was recorded.
    pub recorded: Option<Value>,
    /// What is live.
    pub live: Option<Value>,
}

/// One object that is not as the last apply left it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DriftedReport {
    /// Identity.
    pub address: model::Address,
    /// Its declaration.
    pub declaration: model::DeclarationId,
    /// Its kind.
    pub kind: String,
    /// Its qualified name.
    pub name: String,
    /// `lost` or `changed`.
    pub status: String,
    /// What changed.
    pub attributes: Vec<ChangedReport>,
}

/// What `drift` found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DriftReport {
    /// Version of this format.
    pub format: u32,
    /// Project.
    pub project: String,
    /// Environment; empty where there is none.
    pub environment: String,
    /// Whether there is any drift that nobody accepts.
    pub has_drift: bool,
    /// Number of objects that were looked at.
    pub managed: usize,
    /// What differs, object by object, accepted or not.
    pub drift: Vec<DriftedReport>,
    /// The same taken apart, one by one, with what is not managed.
    pub deviations: Vec<DeviationReport>,
    /// What is live and not ours; drift only with `--unmanaged`.
    pub unmanaged: Vec<Unmanaged>,
}

/// One thing that is not as the last apply left it: a lost object, an attribute, what a grantee may do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeviationReport {
    /// Its identity: the same in every run, whatever lines move or values change.
    pub fingerprint: String,
    /// `lost`, `extra_grant`, `missing_grant`, `changed` or `unmanaged`.
    pub status: String,
    /// `critical`, `major` or `info`.
    pub severity: String,
    /// Whether it counts.
    pub is_drift: bool,
    /// What happened, in words.
    pub message: String,
    /// The object.
    pub address: model::Address,
    /// Its declaration; null for what is not managed.
    pub declaration: Option<model::DeclarationId>,
    /// Its kind.
    pub kind: String,
    /// Its qualified name.
    pub name: String,
    /// The attribute, where it is about one.
    pub attribute: Option<String>,
    /// Who may do more or less, where it is about grants.
    pub grantee: Option<String>,
    /// What they gained or lost, in words.
    pub rights: Vec<String>,
    /// Where it belongs in the files, as seen from where the command runs.
    pub place: Option<Place>,
    /// Who did it, in words, as far as that is known.
    pub who: Vec<String>,
    /// The statements that would put the object right.
    pub remedy: Vec<String>,
    /// Why it is accepted, where it is.
    pub accepted: Option<String>,
    /// What accepted it until a day that is past.
    pub expired: Option<String>,
}

impl DriftReport {
    /// Says what a run found to programs.
    #[must_use]
    pub fn of(found: &Found) -> Self {
        Self {
            format: FORMAT,
            project: found.project.clone(),
            environment: found.environment.clone(),
            has_drift: found.counted().next().is_some(),
            managed: found.managed.len(),
            drift: drifted(&found.drift),
            deviations: found
                .told
                .iter()
                .map(|told| deviation(found, told))
                .collect(),
            unmanaged: found.unmanaged.clone(),
        }
    }
}

fn deviation(found: &Found, told: &Told) -> DeviationReport {
    let deviation = &told.deviation;
    let accepted = deviation.accepted.map(|number| &found.ignores[number]);
    DeviationReport {
        fingerprint: told.fingerprint.clone(),
        status: deviation.status.name().to_owned(),
        severity: told.severity().name().to_owned(),
        is_drift: deviation.is_drift(),
        message: told.sentence(),
        address: deviation.address.clone(),
        declaration: deviation.id.clone(),
        kind: deviation.address.kind().to_owned(),
        name: deviation.address.qualified_name(),
        attribute: deviation.attribute().map(str::to_owned),
        grantee: deviation.grantee().map(str::to_owned),
        rights: deviation.rights.iter().map(plan::Right::words).collect(),
        place: told.place.clone(),
        who: told.who.clone(),
        remedy: told.remedy.clone(),
        accepted: accepted.map(acceptance),
        expired: found.expired(told).map(expiry),
    }
}

/// Says drifted objects to programs.
fn drifted(drift: &[Drift]) -> Vec<DriftedReport> {
    drift
        .iter()
        .map(|one| DriftedReport {
            address: one.address.clone(),
            declaration: one.id.clone(),
            kind: one.address.kind().to_owned(),
            name: one.address.qualified_name(),
            status: match one.what {
                What::Lost => "lost",
                What::Changed(_) => "changed",
            }
            .to_owned(),
            attributes: match &one.what {
                What::Lost => Vec::new(),
                What::Changed(changed) => changed
                    .iter()
                    .map(|one| ChangedReport {
                        attribute: one.attribute.clone(),
                        recorded: one.recorded.clone(),
                        live: one.live.clone(),
                    })
                    .collect(),
            },
        })
        .collect()
}
