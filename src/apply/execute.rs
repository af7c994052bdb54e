//! Running a plan batch by batch.

use std::collections::BTreeMap;
use std::time::Instant;

use model::{Address, Batch, Catalog, Fingerprint, Hazard, Plan, Records};
use provider::{Error, ErrorKind, Reveal, Scope, Session};
use state::{
    AuditRecord, Begun, Done, Ended, Entry, Holder, Intended, Outcome, Put, Realm, StepRecord,
    Store,
};

use crate::audit::AuditResult;
use crate::beside;
use crate::finishing::Finishing;
use crate::leftovers;
use crate::outcome::{Failure, Stage, Success};
use crate::progress::Progress;
use crate::retry;
use crate::stop::Stop;
use crate::wait::{self, go_on, stopped};

/// Sessions by provider name with alias.
pub type Sessions = BTreeMap<String, Box<dyn Session>>;

/// Everything that running a plan needs beside the plan.
pub struct Run<'a> {
    /// Sessions to every platform of the plan.
    pub sessions: &'a mut Sessions,
    /// Where the state is.
    pub store: &'a mut dyn Store,
    /// Whose state it is.
    pub realm: &'a Realm,
    /// Records of objects that were live exactly as recorded when the plan was made.
    pub settled: &'a Records,
    /// Who runs it.
    pub holder: Holder,
    /// Who approved it.
    pub approvals: Vec<String>,
    /// Commit of the project's files; empty where unknown.
    pub commit: String,
    /// Whether files of the project differ from that commit.
    pub dirty: bool,
    /// The number of this apply.
    pub serial: u64,
    /// Finds the texts of secrets.
    pub reveal: Reveal<'a>,
    /// Told what happens.
    pub progress: &'a mut dyn Progress,
    /// Gives numbers from 0 to 1 that nobody can foresee.
    pub jitter: &'a mut (dyn FnMut() -> f64 + Send),
    /// Hears that it is to stop.
    pub stop: Stop,
}

/// Runs a plan.
///
/// # Errors
/// When a statement, an audit or the state fails; says what is done and recorded by then.
pub async fn execute(plan: &Plan, run: &mut Run<'_>) -> Result<Success, Box<Failure>> {
    let mut execution = Execution {
        finishing: Finishing::of(&plan.changes, &plan.batches),
        plan,
        run,
        finished: Vec::new(),
        warnings: Vec::new(),
        audited: Vec::new(),
        ran: Vec::new(),
    };
    execution.begin().await?;
    for (position, batch) in plan.batches.iter().enumerate() {
        execution.batch(position, batch).await?;
    }
    let mut ended = execution.settle().await;
    if ended.is_ok() {
        ended = execution.end(Outcome::Succeeded).await;
    }
    ended.map_err(|error| {
        Box::new(execution.failure(Stage::Batch, plan.batches.len(), false, Box::new(error)))
    })?;
    Ok(Success {
        serial: execution.run.serial,
        warnings: execution.warnings,
    })
}

pub(crate) struct Execution<'a, 'r, 's> {
    pub(crate) plan: &'a Plan,
    pub(crate) finishing: Finishing<'a>,
    pub(crate) run: &'r mut Run<'s>,
    finished: Vec<Address>,
    pub(crate) warnings: Vec<AuditResult>,
    /// What the audits of the batch at work found so far.
    pub(crate) audited: Vec<AuditRecord>,
    /// The statements of the batch at work that ran so far.
    pub(crate) ran: Vec<StepRecord>,
}

/// Why a batch failed, before anybody knows what becomes of it.
pub(crate) struct Trouble {
    pub(crate) stage: Stage,
    pub(crate) error: Error,
}

impl Trouble {
    /// The state could not be written.
    fn of_state(error: state::Error) -> Self {
        let help = error.help();
        let mut wrapped = Error::new(ErrorKind::Permanent, error.to_string()).help(help);
        let mut beneath = std::error::Error::source(&error);
        while let Some(source) = beneath {
            wrapped.notes.push(source.to_string());
            beneath = source.source();
        }
        wrapped.source = Some(Box::new(error));
        Self::of_batch(wrapped)
    }

    fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    pub(crate) fn of_batch(error: Error) -> Self {
        Self {
            stage: Stage::Batch,
            error,
        }
    }
}

