//! Logical replication: what is published, and what is subscribed to.
//!
//! Source: PostgreSQL manual, chapter "Logical Replication".

pub mod publication;
pub mod subscription;
