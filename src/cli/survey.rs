//! From files to a plan: everything that `plan`, `apply`, `destroy` and `drift` do before they part.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::{
    Address, Basis, Batch, Catalog, Diagnostic, Finding, Hazard, Map, Plan, Platform, Records,
    Secret, SecretUse, Turn,
};
use plan::{Ground, Grounds, Others, Planned, Prune, Situation, Wishes};
use provider::{Capabilities, Desired};
use state::Loaded;

use crate::ahead::{self, Early, Look};
use crate::args;
use crate::beside::beside;
use crate::connect::Connected;
use crate::failure::{Failure, Plain};
use crate::judge;
use crate::offline::{self, Resolved, sort_out, sound};
use crate::project::{Instance, Project};
use crate::recover;
use crate::scope::{scope, shared};
use crate::snapshots;

/// Everything that was found out.
pub struct Survey {
    /// What should be.
    pub desired: Desired,
    /// What is.
    pub live: Catalog,
    /// What is ours.
    pub state: Loaded,
    /// Former addresses of records, by their present ones.
    pub carried: BTreeMap<Address, Address>,
    /// What is known of each server.
    pub platforms: BTreeMap<String, Capabilities>,
    /// What the person asked for.
    pub wishes: Wishes,
    /// Who else declares shared objects.
    pub others: Others,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
    /// What applies that were cut off have left behind.
    pub found: Vec<Finding>,
}

/// What the person asked for on the command line.
///
/// # Errors
/// When a target is not an address.
pub fn wishes(project: &Project, scope: &args::Scope, destroy: bool) -> Result<Wishes, Failure> {
    let selectors = |texts: &[String]| {
        let parse = |text: &String| {
            let parsed = text.parse();
            parsed.map_err(|error: String| Plain::usage(error))
        };
        texts.iter().map(parse).collect::<Result<_, _>>()
    };
    let targets = selectors(&scope.target)?;
    let rebuild = selectors(&scope.rebuild)?;
    let usual = usual_wishes(project);
    Ok(Wishes {
        prune: match scope.prune {
            None => Prune::Nothing,
            Some(args::Reach::Declared) => Prune::Declared,
            Some(args::Reach::Cluster) => Prune::Cluster,
        },
        destroy,
        rebuild,
        targets,
        moved: project.config.moved.clone(),
        removed: project.config.removed.clone(),
        imports: project.config.imports.clone(),
        strategy: scope.strategy.or(usual.strategy),
        snapshots: match scope.no_snapshot {
            true => snapshots::nothing_kept(project)?,
            false => usual.snapshots,
        },
        ..usual
    })
}

/// Returns what the files say of how everything is done, whatever is asked for.
pub(crate) fn usual_wishes(project: &Project) -> Wishes {
    Wishes {
        strategy: project.config.settings.strategy,
        drain_timeout: project.config.settings.drain_timeout,
        snapshots: Some(snapshots::keeping(project)),
        ..Wishes::default()
    }
}

/// Makes the grounds of planning.
pub(crate) fn grounds<'a>(
    instances: &BTreeMap<String, Instance>,
    platforms: &'a BTreeMap<String, Capabilities>,
) -> Grounds<'a> {
    let mut grounds = Grounds::default();
    for (key, instance) in instances {
        if let Some(platform) = platforms.get(key) {
            grounds.add(
                key,
                Ground {
                    provider: instance.provider,
                    platform,
                },
            );
        }
    }
    grounds
}

/// Looks at everything, over connections that are there.
///
/// # Errors
/// When the files are wrong, a platform fails, or the state does.
pub async fn survey(
    project: &Project,
    connected: &mut Connected,
    wishes: Wishes,
) -> Result<Survey, Failure> {
    let platforms = connected.platforms.clone();
    let grounds = grounds(&project.instances, &platforms);
    let (resolved, early) = beside(
        || offline::resolve(project, &grounds),
        ahead::read(connected, &grounds),
    );
    let resolved = sound(project, resolved)?;
    whole(project, connected, wishes, resolved, early?).await
}

/// Looks at everything, where what should be is not what the files say, but what was recorded.
///
/// # Errors
/// When a platform or the state fails.
pub async fn survey_former(
    project: &Project,
    connected: &mut Connected,
    wishes: Wishes,
    records: &Records,
) -> Result<Survey, Failure> {
    let platforms = connected.platforms.clone();
    let grounds = grounds(&project.instances, &platforms);
    let early = ahead::read(connected, &grounds).await?;
    let live = |address: &Address| {
        let (_, catalog) = early.seen.get(address.provider())?;
        catalog.get(address)
    };
    let former = plan::former(records, &live, &grounds, project.anywhere()?);
    let resolved = Resolved {
        desired: former.desired,
        diagnostics: Vec::new(),
        declared: former.declared,
    };
    let mut survey = whole(project, connected, wishes, resolved, early).await?;
    survey.found.extend(former.findings);
    Ok(survey)
}

