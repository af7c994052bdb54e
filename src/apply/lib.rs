//! From a plan to done steps, journalled.
//!
//! Nothing is decided here: the plan holds the exact statements. Before a batch its intent is
//! written down, after it its outcome; where the state lies in the platform itself, the outcome is
//! part of the batch's own transaction. What is recorded of an object is what the platform shows
//! right after its last step.

mod audit;
mod beside;
mod execute;
mod finishing;
mod give_up;
mod leftovers;
mod missing;
mod outcome;
mod progress;
mod retry;
mod steps;
mod stop;
#[cfg(test)]
mod tests;
mod wait;

pub use audit::{AuditResult, audit};
pub use execute::{Run, Sessions, execute};
pub use leftovers::{is_there, take_away};
pub use outcome::{Failure, Stage, Success};
pub use progress::{Progress, Silent};
pub use stop::{Stop, Stopper, stop};
pub use wait::wait;
