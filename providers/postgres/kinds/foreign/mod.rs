//! Foreign data: wrappers, servers, user mappings, tables.
//!
//! Source: PostgreSQL manual, CREATE FOREIGN DATA WRAPPER, CREATE SERVER, CREATE USER MAPPING.

pub(crate) mod options;
pub mod server;
pub mod table;
pub mod user_mapping;
pub mod wrapper;
