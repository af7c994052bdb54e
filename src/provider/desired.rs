//! What should be: the desired catalog with the places it was declared at.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{
    Address, Audit, Body, Catalog, DeclarationId, Fingerprint, Hook, Lifecycle, Map, Span,
};

/// Where a desired object comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// The declaration.
    pub id: DeclarationId,
    /// Its header in the text.
    pub span: Span,
    /// Its contents, to find the place of an attribute.
    pub body: Arc<Body>,
    /// Protection.
    pub lifecycle: Lifecycle,
    /// Fingerprint of what was declared, before anything is settled against the live object.
    pub declared: Fingerprint,
    /// Whether the object itself is declared nowhere, and only `share` is.
    pub partial: bool,
    /// Whether even so no declaration names it: one speaks of everything in what it lies in.
    pub swept: bool,
    /// Whether what it leaves open is to be as it is where nothing is said, rather than as it happens to be live.
    pub exact: bool,
    /// Attributes of which only what is declared is ours and others may add to it.
    pub share: Option<Map>,
}

/// A declared block that says something about other objects, such as a grant.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// The declaration.
    pub id: DeclarationId,
    /// Its header in the text.
    pub span: Span,
    /// Its contents, to find the place of an attribute.
    pub body: Arc<Body>,
    /// The provider with its alias.
    pub provider: String,
    /// Kind.
    pub kind: &'static str,
    /// Canonical attributes.
    pub attributes: Map,
}

/// Everything that is declared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Desired {
    /// The objects.
    pub catalog: Catalog,
    /// Where each comes from. Every object of the catalog has an origin.
    pub origins: BTreeMap<Address, Origin>,
    /// What is said about them.
    pub clauses: Vec<Clause>,
    /// What must hold for them.
    pub audits: Vec<Audit>,
    /// What runs between their changes.
    pub hooks: Vec<Hook>,
    /// Whether others may add to what is granted, unless an object says otherwise.
    pub additive_grants: bool,
    /// The role that owns what does not say otherwise.
    pub owner: Option<String>,
}
