//! `policy` blocks that are about plans: which there are, and which count in the chosen environment.
//!
//! What they say is computed with everything else, but for the conditions of rules: those are computed when
//! there is a plan, by [`crate::judge`]. Whether a condition can be true or false is seen before, by trying it
//! out on a plan that is made up.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::diagnostic::did_you_mean;
use model::policy::{Facts, Policy, Rule};
use model::{Severity, Span, hazard};

use crate::codes;
use crate::convert::{convert, plain_text};
use crate::document::{Attribute, Block};
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::{Expression, Kind};
use crate::guards::{POLICY, RULE};
use crate::instance::Instance;
use crate::judge;
use crate::reserved::{known, required, wrong_labels};
use crate::value::{Data, Value};
use crate::value_type::{Type, describe};

/// The words for the severity of a rule.
const SEVERITIES: [&str; 2] = ["deny", "warn"];

impl<'p> Evaluator<'p> {
    /// Reads the policies and returns those of the chosen environment, each with the number of its block.
    pub(crate) fn policies(&self, root: &Rc<Instance<'p>>) -> Vec<(usize, Policy)> {
        let mut policies = Vec::new();
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for (number, block) in root.folder.root.policies.iter().enumerate() {
            let name = block.labels.first().map_or("", |label| &label.text);
            self.once(&mut seen, "policy", name, block.header);
            // What is wrong with one is reported; the others are still looked at.
            if let Ok((counts, policy)) = self.policy(name, block, Scope::of(root))
                && counts
            {
                policies.push((number, policy));
            }
        }
        policies
    }

