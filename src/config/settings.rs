//! Blocks about the whole project: `estate`, `environment`, `provider`.

use std::collections::BTreeMap;
use std::time::Duration;

use model::diagnostic::did_you_mean;
use model::syntax::Syntax;
use model::{Body, Span, duration};

use crate::blocks::{ESTATE, SNAPSHOTS};
use crate::codes;
use crate::document::Block;
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::Expression;
use crate::inputs::Inputs;
use crate::meta::provider_name;
use crate::project::{Grants, ProviderBlock, Settings, StateSettings};
use crate::reserved::known;
use crate::value_type::describe;
use crate::version;

impl<'p> Evaluator<'p> {
    /// Reads the `estate` block; returns the name of the project too, if it is set.
    pub(crate) fn settings(&self, inputs: &Inputs) -> Outcome<(Option<String>, Settings)> {
        let mut settings = Settings {
            state: StateSettings {
                kind: "platform".to_owned(),
                body: None,
            },
            snapshots_keep: None,
            grants: Grants::Exact,
            owner: None,
            required_version: None,
            strategy: None,
            drain_timeout: None,
        };
        let blocks = &self.program.folders[0].root.estate;
        let Some((block, others)) = blocks.split_first() else {
            return Ok((None, settings));
        };
        for other in others {
            self.report(
                codes::DUPLICATE
                    .error()
                    .at(other.header, "a second `estate` block")
                    .at(block.header, "the first one"),
            );
        }
        self.known(&block.body, "`estate`", &ESTATE);
        let text = |name: &str| {
            let attribute = block.body.attribute(name);
            attribute
                .map(|attribute| self.constant_text(&attribute.value))
                .transpose()
        };
        let name = text("project");
        let required_version = text("required_version");
        let grants = text("grants");
        let owner = text("owner");
        let drain_timeout = text("drain_timeout");
        let strategy = self.strategy(
            block
                .body
                .attribute("strategy")
                .map(|written| &written.value),
            Scope::CONSTANT,
        );
        let mut outcome = self.estate_blocks(block, &mut settings);
        if let (Ok(Some(conditions)), Some(written)) =
            (&required_version, block.body.attribute("required_version"))
        {
            outcome =
                outcome.and(self.check_version(conditions, &inputs.version, written.value.span));
        }
        if let (Ok(Some(grants)), Some(written)) = (&grants, block.body.attribute("grants")) {
            match self.grants(grants, written.value.span) {
                Ok(grants) => settings.grants = grants,
                Err(Reported) => outcome = Err(Reported),
            }
        }
        if let (Ok(Some(time)), Some(written)) =
            (&drain_timeout, block.body.attribute("drain_timeout"))
        {
            settings.drain_timeout = duration::parse(time);
            if settings.drain_timeout.is_none() {
                let problem = codes::BAD_SETTING.error();
                let problem = problem.at(written.value.span, format!("{time:?} is not a time"));
                outcome = Err(self.report(problem.help(duration::HELP)));
            }
        }
        outcome?;
        grants?;
        drain_timeout?;
        settings.required_version = required_version?;
        settings.owner = owner?;
        settings.strategy = strategy?;
        Ok((name?, settings))
    }

    fn grants(&self, text: &str, span: Span) -> Outcome<Grants> {
        match text {
            "exact" => Ok(Grants::Exact),
            "additive" => Ok(Grants::Additive),
            other => Err(self.report(
                codes::BAD_SETTING
                    .error()
                    .at(
                        span,
                        format!("{other:?} is neither \"exact\" nor \"additive\""),
                    )
                    .help_some(did_you_mean(other, ["exact", "additive"])),
            )),
        }
    }

    fn estate_blocks(&self, block: &Block, settings: &mut Settings) -> Outcome<()> {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut outcome = Ok(());
        for inner in &block.body.blocks {
            if let Some(first) = seen.insert(&inner.kind.text, inner.header) {
                self.report(
                    codes::DUPLICATE
                        .error()
                        .at(
                            inner.header,
                            format!("a second `{}` block", inner.kind.text),
                        )
                        .at(first, "the first one"),
                );
            }
            let done = match &*inner.kind.text {
                "state" => self.state(inner).map(|state| settings.state = state),
                "snapshots" => self
                    .snapshots(inner)
                    .map(|keep| settings.snapshots_keep = keep),
                _ => Ok(()),
            };
            outcome = outcome.and(done);
        }
        outcome
    }

