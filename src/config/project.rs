//! What a project says, once everything is computed.

use std::path::PathBuf;
use std::time::Duration;

use model::{
    AcceptBlock, Body, Declaration, Diagnostic, DriftIgnore, Fingerprint, Import, Located, Moved,
    Notify, Policy, Removed, Sources, Span, Strategy,
};

use crate::judge::Judge;

/// What came out of reading a project.
#[derive(Debug)]
pub struct Loaded {
    /// Every text that places point into.
    pub sources: Sources,
    /// Errors and warnings, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The project; nothing when there are errors.
    pub project: Option<Project>,
    /// When there are errors, what could be computed in spite of them: good for finding further
    /// mistakes, and for nothing else.
    pub partial: Option<Project>,
}

/// What is known of a project before what it declares is computed: enough to connect to its platforms.
#[derive(Debug, Clone)]
pub struct Ahead {
    /// Its name.
    pub name: String,
    /// Where the state is kept.
    pub state: StateSettings,
    /// The chosen environment.
    pub environment: Option<Environment>,
    /// All provider blocks, in source order.
    pub providers: Vec<ProviderBlock>,
}

/// A project.
#[derive(Debug)]
pub struct Project {
    /// Its name: as the `estate` block says, or the name of its folder.
    pub name: String,
    /// Its folder, as given.
    pub dir: PathBuf,
    /// What the `estate` block says.
    pub settings: Settings,
    /// The chosen environment.
    pub environment: Option<Environment>,
    /// All environments, in source order.
    pub environments: Vec<Environment>,
    /// All provider blocks, in source order.
    pub providers: Vec<ProviderBlock>,
    /// All declarations, modules included, in source order.
    pub declarations: Vec<Declaration>,
    /// Renames.
    pub moved: Vec<Moved>,
    /// Ends of interest.
    pub removed: Vec<Removed>,
    /// Take-overs.
    pub imports: Vec<Import>,
    /// Policies about plans that count in the chosen environment, in source order.
    pub policies: Vec<Policy>,
    /// Computes the conditions of their rules, where there are rules.
    pub judge: Option<Judge>,
    /// Drift that is accepted, in source order.
    pub ignores: Vec<DriftIgnore>,
    /// Differences between who may do what on two sides that are accepted, in source order.
    pub accepts: Vec<AcceptBlock>,
    /// Who is told how runs end, in source order.
    pub notifications: Vec<Notify>,
    /// Outputs of the root, in source order.
    pub outputs: Vec<(String, Located)>,
    /// Identity of everything the project was made of: files, values of variables, environment
    /// variables that were asked for, the chosen environment. Secrets went in by a slow hash.
    pub fingerprint: Fingerprint,
    /// Every file that was read, relative to the project folder, sorted.
    pub files: Vec<String>,
}

/// What the `estate` block says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the state is kept.
    pub state: StateSettings,
    /// How long snapshots are kept, where it is said.
    pub snapshots_keep: Option<Duration>,
    /// Whether undeclared grants on declared objects are revoked.
    pub grants: Grants,
    /// The role that owns what does not say otherwise.
    pub owner: Option<String>,
    /// Which versions of the tool may work on the project.
    pub required_version: Option<String>,
    /// How changes run, where neither the run nor the object says so.
    pub strategy: Option<Strategy>,
    /// How long what runs may take to end before it changes, where it does not say so itself.
    pub drain_timeout: Option<Duration>,
}

/// Where the state is kept: a kind of store with its own settings, not checked here.
#[derive(Debug, Clone)]
pub struct StateSettings {
    /// The kind: `platform`, `file`, `object_store`.
    pub kind: String,
    /// The settings; nothing when the block is not written.
    pub body: Option<Body>,
}

/// What happens to grants that nobody declared on objects that are declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grants {
    /// They are revoked.
    Exact,
    /// They stay.
    Additive,
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Whether only approved plans may be applied to it.
    pub protected: bool,
    /// How many people have to approve one.
    pub approvals: usize,
    /// Whose signed approvals count, with their public keys; anybody's count when empty.
    pub approvers: Vec<(String, String)>,
    /// The header of its block.
    pub span: Span,
}

/// A provider block.
#[derive(Debug, Clone)]
pub struct ProviderBlock {
    /// Name of the provider.
    pub name: String,
    /// Alias, where there are several of it.
    pub alias: Option<String>,
    /// Its settings.
    pub body: Body,
    /// The header of the block.
    pub span: Span,
}
