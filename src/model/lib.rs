//! The nouns of Estate: plain data that every other crate speaks in.
//!
//! Configuration says what should be, the platform says what is, state says what is ours: three
//! [`Catalog`]s (for state, [`Records`]) of the same [`Address`]es. A [`Plan`] is what lies between
//! them. Nothing here performs I/O or knows HCL, SQL or any platform.
//!
//! One word per idea:
//!
//! | word | meaning |
//! |---|---|
//! | Declaration | a block as the user wrote it, evaluated, with its place in the text |
//! | Declaration id | its name in the files: `module.x.table.videos["eu"]` |
//! | Kind | a sort of object of one provider: `sequence` |
//! | Object | one thing on a platform: address + attributes |
//! | Address | identity of an object: provider alias, kind, qualified name |
//! | Reference | an attribute value that names another object; becomes an edge |
//! | Edge, Part | what an object stands on: another object, or one part of it such as a column |
//! | Attributes, Value | canonical contents; no floats |
//! | Facts | what a platform tells about a live object beside its contents; never compared |
//! | Catalog | a set of objects, one per address: desired, live |
//! | Record, Claim | what is ours: the two fingerprints, and what was declared and how |
//! | Drift | recorded differs from live |
//! | Deviation | one thing that drifted, as it is reported: an object, an attribute, what a grantee may do |
//! | Change, Action | what happens to one object |
//! | Statement | text the platform will run, with its hazards |
//! | Hazard | a danger of a statement |
//! | Effects, Lock | what a statement does to others, in plain facts |
//! | Strategy, Turn | online or direct; whether a statement runs with everything else or after |
//! | Phase | Suspend, Rename, Loosen, Drop, Build, Finish or Resume: the part of a change a step carries out |
//! | Wait | what must be over before a batch begins: a run of a task |
//! | Undo | what takes back what a statement leaves behind |
//! | Share | of attributes that others may add to, what is ours |
//! | Step, Batch | one phase's statements; steps sharing a transaction |
//! | Place | where on a platform a batch runs: a database |
//! | Plan, Basis | ordered steps; what they were made from |
//! | Finding | what a checker says of a plan |
//! | Hook | a statement of the project's own, run between the changes of a plan |
//! | Notify, Occasion, Notice | who is told how runs end; of what; what they are told |
//! | Policy, Rule | what a plan must not do; a condition about it |
//! | Diagnostic | a problem in the user's input, with spans |
//! | Syntax, Argument | what a block of the language itself may hold |
//! | Secret | a text that is used and never shown or stored |
//! | Audit | a query that must return no row before a batch commits |
//! | Journal, Entry | the append-only record of what ran |
//! | State, Lineage, Serial | what is ours; which history; which position in it |
//! | Provider, Session | a platform's pure knowledge; a live connection to it |
//! | Rules | a kind with its types erased |
//! | Scope | which places we look at |
//! | Access | what a role can do; also the block that grants a level of it |
//! | Version | the record of one apply |

pub mod address;
pub mod catalog;
pub mod change;
pub mod declaration;
pub mod diagnostic;
pub mod duration;
pub mod effects;
pub mod fingerprint;
pub mod hazard;
pub mod hook;
pub mod ignore;
pub mod map;
pub mod notify;
pub mod object;
pub mod plan;
pub mod policy;
pub mod record;
pub mod reference;
pub mod secret;
pub mod span;
pub mod statement;
pub mod strategy;
pub mod syntax;
pub mod transcode;
pub mod value;

pub use address::Address;
pub use catalog::Catalog;
pub use change::{Action, Change, Claim, PartRename, Phase};
pub use declaration::{
    Attribute, Block, Body, Content, Declaration, DeclarationId, Import, Key, Lifecycle, Located,
    ModuleStep, Moved, Piece, Removed, Selector,
};
pub use diagnostic::{Code, Diagnostic, Severity};
pub use effects::{Effects, Lock};
pub use fingerprint::Fingerprint;
pub use hazard::Hazard;
pub use hook::Hook;
pub use ignore::{AcceptBlock, DriftIgnore};
pub use map::Map;
pub use notify::Notify;
pub use object::{Edge, Facts, Object, PLACE};
pub use plan::{
    Audit, Basis, Batch, Concerned, Finding, Plan, Platform, Step, Summary, Unmanaged, Wait,
};
pub use policy::Policy;
pub use record::{Record, Records};
pub use reference::Reference;
pub use secret::Secret;
pub use span::{Source, SourceId, Sources, Span};
pub use statement::{Online, SecretUse, Statement, Undo};
pub use strategy::{Strategy, Turn};
pub use value::Value;
