//! SQL as text: how names are written, what a text mentions, and how names in it are changed.
//!
//! Everything here is pure, takes any text at all without panicking, and reads it as the scanner of
//! PostgreSQL does.

pub mod lexer;
pub mod quote;

mod content;
mod keywords;
