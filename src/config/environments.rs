//! `environment` blocks: which there are, and which one is meant.

use model::diagnostic::did_you_mean;

use crate::blocks::ENVIRONMENT;
use crate::codes;
use crate::convert::convert;
use crate::document::Block;
use crate::evaluator::{Evaluator, Reported, Scope};
use crate::inputs::Inputs;
use crate::project::Environment;
use crate::value::Data;
use crate::value_type::Type;

impl Evaluator<'_> {
    /// Reads the `environment` blocks, chooses one, and returns all with the number of that one.
    pub(crate) fn environments(&self, inputs: &Inputs) -> (Vec<Environment>, Option<usize>) {
        let blocks = &self.program.folders[0].root.environments;
        let mut environments: Vec<Environment> = Vec::new();
        for block in blocks {
            let name = block.labels.first().map_or("", |label| &label.text);
            self.known(&block.body, "an environment", &ENVIRONMENT);
            if let Some(first) = environments.iter().find(|other| other.name == name) {
                self.report(
                    codes::DUPLICATE
                        .error()
                        .at(
                            block.header,
                            format!("the environment `{name}` is declared again here"),
                        )
                        .at(first.span, "declared here first")
                        .help("Remove or rename one of the two."),
                );
            }
            let protected = block
                .body
                .attribute("protected")
                .map(|protected| self.condition(&protected.value, Scope::CONSTANT));
            environments.push(Environment {
                name: name.to_owned(),
                protected: matches!(protected, Some(Ok((true, _)))),
                approvals: self.approvals(block).unwrap_or(1),
                approvers: self.approvers(block).unwrap_or_default(),
                span: block.header,
            });
        }
        let chosen = self.choose(inputs, &environments);
        if let Some(at) = chosen {
            let Environment {
                name, protected, ..
            } = &environments[at];
            self.chosen.replace(Some((name.clone(), *protected)));
        }
        (environments, chosen)
    }

    /// Reads how many people have to approve a plan.
    fn approvals(&self, block: &Block) -> Option<usize> {
        let written = &block.body.attribute("approvals")?.value;
        let value = self.evaluate(written, Scope::CONSTANT).ok()?;
        let count = match convert(&value, &Type::Number).map(|value| value.data) {
            Ok(Data::Number(number)) => number.to_string().parse().ok(),
            _ => None,
        };
        let count = count.filter(|count| (1..=100).contains(count));
        if count.is_none() {
            let problem = codes::BAD_SETTING.error();
            let problem = problem.at(written.span, "this is no number of people");
            self.report(problem.help("Write a whole number: `approvals = 2`."));
        }
        count
    }

    /// Reads whose approvals count: names with public keys.
    fn approvers(&self, block: &Block) -> Option<Vec<(String, String)>> {
        let written = &block.body.attribute("approvers")?.value;
        let value = self.evaluate(written, Scope::CONSTANT).ok()?;
        let all = match convert(&value, &Type::Map(Type::Text.into())).map(|value| value.data) {
            Ok(Data::Object(entries) | Data::Map(_, entries)) => entries
                .iter()
                .map(|(name, key)| Some((name.to_string(), key.as_text()?.trim().to_owned())))
                .collect::<Option<Vec<(String, String)>>>(),
            _ => None,
        };
        let is_key = |key: &str| {
            let mut parts = key.split_whitespace();
            parts
                .next()
                .is_some_and(|kind| kind.contains("ssh") || kind.starts_with("ecdsa"))
                && parts.next().is_some()
                && !key.contains('\n')
        };
        let all = all.filter(|all| all.iter().all(|(_, key)| is_key(key)));
        if all.is_none() {
            let problem = codes::BAD_SETTING.error();
            let problem = problem.at(written.span, "these are no names with public keys");
            let help = "Write the public keys of OpenSSH: `approvers = { ada = \"ssh-ed25519 AAAA...\" }`.";
            self.report(problem.help(help));
        }
        all
    }

    fn choose(&self, inputs: &Inputs, environments: &[Environment]) -> Option<usize> {
        let Some(wanted) = &inputs.environment else {
            let blocks = &self.program.folders[0].root.environments;
            if blocks
                .iter()
                .any(|block| block.body.attribute("variables").is_some())
            {
                self.report_no_environment();
            }
            return None;
        };
        let found = environments
            .iter()
            .position(|environment| environment.name == *wanted);
        if found.is_none() {
            let names: Vec<&str> = environments.iter().map(|one| one.name.as_str()).collect();
            let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let help = match listed.is_empty() {
                true => format!("Declare it: environment \"{wanted}\" {{}}"),
                false => did_you_mean(wanted, names)
                    .unwrap_or_else(|| format!("There is {}.", listed.join(", "))),
            };
            self.report(
                codes::UNKNOWN_ENVIRONMENT
                    .error()
                    .note(format!("There is no environment `{wanted}`."))
                    .help(help),
            );
        }
        found
    }

    /// Reports that an environment must be chosen.
    pub(crate) fn report_no_environment(&self) -> Reported {
        let blocks = &self.program.folders[0].root.environments;
        let names: Vec<_> = blocks
            .iter()
            .flat_map(|block| &block.labels)
            .map(|label| format!("`--env {}`", label.text))
            .collect();
        self.report(
            codes::NO_ENVIRONMENT
                .error()
                .at_some(
                    blocks.first().map(|block| block.header),
                    "the project declares environments",
                )
                .help(format!("Choose one: {}.", names.join(", "))),
        )
    }
}
