//! From the files and the platforms to everything that is told of drift.

use std::collections::BTreeMap;

use model::{Address, Diagnostic};
use plan::{Deviation, Drift, Right, Situation, Status};
use provider::{Activity, Deed};
use state::now;

use super::args::DriftArgs;
use super::{Found, Places, Told, deeds, remedies, who};
use crate::args::{Global, Scope};
use crate::connect::Connected;
use crate::failure::Failure;
use crate::project::Project;
use crate::survey::{Survey, grounds};
use crate::{ahead, survey};

/// Looks, and returns what was found with the project and the warnings of its files.
///
/// # Errors
/// When the files are wrong, or a platform or the state fails.
pub async fn look(
    global: &Global,
    args: &DriftArgs,
) -> Result<(Found, Project, Vec<Diagnostic>), Failure> {
    let global = Global {
        only_reads: true,
        ..global.clone()
    };
    let (project, look) = ahead::look(&global).await?;
    let wishes = survey::wishes(&project, &Scope::default(), false)?;
    let (mut survey, mut connected) = survey::survey_begun(&project, look, wishes).await?;
    let warnings = std::mem::take(&mut survey.warnings);
    let found = find(&project, &survey, &mut connected, args).await?;
    // Taking its memory apart piece by piece would only delay the end.
    std::mem::forget(survey);
    Ok((found, project, warnings))
}

async fn find(
    project: &Project,
    survey: &Survey,
    connected: &mut Connected,
    args: &DriftArgs,
) -> Result<Found, Failure> {
    let platforms = survey.platforms.clone();
    let grounds = grounds(&project.instances, &platforms);
    let situation = survey.situation(&grounds);
    let drift = plan::drift(&situation);
    let strangers = plan::strangers(&situation, &BTreeMap::new());
    let mut unmanaged: Vec<(Address, Vec<Right>)> = strangers
        .into_iter()
        .map(|(address, _)| (address.clone(), Vec::new()))
        .collect();
    unmanaged.extend(plan::members(&situation));
    let mut deviations = plan::deviations(&drift, &unmanaged);
    for one in &mut deviations {
        one.counts |= args.unmanaged;
    }
    let (now, ignores) = (now(), project.config.ignores.clone());
    let today = now.split('T').next().unwrap_or_default();
    plan::accept(&mut deviations, &ignores, today);
    let activities = match deviations.iter().any(Deviation::is_drift) {
        true => activities(connected).await,
        false => BTreeMap::new(),
    };
    let deeds = deeds(project, connected, args).await?;
    let told = tell(
        (project, survey, connected),
        &situation,
        &drift,
        deviations,
        (&activities, &deeds),
    );
    let records = survey.state.records.values();
    Ok(Found {
        project: connected.realm.project.clone(),
        environment: connected.realm.environment.clone(),
        told,
        managed: records
            .map(|record| (record.address.clone(), record.claim.id.clone()))
            .collect(),
        unmanaged: plan::unmanaged(&situation, &BTreeMap::new()),
        drift,
        ignores,
        now,
    })
}

/// Returns who last changed something, by provider.
async fn activities(connected: &mut Connected) -> BTreeMap<String, Vec<Activity>> {
    let mut activities = BTreeMap::new();
    for (key, session) in &mut connected.sessions {
        // That somebody cannot be named is no reason not to tell what they did.
        let found = session.activities().await.unwrap_or_default();
        activities.insert(key.clone(), found);
    }
    activities
}

/// Returns what was done since the last apply by the audit logs that were given, by provider.
async fn deeds(
    project: &Project,
    connected: &mut Connected,
    args: &DriftArgs,
) -> Result<BTreeMap<String, Vec<Deed>>, Failure> {
    if args.audit_log.is_empty() {
        return Ok(BTreeMap::new());
    }
    let history = connected.store.history(&connected.realm, 1).await?;
    let last = history.first();
    let since = last.map(|one| one.ended.as_deref().unwrap_or(&one.by.since));
    deeds::read(&args.audit_log, project, since)
}

/// Who is at work now, by provider.
type Activities = BTreeMap<String, Vec<Activity>>;

/// What was done by audit logs, by provider.
type Deeds = BTreeMap<String, Vec<Deed>>;

fn tell(
    (project, survey, connected): (&Project, &Survey, &Connected),
    situation: &Situation<'_>,
    drift: &[Drift],
    deviations: Vec<Deviation>,
    (activities, deeds): (&Activities, &Deeds),
) -> Vec<Told> {
    let places = Places {
        project,
        desired: &survey.desired,
    };
    let remedies = match (
        deviations.iter().any(Deviation::is_drift),
        project.anywhere(),
    ) {
        (true, Ok(nowhere)) => remedies(&plan::restore(situation, drift, nowhere)),
        _ => BTreeMap::new(),
    };
    let realm = &connected.realm;
    deviations
        .into_iter()
        .map(|deviation| {
            let address = &deviation.address;
            let live = survey.live.get(address);
            let owner = live.and_then(|live| live.attributes.get("owner"));
            let owner = owner.map(|owner| match owner {
                model::Value::Reference(role) => role.qualified_name(),
                other => other.as_text().unwrap_or_default().to_owned(),
            });
            let tells = deviation.is_drift() || deviation.status == Status::Unmanaged;
            let everybody = activities.get(address.provider()).filter(|_| tells);
            let there = place_of(situation, address);
            // What belongs to the server as a whole may be changed from anywhere.
            let is_there = |one: &&Activity| there.as_ref().is_none_or(|place| one.place == *place);
            let activities: Vec<Activity> = everybody
                .into_iter()
                .flatten()
                .filter(is_there)
                .cloned()
                .collect();
            let mut who = who(&deviation, owner, &activities);
            let log = deeds.get(address.provider()).filter(|_| tells);
            who.extend(log.and_then(|log| deeds::who(&deviation, log, there.as_deref())));
            Told {
                fingerprint: deviation.fingerprint(&realm.project, &realm.environment),
                place: places.of(&deviation),
                who,
                remedy: remedies.get(address).cloned().unwrap_or_default(),
                is_open: deviation.attribute() == Some(plan::OWNER)
                    && !plan::says_owner(situation, address),
                deviation,
            }
        })
        .collect()
}

/// Returns the place an object is in by its own name; `None` for what belongs to the server as a whole.
fn place_of(situation: &Situation<'_>, address: &Address) -> Option<String> {
    let ground = situation.grounds.of(address)?;
    let place = ground.provider.holds(address)?;
    Some(match place.is_empty() {
        true => ground.platform.place.clone(),
        false => place,
    })
}
