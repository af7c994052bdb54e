//! PostgreSQL as a platform of Estate.

mod access;
pub mod acl;
mod activities;
mod audit_log;
mod canonical;
mod circles;
mod codes;
mod complete;
mod copies;
mod count;
#[cfg(feature = "embedded")]
mod embedded;
mod error;
mod foresee;
mod holders;
mod initial;
mod interrupt;
pub mod kinds;
mod link;
mod locks;
pub mod naming;
mod open;
mod outline;
mod platform;
mod query;
mod read;
mod renamed;
mod renamed_column;
mod renamed_constraint;
mod rights;
mod run;
pub mod scram;
mod secrets;
mod service;
mod session;
mod snapshots;
pub mod store;
pub mod text;
mod tls;
mod trace;
mod twin;

pub use codes::CODES;
pub use open::{Server, open};
pub use platform::{Postgres, Settings};
pub use session::PgSession;
pub use store::PgStore;
