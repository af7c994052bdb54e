//! The state inside PostgreSQL.

/// The schema that holds it, in the database of the url.
pub const SCHEMA: &str = "estate";
