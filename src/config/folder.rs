//! What is declared in one folder: the blocks of all its files, sorted by what they are.
//!
//! Files and blocks have no order that matters. Nothing is computed here, only recognised; what is
//! not recognised is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::Diagnostic;

use crate::blocks::LOCALS;
use crate::codes;
use crate::declared::{Declared, Local, ModuleCall, Output, Variable};
use crate::document::{Attribute, Block, Document};
use crate::guards::{OF_PLANS, POLICY, RULE};
use crate::reserved::{known, wrong_labels};
use crate::table::Table;

/// Blocks that describe the whole project; computed only in its own folder.
#[derive(Debug, Default)]
pub(crate) struct RootBlocks {
    /// `estate`.
    pub(crate) estate: Vec<Block>,
    /// `environment`.
    pub(crate) environments: Vec<Block>,
    /// `provider`.
    pub(crate) providers: Vec<Block>,
    /// `moved`, `removed` and `import`.
    pub(crate) transfers: Vec<Block>,
    /// `policy`, where it is about plans.
    pub(crate) policies: Vec<Block>,
    /// `drift_ignore`.
    pub(crate) ignores: Vec<Block>,
    /// `accept`.
    pub(crate) accepts: Vec<Block>,
    /// `notify`.
    pub(crate) notifications: Vec<Block>,
}

/// Names that may be declared in text that could not be parsed.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    headers: BTreeSet<(String, Option<String>)>,
    everything: bool,
}

impl Broken {
    fn add(&mut self, header: &[String]) {
        match header {
            [] => self.everything = true,
            [kind] if kind != "locals" => self.everything = true,
            [kind, rest @ ..] => {
                self.headers.insert((kind.clone(), None));
                self.headers.insert((kind.clone(), rest.first().cloned()));
            }
        }
    }

    /// Reports whether a name may be declared in text that could not be parsed.
    pub(crate) fn hides(&self, kind: &str, label: Option<&str>) -> bool {
        self.everything
            || self
                .headers
                .contains(&(kind.to_owned(), label.map(str::to_owned)))
    }
}

/// Reports whether a block is a policy about plans, and not one of a table.
fn is_of_plans(block: &Block) -> bool {
    let body = &block.body;
    let has = |name: &str| body.attribute(name).is_some();
    let has_rule = || body.blocks.iter().any(|one| &*one.kind.text == RULE.kind);
    &*block.kind.text == POLICY.kind
        && !has("on")
        && (OF_PLANS.iter().any(|name| has(name)) || has_rule())
}

/// What is declared in a folder.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// Path relative to the project.
    pub(crate) path: String,
    /// `variable`.
    pub(crate) variables: Table<Variable>,
    /// `locals`.
    pub(crate) locals: Table<Local>,
    /// `output`.
    pub(crate) outputs: Table<Output>,
    /// `module`.
    pub(crate) modules: Table<ModuleCall>,
    /// All other blocks, in source order.
    pub(crate) declarations: Vec<Declared>,
    numbers: BTreeMap<Arc<str>, BTreeMap<Arc<str>, usize>>,
    /// Blocks about the whole project.
    pub(crate) root: RootBlocks,
    /// What could not be parsed.
    pub(crate) broken: Broken,
}

impl Folder {
    /// Sorts the blocks of the files of a folder; `is_root` for the project's own.
    pub(crate) fn new(
        path: String,
        documents: Vec<Document>,
        is_root: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut folder = Self {
            path,
            ..Self::default()
        };
        for document in documents {
            for header in &document.broken {
                folder.broken.add(header);
            }
            for attribute in &document.body.attributes {
                diagnostics.push(
                    codes::TOP_LEVEL_ATTRIBUTE
                        .error()
                        .at(attribute.name.span, "this attribute belongs to no block")
                        .help(
                            "Put it into a block; values used in several places go into `locals`.",
                        ),
                );
            }
            for block in document.body.blocks {
                folder.add(block, is_root, diagnostics);
            }
        }
        folder
    }

    fn add(&mut self, block: Block, is_root: bool, diagnostics: &mut Vec<Diagnostic>) {
        let labels = match &*block.kind.text {
            "estate" | "locals" | "moved" | "removed" | "import" => 0,
            "notify" => 2,
            _ => 1,
        };
        if block.labels.len() != labels {
            diagnostics.push(wrong_labels(&block, labels));
            self.broken
                .add(&[block.kind.text.to_string(), String::new()]);
            return;
        }
        let is_for_root = matches!(
            &*block.kind.text,
            "estate"
                | "environment"
                | "provider"
                | "moved"
                | "removed"
                | "import"
                | "drift_ignore"
                | "accept"
                | "notify"
        ) || is_of_plans(&block);
        if is_for_root && !is_root {
            diagnostics.push(
                codes::MODULE_ONLY_ROOT
                    .error()
                    .at(block.header, "this block stands in a module"),
            );
            return;
        }
        match &*block.kind.text {
            "estate" => self.root.estate.push(block),
            "environment" => self.root.environments.push(block),
            "provider" => self.root.providers.push(block),
            "moved" | "removed" | "import" => self.root.transfers.push(block),
            "policy" if is_of_plans(&block) => self.root.policies.push(block),
            "drift_ignore" => self.root.ignores.push(block),
            "accept" => self.root.accepts.push(block),
            "notify" => self.root.notifications.push(block),
            "locals" => {
                known(&block.body, "`locals`", &LOCALS, diagnostics);
                for Attribute { name, value } in block.body.attributes {
                    self.locals
                        .insert(Local { name, value }, "the local value", diagnostics);
                }
            }
            "variable" => {
                if let Some(variable) = Variable::read(block, diagnostics) {
                    self.variables.insert(variable, "the variable", diagnostics);
                }
            }
            "output" => {
                if let Some(output) = Output::read(block, diagnostics) {
                    self.outputs.insert(output, "the output", diagnostics);
                }
            }
            "module" => {
                if let Some(call) = ModuleCall::read(block, diagnostics) {
                    self.modules.insert(call, "the module", diagnostics);
                }
            }
            _ => self.declare(block, diagnostics),
        }
    }

    fn declare(&mut self, block: Block, diagnostics: &mut Vec<Diagnostic>) {
        let Some(label) = block.labels.first().cloned() else {
            return;
        };
        let labels = self.numbers.entry(block.kind.text.clone()).or_default();
        if let Some(first) = labels.get(&label.text) {
            diagnostics.push(
                codes::DUPLICATE
                    .error()
                    .at(
                        block.header,
                        format!(
                            "`{}.{}` is declared again here",
                            block.kind.text, label.text
                        ),
                    )
                    .at(self.declarations[*first].header, "declared here first")
                    .help("Remove or rename one of the two."),
            );
            return;
        }
        labels.insert(label.text.clone(), self.declarations.len());
        self.declarations
            .push(Declared::read(block, label, diagnostics));
    }

    /// Reports whether anything of this kind is declared.
    pub(crate) fn has_kind(&self, kind: &str) -> bool {
        self.numbers.contains_key(kind)
    }

    /// Returns all kinds of which something is declared, sorted.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().map(|kind| &**kind)
    }

    /// Returns the labels of a kind, sorted.
    pub(crate) fn labels(&self, kind: &str) -> impl Iterator<Item = &str> {
        let labels = self.numbers.get(kind).into_iter();
        labels
            .flat_map(|labels| labels.keys())
            .map(|label| &**label)
    }

    /// Returns the number of a declaration.
    pub(crate) fn declaration(&self, kind: &str, label: &str) -> Option<usize> {
        self.numbers.get(kind)?.get(label).copied()
    }
}