    fn state(&self, block: &Block) -> Outcome<StateSettings> {
        let [label] = block.labels.as_slice() else {
            return Err(self.report(
                codes::BAD_LABELS
                    .error()
                    .at(block.header, "`state` has one label, the kind of store")
                    .help("For example: state \"file\" { path = \"estate.state\" }"),
            ));
        };
        Ok(StateSettings {
            kind: label.text.to_string(),
            body: Some(self.body(&block.body, Scope::CONSTANT)?),
        })
    }

    fn snapshots(&self, block: &Block) -> Outcome<Option<Duration>> {
        self.known(&block.body, "`snapshots`", &SNAPSHOTS);
        let Some(keep) = block.body.attribute("keep") else {
            return Ok(None);
        };
        let text = self.constant_text(&keep.value)?;
        match duration::parse(&text) {
            Some(time) => Ok(Some(time)),
            None => {
                let problem = codes::BAD_SETTING.error();
                let problem = problem.at(keep.value.span, format!("{text:?} is not a time"));
                Err(self.report(problem.help(duration::HELP)))
            }
        }
    }

    /// Reports what a block of the language does not have.
    pub(crate) fn known(&self, body: &crate::document::Body, what: &str, syntax: &Syntax) {
        let mut problems = Vec::new();
        known(body, what, syntax, &mut problems);
        for problem in problems {
            self.report(problem);
        }
    }

    fn constant_text(&self, written: &Expression) -> Outcome<String> {
        let value = self.evaluate(written, Scope::CONSTANT)?;
        match value.as_text() {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.report(codes::TYPE_MISMATCH.error().at(
                written.span,
                format!("a text is needed, this is {}", describe(&value)),
            ))),
        }
    }

    fn check_version(&self, conditions: &str, version: &str, span: Span) -> Outcome<()> {
        if version.is_empty() {
            return Ok(());
        }
        let problem = codes::REQUIRED_VERSION.error();
        match version::admits(conditions, version) {
            Some(true) => Ok(()),
            Some(false) => Err(self.report(problem.at(span, format!("this is version {version}")))),
            None => Err(self.report(
                problem
                    .at(span, "this is no list of conditions")
                    .help("Write conditions such as \">= 0.1, < 2.0\" or \"~> 1.2\"."),
            )),
        }
    }

    /// Reads the `provider` blocks.
    pub(crate) fn providers(&self, scope: Scope<'_, 'p>) -> Vec<ProviderBlock> {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        let mut providers = Vec::new();
        for block in &self.program.folders[0].root.providers {
            let name = provider_name(block);
            if let Some(first) = seen.insert(name.clone(), block.header) {
                self.report(
                    codes::DUPLICATE
                        .error()
                        .at(
                            block.header,
                            format!("the provider `{name}` is declared again here"),
                        )
                        .at(first, "declared here first")
                        .help("Give each its own `alias`."),
                );
            }
            if let Some(alias) = block.body.attribute("alias")
                && !alias
                    .value
                    .as_constant_text()
                    .is_some_and(crate::token::is_name)
            {
                self.report(
                    codes::BAD_NAME
                        .error()
                        .at(alias.value.span, "an alias is a constant name"),
                );
                continue;
            }
            if let Ok(body) = self.body(&block.body, scope) {
                providers.push(provider(block, body));
            }
        }
        providers
    }
}

fn provider(block: &Block, mut body: Body) -> ProviderBlock {
    let alias = body
        .attributes
        .iter()
        .position(|attribute| attribute.name == "alias");
    let alias = alias.map(|at| body.attributes.remove(at));
    ProviderBlock {
        name: block
            .labels
            .first()
            .map(|label| label.text.to_string())
            .unwrap_or_default(),
        alias: alias.and_then(|alias| match alias.value.content {
            model::Content::Text(text) => Some(text),
            _ => None,
        }),
        body,
        span: block.header,
    }
}
