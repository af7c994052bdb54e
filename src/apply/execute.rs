//! Running a plan batch by batch.

use std::collections::BTreeMap;
use std::time::Instant;

use model::{
    Address, Audit, Batch, Catalog, Change, Fingerprint, Hazard, Plan, Records, Statement,
};
use provider::{Error, ErrorKind, Reveal, Scope, Session};
use state::{
    AuditOutcome, AuditRecord, Audited, Begun, Done, Ended, Entry, Failed, Holder, Intended,
    Leftover, Outcome, Put, Realm, Store,
};

use crate::audit::AuditResult;
use crate::beside;
use crate::finishing::Finishing;
use crate::leftovers;
use crate::outcome::{Failure, Stage, Success};
use crate::progress::Progress;
use crate::retry;

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
    /// The number of this apply.
    pub serial: u64,
    /// Finds the texts of secrets.
    pub reveal: Reveal<'a>,
    /// Told what happens.
    pub progress: &'a mut dyn Progress,
    /// Gives numbers from 0 to 1 that nobody can foresee.
    pub jitter: &'a mut (dyn FnMut() -> f64 + Send),
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
        execution.failure(Stage::Batch, plan.batches.len(), false, Box::new(error))
    })?;
    Ok(Success {
        serial: execution.run.serial,
        warnings: execution.warnings,
    })
}

struct Execution<'a, 'r, 's> {
    plan: &'a Plan,
    finishing: Finishing<'a>,
    run: &'r mut Run<'s>,
    finished: Vec<Address>,
    warnings: Vec<AuditResult>,
    /// What the audits of the batch at work found so far.
    audited: Vec<AuditRecord>,
}

/// Why a batch failed, before anybody knows what becomes of it.
struct Trouble {
    stage: Stage,
    error: Error,
}

impl Trouble {
    fn of_batch(error: Error) -> Self {
        Self {
            stage: Stage::Batch,
            error,
        }
    }
}

