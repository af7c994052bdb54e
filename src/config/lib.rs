//! The language front end of Estate: HCL text to declarations.
//!
//! ```text
//! *.hcl ── token, recover, syntax ──▶ document ── lower, flush ──▶ expression
//!                                         │
//!                                  declared, folder, program: what is declared where
//!                                         │
//!                                  names_check: every name, reached or not
//!                                         │
//! inputs ── given, variables ──▶ evaluator: instance, evaluate, traverse, steps, call, functions/
//!                                         │
//!                                  declare, dynamic, meta, settings, transfer ──▶ Project
//! ```
//!
//! * [`load()`] reads a project and reports every mistake at once, each with its place.
//! * [`format()`] lays out text without ever changing a value.
//! * [`CODES`], [`BLOCKS`] and [`functions()`] are the reference that `estate explain` shows.
//!
//! Semantics are Terraform's, checked against it by `tests/golden`. On purpose it differs where
//!
//! * references are values: they can be listed, chosen, compared and put into texts, and stay names
//!   until a platform writes them;
//! * `prevent_destroy` and `protected` may be computed, functions may be used in values of variables,
//!   and `&&` and `||` do not look at a right side that cannot matter;
//! * mistakes are errors that Terraform lets pass: a division by zero, a key that is written twice in
//!   one object, more than 64 levels of nesting;
//! * texts are kept to the byte, not brought into a Unicode normal form, and a null carries no type;
//! * regular expressions are those of the `regex` crate, and nothing reads a clock or random numbers.
//!
//! Kinds are not known here: any block with one label declares something,
//! and whether there is such a kind is decided elsewhere. Nothing here prints, panics, or reads a
//! clock, random numbers or the environment of the process; files are read through the project folder.

mod arithmetic;
mod blocks;
mod call;
mod codes;
mod convert;
mod declare;
mod declared;
mod digits;
mod directives;
mod document;
mod dynamic;
mod environments;
mod escape;
mod evaluate;
mod evaluator;
mod expression;
mod files;
mod flush;
mod folder;
mod format;
mod functions;
mod gather;
mod given;
mod guards;
mod ignores;
mod inputs;
mod instance;
mod judge;
mod load;
mod locate;
mod lower;
mod meta;
mod names;
mod names_check;
mod notifications;
mod number;
mod operate;
mod order;
mod outputs;
mod policy;
mod program;
mod project;
mod recover;
mod render;
mod repetition;
mod reserved;
mod settings;
mod spacing;
mod steps;
mod syntax;
mod table;
mod token;
mod transfer;
mod traverse;
mod type_constraint;
mod value;
mod value_type;
mod variables;
mod version;

pub use self::blocks::{BLOCKS, EVERYWHERE, PROVIDER};
pub use self::codes::CODES;
pub use self::format::format;
pub use self::functions::{FunctionReference, functions};
pub use self::inputs::Inputs;
pub use self::judge::Judge;
pub use self::load::{load, load_telling};
pub use self::project::{
    Ahead, Environment, Grants, Loaded, Project, ProviderBlock, Settings, StateSettings,
};
