//! What is declared in one folder: the blocks of all its files, sorted by what they are.
//!
//! Files and blocks have no order that matters. Nothing is computed here, only recognised; what is
//! not recognised is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::diagnostic::did_you_mean;
use model::{Diagnostic, Span};

use crate::codes;
use crate::document::{Attribute, Block, Body, Document};
use crate::expression::{Expression, Name};
use crate::table::{Named, Table};
use crate::token::is_name;

/// `variable "x" { ... }`.
#[derive(Debug)]
pub(crate) struct Variable {
    /// The name.
    pub(crate) name: Name,
    /// The type constraint.
    pub(crate) of: Option<Expression>,
    /// The default.
    pub(crate) default: Option<Expression>,
    /// Whether the value must not be shown.
    pub(crate) sensitive: bool,
    /// Whether null is a value.
    pub(crate) nullable: bool,
    /// What must hold.
    pub(crate) validations: Vec<Validation>,
}

/// `validation { ... }`.
#[derive(Debug)]
pub(crate) struct Validation {
    /// What must be true.
    pub(crate) condition: Expression,
    /// What to tell otherwise.
    pub(crate) message: Option<Expression>,
}

/// One local value.
#[derive(Debug)]
pub(crate) struct Local {
    /// The name.
    pub(crate) name: Name,
    /// The value.
    pub(crate) value: Expression,
}

/// `output "x" { ... }`.
#[derive(Debug)]
pub(crate) struct Output {
    /// The name.
    pub(crate) name: Name,
    /// The value.
    pub(crate) value: Expression,
    /// Whether the value must not be shown.
    pub(crate) sensitive: bool,
}

/// `module "x" { ... }`.
#[derive(Debug)]
pub(crate) struct ModuleCall {
    /// The name.
    pub(crate) name: Name,
    /// Type and label of the block.
    pub(crate) header: Span,
    /// Where the module is.
    pub(crate) source: Option<Expression>,
    /// The folder, by number, once it has been read.
    pub(crate) folder: Option<usize>,
    /// Repetition by collection.
    pub(crate) for_each: Option<Expression>,
    /// Repetition by number.
    pub(crate) count: Option<Expression>,
    /// What everything in it stands on.
    pub(crate) depends_on: Option<Expression>,
    /// Values for its variables.
    pub(crate) arguments: Vec<Attribute>,
}

impl ModuleCall {
    /// Returns the value given to a variable.
    pub(crate) fn argument(&self, name: &str) -> Option<&Attribute> {
        self.arguments
            .iter()
            .find(|argument| &*argument.name.text == name)
    }
}

/// A block that declares an object.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The kind.
    pub(crate) kind: Name,
    /// The label.
    pub(crate) label: Name,
    /// Type and label.
    pub(crate) header: Span,
    /// Repetition by collection.
    pub(crate) for_each: Option<Expression>,
    /// Repetition by number.
    pub(crate) count: Option<Expression>,
    /// The chosen provider.
    pub(crate) provider: Option<Expression>,
    /// What it stands on beside what it mentions.
    pub(crate) depends_on: Option<Expression>,
    /// `lifecycle { ... }`.
    pub(crate) lifecycle: Vec<Block>,
    /// Everything else.
    pub(crate) body: Body,
}

macro_rules! named {
    ($($of:ty),*) => {
        $(impl Named for $of {
            fn name(&self) -> &Name {
                &self.name
            }
        })*
    };
}

