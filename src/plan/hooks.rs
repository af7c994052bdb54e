//! Hooks, put between the steps of finished batches.
//!
//! A hook is in the transaction of the step it belongs to, and done or taken back with it. Where it cannot be, or
//! runs in another place, it is a batch of its own, before that transaction or after it: none is ever split.

use model::hook::{Hook, When};
use model::{Action, Address, Batch, Phase, Step, Turn};

use crate::draft::Drafts;
use crate::situation::Situation;

/// Where a step comes: before the one with a number in a batch.
type Position = (usize, usize);

/// Puts the hooks of everything that changes where they belong. What changes nothing runs none.
pub(crate) fn with_hooks(
    situation: &Situation<'_>,
    drafts: &Drafts,
    mut batches: Vec<Batch>,
) -> Vec<Batch> {
    let hooks = &situation.desired.hooks;
    if batches.is_empty() || situation.wishes.destroy || hooks.is_empty() {
        return batches;
    }
    let is_there = |address: &Address| {
        drafts
            .get(address)
            .is_some_and(|draft| !matches!(draft.action, Action::Create))
    };
    let of = |when: When| hooks.iter().filter(move |hook| hook.when == when);
    let is_due = |hook: &&Hook| hook.on.is_empty() || last(&batches, &hook.on).is_some();
    let first: Vec<&Hook> = of(When::BeforeApply).filter(is_due).collect();
    let final_ones: Vec<&Hook> = of(When::AfterApply).filter(is_due).collect();
    for hook in of(When::BeforeChange) {
        let on: Vec<Address> = hook.on.iter().filter(|on| is_there(on)).cloned().collect();
        // By then it has the name that the statement says.
        let is_named =
            |(batch, step): &Position| batches[*batch].steps[*step].phase != Phase::Rename;
        let first = steps(&batches, &on).find(is_named);
        let renamed = steps(&batches, &on).last();
        if let Some(at) = first {
            put(&mut batches, at, hook, Side::Before);
        } else if let Some(at) = renamed {
            put(&mut batches, at, hook, Side::After);
        }
    }
    // Those of one object come in the order in which they are declared.
    for hook in of(When::AfterChange).collect::<Vec<_>>().into_iter().rev() {
        if let Some(at) = last(&batches, &hook.on) {
            put(&mut batches, at, hook, Side::After);
        }
    }
    for hook in first.into_iter().rev() {
        put(&mut batches, (0, 0), hook, Side::Before);
    }
    for hook in final_ones {
        let end = batches.len() - 1;
        let at = (end, batches[end].steps.len().saturating_sub(1));
        put(&mut batches, at, hook, Side::After);
    }
    batches
}

/// Returns the steps of some objects, in order.
fn steps<'a>(batches: &'a [Batch], on: &'a [Address]) -> impl Iterator<Item = Position> + 'a {
    let numbered = batches.iter().enumerate();
    numbered.flat_map(move |(number, batch)| {
        let steps = batch.steps.iter().enumerate();
        steps
            .filter(move |(_, step)| on.contains(&step.address))
            .map(move |(step, _)| (number, step))
    })
}

/// Returns the last of the steps that build some objects, without what only comes after everything else, such as
/// validating a constraint.
fn last(batches: &[Batch], on: &[Address]) -> Option<Position> {
    let is_main = |(batch, step): &Position| {
        let mut statements = batches[*batch].steps[*step].statements.iter();
        statements.any(|statement| statement.turn == Turn::Main)
    };
    let main = steps(batches, on).filter(is_main).last();
    main.or_else(|| steps(batches, on).last())
}

/// On which side of a step a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// Puts a hook beside a step.
fn put(batches: &mut Vec<Batch>, (number, at): Position, hook: &Hook, side: Side) {
    let mut statement = hook.statement.clone();
    statement.because = Some(reason(hook, side));
    let alone = statement.alone;
    let step = Step {
        address: hook.address(),
        phase: Phase::Build,
        statements: vec![statement],
    };
    let batch = &mut batches[number];
    let is_apart = batch.statements().any(|one| one.turn == Turn::Apart);
    let may_share = batch.atomic
        && !alone
        && batch.place == hook.place
        && batch.provider == hook.provider
        && !is_apart;
    let after = usize::from(side == Side::After);
    if may_share {
        batch.steps.insert(at + after, step);
        return;
    }
    let own = Batch {
        provider: hook.provider.clone(),
        place: hook.place.clone(),
        atomic: !alone,
        waits: Vec::new(),
        steps: vec![step],
        audits: Vec::new(),
    };
    batches.insert(number + after, own);
}

