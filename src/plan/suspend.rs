//! What runs by itself, such as a task, does not while it changes, or while something changes that it stands on.
//!
//! A plan that would be in its way begins with batches of their own, because the platform sees only what is
//! permanent: in the first nothing of it begins any more; then what runs may end; in the second it is stopped. It
//! is altered where it is resumed, in the last batch, so that whatever fails before leaves it as it was. Each
//! first statement says how it comes back then.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use model::{
    Action, Address, Audit, Batch, Hazard, Object, Phase, Statement, Step, Turn, Undo, Wait,
};
use provider::{Alter, Capabilities, Rules, Suspension};

use crate::draft::Drafts;
use crate::situation::{Situation, differing};

/// How long a run in progress may take where nobody says anything else.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// What does not run meanwhile.
struct Sleeper {
    address: Address,
    place: String,
    /// Lets nothing begin, and what is waited for then.
    park: Option<(Statement, Wait)>,
    stop: Statement,
    /// What it becomes at last; nothing where it goes, or is made anew.
    resume: Option<Resume>,
}

struct Resume {
    statements: Vec<Statement>,
    check: Option<Audit>,
    /// Whether that is its change, too.
    is_change: bool,
}

/// Puts what keeps objects from running around the batches that they must not see.
#[must_use]
pub(crate) fn around(
    situation: &Situation<'_>,
    drafts: &Drafts,
    mut batches: Vec<Batch>,
) -> Vec<Batch> {
    if batches.is_empty() {
        return batches;
    }
    let sleepers = sleepers(situation, drafts, &batches);
    let is_moved = |step: &Step| {
        step.phase == Phase::Build
            && sleepers.iter().any(|one| {
                one.address == step.address && one.resume.as_ref().is_some_and(|at| at.is_change)
            })
    };
    for batch in &mut batches {
        batch.steps.retain(|step| !is_moved(step));
    }
    batches.retain(|batch| !batch.steps.is_empty() || !batch.audits.is_empty());
    let (mut first, mut then): (Vec<Batch>, Vec<Batch>) = (Vec::new(), Vec::new());
    for sleeper in sleepers {
        let step = |phase, statements| Step {
            address: sleeper.address.clone(),
            phase,
            statements,
        };
        let mut into = &mut first;
        let mut waits = None;
        if let Some((park, wait)) = sleeper.park {
            add(into, &sleeper.place, step(Phase::Suspend, vec![park]));
            waits = Some(wait);
            into = &mut then;
        }
        let batch = add(
            into,
            &sleeper.place,
            step(Phase::Suspend, vec![sleeper.stop]),
        );
        batch.waits.extend(waits);
        if let Some(Resume {
            statements, check, ..
        }) = sleeper.resume
        {
            let batch = add(
                &mut batches,
                &sleeper.place,
                step(Phase::Resume, statements),
            );
            batch.audits.extend(check);
        }
    }
    first.into_iter().chain(then).chain(batches).collect()
}

/// Adds a step to the last of some batches, where it can be part of that, or to one of its own.
fn add<'a>(batches: &'a mut Vec<Batch>, place: &str, step: Step) -> &'a mut Batch {
    let provider = step.address.provider();
    let joins = |batch: &Batch| {
        batch.atomic
            && batch.provider == provider
            && batch.place == place
            && !batch.statements().any(|one| one.turn == Turn::Apart)
    };
    if !batches.last().is_some_and(joins) {
        batches.push(Batch {
            provider: provider.to_owned(),
            place: place.to_owned(),
            atomic: true,
            waits: Vec::new(),
            steps: Vec::new(),
            audits: Vec::new(),
        });
    }
    let last = batches
        .last_mut()
        .expect("one was added where there was none");
    last.steps.push(step);
    last
}

/// Returns what must not run, by address.
fn sleepers(situation: &Situation<'_>, drafts: &Drafts, batches: &[Batch]) -> Vec<Sleeper> {
    let touched = touched(situation, drafts, batches);
    let usual = situation.wishes.drain_timeout.unwrap_or(DRAIN_TIMEOUT);
    let sleeper = |live: &Object| {
        let address = &live.address;
        let desired = &situation.desired.catalog;
        if !desired.contains(address) && !situation.records.contains_key(address) {
            return None;
        }
        let (rules, ground) = (
            situation.grounds.rules(address)?,
            situation.grounds.of(address)?,
        );
        let platform = ground.platform;
        let suspension = rules.suspended(live, desired.get(address), usual, platform)?;
        let meanwhile =
            own_change(drafts, address).or_else(|| change_beneath(situation, &touched, address))?;
        let next = match drafts
            .get(address)
            .map(|draft| (&draft.action, &draft.desired))
        {
            Some((Action::Delete { .. } | Action::Replace { .. }, _)) => None,
            Some((Action::Update, Some(desired))) => Some(desired),
            _ => Some(live),
        };
        let place = ground.provider.place(address, platform);
        Some(fall_asleep(rules, platform, (live, next), suspension, meanwhile)?.at(place))
    };
    situation.live.iter().filter_map(sleeper).collect()
}

impl Sleeper {
    fn at(self, place: String) -> Self {
        Self { place, ..self }
    }
}