/// Looks at everything, where the look at the platforms has begun. Returns the connections as well.
///
/// # Errors
/// When the files are wrong, a platform fails, or the state does.
pub async fn survey_begun(
    project: &Project,
    look: Look,
    wishes: Wishes,
) -> Result<(Survey, Connected), Failure> {
    let platforms = look.platforms.clone();
    let grounds = grounds(&project.instances, &platforms);
    let (resolved, arrived) = beside(|| offline::resolve(project, &grounds), look.arrive());
    let resolved = sound(project, resolved)?;
    let (mut connected, early) = arrived?;
    let survey = whole(project, &mut connected, wishes, resolved, early).await?;
    Ok((survey, connected))
}

/// Puts together what was resolved and what was read, and reads what is missing.
async fn whole(
    project: &Project,
    connected: &mut Connected,
    mut wishes: Wishes,
    Resolved {
        mut desired,
        mut diagnostics,
        declared,
    }: Resolved,
    Early {
        mut state,
        mut seen,
    }: Early,
) -> Result<Survey, Failure> {
    let platforms = connected.platforms.clone();
    let grounds = grounds(&project.instances, &platforms);
    let (records, carried) = plan::at_home(state.records, &desired, &grounds);
    state.records = records;
    if let Some(keeping) = &mut wishes.snapshots {
        keeping.serial = state.serial + 1;
    }
    let mut live = Catalog::default();
    for (key, session) in &mut connected.sessions {
        let scope = scope(key, &desired, &state.records, &grounds);
        let found = match seen.remove(key) {
            Some((earlier, catalog)) if earlier.covers(&scope) => catalog,
            _ => session.read(&scope).await?,
        };
        for object in found {
            live.insert(object);
        }
    }
    let (leftovers, records) = (&state.leftovers, &state.records);
    let found = recover::look(&mut connected.sessions, leftovers, &mut live, records).await?;
    for (key, ground) in grounds.iter() {
        ground
            .provider
            .foresee(&desired, key, ground.platform, &mut live);
    }
    let drifted: BTreeSet<Address> = state
        .records
        .values()
        .filter(|record| {
            live.get(&record.address)
                .is_none_or(|object| object.fingerprint() != record.live)
        })
        .map(|record| record.address.clone())
        .collect();
    for (address, content) in connected.store.contents(&connected.realm, &drifted).await? {
        if let Some(record) = state.records.get_mut(&address) {
            record.content = Some(content);
        }
    }
    diagnostics.extend(plan::complete(
        &mut desired,
        &grounds,
        Some(&live),
        &state.records,
    ));
    for (address, declared) in declared {
        if let Some(origin) = desired.origins.get_mut(&address) {
            origin.declared = declared;
        }
    }
    if wishes.prune > Prune::Nothing {
        for origin in desired.origins.values_mut() {
            origin.exact = true;
        }
    }
    diagnostics.extend(plan::cycles(&desired));
    let warnings = sort_out(project, diagnostics)?;
    crate::rebuild::find(&wishes.rebuild, &desired)?;
    let mut shared = shared(&desired, &live, &state.records, &grounds);
    if wishes.prune > Prune::Nothing {
        let free = live
            .addresses()
            .filter(|address| !state.records.contains_key(*address));
        shared.extend(free.cloned());
    }
    let others = connected.store.others(&connected.realm, &shared).await?;
    let others = others
        .into_iter()
        .map(|(address, realms)| (address, realms.iter().map(ToString::to_string).collect()))
        .collect();
    Ok(Survey {
        desired,
        live,
        state,
        carried,
        platforms,
        wishes,
        others,
        warnings,
        found,
    })
}

impl Survey {
    /// Returns the records of what is live exactly as recorded.
    pub fn settled(&self) -> Records {
        let is_settled = |record: &&model::Record| {
            let live = self.live.get(&record.address);
            live.is_some_and(|live| live.fingerprint() == record.live)
        };
        self.state
            .records
            .values()
            .filter(is_settled)
            .map(|record| (record.address.clone(), record.clone()))
            .collect()
    }

