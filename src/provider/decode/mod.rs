//! From what a person wrote to canonical attributes, led by the JSON Schema of the kind.
//!
//! The schema is derived from the struct, so the struct stays the only definition. All mistakes of a
//! block are reported at once, each at its own place; what is returned besides is used only when
//! there was none.

mod body;
mod locate;
mod shape;
mod value;

use model::{Address, Body, Code, DeclarationId, Diagnostic, Map, Span};
use serde_json::Value as Json;

pub use locate::{locate, text_at};
pub use shape::{Form, form};

/// Every code this module gives.
pub const CODES: &[Code] = &[
    Code {
        name: "declaration::unknown_attribute",
        explanation: "The block has no such attribute. `estate explain KIND` lists what it has.",
    },
    Code {
        name: "declaration::unknown_block",
        explanation: "The block has no such block inside. `estate explain KIND` lists what it has.",
    },
    Code {
        name: "declaration::missing_attribute",
        explanation: "The block cannot do without this attribute or block.",
    },
    Code {
        name: "declaration::duplicate_block",
        explanation: "The block may appear once, or once with each label.",
    },
    Code {
        name: "declaration::wrong_label",
        explanation: "Labelled blocks need exactly one label, other blocks none.",
    },
    Code {
        name: "declaration::wrong_type",
        explanation: "The value is not of the type the attribute has, and cannot be converted to it.",
    },
    Code {
        name: "declaration::unknown_choice",
        explanation: "The attribute takes one of a few words, and this is none of them.",
    },
    Code {
        name: "declaration::sensitive_value",
        explanation: "A value marked as sensitive would be stored in the state and shown in plans. \
            Only attributes made for secrets, such as passwords, take sensitive values. If it is no \
            secret after all, wrap it in `nonsensitive()`.",
    },
];

/// Finds the addresses behind names.
pub trait Names {
    /// Returns the object that a declaration declares.
    ///
    /// # Errors
    /// A diagnostic when it is no object; none when its own mistake is already reported.
    fn reference(&self, id: &DeclarationId, span: Span) -> Result<Address, Option<Diagnostic>>;

    /// Returns the object of one of some kinds that a text names.
    ///
    /// # Errors
    /// A diagnostic when the text is no name of such an object.
    fn named(&self, kinds: &[&str], text: &str, span: Span) -> Result<Address, Diagnostic>;

    /// Returns a name as it is written in a statement.
    fn written(&self, address: &Address) -> String;

    /// Returns the object that the block is about.
    fn this(&self) -> Option<&Address>;
}

/// Says in words what an attribute takes, from its JSON Schema.
#[must_use]
pub fn words(property: &Json) -> String {
    shape::Shape::of(property).words()
}

/// Returns the JSON Schema of one block of a property that is written as blocks.
#[must_use]
pub fn inside(property: &Json) -> &Json {
    match shape::Shape::of(property) {
        shape::Shape::Struct(schema) => schema,
        shape::Shape::List(item) | shape::Shape::OneOrMany(item) => match *item {
            shape::Shape::Struct(schema) => schema,
            _ => property,
        },
        _ => property,
    }
}

/// Decodes the body of a block of a kind.
///
/// `taken` names what the caller has already taken out of the body, for suggestions.
pub fn decode(
    kind: &str,
    header: Span,
    body: &Body,
    schema: &Json,
    taken: &[&str],
    names: &dyn Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> Map {
    let mut decoder = Decoder {
        kind,
        taken,
        names,
        diagnostics,
    };
    decoder.body(header, body, schema)
}

pub(crate) struct Decoder<'a> {
    kind: &'a str,
    taken: &'a [&'a str],
    names: &'a dyn Names,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Decoder<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}
