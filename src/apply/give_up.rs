//! What happens when a batch fails: it is taken back, and so is what earlier ones did for what is not finished.

use std::time::Duration;

use model::{Address, Batch, Phase};
use provider::{Error, ErrorKind};
use state::{Entry, Failed, Leftover, Lock, Outcome, StepOutcome};

use crate::execute::{Execution, Trouble};
use crate::leftovers;
use crate::outcome::{Failure, Stage};

/// How often a lost connection is made anew, where something depends on it.
const ATTEMPTS: u32 = 20;

/// How long it takes until that is tried again.
const AGAIN: Duration = Duration::from_millis(500);

impl Execution<'_, '_, '_> {
    /// Takes the open transaction back; where the connection is gone, the server does it.
    pub(crate) async fn take_back(&mut self, batch: &Batch) {
        if let Some(session) = self.run.sessions.get_mut(&batch.provider) {
            let _ = session.rollback().await;
        }
    }

    /// Takes away what a statement outside a transaction has left behind. Reports whether all is as it was
    /// before the batch.
    pub(crate) async fn undo(&mut self, batch: &Batch, trouble: &Trouble) -> bool {
        let Stage::Statement { address, statement } = &trouble.stage else {
            return false;
        };
        let Some(undo) = statement.undo.clone().filter(|_| !batch.atomic) else {
            return false;
        };
        let leftover = leftovers::in_batch(batch, address, undo);
        self.take_away(&leftover).await.is_ok() && batch.statements().next() == Some(&**statement)
    }

    async fn take_away(&mut self, leftover: &Leftover) -> Result<(), Error> {
        match self.run.sessions.get_mut(&leftover.provider) {
            Some(session) => leftovers::take_away(&mut **session, leftover)
                .await
                .map(|_| ()),
            None => Ok(()),
        }
    }

    /// Takes away what earlier batches did for objects that are not finished, and returns what could not be taken
    /// away: the next apply does it.
    async fn give_back(&mut self, mut waiting: Vec<Leftover>) -> Vec<Leftover> {
        let mut left = Vec::new();
        let mut may_reconnect = true;
        while let Some(leftover) = waiting.pop() {
            let Err(error) = self.take_away(&leftover).await else {
                continue;
            };
            if may_reconnect && error.kind == ErrorKind::Unreachable {
                may_reconnect = false;
                waiting.push(leftover);
                if !self.reconnect().await {
                    left.append(&mut waiting);
                }
            } else {
                left.push(leftover);
            }
        }
        left
    }

    /// Makes lost connections anew, and takes the lock that went with them. Where somebody else has it meanwhile,
    /// what we have left behind is theirs to take away.
    async fn reconnect(&mut self) -> bool {
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(AGAIN).await;
            }
            for session in self.run.sessions.values_mut() {
                session.forget_connections().await;
            }
            let lock = self.run.store.lock(self.run.realm, &self.run.holder).await;
            if matches!(lock, Ok(Lock::Held)) {
                return true;
            }
        }
        false
    }

    /// Ends an apply whose batch has failed, and says what has become of the world. `is_clean` says whether nothing
    /// of the batch is left.
    pub(crate) async fn give_up(
        &mut self,
        position: usize,
        trouble: Trouble,
        is_clean: bool,
    ) -> Box<Failure> {
        let address: Option<Address> = match &trouble.stage {
            Stage::Statement { address, .. } => Some(address.clone()),
            Stage::Audit(audit) => Some(audit.on.clone()),
            Stage::Wait(wait) => Some(wait.on.clone()),
            Stage::Batch | Stage::Commit | Stage::Stopped => None,
        };
        let audits = self.audits();
        let mut steps = std::mem::take(&mut self.ran);
        if self
            .plan
            .batches
            .get(position)
            .is_some_and(|batch| batch.atomic)
            && is_clean
        {
            for step in steps
                .iter_mut()
                .filter(|step| step.outcome == StepOutcome::Done)
            {
                step.outcome = StepOutcome::TakenBack;
            }
        }
        let failed = Entry::Failed(Failed {
            serial: self.run.serial,
            batch: position,
            address,
            taken_back: is_clean && !self.finishing.continues(position),
            error: trouble.error.to_string(),
            steps,
        });
        // What may be done is as good as done.
        let may_be_done = matches!(trouble.stage, Stage::Commit);
        let done = position + usize::from(may_be_done);
        let objects = self.finishing.unfinished(done);
        let leftovers = leftovers::of(&self.plan.batches[..done], &objects);
        let is_covered = covers_the_pieces(&leftovers, &trouble.stage);
        // Where the state does not hear of it, the lock may be lost, and then nothing is ours to give back.
        let is_heard = self.append(failed.clone()).await.is_ok();
        let left = if is_heard || leftovers.is_empty() || self.reconnect().await {
            self.give_back(leftovers).await
        } else {
            leftovers
        };
        // The first failure is the one that counts: that the state could not hear of it is seen by
        // the next run, which finds an apply that never ended.
        if !is_heard {
            let _ = self.append(failed).await;
        }
        if let Some(audits) = audits {
            let _ = self.append(audits).await;
        }
        let _ = self.end(Outcome::Failed).await;
        let only_suspends = |batch: &Batch| {
            let mut steps = batch.steps.iter();
            steps.all(|step| step.phase == Phase::Suspend)
        };
        let mut before = self.plan.batches[..done].iter();
        let is_clean = is_clean || is_covered && left.is_empty();
        let is_back = (is_clean || may_be_done) && left.is_empty();
        let as_before = is_back && before.all(only_suspends);
        let left = left.into_iter().filter_map(|one| one.undo.found).collect();
        let error = Box::new(trouble.error);
        Box::new(Failure {
            as_before,
            left,
            ..self.failure(trouble.stage, position, is_clean, error)
        })
    }
}

/// Reports whether what takes back earlier statements takes back as well what one has done that does its work in pieces.
fn covers_the_pieces(leftovers: &[Leftover], stage: &Stage) -> bool {
    match stage {
        Stage::Statement { address, statement } if statement.repeat => {
            let mut about = leftovers.iter().map(|one| one.address.as_ref());
            about.any(|about| about == Some(address))
        }
        _ => false,
    }
}
