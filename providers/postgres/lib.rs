//! PostgreSQL as a platform of Estate.

pub mod scram;
pub mod text;
