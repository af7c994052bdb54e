//! SQL as text: how names are written, what a text mentions, and how names in it are changed.
//!
//! Everything here is pure, takes any text at all without panicking, and reads it as the scanner of
//! PostgreSQL does.

pub mod lexer;
pub mod names;
pub mod position;
pub mod quote;
pub mod rename;
pub mod restore;
pub mod statements;
pub mod symbols;
pub(crate) mod twins;

#[cfg(test)]
mod cases;
mod coarse;
mod content;
mod cut;
mod dialect;
mod edit;
pub(crate) mod keywords;
mod name;
mod walk;
