//! Asking the platforms about texts: how they would write them, and whether they accept them at all.

use std::collections::{BTreeMap, BTreeSet};

use model::hook::Hook;
use model::{Address, Audit, Batch, Diagnostic, Map, Phase, Span, Step};
use provider::{Question, Rejection};

use crate::connect::Connected;
use crate::failure::Failure;
use crate::place;
use crate::project::Project;
use crate::survey::Survey;

impl Survey {
    /// Asks every platform how it would write the texts that matter, and whether it accepts the queries of audits.
    pub(crate) async fn forms(
        &self,
        project: &Project,
        connected: &mut Connected,
        (compare, check): (BTreeSet<Address>, BTreeSet<Address>),
        audits: &[Audit],
    ) -> Result<BTreeMap<Address, Map>, Failure> {
        let mut forms = BTreeMap::new();
        let mut diagnostics = Vec::new();
        for (key, session) in &mut connected.sessions {
            let of_this = |all: &BTreeSet<Address>| -> BTreeSet<Address> {
                all.iter()
                    .filter(|address| address.provider() == key)
                    .cloned()
                    .collect()
            };
            let (compare, check) = (of_this(&compare), of_this(&check));
            let audits = audits.iter().filter(|audit| audit.on.provider() == key);
            let audits: Vec<Audit> = audits.cloned().collect();
            if compare.is_empty() && check.is_empty() && audits.is_empty() {
                continue;
            }
            let question = Question {
                desired: &self.desired.catalog,
                // By the names it has there: what is yet to be renamed is not found by its next one.
                live: &self.live,
                compare: &compare,
                check: &check,
                audits: &audits,
                hooks: &[],
            };
            let answer = session.canonicalize(question).await?;
            forms.extend(answer.forms);
            let rejected = answer.rejections.into_iter();
            diagnostics.extend(rejected.map(|one| self.diagnose(project, one)));
            let refused = answer.refused.into_iter();
            diagnostics.extend(refused.map(|(at, error)| {
                let audit = &audits[at];
                let span = place::of_declared(
                    project,
                    &audit.name,
                    "query",
                    &audit.query.sql,
                    error.position,
                );
                rejected_text(span, error)
            }));
        }
        accepted(project, diagnostics)?;
        Ok(forms)
    }

    /// Asks every platform whether it accepts the statements of the hooks that a plan runs.
    pub(crate) async fn check_hooks(
        &self,
        project: &Project,
        connected: &mut Connected,
        batches: &[Batch],
    ) -> Result<(), Failure> {
        let run: BTreeSet<&Address> = steps(batches).map(|step| &step.address).collect();
        let mut diagnostics = Vec::new();
        for (key, session) in &mut connected.sessions {
            let hooks = self.desired.hooks.iter();
            let hooks = hooks.filter(|hook| hook.provider == *key && run.contains(&hook.address()));
            let hooks: Vec<Hook> = hooks.cloned().collect();
            if hooks.is_empty() {
                continue;
            }
            // What only gets another name has that by then.
            let built = steps(batches).filter(|step| step.phase != Phase::Drop);
            let built: BTreeSet<Address> = built.map(|step| step.address.clone()).collect();
            let question = Question {
                desired: &self.desired.catalog,
                live: &self.live,
                compare: &BTreeSet::new(),
                check: &built,
                audits: &[],
                hooks: &hooks,
            };
            let refused = session.canonicalize(question).await?.refused_hooks;
            diagnostics.extend(refused.into_iter().map(|(at, error)| {
                let (id, sql) = (hooks[at].id.to_string(), &hooks[at].statement.sql);
                let span = place::of_declared(project, &id, "sql", sql, error.position);
                rejected_text(span, error)
            }));
        }
        accepted(project, diagnostics)
    }

    /// Points at the place of a text that a platform does not accept.
    fn diagnose(&self, project: &Project, rejection: Rejection) -> Diagnostic {
        let Rejection {
            address,
            path,
            error,
        } = rejection;
        let origin = self.desired.origins.get(&address);
        let span = origin.map(|origin| place::of_text(project, origin, &path, error.position));
        rejected_text(span, error)
    }
}

fn steps(batches: &[Batch]) -> impl Iterator<Item = &Step> {
    batches.iter().flat_map(|batch| &batch.steps)
}

/// Fails where a platform does not accept something.
fn accepted(project: &Project, mut diagnostics: Vec<Diagnostic>) -> Result<(), Failure> {
    if diagnostics.is_empty() {
        return Ok(());
    }
    model::diagnostic::sort(&mut diagnostics);
    Err(Failure::Diagnostics {
        sources: project.sources.clone(),
        diagnostics,
    })
}

/// Says what is wrong with a text that a platform does not accept.
fn rejected_text(span: Option<Span>, error: provider::Error) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "postgres::rejected",
        "text that the platform does not accept",
    )
    .at_some(span, error.message);
    let notes = error.notes.iter();
    notes
        .fold(diagnostic, Diagnostic::note)
        .help_some(error.help)
}
