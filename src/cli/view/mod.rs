//! What people see.

pub mod audit;
pub mod change;
pub mod diagnostics;
pub mod done;
pub mod drift;
pub mod failure;
pub mod page;
pub mod plan;
pub mod progress;
pub mod snapshots;
pub mod syntax;
pub mod value;
pub mod version;
