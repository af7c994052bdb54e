//! What a person declared: evaluated blocks, each value with its place in the text.
//!
//! Declarations are what the front language hands over. They know nothing of kinds: attributes are
//! not checked here, references are still names of other declarations.

mod id;

use std::sync::Arc;

use crate::span::Span;
use crate::strategy::Strategy;

pub use id::{DeclarationId, Key, ModuleStep, Selector};

/// A piece of a text with references inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// The name of another declaration, to be written as the platform writes it.
    Reference(DeclarationId),
    /// The name of the object that the text is about (`self`).
    This,
}

/// An evaluated value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Nothing: as if the attribute were not written.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number of at most 64 bits.
    Integer(i64),
    /// Any other number, in plain decimal notation.
    Decimal(String),
    /// Text.
    Text(String),
    /// Text that mentions other declarations.
    Composed(Vec<Piece>),
    /// A list, tuple or set.
    List(Vec<Located>),
    /// A map or object, in the order of its keys.
    Map(Vec<(String, Located)>),
    /// Another declaration.
    Reference(DeclarationId),
    /// The object that the block is about (`self`).
    This,
}

/// An evaluated value with the place of the expression that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The value.
    pub content: Content,
    /// Where the expression stands.
    pub span: Span,
    /// Whether anything secret went into it.
    pub sensitive: bool,
}

/// One attribute of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Value.
    pub value: Located,
}

/// One block inside another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Block type.
    pub kind: String,
    /// Where the type stands.
    pub kind_span: Span,
    /// Labels with their places.
    pub labels: Vec<(String, Span)>,
    /// Contents.
    pub body: Body,
}

/// The contents of a block, in source order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The whole block.
    pub span: Span,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// Blocks.
    pub blocks: Vec<Block>,
}

/// What must not happen to an object, and how what happens is done, whatever the files say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// The object is never dropped or replaced. Kept in the state, so that removing the block does
    /// not remove the protection.
    pub prevent_destroy: Option<Span>,
    /// Attributes whose live value is left as it is, with their places.
    pub ignore_changes: Vec<(String, Span)>,
    /// How changes of it run, where it says so itself.
    pub strategy: Option<Strategy>,
}

/// One block as a person wrote it, evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// Name.
    pub id: DeclarationId,
    /// The header of the block: type and labels.
    pub span: Span,
    /// The provider block it chose, as `name` or `name.alias`; `None` takes the one of what it
    /// stands in, or the default.
    pub provider: Option<(String, Span)>,
    /// Contents without the arguments of the language itself.
    pub body: Arc<Body>,
    /// Protection.
    pub lifecycle: Lifecycle,
    /// What it stands on by `depends_on`, with places.
    pub depends_on: Vec<(DeclarationId, Span)>,
}

/// A declared rename: what was called `from` is now called `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The former name.
    pub from: Selector,
    /// The present name.
    pub to: Selector,
    /// The block.
    pub span: Span,
}

/// A declared end of interest: `from` is no longer ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The former name.
    pub from: Selector,
    /// Whether the object itself goes too.
    pub destroy: bool,
    /// The block.
    pub span: Span,
}

/// A declared take-over: the live object `id` belongs to the declaration `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The declaration.
    pub to: DeclarationId,
    /// The live name, as the platform writes it.
    pub id: String,
    /// The block.
    pub span: Span,
}
