//! PostgreSQL as a platform of Estate.

pub mod acl;
mod canonical;
mod complete;
mod count;
mod error;
pub mod kinds;
mod link;
pub mod naming;
mod platform;
mod read;
pub mod scram;
mod session;
pub mod store;
pub mod text;

pub use platform::{Postgres, Settings};
pub use session::PgSession;