/// Says why a hook runs where it does.
fn reason(hook: &Hook, side: Side) -> String {
    let order = match side {
        Side::Before => "before",
        Side::After => "after",
    };
    let what = match (hook.when, hook.on.as_slice()) {
        (When::BeforeApply | When::AfterApply, _) => "everything else".to_owned(),
        (_, on) => {
            let names = on
                .iter()
                .map(|one| format!("{} {}", one.kind().replace('_', " "), one.qualified_name()));
            format!("the change of {}", names.collect::<Vec<_>>().join(" and "))
        }
    };
    format!("{}, {order} {what}", hook.id)
}

#[cfg(test)]
mod tests {
    use model::{DeclarationId, Statement};

    use super::*;

    fn area(name: &str) -> Address {
        Address::new("fake", "area", [name])
    }

    fn batch(atomic: bool, names: &[&str]) -> Batch {
        let steps = names.iter().map(|name| Step {
            address: area(name),
            phase: Phase::Build,
            statements: vec![Statement::new(format!("make {name}"))],
        });
        Batch {
            provider: "fake".to_owned(),
            place: String::new(),
            atomic,
            waits: Vec::new(),
            steps: steps.collect(),
            audits: Vec::new(),
        }
    }

    fn hook(name: &str, place: &str) -> Hook {
        Hook {
            id: DeclarationId::root("hook", name),
            when: When::AfterChange,
            on: vec![area("b")],
            provider: "fake".to_owned(),
            place: place.to_owned(),
            statement: Statement::new(name),
        }
    }

    #[test]
    fn a_hook_shares_the_transaction_of_its_step_or_stays_outside_of_it() {
        let batches = vec![batch(true, &["a", "b", "c"])];
        let at = last(&batches, &[area("b")]).expect("it is built");
        let with = |hook: &Hook, side: Side| {
            let mut batches = batches.clone();
            put(&mut batches, at, hook, side);
            let all = batches.iter();
            let names = all.map(|one| {
                let steps = one.steps.iter().map(|step| step.address.name().to_owned());
                (one.atomic, steps.collect::<Vec<_>>().join(" "))
            });
            names.collect::<Vec<_>>()
        };
        let shown = |all: &[(bool, &str)]| {
            let all = all
                .iter()
                .map(|(atomic, names)| (*atomic, (*names).to_owned()));
            all.collect::<Vec<_>>()
        };
        let (shares, elsewhere) = (hook("x", ""), hook("x", "other"));
        let mut alone = hook("x", "");
        alone.statement = alone.statement.alone(&area("b"));
        assert_eq!(with(&shares, Side::Before), shown(&[(true, "a x b c")]));
        assert_eq!(with(&shares, Side::After), shown(&[(true, "a b x c")]));
        let before = shown(&[(true, "x"), (true, "a b c")]);
        assert_eq!(with(&elsewhere, Side::Before), before);
        let after = shown(&[(true, "a b c"), (false, "x")]);
        assert_eq!(with(&alone, Side::After), after);
    }

    #[test]
    fn a_hook_comes_before_what_only_follows_and_is_in_no_transaction_that_is_apart() {
        let mut batches = vec![batch(true, &["a", "b"]), batch(true, &["b"])];
        batches[1].steps[0].statements[0].turn = Turn::Apart;
        assert_eq!(last(&batches, &[area("b")]), Some((0, 1)));
        assert_eq!(last(&batches, &[area("c")]), None);
        put(&mut batches, (1, 0), &hook("x", ""), Side::After);
        assert_eq!(batches.len(), 3);
        assert_eq!(batches[2].steps[0].address.name(), "x");
    }
}
