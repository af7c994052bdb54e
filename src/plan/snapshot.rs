//! Snapshots: before a step that would lose rows or a column, what it would lose is kept on the platform; and given
//! back where something is brought back.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{Action, Address, Fingerprint, Phase, Statement};
use provider::{Snapshot, Taking};

use crate::draft::Draft;
use crate::situation::Situation;

/// How long snapshots are kept where nothing is said.
pub const KEEP: Duration = Duration::from_hours(14 * 24);

/// What snapshots are called and how long they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping {
    /// The project.
    pub project: String,
    /// The environment; empty where the project has none.
    pub environment: String,
    /// The apply that takes them.
    pub serial: u64,
    /// How long they are kept.
    pub keep: Duration,
}

impl Keeping {
    /// Returns the name of the snapshot of an object: readable, easy to type, and no other's.
    fn id(&self, address: &Address) -> String {
        let is_plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_';
        let name = address.name().to_lowercase();
        let name: String = name.chars().filter(is_plain).take(36).collect();
        let whose = format!(
            "{}\0{}\0{}\0{address}",
            self.project, self.environment, self.serial
        );
        let hash = Fingerprint::of_bytes(whose.as_bytes()).to_string();
        format!("{name}_v{}_{}", self.serial, &hash[..6])
    }
}

/// The statements of a step, with what keeps what they would lose.
pub(crate) fn kept(
    situation: &Situation<'_>,
    draft: &Draft,
    (address, phase): (&Address, Phase),
    statements: Vec<Statement>,
) -> Vec<Statement> {
    let lost = statements.iter().position(is_loss);
    let (Some(keeping), Some(lost), Some(ground), Some(live)) = (
        &situation.wishes.snapshots,
        lost,
        situation.grounds.of(address),
        &draft.live,
    ) else {
        return statements;
    };
    let id = keeping.id(address);
    let taking = Taking {
        id: &id,
        project: &keeping.project,
        environment: &keeping.environment,
        serial: keeping.serial,
        keep: keeping.keep,
    };
    let mut statements = statements;
    match (phase, &draft.desired) {
        (Phase::Drop, _) => {
            if let Some(mut instead) = ground.provider.keep_whole(live, &taking) {
                let drop = &mut statements[lost];
                instead.hazards = std::mem::take(&mut drop.hazards);
                instead.snapshot = Some(id);
                *drop = instead;
            }
        }
        (Phase::Build, Some(next)) if draft.action == Action::Update => {
            if let Some(mut before) = ground.provider.keep_parts(live, next, &taking) {
                before.snapshot = Some(id);
                statements.insert(0, before);
            }
        }
        _ => {}
    }
    statements
}

/// The statements of a step that makes or changes something for which there is a snapshot.
pub(crate) fn refilled(
    situation: &Situation<'_>,
    draft: &Draft,
    (address, phase): (&Address, Phase),
    statements: Vec<Statement>,
) -> Vec<Statement> {
    let (Phase::Build, Some(snapshots), Some(next), Some(ground)) = (
        phase,
        situation.wishes.refills.get(address),
        &draft.desired,
        situation.grounds.of(address),
    ) else {
        return statements;
    };
    let live = match draft.action {
        Action::Create => None,
        // One that has left its place meanwhile is not as it is live.
        Action::Update if draft.loose.is_empty() => draft.live.as_ref(),
        _ => return statements,
    };
    let refill = |snapshot: &Snapshot| {
        let refilled = ground
            .provider
            .refill(live, next, snapshot, ground.platform);
        refilled.map(|mut statements| {
            let because = format!("the rows of snapshot `{}` come back", snapshot.id);
            if let Some(first) = statements.iter_mut().find(|one| one.because.is_none()) {
                first.because = Some(because);
            }
            statements
        })
    };
    snapshots.iter().find_map(refill).unwrap_or(statements)
}

fn is_loss(statement: &Statement) -> bool {
    let mut hazards = statement.hazards.iter();
    hazards.any(|hazard| hazard.word() == Some("data_loss"))
}

/// Snapshots by the object they are of, oldest first.
pub type Refills = BTreeMap<Address, Vec<Snapshot>>;
