//! What is live, as blocks that a person could have written.

use std::collections::BTreeSet;

use model::{Address, Map};

/// What of a platform is written out.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only these schemas; everything when empty.
    pub schemas: BTreeSet<String>,
    /// Only these objects, by qualified name; everything when empty.
    pub objects: BTreeSet<String>,
    /// Roles with their memberships and settings, too.
    pub roles: bool,
    /// Every database of the server, too.
    pub cluster: bool,
}

/// One block to write.
#[derive(Debug, Clone)]
pub struct Block {
    /// Kind.
    pub kind: &'static str,
    /// The object it declares; `None` for what only says something about others.
    pub address: Option<Address>,
    /// The name; for what has none, a label that would fit.
    pub name: String,
    /// The attribute that says what it stands in, and what that is.
    pub parent: Option<(&'static str, Address)>,
    /// The object inside whose block it is written.
    pub inside: Option<Address>,
    /// What is written in it.
    pub attributes: Map,
    /// What it stands on that its contents do not say.
    pub depends_on: BTreeSet<Address>,
    /// The schema it is kept with; `None` for what lies in no schema.
    pub schema: Option<String>,
    /// The sort of things it is kept with: `tables`.
    pub group: &'static str,
}

/// Something that cannot be written, or only without a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// What it is: `table sales.orders`.
    pub what: String,
    /// Why, and what to do.
    pub why: String,
    /// Whether something is wrong with it, and not only beyond what this version manages.
    pub is_broken: bool,
}

/// Everything that is to be written.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// Who owns what does not say otherwise.
    pub owner: Option<String>,
    /// The blocks, in a sensible order.
    pub blocks: Vec<Block>,
    /// What is missing.
    pub left_out: Vec<LeftOut>,
}
