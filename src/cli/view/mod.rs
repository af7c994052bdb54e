//! What people see.

pub mod change;
pub mod diagnostics;
pub mod done;
pub mod drift;
pub mod failure;
pub mod plan;
pub mod progress;
pub mod value;
