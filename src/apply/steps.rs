//! The statements and audits of one batch.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use model::{Address, Audit, Batch, Change, Statement};
use provider::{Error, ErrorKind, Ran};
use state::{AuditOutcome, Audited, Entry, StepOutcome, StepRecord};

use crate::execute::{Execution, Trouble};
use crate::outcome::Stage;
use crate::retry;
use crate::wait::{self, go_on, heeding};

impl Execution<'_, '_, '_> {
    /// Runs the statements of a batch, and keeps what became of each.
    pub(crate) async fn steps(&mut self, position: usize, batch: &Batch) -> Result<(), Trouble> {
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
            let (began, clock) = (SystemTime::now(), Instant::now());
            let ended = self.pieces(batch, address, statement).await;
            let ran = Ran {
                began,
                took: clock.elapsed(),
                rows: None,
            };
            let outcome = match ended {
                Ok(()) => StepOutcome::Done,
                Err(_) => StepOutcome::Failed,
            };
            self.ran
                .push(record(position, address, statement, ran, outcome));
            return ended;
        }
        let (reveal, stop) = (self.run.reveal, self.run.stop.clone());
        let session = self.session(batch).map_err(Trouble::of_batch)?;
        let interrupter = session.interrupter();
        let ran = heeding(stop, interrupter, session.execute(&statements, reveal)).await;
        let (became, ended) = match ran {
            Ok(became) => (became, Ok(())),
            Err(mut failure) => (std::mem::take(&mut failure.ran), Err(failure)),
        };
        let failed = ended.as_ref().err().map(|failure| failure.done);
        for (at, ((statement, address), ran)) in
            statements.iter().zip(&owners).zip(became).enumerate()
        {
            let outcome = match failed {
                Some(failed) if failed == at => StepOutcome::Failed,
                _ => StepOutcome::Done,
            };
            self.ran
                .push(record(position, address, statement, ran, outcome));
        }
        ended.map_err(|failure| match statements.get(failure.done) {
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
            go_on(&self.run.stop)?;
            let stop = self.run.stop.clone();
            let session = self.session(batch).map_err(Trouble::of_batch)?;
            let interrupter = session.interrupter();
            let error = match heeding(stop, interrupter, session.query(statement, 1)).await {
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
            wait::pause(pause, &self.run.stop).await?;
            attempt += 1;
        }
    }

    pub(crate) async fn audit(&mut self, batch: &Batch, audit: &Audit) -> Result<(), Trouble> {
        let stop = self.run.stop.clone();
        let session = self.session(batch).map_err(Trouble::of_batch)?;
        let interrupter = session.interrupter();
        let asked = crate::audit::audit(&mut **session, audit);
        let mut result = heeding(stop, interrupter, asked).await;
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
    pub(crate) fn audits(&mut self) -> Option<Entry> {
        let audits = std::mem::take(&mut self.audited);
        (!audits.is_empty()).then(|| {
            Entry::Audited(Audited {
                serial: Some(self.run.serial),
                by: self.run.holder.clone(),
                audits,
            })
        })
    }
}

/// Returns what is written down of a statement.
fn record(
    batch: usize,
    address: &Address,
    statement: &Statement,
    ran: Ran,
    outcome: StepOutcome,
) -> StepRecord {
    let began = ran.began.duration_since(SystemTime::UNIX_EPOCH);
    StepRecord {
        batch,
        address: address.clone(),
        sql: statement.sql.clone(),
        began_ms: began.map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        }),
        took_us: u64::try_from(ran.took.as_micros()).unwrap_or(u64::MAX),
        rows: ran.rows,
        outcome,
    }
}
