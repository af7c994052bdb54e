//! From an outline of what is live to the files of a project.
//!
//! [`files`] is the way: labels first, so that blocks can refer to one another, then every block as
//! text, kept with its like, then the layout that `estate fmt` would give it. Everything here is pure;
//! somebody else reads the platform and writes the files.

mod files;
mod labels;
mod order;
mod text;
mod write;

pub use self::files::{File, Head, files};
