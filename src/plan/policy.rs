//! What policies say of a plan: findings that name every statement concerned.

use model::policy::{About, Broken, Facts, Policy};
use model::{Address, Batch, Change, Code, Concerned, Finding, Severity, Statement};

/// Every code of this file.
pub(crate) const CODES: &[Code] = &[
    Code {
        name: "plan::policy",
        explanation: "A `policy` block of the project denies what the plan would do, or warns of it. Every \
            statement concerned is named. No flag overrides a policy: change the files, or the policy.",
    },
    Code {
        name: "plan::protected_data_loss",
        explanation: "The plan deletes rows or columns with data in a protected environment. Applying it takes \
            `--allow-data-loss` beside the approval of its digest.",
    },
];

/// Says what policies deny of a plan, or warn of. What does nothing breaks nothing.
#[must_use]
pub fn judge(
    policies: &[Policy],
    broken: &[Broken],
    facts: &Facts,
    (changes, batches): (&[Change], &[Batch]),
) -> Vec<Finding> {
    let statements: Vec<(&Address, &Statement)> = batches
        .iter()
        .flat_map(|batch| &batch.steps)
        .flat_map(|step| step.statements.iter().map(|one| (&step.address, one)))
        .collect();
    let mut findings = Vec::new();
    for (number, policy) in policies.iter().enumerate() {
        for (words, severity) in [
            (&policy.deny, Severity::Error),
            (&policy.warn, Severity::Warning),
        ] {
            findings.extend(
                words
                    .iter()
                    .filter_map(|word| of_hazard(policy, word, severity, &statements)),
            );
        }
        for one in broken.iter().filter(|one| one.policy == number) {
            let Some(rule) = policy.rules.get(one.rule) else {
                continue;
            };
            let is_meant = |at: usize| match one.about {
                About::Plan => true,
                About::Change => facts.statements[at]
                    .1
                    .is_some_and(|change| one.of.contains(&change)),
                About::Statement => one.of.contains(&at),
            };
            let meant = statements
                .iter()
                .enumerate()
                .filter(|(at, _)| is_meant(*at));
            let subject = match (one.about, one.of.as_slice()) {
                (About::Change, [only]) => changes.get(*only).map(|change| change.address.clone()),
                _ => None,
            };
            findings.push(Finding {
                severity: rule.severity,
                code: "plan::policy".to_owned(),
                subject,
                message: format!(
                    "policy `{}` {}: its rule `{}` does not hold{}",
                    policy.name,
                    verb(rule.severity, "this"),
                    rule.name,
                    of_changes(one, changes),
                ),
                statements: meant
                    .map(|(_, (address, one))| concerned(address, one, String::new()))
                    .collect(),
                help: rule.message.clone().or_else(|| policy.message.clone()),
            });
        }
    }
    findings
}

/// Warns of a plan for a protected environment that loses data.
#[must_use]
pub fn protected_loss(environment: &str, batches: &[Batch]) -> Option<Finding> {
    let mut found = Vec::new();
    for step in batches.iter().flat_map(|batch| &batch.steps) {
        for one in &step.statements {
            found.extend(with_hazard(&step.address, one, "data_loss"));
        }
    }
    (!found.is_empty()).then(|| Finding {
        severity: Severity::Warning,
        code: "plan::protected_data_loss".to_owned(),
        subject: None,
        message: format!("environment `{environment}` is protected, and this plan deletes data"),
        statements: found,
        help: Some(
            "If that is meant, apply it with `--allow-data-loss` beside `--approve DIGEST`."
                .to_owned(),
        ),
    })
}

fn verb(severity: Severity, what: &str) -> String {
    match severity {
        Severity::Error => format!("denies {what}"),
        Severity::Warning => format!("warns of {what}"),
    }
}

/// Names the changes that a rule does not hold of.
fn of_changes(broken: &Broken, changes: &[Change]) -> String {
    if broken.about != About::Change {
        return String::new();
    }
    let named = broken.of.iter().filter_map(|at| changes.get(*at));
    let names: Vec<_> = named
        .map(|change| match &change.id {
            Some(id) => format!("`{id}`"),
            None => thing(&change.address),
        })
        .collect();
    format!(" of {}", names.join(", "))
}

fn thing(address: &Address) -> String {
    let kind = address.kind().replace('_', " ");
    format!("{kind} {}", address.qualified_name())
}

/// Says what a policy thinks of a hazard, if any statement has it.
fn of_hazard(
    policy: &Policy,
    word: &str,
    severity: Severity,
    statements: &[(&Address, &Statement)],
) -> Option<Finding> {
    let found: Vec<_> = statements
        .iter()
        .filter_map(|(address, one)| with_hazard(address, one, word))
        .collect();
    (!found.is_empty()).then(|| Finding {
        severity,
        code: "plan::policy".to_owned(),
        subject: None,
        message: format!(
            "policy `{}` {}",
            policy.name,
            verb(severity, &format!("`{word}`"))
        ),
        statements: found,
        help: policy.message.clone(),
    })
}

/// Returns a statement with the hazards of a word, if it has any.
fn with_hazard(address: &Address, statement: &Statement, word: &str) -> Option<Concerned> {
    let hazards = statement.hazards.iter().zip(statement.dangers());
    let words: Vec<_> = hazards
        .filter(|(hazard, _)| hazard.word() == Some(word))
        .map(|(_, words)| words)
        .collect();
    (!words.is_empty()).then(|| concerned(address, statement, words.join("; it ")))
}

fn concerned(address: &Address, statement: &Statement, words: String) -> Concerned {
    Concerned {
        address: address.clone(),
        sql: statement.sql.clone(),
        words,
    }
}
