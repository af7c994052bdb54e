//! Foreign data: wrappers, servers, user mappings.
//!
//! Source: PostgreSQL manual, CREATE FOREIGN DATA WRAPPER, CREATE SERVER, CREATE USER MAPPING.

pub(crate) mod options;
pub mod server;
pub mod user_mapping;
pub mod wrapper;