impl Execution<'_, '_, '_> {
    fn failure(
        &self,
        stage: Stage,
        done: usize,
        taken_back: bool,
        error: Box<dyn std::error::Error + Send + Sync>,
    ) -> Box<Failure> {
        Box::new(Failure {
            serial: Some(self.run.serial),
            stage,
            done,
            all: self.plan.batches.len(),
            taken_back,
            finished: self.finished.clone(),
            error,
        })
    }

    async fn append(&mut self, entry: Entry) -> Result<(), state::Error> {
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
            summary: [summary.add, summary.change, summary.destroy],
        });
        let written = self.append(begun).await;
        if let Err(error) = written {
            let mut failure = self.failure(Stage::Batch, 0, true, Box::new(error));
            failure.serial = None;
            return Err(failure);
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
        });
        self.append(done).await
    }

    async fn end(&mut self, outcome: Outcome) -> Result<(), state::Error> {
        let serial = self.run.serial;
        self.append(Entry::Ended(Ended { serial, outcome })).await
    }

    async fn batch(&mut self, position: usize, batch: &Batch) -> Result<(), Box<Failure>> {
        if let Err(error) = self.intend(position).await {
            return Err(self.failure(Stage::Batch, position, true, Box::new(error)));
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
            let is_clean = self.undo(batch, &trouble).await;
            let jitter = (self.run.jitter)();
            match retry::pause(&trouble.error, attempt, jitter) {
                Some(pause) if batch.atomic || is_clean => {
                    self.run.progress.retries(&trouble.error, pause);
                    tokio::time::sleep(pause).await;
                    attempt += 1;
                }
                _ => break (trouble, is_clean),
            }
        };
        self.give_up(position, batch, trouble, is_clean).await
    }

    /// Records what a batch begins, as meant until the batch that finishes it is done.
    async fn intend(&mut self, position: usize) -> Result<(), state::Error> {
        for (batch, changes) in self.finishing.begun_in(position) {
            let objects = changes.iter().map(|change| &change.address).collect();
            let leftovers = leftovers::of(&self.plan.batches[position..=batch], &objects);
            let claims = changes
                .into_iter()
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

    /// Takes the open transaction back; where the connection is gone, the server does it.
    async fn take_back(&mut self, batch: &Batch) {
        if let Some(session) = self.run.sessions.get_mut(&batch.provider) {
            let _ = session.rollback().await;
        }
    }

    /// Adds to a failure that passes who holds what the statement waited for, where that can be told.
    async fn say_who_holds_it(&mut self, batch: &Batch, trouble: &mut Trouble) {
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

    /// Takes away what a statement outside a transaction has left behind. Reports whether all is as it was
    /// before the batch.
    async fn undo(&mut self, batch: &Batch, trouble: &Trouble) -> bool {
        let Stage::Statement { statement, .. } = &trouble.stage else {
            return false;
        };
        let Some(undo) = statement.undo.clone().filter(|_| !batch.atomic) else {
            return false;
        };
        let leftover = leftovers::in_batch(batch, undo);
        self.take_away(&leftover).await && batch.statements().next() == Some(&**statement)
    }

    async fn take_away(&mut self, leftover: &Leftover) -> bool {
        match self.run.sessions.get_mut(&leftover.provider) {
            Some(session) => leftovers::take_away(&mut **session, leftover).await.is_ok(),
            None => false,
        }
    }

    /// Takes away what earlier batches made for objects that are not finished. What cannot be taken away now is
    /// by the next apply.
    async fn clean_up(&mut self, position: usize) {
        let objects = self.finishing.unfinished(position);
        let leftovers = leftovers::of(&self.plan.batches[..position], &objects);
        for leftover in leftovers.iter().rev() {
            self.take_away(leftover).await;
        }
    }

    async fn give_up(
        &mut self,
        position: usize,
        batch: &Batch,
        trouble: Trouble,
        is_clean: bool,
    ) -> Result<(), Box<Failure>> {
        let address = match &trouble.stage {
            Stage::Statement { address, .. } => Some(address.clone()),
            Stage::Audit(audit) => Some(audit.on.clone()),
            Stage::Batch => None,
        };
        let taken_back = (batch.atomic || is_clean) && !self.finishing.continues(position);
        self.clean_up(position).await;
        let failed = Entry::Failed(Failed {
            serial: self.run.serial,
            batch: position,
            address,
            taken_back,
            error: trouble.error.to_string(),
        });
        // The first failure is the one that counts: that the state could not hear of it is seen by
        // the next run, which finds an apply that never ended.
        if let Some(audits) = self.audits() {
            let _ = self.append(audits).await;
        }
        let _ = self.append(failed).await;
        let _ = self.end(Outcome::Failed).await;
        Err(self.failure(
            trouble.stage,
            position,
            batch.atomic || is_clean,
            Box::new(trouble.error),
        ))
    }

    async fn attempt(
        &mut self,
        position: usize,
        batch: &Batch,
        began: Instant,
    ) -> Result<(), Trouble> {
        self.session(batch)?
            .begin(&batch.place, batch.atomic)
            .await
            .map_err(Trouble::of_batch)?;
        self.audited.clear();
        self.steps(batch).await?;
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
                .session(batch)?
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
        self.session(batch)?
            .commit()
            .await
            .map_err(Trouble::of_batch)?;
        if !joins {
            self.record(&records).await?;
        }
        Ok(())
    }

    async fn record(&mut self, entries: &[Entry]) -> Result<(), Trouble> {
        for entry in entries {
            self.append(entry.clone()).await.map_err(|error| {
                let help = error.help();
                let mut wrapped = Error::new(ErrorKind::Permanent, error.to_string()).help(help);
                wrapped.source = Some(Box::new(error));
                Trouble::of_batch(wrapped)
            })?;
        }
        Ok(())
    }

    fn session(&mut self, batch: &Batch) -> Result<&mut Box<dyn Session>, Trouble> {
        self.run.sessions.get_mut(&batch.provider).ok_or_else(|| {
            let message = format!("provider `{}` of the plan is not connected", batch.provider);
            Trouble::of_batch(Error::new(ErrorKind::Permanent, message))
        })
    }

    async fn steps(&mut self, batch: &Batch) -> Result<(), Trouble> {
        let changes: BTreeMap<&Address, &Change> = self
            .plan
            .changes
            .iter()
            .map(|change| (&change.address, change))
            .collect();
        // All statements of a batch go out together; `owners` says whose each is.
        let mut statements: Vec<Statement> = Vec::new();
        let mut owners: Vec<&Address> = Vec::new();
        for step in &batch.steps {
            let change = changes.get(&step.address).copied();
            self.run.progress.began(change, &step.address, step.phase);
            statements.extend(step.statements.iter().cloned());
            owners.extend(step.statements.iter().map(|_| &step.address));
        }
        if let ([statement], [address]) = (statements.as_slice(), owners.as_slice())
            && statement.repeat
        {
            return self.pieces(batch, address, statement).await;
        }
        let reveal = self.run.reveal;
        let ran = self.session(batch)?.execute(&statements, reveal).await;
        ran.map_err(|failure| match statements.get(failure.done) {
            Some(statement) => Trouble {
                stage: Stage::Statement {
                    address: owners[failure.done].clone(),
                    statement: Box::new(statement.clone()),
                },
                error: failure.error,
            },
            None => Trouble::of_batch(failure.error),
        })
    }

    /// Runs a query that does a piece of the work, until it says that nothing is left. A piece that fails and may
    /// succeed later is tried again.
    async fn pieces(
        &mut self,
        batch: &Batch,
        address: &Address,
        statement: &Statement,
    ) -> Result<(), Trouble> {
        let mut attempt = 0;
        loop {
            let error = match self.session(batch)?.query(statement, 1).await {
                Ok(found) => {
                    let Some(row) = found.rows.first() else {
                        return Ok(());
                    };
                    let words: Vec<_> = row.iter().flatten().map(String::as_str).collect();
                    self.run.progress.goes_on(address, &words.join(" "));
                    attempt = 0;
                    continue;
                }
                Err(error) => error,
            };
            let mut trouble = Trouble {
                stage: Stage::Statement {
                    address: address.clone(),
                    statement: Box::new(statement.clone()),
                },
                error,
            };
            let Some(pause) = retry::pause(&trouble.error, attempt, (self.run.jitter)()) else {
                return Err(trouble);
            };
            self.say_who_holds_it(batch, &mut trouble).await;
            self.run.progress.retries(&trouble.error, pause);
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn audit(&mut self, batch: &Batch, audit: &Audit) -> Result<(), Trouble> {
        let mut result = crate::audit::audit(&mut **self.session(batch)?, audit).await;
        self.audited.push(result.record());
        let message = format!("audit `{}` found rows that should not be there", audit.name);
        let error = match (result.outcome(), result.error.take()) {
            (AuditOutcome::Passed, _) => return Ok(()),
            (AuditOutcome::Warned, _) => {
                self.warnings.push(result);
                return Ok(());
            }
            (_, Some(error)) => error,
            (_, None) => Error::new(ErrorKind::Permanent, message)
                .help("Correct the data or the query, and apply again."),
        };
        Err(Trouble {
            stage: Stage::Audit(Box::new(result)),
            error,
        })
    }

    /// Returns what is written down of the audits of a batch.
    fn audits(&mut self) -> Option<Entry> {
        let audits = std::mem::take(&mut self.audited);
        (!audits.is_empty()).then(|| {
            Entry::Audited(Audited {
                serial: Some(self.run.serial),
                by: self.run.holder.clone(),
                audits,
            })
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
                    puts.push(Put::new(address, claim, object.attributes));
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
        }
    }
}