fn fall_asleep(
    rules: &dyn Rules,
    platform: &Capabilities,
    (live, next): (&Object, Option<&Object>),
    suspension: Suspension<model::Map>,
    meanwhile: String,
) -> Option<Sleeper> {
    let form = |attributes| Object {
        attributes,
        ..live.clone()
    };
    let alter = |from: &Object, to: &Object| match rules.alter(from, to, platform) {
        Alter::InPlace { statements, .. } => Some(statements),
        Alter::Replace(_) => None,
    };
    let single = |from: &Object, to: &Object| alter(from, to)?.into_iter().next();
    let name = format!(
        "{} {}",
        live.address.kind().replace('_', " "),
        live.address.qualified_name()
    );
    let stopped = form(suspension.stopped);
    let undo = Undo {
        found: Some(format!("{name} is suspended")),
        was: differing(&live.attributes, &stopped.attributes)
            .into_iter()
            .filter_map(|name| Some((name.clone(), live.attributes.get(&name)?.clone())))
            .collect(),
        ..Undo::new(suspension.when, single(&stopped, live)?.sql)
    };
    let timeout_ms = suspension.parked.as_ref().map(|(_, wait)| wait.timeout_ms);
    let first = |statement: Statement| Statement {
        because: Some(format!("{name} does not run while {meanwhile}")),
        undo: Some(undo.clone()),
        ..statement.hazard(Hazard::Suspends {
            on: live.address.clone(),
            meanwhile: meanwhile.clone(),
            timeout_ms,
        })
    };
    let (park, stop) = match suspension.parked {
        Some((parked, wait)) => {
            let parked = form(parked);
            let park = first(single(live, &parked)?);
            (Some((park, wait)), single(&parked, &stopped)?)
        }
        None => (None, first(single(live, &stopped)?)),
    };
    let resume = match next {
        None => None,
        Some(next) => Some(Resume {
            statements: alter(&stopped, next)?,
            check: rules.unlike(next, platform).map(|query| Audit {
                name: format!("{name} is as it is to be"),
                on: next.address.clone(),
                query: Statement::new(query),
                blocks: true,
            }),
            is_change: !std::ptr::eq(next, live),
        }),
    };
    Some(Sleeper {
        address: live.address.clone(),
        place: String::new(),
        park,
        stop,
        resume,
    })
}

/// Says what happens to an object itself, if anything does.
fn own_change(drafts: &Drafts, address: &Address) -> Option<String> {
    let words = match drafts.get(address)?.action {
        Action::Update => "it changes",
        Action::Replace { .. } => "it is made anew",
        Action::Delete { .. } => "it is dropped",
        Action::Create | Action::Adopt | Action::Forget { .. } => return None,
    };
    Some(words.to_owned())
}

/// Returns what changes of what there is so that a run could notice, by the names it has and will have, and how.
fn touched<'a>(
    situation: &Situation<'_>,
    drafts: &'a Drafts,
    batches: &[Batch],
) -> BTreeMap<&'a Address, (&'a Address, &'static str)> {
    let steps = batches.iter().flat_map(|batch| &batch.steps);
    let is_noticed = |step: &&Step| step.statements.iter().any(|statement| !statement.quiet);
    let noticed: BTreeSet<_> = steps.filter(is_noticed).map(|step| &step.address).collect();
    let mut touched = BTreeMap::new();
    for (address, draft) in drafts {
        let how = match draft.action {
            Action::Update if !noticed.contains(address) => continue,
            Action::Update => "changes",
            Action::Replace { .. } => "is made anew",
            Action::Delete { .. } => "is dropped",
            Action::Create if situation.predecessor(address).is_some() => "is made anew",
            Action::Create | Action::Adopt | Action::Forget { .. } => continue,
        };
        for name in draft.previous.iter().chain([address]) {
            touched.insert(name, (address, how));
        }
    }
    touched
}

/// Says what changes that an object stands on, directly or by way of others. What it lies in does not count, and
/// neither do roles: a run hears nothing of that.
fn change_beneath(
    situation: &Situation<'_>,
    touched: &BTreeMap<&Address, (&Address, &'static str)>,
    address: &Address,
) -> Option<String> {
    let mut seen = BTreeSet::from([address.clone()]);
    let mut queue = VecDeque::from([address.clone()]);
    while let Some(above) = queue.pop_front() {
        let forms = [
            situation.live.get(&above),
            situation.desired.catalog.get(&above),
        ];
        let edges = forms.into_iter().flatten().flat_map(|form| &form.edges);
        for on in edges.map(|edge| &edge.on) {
            let ground = situation.grounds.of(on)?;
            let is_around =
                above.path().len() > on.path().len() && above.path().starts_with(on.path());
            let is_of_platform =
                ground.provider.is_place(on) || ground.provider.holds(on).is_none();
            if is_around || is_of_platform || !seen.insert(on.clone()) {
                continue;
            }
            if let Some((now, how)) = touched.get(on) {
                let kind = now.kind().replace('_', " ");
                return Some(format!("{kind} {} {how}", now.qualified_name()));
            }
            queue.push_back(on.clone());
        }
    }
    None
}
