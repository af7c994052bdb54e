//! The boundary between Estate and a platform.
//!
//! A platform comes in two halves. The pure half is a [`Provider`] with its [`Kind`]s: structs that
//! know how to become statements. The live half is a [`Session`]. Inside a provider everything is
//! typed; across the boundary everything is data, so that the engine needs no types and no platform
//! needs the engine.

pub mod access;
pub mod conformance;
pub mod decode;
pub mod deed;
pub mod desired;
pub mod error;
pub mod fake;
pub mod kind;
pub mod outline;
mod provider;
pub mod rules;
pub mod session;
mod snapshot;

pub use access::{Population, Reach};
pub use conformance::{Sample, check};
pub use deed::{Deed, Does};
pub use desired::{Clause, Desired, Origin};
pub use error::{Error, ErrorKind};
pub use kind::{
    Alter, At, COMES_BACK, Capabilities, Disturbance, GOES_ALONG, Kind, Nested, OUT_OF_PLACE,
    Problem, Settling, Standing, Suspension, Swap, Within,
};
pub use outline::{Outline, Wanted};
pub use provider::{Provider, Surroundings};
pub use rules::{Rules, encode, keep_secrets, rules, typed};
pub use session::{
    Activity, Answer, BoxFuture, Failure, Interrupter, Question, Ran, Rejection, Reveal, Rows,
    Scope, Session, Timeouts, Usage,
};
pub use snapshot::{Snapshot, Taking};