named!(Variable, Local, Output, ModuleCall);

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
    numbers: BTreeMap<Rc<str>, BTreeMap<Rc<str>, usize>>,
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
            "estate" | "environment" | "provider" | "moved" | "removed" | "import"
        );
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
            "locals" => {
                known(&block.body, "`locals`", None, &[], diagnostics);
                for Attribute { name, value } in block.body.attributes {
                    self.locals
                        .insert(Local { name, value }, "the local value", diagnostics);
                }
            }
            "variable" => {
                if let Some(variable) = variable(block, diagnostics) {
                    self.variables.insert(variable, "the variable", diagnostics);
                }
            }
            "output" => {
                if let Some(output) = output(block, diagnostics) {
                    self.outputs.insert(output, "the output", diagnostics);
                }
            }
            "module" => {
                if let Some(call) = module(block, diagnostics) {
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
        let mut body = block.body;
        let (for_each, count) = repetition(&mut body, diagnostics);
        let provider = take(&mut body, "provider").map(|attribute| attribute.value);
        let depends_on = take(&mut body, "depends_on").map(|attribute| attribute.value);
        let (lifecycle, blocks) = body
            .blocks
            .into_iter()
            .partition(|block| &*block.kind.text == "lifecycle");
        body.blocks = blocks;
        self.declarations.push(Declared {
            kind: block.kind,
            label,
            header: block.header,
            for_each,
            count,
            provider,
            depends_on,
            lifecycle,
            body,
        });
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

fn wrong_labels(block: &Block, wanted: usize) -> Diagnostic {
    let kind = &block.kind.text;
    let problem = codes::BAD_LABELS.error();
    let (label, help) = match (wanted, block.labels.len()) {
        (0, _) => (
            format!("`{kind}` blocks have no label"),
            format!("Write `{kind} {{`."),
        ),
        (_, 0) => (
            format!("this `{kind}` block has no label"),
            format!("Give it a name: {kind} \"name\" {{"),
        ),
        (_, given) => (
            format!("this `{kind}` block has {given} labels"),
            format!(
                "The one label is the name: {kind} {:?} {{",
                block.labels.last().map_or("name", |label| &label.text)
            ),
        ),
    };
    problem.at(block.header, label).help(help)
}

/// Takes an attribute out of a body.
fn take(body: &mut Body, name: &str) -> Option<Attribute> {
    let at = body
        .attributes
        .iter()
        .position(|attribute| &*attribute.name.text == name)?;
    Some(body.attributes.remove(at))
}

fn repetition(
    body: &mut Body,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Option<Expression>, Option<Expression>) {
    let for_each = take(body, "for_each");
    let count = take(body, "count");
    if let (Some(for_each), Some(count)) = (&for_each, &count) {
        diagnostics.push(
            codes::CONFLICTING_ARGUMENTS
                .error()
                .at(count.name.span, "`count` cannot be used here")
                .at(for_each.name.span, "because of this `for_each`"),
        );
    }
    (
        for_each.map(|attribute| attribute.value),
        count.map(|attribute| attribute.value),
    )
}

/// Reports attributes and blocks that a block of the language does not have.
///
/// `attributes` is `None` where any attribute is fine.
pub(crate) fn known(
    body: &Body,
    what: &str,
    attributes: Option<&[&str]>,
    blocks: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let help = |name: &str, known: &[&str]| {
        did_you_mean(name, known.iter().copied()).or_else(|| {
            let all: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            (!all.is_empty()).then(|| format!("Known here: {}.", all.join(", ")))
        })
    };
    for attribute in &body.attributes {
        let name = &attribute.name;
        if let Some(known) = attributes.filter(|known| !known.contains(&&*name.text)) {
            diagnostics.push(
                codes::UNKNOWN_ATTRIBUTE
                    .error()
                    .at(
                        name.span,
                        format!("{what} has no attribute `{}`", name.text),
                    )
                    .help_some(help(&name.text, known)),
            );
        }
    }
    for block in &body.blocks {
        let name = &block.kind;
        if !blocks.contains(&&*name.text) {
            let help = match attributes {
                Some(known) if known.contains(&&*name.text) => {
                    Some(format!("Write it with an equals sign: {} = {{", name.text))
                }
                _ => help(&name.text, blocks),
            };
            diagnostics.push(
                codes::UNKNOWN_BLOCK
                    .error()
                    .at(name.span, format!("{what} has no block `{}`", name.text))
                    .help_some(help),
            );
        }
    }
}

/// Returns an attribute that a block of the language cannot do without.
pub(crate) fn required<'b>(
    body: &'b Body,
    header: Span,
    name: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'b Expression> {
    let attribute = body.attribute(name);
    if attribute.is_none() {
        diagnostics.push(
            codes::MISSING_ATTRIBUTE
                .error()
                .at(header, format!("`{name}` is missing")),
        );
    }
    attribute.map(|attribute| &attribute.value)
}

/// Returns a setting that must be written as plain `true` or `false`.
fn literal_bool(body: &Body, name: &str, default: bool, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let Some(attribute) = body.attribute(name) else {
        return default;
    };
    if let crate::expression::Kind::Constant(Some(value)) = &attribute.value.kind
        && let crate::value::Data::Bool(value) = value.data
    {
        return value;
    }
    diagnostics.push(codes::TYPE_MISMATCH.error().at(
        attribute.value.span,
        "only `true` or `false` can stand here",
    ));
    default
}

/// Checks the name of something that expressions refer to.
fn is_valid_name(name: &Name, reserved: &[&str], diagnostics: &mut Vec<Diagnostic>) -> bool {
    let problem = if !is_name(&name.text) {
        "this is not a name"
    } else if reserved.contains(&&*name.text) {
        "this name is reserved"
    } else {
        return true;
    };
    diagnostics.push(codes::BAD_NAME.error().at(name.span, problem).help(
        "Names begin with a letter or an underscore; letters, digits, underscores and dashes follow.",
    ));
    false
}

/// Names that mean something in a `module` block.
const MODULE_ARGUMENTS: [&str; 8] = [
    "source",
    "version",
    "providers",
    "for_each",
    "count",
    "depends_on",
    "lifecycle",
    "locals",
];

fn variable(mut block: Block, diagnostics: &mut Vec<Diagnostic>) -> Option<Variable> {
    let name = block.labels.pop()?;
    let body = &mut block.body;
    let known_names = [
        "type",
        "default",
        "description",
        "sensitive",
        "nullable",
        "ephemeral",
    ];
    known(
        body,
        "a variable",
        Some(&known_names[..5]),
        &["validation"],
        diagnostics,
    );
    if !is_valid_name(&name, &MODULE_ARGUMENTS, diagnostics) {
        return None;
    }
    let mut validations = Vec::new();
    for block in std::mem::take(&mut body.blocks) {
        if &*block.kind.text != "validation" {
            continue;
        }
        let names = ["condition", "message", "error_message"];
        known(&block.body, "a validation", Some(&names), &[], diagnostics);
        let condition = required(&block.body, block.header, "condition", diagnostics).cloned();
        let message = ["message", "error_message"]
            .iter()
            .find_map(|name| block.body.attribute(name));
        validations.extend(condition.map(|condition| Validation {
            condition,
            message: message.map(|attribute| attribute.value.clone()),
        }));
    }
    Some(Variable {
        of: take(body, "type").map(|attribute| attribute.value),
        default: take(body, "default").map(|attribute| attribute.value),
        sensitive: literal_bool(body, "sensitive", false, diagnostics),
        nullable: literal_bool(body, "nullable", true, diagnostics),
        name,
        validations,
    })
}

fn output(mut block: Block, diagnostics: &mut Vec<Diagnostic>) -> Option<Output> {
    let name = block.labels.pop()?;
    known(
        &block.body,
        "an output",
        Some(&["value", "description", "sensitive"]),
        &[],
        diagnostics,
    );
    let value = required(&block.body, block.header, "value", diagnostics)?.clone();
    let sensitive = literal_bool(&block.body, "sensitive", false, diagnostics);
    is_valid_name(&name, &[], diagnostics).then_some(Output {
        name,
        value,
        sensitive,
    })
}

fn module(mut block: Block, diagnostics: &mut Vec<Diagnostic>) -> Option<ModuleCall> {
    let name = block.labels.pop()?;
    known(&block.body, "a module", None, &[], diagnostics);
    let (for_each, count) = repetition(&mut block.body, diagnostics);
    required(&block.body, block.header, "source", diagnostics);
    is_valid_name(&name, &[], diagnostics).then_some(ModuleCall {
        name,
        header: block.header,
        source: take(&mut block.body, "source").map(|attribute| attribute.value),
        folder: None,
        for_each,
        count,
        depends_on: take(&mut block.body, "depends_on").map(|attribute| attribute.value),
        arguments: block.body.attributes,
    })
}
