//! What a finished plan must not do: an independent look at it, after all decisions.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Code, Finding, Severity};

use crate::draft::Drafts;
use crate::graph::Cycle;
use crate::rebuild;
use crate::situation::{Prune, Situation};

/// Every code of a finding.
pub(crate) const CODES: &[Code] = &[
    Code {
        name: "plan::not_ours",
        explanation: "Something that this project does not manage stands on what is dropped, \
            rebuilt or changed. It is never touched, so the plan stops.",
    },
    Code {
        name: "plan::likely_rename",
        explanation: "Something disappears while something else appears that looks the same. Nothing is ever guessed to \
            be a rename: without a `moved` block the one is dropped, with its rows, and the other made.",
    },
    Code {
        name: "plan::not_brought_back",
        explanation: "A rollback cannot bring something back, such as a password, which is recorded nowhere, or a \
            grant to a role that is gone.",
    },
    Code {
        name: "plan::still_needed",
        explanation: "Something is no longer declared, but what stands on it still is.",
    },
    Code {
        name: "plan::prevent_destroy",
        explanation: "The object is protected by `prevent_destroy`. The protection is remembered \
            after the block is removed. Set `prevent_destroy = false` and apply that first.",
    },
    Code {
        name: "plan::replaces_foreign",
        explanation: "A live object with the declared name exists, is not recorded as ours, and \
            could only be made as declared by dropping it. Take it over with an `import` block or \
            `estate adopt` if it is yours.",
    },
    Code {
        name: "plan::nothing_to_import",
        explanation: "An `import` block names something that does not exist, so there is nothing to \
            take over. Correct its `id`, or remove the block to make the object.",
    },
    Code {
        name: "plan::hidden",
        explanation: "The login does not see the object, whether it is live or not, such as a task of another role. \
            It is left as it is; apply with a login that sees it.",
    },
    Code {
        name: "plan::not_rebuildable",
        explanation: "`--rebuild` names something that has contents of its own, such as a table that people \
            write to. Only what is made of other things can be made anew: views, materialized views, indexes, \
            and tables with a `query`.",
    },
    Code {
        name: "plan::shared_difference",
        explanation: "Another environment or project declares the same object differently. Each \
            apply will change it back and forth.",
    },
];

/// Checks the drafts and returns what is wrong with them.
#[must_use]
pub(crate) fn check(situation: &Situation<'_>, drafts: &Drafts, cycles: &[Cycle]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = cycles
        .iter()
        .map(|cycle| circle(situation, cycle))
        .collect();
    findings.extend(vain_imports(situation));
    findings.extend(unseen(situation));
    findings.extend(rebuild::refused(situation));
    for (address, draft) in drafts {
        let goes = matches!(draft.action, Action::Delete { .. } | Action::Replace { .. });
        // What makes room is meant by the name it had.
        let name = situation.name(situation.asides.get(address).unwrap_or(address));
        let finding = |severity, code: &str, message: String, help: &str| Finding {
            severity,
            code: code.to_owned(),
            subject: Some(address.clone()),
            message,
            statements: Vec::new(),
            help: Some(help.to_owned()),
        };
        let stays = situation.asides.contains_key(address);
        if goes && !stays && is_protected(situation, address) {
            findings.push(finding(
                Severity::Error,
                "plan::prevent_destroy",
                format!(
                    "{name} would be {}, but is protected by `prevent_destroy`",
                    verb(&draft.action)
                ),
                "Set `prevent_destroy = false` in its block and apply that first, or keep it.",
            ));
        }
        let pruned = situation.wishes.prune > Prune::Nothing;
        let is_replaced = matches!(draft.action, Action::Replace { .. }) || stays;
        if is_replaced && !draft.is_ours && !pruned {
            findings.push(finding(
                Severity::Error,
                "plan::replaces_foreign",
                format!("{name} exists, is not recorded as ours, and would have to be dropped to become as declared"),
                "If it is yours, take it over with `estate adopt` or an `import` block; otherwise declare another name.",
            ));
        }
        if let (Some(others), Action::Update) = (situation.others.get(address), &draft.action) {
            findings.push(finding(
                Severity::Warning,
                "plan::shared_difference",
                format!(
                    "{name} is also declared by {}, and this changes it",
                    others.join(" and ")
                ),
                "Declare it the same way everywhere.",
            ));
        }
    }
    findings
}

fn verb(action: &Action) -> &'static str {
    match action {
        Action::Replace { .. } => "dropped and made again",
        _ => "dropped",
    }
}

fn is_protected(situation: &Situation<'_>, address: &model::Address) -> bool {
    let declared = situation.desired.origins.get(address);
    match declared {
        Some(origin) => origin.lifecycle.prevent_destroy.is_some(),
        None => situation
            .records
            .get(address)
            .is_some_and(|record| record.claim.prevent_destroy),
    }
}

/// Says what is left as it is because nobody sees how that is, and what else cannot be seen.
fn unseen(situation: &Situation<'_>) -> Vec<Finding> {
    let declared = situation.desired.catalog.addresses();
    let declared = declared.filter(|_| !situation.wishes.destroy);
    let known: BTreeSet<_> = declared.chain(situation.records.keys()).collect();
    let hidden = known.into_iter().filter_map(|address| {
        let why = situation.hidden(address)?;
        Some(Finding {
            severity: Severity::Warning,
            code: "plan::hidden".to_owned(),
            subject: Some(address.clone()),
            message: format!("{} is left as it is: {why}", situation.name(address)),
            statements: Vec::new(),
            help: Some("Apply with a login that sees it.".to_owned()),
        })
    });
    let caveats = situation.grounds.iter().flat_map(|(name, ground)| {
        let (provider, platform) = (ground.provider, ground.platform);
        provider.caveats(situation.desired, name, platform)
    });
    hidden.chain(caveats).collect()
}

/// Finds `import` blocks for which there is nothing to take over.
fn vain_imports(situation: &Situation<'_>) -> Vec<Finding> {
    let origins = &situation.desired.origins;
    let imports = situation.wishes.imports.iter();
    imports
        .filter(|_| !situation.wishes.destroy)
        .filter_map(|import| {
            let (to, _) = origins.iter().find(|(_, origin)| origin.id == import.to)?;
            let is_there = situation.live.contains(to) || situation.records.contains_key(to);
            (!is_there).then(|| Finding {
                severity: Severity::Error,
                code: "plan::nothing_to_import".to_owned(),
                subject: Some(to.clone()),
                message: format!(
                    "`{}` is to take over {} \"{}\", which does not exist",
                    import.to,
                    to.kind().replace('_', " "),
                    import.id
                ),
                statements: Vec::new(),
                help: Some(
                    "Correct the `id` of the `import` block, or remove the block to make the object."
                        .to_owned(),
                ),
            })
        })
        .collect()
}

fn circle(situation: &Situation<'_>, cycle: &Cycle) -> Finding {
    let names: BTreeMap<_, _> = cycle
        .0
        .iter()
        .map(|address| (address, situation.name(address)))
        .collect();
    Finding {
        severity: Severity::Error,
        code: "plan::cycle".to_owned(),
        subject: cycle.0.first().cloned(),
        message: format!(
            "these stand on one another in a circle: {}",
            names.into_values().collect::<Vec<_>>().join(", ")
        ),
        statements: Vec::new(),
        help: Some("Break the circle: let one of them not mention the next.".to_owned()),
    }
}
