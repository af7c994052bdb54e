//! A platform in memory: the reference implementation of the boundary, and the test bed of the
//! engine.
//!
//! It refuses what a database would refuse: making what exists, standing on what does not, dropping
//! what something stands on, changing a part under somebody's feet. Its statements are JSON.

mod kinds;
mod provider;
mod session;
#[cfg(test)]
mod tests;
mod world;

pub use kinds::{Area, Badge, Clock, Lean, Lens, Part, Thing};
pub use provider::Fake;
pub use session::FakeSession;
pub use world::{Operation, World};
