//! What a block of the language itself may hold, said once: the loader checks against it, and
//! `estate explain` shows it.
//!
//! Blocks that declare objects are described by the schemas of their kinds instead.

/// An attribute of a block of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in words: `text`, `list of references`.
    pub takes: &'static str,
    /// Whether the block makes no sense without it.
    pub required: bool,
    /// What it means, in a sentence or two.
    pub about: &'static str,
}

impl Argument {
    /// Makes an attribute that may be left out.
    #[must_use]
    pub const fn new(name: &'static str, takes: &'static str, about: &'static str) -> Self {
        Self {
            name,
            takes,
            required: false,
            about,
        }
    }

    /// Says that the block makes no sense without it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// A block of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// Type of the block.
    pub kind: &'static str,
    /// What its label is, in a word; absent where it has none.
    pub label: Option<&'static str>,
    /// What it is for, in a sentence or two.
    pub about: &'static str,
    /// Its attributes.
    pub arguments: &'static [Argument],
    /// What any other attribute means; absent where there can be no other.
    pub others: Option<Argument>,
    /// The blocks in it.
    pub blocks: &'static [Syntax],
    /// How it is written.
    pub example: &'static str,
}

impl Syntax {
    /// Returns the names of its attributes.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.arguments.iter().map(|argument| argument.name)
    }

    /// Reports whether an attribute may stand in it.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        self.others.is_some() || self.names().any(|known| known == name)
    }

    /// Reports whether it makes no sense without an attribute.
    #[must_use]
    pub fn requires(&self, name: &str) -> bool {
        let mut arguments = self.arguments.iter();
        arguments.any(|argument| argument.name == name && argument.required)
    }

    /// Returns the types of the blocks in it.
    pub fn inner(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.blocks.iter().map(|block| block.kind)
    }
}