impl Execution<'_, '_, '_> {
    pub(crate) fn failure(
        &self,
        stage: Stage,
        done: usize,
        taken_back: bool,
        error: Box<dyn std::error::Error + Send + Sync>,
    ) -> Failure {
        Failure {
            serial: Some(self.run.serial),
            stage,
            done,
            all: self.plan.batches.len(),
            taken_back,
            as_before: done == 0 && taken_back,
            finished: self.finished.clone(),
            left: Vec::new(),
            is_stopped: self.run.stop.reason().is_some(),
            error,
        }
    }

    pub(crate) async fn append(&mut self, entry: Entry) -> Result<(), state::Error> {
        self.run.store.append(self.run.realm, &entry).await
    }

    async fn begin(&mut self) -> Result<(), Box<Failure>> {
        let summary = self.plan.summary();
        let begun = Entry::Begun(Begun {
            serial: self.run.serial,
            by: self.run.holder.clone(),
            estate: self.plan.estate.clone(),
            digest: self.plan.digest.clone(),
            approvals: self.run.approvals.clone(),
            commit: self.run.commit.clone(),
            dirty: self.run.dirty,
            summary: [summary.add, summary.change, summary.destroy],
        });
        let written = self.append(begun).await;
        if let Err(error) = written {
            let mut failure = self.failure(Stage::Batch, 0, true, Box::new(error));
            failure.serial = None;
            return Err(Box::new(failure));
        }
        Ok(())
    }

    /// Records what needed no step: adopted, forgotten, carried along by something renamed. Last, so
    /// that an apply that fails on the way has not said anything about them.
    async fn settle(&mut self) -> Result<(), state::Error> {
        let stepless = std::mem::take(&mut self.finishing.stepless);
        if stepless.is_empty() {
            return Ok(());
        }
        let (mut puts, mut gone) = (Vec::new(), Vec::new());
        for change in stepless {
            gone.extend(change.recorded.clone());
            match (&change.claim, &change.before) {
                (Some(claim), Some(before)) => puts.push(Put::new(
                    change.address.clone(),
                    claim.clone(),
                    before.clone(),
                )),
                _ => gone.push(change.address.clone()),
            }
        }
        let done = Entry::Done(Done {
            serial: self.run.serial,
            batch: None,
            puts,
            gone,
            took_ms: 0,
            steps: Vec::new(),
        });
        self.append(done).await
    }

    pub(crate) async fn end(&mut self, outcome: Outcome) -> Result<(), state::Error> {
        let serial = self.run.serial;
        self.append(Entry::Ended(Ended {
            serial,
            outcome,
            at: Some(state::now()),
        }))
        .await
    }

    async fn batch(&mut self, position: usize, batch: &Batch) -> Result<(), Box<Failure>> {
        if let Err(trouble) = go_on(&self.run.stop) {
            return Err(self.give_up(position, trouble, true).await);
        }
        if let Err(error) = self.intend(position).await {
            let trouble = Trouble::of_state(error);
            return Err(self.give_up(position, trouble, true).await);
        }
        if let Err(trouble) = self.wait(batch).await {
            return Err(self.give_up(position, trouble, true).await);
        }
        let mut attempt = 0;
        let (trouble, is_clean) = loop {
            let began = Instant::now();
            let told = self.warnings.len();
            let mut trouble = match self.attempt(position, batch, began).await {
                Ok(()) => {
                    for change in self.finishing.by(position) {
                        self.finished.push(change.address.clone());
                        self.run.progress.finished(change, began.elapsed());
                    }
                    return Ok(());
                }
                Err(trouble) => trouble,
            };
            self.warnings.truncate(told);
            self.take_back(batch).await;
            self.say_who_holds_it(batch, &mut trouble).await;
            let is_clean = match trouble.stage {
                Stage::Commit => false,
                _ => self.undo(batch, &trouble).await || batch.atomic,
            };
            if let Some(reason) = self.run.stop.reason() {
                trouble.error = stopped(reason).error;
            }
            let jitter = (self.run.jitter)();
            match retry::pause(&trouble.error, attempt, jitter) {
                Some(pause) if is_clean => {
                    self.run.progress.retries(&trouble.error, pause);
                    if let Err(stopped) = wait::pause(pause, &self.run.stop).await {
                        break (stopped, is_clean);
                    }
                    attempt += 1;
                }
                _ => break (trouble, is_clean),
            }
        };
        Err(self.give_up(position, trouble, is_clean).await)
    }

    /// Records what a batch begins, as meant until the batch that finishes it is done.
    async fn intend(&mut self, position: usize) -> Result<(), state::Error> {
        for (batch, begun) in self.finishing.begun_in(position) {
            let objects = begun.iter().map(|(address, _)| *address).collect();
            let leftovers = leftovers::of(&self.plan.batches[position..=batch], &objects);
            let changes = begun.into_iter().filter_map(|(_, change)| change);
            let claims = changes
                .filter_map(|change| Some((change.address.clone(), change.claim.clone()?)))
                .collect();
            let serial = self.run.serial;
            let intended = Entry::Intended(Intended {
                serial,
                batch,
                claims,
                leftovers,
            });
            self.append(intended).await?;
        }
        Ok(())
    }

    /// Adds to a failure that passes who holds what the statement waited for, where that can be told.
    pub(crate) async fn say_who_holds_it(&mut self, batch: &Batch, trouble: &mut Trouble) {
        let (ErrorKind::Retryable, Stage::Statement { address, statement }) =
            (trouble.error.kind, &trouble.stage)
        else {
            return;
        };
        let busy = statement.hazards.iter().filter_map(Hazard::busy_on);
        let on = busy.chain([address]).cloned().collect();
        if let Some(session) = self.run.sessions.get_mut(&batch.provider)
            && let Ok(holders) = session.holders(&batch.place, &on).await
        {
            let held = holders
                .into_iter()
                .map(|who| format!("it is held by {who}"));
            trouble.error.notes.extend(held);
        }
    }

    async fn attempt(
        &mut self,
        position: usize,
        batch: &Batch,
        began: Instant,
    ) -> Result<(), Trouble> {
        self.session(batch)
            .map_err(Trouble::of_batch)?
            .begin(&batch.place, batch.atomic)
            .await
            .map_err(Trouble::of_batch)?;
        if batch.statements().any(|one| one.snapshot.is_some()) {
            let session = self.session(batch).map_err(Trouble::of_batch)?;
            session.ready_snapshots().await.map_err(Trouble::of_batch)?;
        }
        self.audited.clear();
        self.ran.clear();
        self.steps(position, batch).await?;
        for audit in &batch.audits {
            self.audit(batch, audit).await?;
        }
        let joins = batch.atomic && self.run.store.joins(&batch.provider, &batch.place);
        let finishing = self.finishing.by(position);
        let done = if finishing.is_empty() {
            self.done(position, Catalog::default(), began)
        } else {
            let scope = Scope {
                places: [batch.place.clone()].into(),
                named: finishing
                    .iter()
                    .map(|change| change.address.clone())
                    .collect(),
            };
            let live = self
                .session(batch)
                .map_err(Trouble::of_batch)?
                .read(&scope)
                .await
                .map_err(Trouble::of_batch)?;
            self.done(position, live, began)
        };
        let records: Vec<Entry> = self
            .audits()
            .into_iter()
            .chain([Entry::Done(done)])
            .collect();
        if joins {
            self.record(&records).await?;
        }
        go_on(&self.run.stop)?;
        self.session(batch)
            .map_err(Trouble::of_batch)?
            .commit()
            .await
            .map_err(|error| match error.kind {
                ErrorKind::Unreachable => Trouble::of_batch(error).at(Stage::Commit),
                _ => Trouble::of_batch(error),
            })?;
        if !joins {
            let recorded = self.record(&records).await;
            recorded.map_err(|trouble| trouble.at(Stage::Commit))?;
        }
        Ok(())
    }

    async fn record(&mut self, entries: &[Entry]) -> Result<(), Trouble> {
        for entry in entries {
            self.append(entry.clone())
                .await
                .map_err(Trouble::of_state)?;
        }
        Ok(())
    }

    pub(crate) fn session(&mut self, batch: &Batch) -> Result<&mut Box<dyn Session>, Error> {
        self.run.sessions.get_mut(&batch.provider).ok_or_else(|| {
            let message = format!("provider `{}` of the plan is not connected", batch.provider);
            Error::new(ErrorKind::Permanent, message)
        })
    }

    /// Returns what is recorded of a batch, from what is live now.
    fn done(&self, position: usize, mut live: Catalog, began: Instant) -> Done {
        let finishing = self.finishing.by(position);
        let mut puts = beside::renewed(&live, finishing, self.plan, self.run.settled);
        let mut gone = Vec::new();
        for change in finishing {
            gone.extend(change.recorded.clone());
            match (&change.claim, live.remove(&change.address)) {
                (Some(claim), Some(object)) => {
                    let mut claim = claim.clone();
                    if crate::missing::is_short(&object.attributes, change.after.as_ref()) {
                        // Then the declaration is looked at again by the next plan.
                        claim.declared = Fingerprint::of_bytes(b"not what was planned");
                    }
                    let address = change.address.clone();
                    let put = Put::new(address, claim, object.attributes);
                    puts.push(Put {
                        previous: change.previous.clone(),
                        parts: change.parts.clone(),
                        ..put
                    });
                }
                _ => gone.push(change.address.clone()),
            }
        }
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Done {
            serial: self.run.serial,
            batch: Some(position),
            puts,
            gone,
            took_ms,
            steps: self.ran.clone(),
        }
    }
}
