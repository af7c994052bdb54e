//! Blocks that declare something, taken apart: variables, local values, outputs, modules, objects.

use model::{Diagnostic, Span};

use crate::blocks::{MODULE, OUTPUT, VALIDATION, VARIABLE};
use crate::document::{Attribute, Block, Body};
use crate::expression::{Expression, Name};
use crate::reserved::{is_valid_name, known, literal_bool, repetition, required, take};
use crate::table::Named;

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
    /// Takes a block apart.
    pub(crate) fn read(mut block: Block, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let name = block.labels.pop()?;
        known(&block.body, "a module", &MODULE, diagnostics);
        let (for_each, count) = repetition(&mut block.body, diagnostics);
        required(&block.body, block.header, &MODULE, "source", diagnostics);
        is_valid_name(&name, &[], diagnostics).then_some(Self {
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
    /// How changes of it run.
    pub(crate) strategy: Option<Expression>,
    /// `lifecycle { ... }`.
    pub(crate) lifecycle: Vec<Block>,
    /// Everything else.
    pub(crate) body: Body,
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

impl Variable {
    /// Takes a block apart.
    pub(crate) fn read(mut block: Block, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let name = block.labels.pop()?;
        let body = &mut block.body;
        known(body, "a variable", &VARIABLE, diagnostics);
        if !is_valid_name(&name, &MODULE_ARGUMENTS, diagnostics) {
            return None;
        }
        let mut validations = Vec::new();
        for block in std::mem::take(&mut body.blocks) {
            if &*block.kind.text != "validation" {
                continue;
            }
            known(&block.body, "a validation", &VALIDATION, diagnostics);
            let condition = required(
                &block.body,
                block.header,
                &VALIDATION,
                "condition",
                diagnostics,
            )
            .cloned();
            let message = ["message", "error_message"]
                .iter()
                .find_map(|name| block.body.attribute(name));
            validations.extend(condition.map(|condition| Validation {
                condition,
                message: message.map(|attribute| attribute.value.clone()),
            }));
        }
        Some(Self {
            of: take(body, "type").map(|attribute| attribute.value),
            default: take(body, "default").map(|attribute| attribute.value),
            sensitive: literal_bool(body, "sensitive", false, diagnostics),
            nullable: literal_bool(body, "nullable", true, diagnostics),
            name,
            validations,
        })
    }
}

impl Output {
    /// Takes a block apart.
    pub(crate) fn read(mut block: Block, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let name = block.labels.pop()?;
        known(&block.body, "an output", &OUTPUT, diagnostics);
        let value = required(&block.body, block.header, &OUTPUT, "value", diagnostics)?.clone();
        let sensitive = literal_bool(&block.body, "sensitive", false, diagnostics);
        is_valid_name(&name, &[], diagnostics).then_some(Self {
            name,
            value,
            sensitive,
        })
    }
}

impl Declared {
    /// Takes a block apart: what the language understands, and the rest.
    pub(crate) fn read(block: Block, label: Name, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut body = block.body;
        let (for_each, count) = repetition(&mut body, diagnostics);
        let provider = take(&mut body, "provider").map(|attribute| attribute.value);
        let depends_on = take(&mut body, "depends_on").map(|attribute| attribute.value);
        let strategy = take(&mut body, "strategy").map(|attribute| attribute.value);
        let (lifecycle, blocks) = body
            .blocks
            .into_iter()
            .partition(|block| &*block.kind.text == "lifecycle");
        body.blocks = blocks;
        Self {
            kind: block.kind,
            label,
            header: block.header,
            for_each,
            count,
            provider,
            depends_on,
            strategy,
            lifecycle,
            body,
        }
    }
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