    /// Reports a second thing of one name.
    pub(crate) fn once<'b>(
        &self,
        seen: &mut BTreeMap<&'b str, Span>,
        what: &str,
        name: &'b str,
        span: Span,
    ) {
        if let Some(first) = seen.insert(name, span) {
            self.report(
                codes::DUPLICATE
                    .error()
                    .at(span, format!("the {what} `{name}` is declared again here"))
                    .at(first, "declared here first")
                    .help("Remove or rename one of the two."),
            );
        }
    }

    fn policy(&self, name: &str, block: &Block, scope: Scope<'_, 'p>) -> Outcome<(bool, Policy)> {
        let mut problems = Vec::new();
        known(&block.body, "a policy about plans", &POLICY, &mut problems);
        let mut outcome = Ok(());
        for problem in problems {
            outcome = Err(self.report(problem));
        }
        let attribute = |name| block.body.attribute(name);
        let counts = self.counts(attribute("environments"), scope);
        let deny = self.words(attribute("deny"), scope);
        let warn = self.words(attribute("warn"), scope);
        let message = self.message(attribute("message"), scope);
        let mut rules = Vec::new();
        let mut seen = BTreeMap::new();
        for rule in block.body.blocks.iter().filter(|one| is_rule(one)) {
            let label = rule.labels.first().map_or("", |label| &label.text);
            self.once(&mut seen, "rule", label, rule.header);
            match self.rule(label, rule, scope) {
                Ok(rule) => rules.push(rule),
                Err(Reported) => outcome = Err(Reported),
            }
        }
        if attribute("deny").is_none() && attribute("warn").is_none() && rules.is_empty() {
            outcome = outcome.and_then(|()| {
                Err(self.report(
                    codes::MISSING_ATTRIBUTE
                        .error()
                        .at(block.header, "this policy says nothing")
                        .help(
                            "Give it `deny`, `warn` or a `rule`. A policy of a table says which, by `on`.",
                        ),
                ))
            });
        }
        outcome?;
        let policy = Policy {
            name: name.to_owned(),
            deny: deny?,
            warn: warn?,
            message: message?,
            rules,
        };
        Ok((counts?, policy))
    }

    fn rule(&self, name: &str, block: &Block, scope: Scope<'_, 'p>) -> Outcome<Rule> {
        let mut problems = Vec::new();
        if block.labels.len() != 1 {
            problems.push(wrong_labels(block, 1));
        }
        known(&block.body, "a rule", &RULE, &mut problems);
        let body = &block.body;
        let condition = required(body, block.header, &RULE, "condition", &mut problems);
        let mut outcome = Ok(());
        for problem in problems {
            outcome = Err(self.report(problem));
        }
        let message = self.message(body.attribute("message"), scope);
        let severity = self.severity(body.attribute("severity"), scope);
        let tried = condition.map_or(Err(Reported), |condition| self.try_out(condition, scope));
        outcome?;
        tried?;
        Ok(Rule {
            name: name.to_owned(),
            severity: severity?,
            message: message?,
        })
    }

    /// Reports a condition that is neither true nor false of a plan that is made up. One that cannot be computed
    /// of that may still be right.
    fn try_out(&self, condition: &Expression, scope: Scope<'_, 'p>) -> Outcome<()> {
        let facts = Facts::sample();
        let (outcome, _) = self.attempt(|| {
            let mut values = Vec::new();
            judge::each(&facts, condition, scope, |_, scope| {
                values.push(self.evaluate(condition, scope)?);
                Ok(())
            })?;
            Ok(values)
        });
        let Ok(values) = outcome else {
            return Ok(());
        };
        let is_wrong = |value: &&Value| {
            let found = convert(value, &Type::Bool).map(|value| value.data);
            !matches!(found, Ok(Data::Bool(_)))
        };
        match values.iter().find(is_wrong) {
            None => Ok(()),
            Some(value) => Err(self.report(
                codes::TYPE_MISMATCH
                    .error()
                    .at(
                        condition.span,
                        format!("true or false is needed, this is {}", describe(value)),
                    )
                    .help("Write what must be true of a plan, such as `!statement.rewrites`."),
            )),
        }
    }

    /// Reports whether a policy counts in the chosen environment.
    pub(crate) fn counts(
        &self,
        written: Option<&Attribute>,
        scope: Scope<'_, 'p>,
    ) -> Outcome<bool> {
        let Some(written) = written else {
            return Ok(true);
        };
        let wanted = self.texts(&written.value, scope)?;
        let environments = &self.program.folders[0].root.environments;
        let labels = environments.iter().flat_map(|block| &block.labels);
        let known: Vec<&str> = labels.map(|label| &*label.text).collect();
        let mut outcome = Ok(());
        for (name, span) in &wanted {
            if !known.contains(&name.as_str()) {
                let listed: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
                let help = did_you_mean(name, known.iter().copied()).or_else(|| {
                    (!listed.is_empty()).then(|| format!("There is {}.", listed.join(", ")))
                });
                outcome = Err(self.report(
                    codes::UNKNOWN_ENVIRONMENT
                        .error()
                        .at(*span, format!("there is no environment `{name}`"))
                        .help_some(help),
                ));
            }
        }
        outcome?;
        let chosen = self.chosen.borrow();
        let chosen = chosen.as_ref().map(|(name, _)| name.as_str());
        Ok(wanted.iter().any(|(name, _)| Some(name.as_str()) == chosen))
    }

    /// Reads words of hazards.
    fn words(&self, written: Option<&Attribute>, scope: Scope<'_, 'p>) -> Outcome<Vec<String>> {
        let Some(written) = written else {
            return Ok(Vec::new());
        };
        let words = self.texts(&written.value, scope)?;
        let known = hazard::WORDS.iter().map(|(word, _)| *word);
        let mut outcome = Ok(());
        for (word, span) in &words {
            if !known.clone().any(|known| known == word) {
                let listed: Vec<_> = known.clone().map(|word| format!("`{word}`")).collect();
                let help = did_you_mean(word, known.clone())
                    .unwrap_or_else(|| format!("There is {}.", listed.join(", ")));
                outcome = Err(self.report(
                    codes::BAD_SETTING
                        .error()
                        .at(*span, format!("there is no hazard `{word}`"))
                        .help(help),
                ));
            }
        }
        outcome?;
        Ok(words.into_iter().map(|(word, _)| word).collect())
    }

    fn severity(&self, written: Option<&Attribute>, scope: Scope<'_, 'p>) -> Outcome<Severity> {
        let Some(written) = written else {
            return Ok(Severity::Error);
        };
        let value = self.evaluate(&written.value, scope)?;
        let word = value.as_text().unwrap_or_default();
        match word {
            "deny" => Ok(Severity::Error),
            "warn" => Ok(Severity::Warning),
            _ => Err(self.report(
                codes::BAD_SETTING
                    .error()
                    .at(written.value.span, "this is neither \"deny\" nor \"warn\"")
                    .help_some(did_you_mean(word, SEVERITIES)),
            )),
        }
    }

    pub(crate) fn message(
        &self,
        written: Option<&Attribute>,
        scope: Scope<'_, 'p>,
    ) -> Outcome<Option<String>> {
        let Some(written) = written else {
            return Ok(None);
        };
        let value = self.evaluate(&written.value, scope)?;
        if value.is_sensitive_inside() {
            return Err(self.report(
                codes::SENSITIVE_VALUE
                    .error()
                    .at(written.value.span, "this is sensitive, and would be shown"),
            ));
        }
        match plain_text(&value) {
            Some(text) => Ok(Some(text)),
            None => Err(self.report(codes::TYPE_MISMATCH.error().at(
                written.value.span,
                format!("a text is needed, this is {}", describe(&value)),
            ))),
        }
    }

    /// Reads a list of texts, each with its place.
    pub(crate) fn texts(
        &self,
        written: &Expression,
        scope: Scope<'_, 'p>,
    ) -> Outcome<Vec<(String, Span)>> {
        let value = self.evaluate(written, scope)?;
        let wrong = || {
            self.report(codes::TYPE_MISMATCH.error().at(
                written.span,
                format!("a list of texts is needed, this is {}", describe(&value)),
            ))
        };
        let items = value.as_items().ok_or_else(wrong)?;
        let spans: Vec<Span> = match &written.kind {
            Kind::Tuple(written) => written.iter().map(|item| item.span).collect(),
            _ => Vec::new(),
        };
        items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let text = item.as_text().ok_or_else(wrong)?;
                Ok((text.to_owned(), *spans.get(at).unwrap_or(&written.span)))
            })
            .collect()
    }
}

/// Reports whether a block in a policy is a rule.
pub(crate) fn is_rule(block: &Block) -> bool {
    &*block.kind.text == RULE.kind
}

#[cfg(test)]
mod tests {
    use model::policy::About;

    use super::*;

    #[test]
    fn what_conditions_know_is_explained() {
        let words = hazard::WORDS.iter().map(|(word, _)| (POLICY.about, *word));
        let fields = About::ALL.iter().flat_map(|about| about.fields());
        let fields = fields.map(|field| (RULE.about, field.name));
        for (about, name) in words.chain(fields) {
            assert!(
                about.contains(&format!("`{name}`")),
                "{name} is not explained"
            );
        }
    }
}
