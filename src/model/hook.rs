//! Hooks: statements of the project's own, run between the changes of a plan.

use crate::address::Address;
use crate::declaration::DeclarationId;
use crate::statement::Statement;

/// What the addresses of hooks have as kind; they are no objects.
pub const KIND: &str = "hook";

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Before everything else.
    BeforeApply,
    /// After everything else.
    AfterApply,
    /// Right before the first step of an object that is there, once it has its new name.
    BeforeChange,
    /// Right after an object is built.
    AfterChange,
}

impl When {
    /// All of them, with the words for them.
    pub const ALL: [(&'static str, Self); 4] = [
        ("before_apply", Self::BeforeApply),
        ("after_apply", Self::AfterApply),
        ("before_change", Self::BeforeChange),
        ("after_change", Self::AfterChange),
    ];
}

/// One statement of a hook.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// Its declaration.
    pub id: DeclarationId,
    /// When it runs.
    pub when: When,
    /// The objects of which one has to change; where there are none, anything has to.
    pub on: Vec<Address>,
    /// The provider with its alias.
    pub provider: String,
    /// Where on the platform it runs; empty for the place of the connection.
    pub place: String,
    /// What runs.
    pub statement: Statement,
}

impl Hook {
    /// Returns what its steps are about.
    #[must_use]
    pub fn address(&self) -> Address {
        address(&self.provider, &self.id)
    }
}

/// Returns what the steps of a hook are about: its name, with everything that tells it from others.
#[must_use]
pub fn address(provider: &str, id: &DeclarationId) -> Address {
    let whole = id.to_string();
    let name = whole.strip_prefix("hook.").unwrap_or(&whole);
    Address::new(provider, KIND, [name])
}
