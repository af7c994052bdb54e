//! SQL as text.
pub mod lexer;
pub mod names;
pub mod quote;
