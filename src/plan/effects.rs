//! What every statement of a plan does to others: looked at last, when all batches are known.

use model::{Batch, Effects, Hazard, Lock, hook};

use crate::situation::Situation;

/// Says of every statement what it locks of what is live, how large that is, and what becomes of it.
pub(crate) fn weigh(situation: &Situation<'_>, batches: &mut [Batch]) {
    let live = &situation.live;
    let size = |lock: &mut Lock| {
        let facts = live.get(&lock.on).map(|object| &object.facts);
        lock.rows = facts.and_then(|facts| facts.rows);
        lock.bytes = facts.and_then(|facts| facts.bytes);
    };
    for batch in batches {
        for step in &mut batch.steps {
            let Some(ground) = situation.grounds.of(&step.address) else {
                continue;
            };
            let is_hook = step.address.kind() == hook::KIND;
            for statement in &mut step.statements {
                let mut locks = ground.provider.locks(statement, &step.address, live);
                locks.retain(|lock| live.contains(&lock.on));
                locks.iter_mut().for_each(size);
                let has = |wanted: fn(&Hazard) -> bool| statement.hazards.iter().any(wanted);
                let loses_data = has(|hazard| hazard.word() == Some("data_loss"));
                let is_lost = loses_data && statement.snapshot.is_none();
                let reversible = !is_lost && !is_hook && ground.provider.is_reversible(statement);
                statement.effects = Effects {
                    locks,
                    rewrites: has(|hazard| matches!(hazard, Hazard::RewritesTable { .. })),
                    loses_data,
                    reversible,
                    in_transaction: batch.atomic,
                };
            }
        }
    }
}