    /// Puts the three catalogs side by side.
    pub(crate) fn situation<'a>(&'a self, grounds: &'a Grounds<'a>) -> Situation<'a> {
        Situation {
            grounds,
            desired: &self.desired,
            live: Cow::Borrowed(&self.live),
            records: Cow::Borrowed(&self.state.records),
            wishes: &self.wishes,
            others: &self.others,
            renames: BTreeMap::new(),
            parts: BTreeMap::new(),
            asides: BTreeMap::new(),
            carried: self.carried.clone(),
        }
        .with_renames()
    }

    /// Makes the plan.
    ///
    /// # Errors
    /// When a platform fails, or does not accept a text of the files.
    pub async fn plan(
        &mut self,
        project: &Project,
        connected: &mut Connected,
    ) -> Result<Plan, Failure> {
        let platforms = self.platforms.clone();
        let grounds = grounds(&project.instances, &platforms);
        let (forms, mut planned) = self.planned(project, connected, &grounds).await?;
        let mut counted = losing(&planned);
        counted.extend(changed_online(&planned));
        if !counted.is_empty() {
            self.count(connected, &counted).await?;
            planned = plan::plan(&self.situation(&grounds).with_asides(&forms), &forms);
        }
        self.check_hooks(project, connected, &planned.batches)
            .await?;
        judge::judge(project, &mut planned)?;
        Ok(self.assemble(project, &connected.realm, planned))
    }

    /// Makes the plan and returns what it was made with: how the platforms write what differs.
    async fn planned(
        &self,
        project: &Project,
        connected: &mut Connected,
        grounds: &Grounds<'_>,
    ) -> Result<(BTreeMap<Address, Map>, Planned), Failure> {
        let situation = self.situation(grounds);
        let questions = situation.questions();
        let audits = match self.wishes.destroy {
            true => &[],
            false => self.desired.audits.as_slice(),
        };
        if questions.0.is_empty() {
            // What is asked is only whether texts are accepted: the plan does not depend on it.
            let none = BTreeMap::new();
            let (planned, forms) = beside(
                || plan::plan(&situation, &none),
                self.forms(project, connected, questions, audits),
            );
            return Ok((forms?, planned));
        }
        let asked = questions.0.clone();
        let mut forms = self.forms(project, connected, questions, audits).await?;
        let situation = situation.with_asides(&forms);
        // What stands on what makes room differs now, and must be compared as well: with all of it.
        let (mut compare, _) = situation.questions();
        if !compare.is_subset(&asked) {
            compare.extend(asked);
            let questions = (compare, BTreeSet::new());
            forms.extend(self.forms(project, connected, questions, &[]).await?);
        }
        let planned = plan::plan(&situation, &forms);
        Ok((forms, planned))
    }

    /// Counts the rows of tables on whose number something depends.
    async fn count(
        &mut self,
        connected: &mut Connected,
        counted: &BTreeSet<Address>,
    ) -> Result<(), Failure> {
        for session in connected.sessions.values_mut() {
            for (address, rows) in session.count(counted).await? {
                if let Some(object) = self.live.get_mut(&address) {
                    object.facts.rows = Some(rows);
                }
            }
        }
        Ok(())
    }

    /// Puts the plan together with what it was made from.
    fn assemble(&self, project: &Project, realm: &state::Realm, planned: Planned) -> Plan {
        let touched = planned
            .changes
            .iter()
            .flat_map(|change| std::iter::once(&change.address).chain(&change.previous));
        // What does not run meanwhile has steps without a change.
        let steps = planned.batches.iter().flat_map(|batch| &batch.steps);
        let live = touched
            .chain(steps.map(|step| &step.address))
            .map(|address| {
                let object = self.live.get(address);
                (address.clone(), object.map(model::Object::fingerprint))
            })
            .collect();
        let platforms = self
            .platforms
            .iter()
            .map(|(key, platform)| {
                let platform = Platform {
                    identity: platform.identity.clone(),
                    version: platform.version_text.clone(),
                    place: platform.place.clone(),
                };
                (key.clone(), platform)
            })
            .collect();
        let mut plan = Plan {
            format: model::plan::FORMAT,
            estate: env!("CARGO_PKG_VERSION").to_owned(),
            project: realm.project.clone(),
            environment: realm.environment.clone(),
            created: state::now(),
            basis: Basis {
                files: project.config.fingerprint,
                lineage: self.state.lineage.clone(),
                serial: self.state.serial,
                platforms,
                live,
            },
            changes: planned.changes,
            batches: planned.batches,
            findings: self.found.iter().cloned().chain(planned.findings).collect(),
            unmanaged: planned.unmanaged,
            digest: String::new(),
        };
        plan.digest = plan.compute_digest();
        plan
    }

    /// Finds the secret that a statement needs among what is declared.
    #[must_use]
    pub fn reveal(&self, secret: &SecretUse) -> Option<Secret> {
        let object = self.desired.catalog.get(&secret.address)?;
        model::secret::find(&object.attributes, &secret.attribute).cloned()
    }
}

/// Returns the tables that a plan changes online: were they empty, it would not.
fn changed_online(planned: &Planned) -> BTreeSet<Address> {
    let statements = planned.batches.iter().flat_map(Batch::statements);
    let online = statements.filter(|statement| statement.turn != Turn::Main);
    let hazards = online.flat_map(|statement| &statement.hazards);
    hazards.filter_map(Hazard::busy_on).cloned().collect()
}

/// Returns the objects that a plan takes rows from.
fn losing(planned: &Planned) -> BTreeSet<Address> {
    planned
        .batches
        .iter()
        .flat_map(|batch| &batch.steps)
        .filter(|step| {
            step.statements
                .iter()
                .flat_map(|statement| &statement.hazards)
                .any(model::Hazard::loses_data)
        })
        .map(|step| step.address.clone())
        .collect()
}
