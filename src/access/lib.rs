//! Who can do what, by which path, and how that differs from what holds elsewhere.
//!
//! ```text
//! Population ── Access::of ──▶ Access ── cells ──▶ who holds what on one target, by which ways
//!  (provider)     closure                │
//!                                        ├── one() ─────────▶ Comparison of one side: show, who
//!                       Names ───────────┴── compare() ─────▶ Comparison of two sides
//!                                                  │ fold
//!                                                  ▼
//!                                               groups: what is alike in one line
//! ```
//!
//! * Exact: what is said to be held is what the platform says when asked (`has_table_privilege` and its like),
//!   which `tests/access.rs` holds against servers with rights drawn at random.
//! * A membership counts for what it says: to have rights at once (inherit), to become the role (set), to take
//!   others in (admin). What is held only after becoming another role is marked so, and never mixed with the rest.
//! * To whom everything is permitted has one line for that, and none for every thing there is.
//! * What everybody has is a matter of `PUBLIC`, and is not repeated for each role.
//! * Belonging to somebody is a right by itself, `own`: to alter, drop, and give.
//!
//! Nothing here knows a platform, connects, prints, or reads a clock.

pub mod accept;
mod cells;
mod closure;
mod compare;
mod compile;
mod facts;
mod fold;
mod known;
mod labels;
mod names;
mod path;
mod side;
pub mod snapshot;
mod words;

pub use accept::{Accept, Accepted};
pub use cells::{Cell, Source, Way};
pub use compare::{Comparison, Filter, Held, Manner, Row, Status, compare, of_role, one};
pub use compile::{Access, OWN, PUBLIC, PUBLIC_NAME, RoleId, Target, TargetId};
pub use facts::{Approach, Facts};
pub use fold::{Group, Said, counted};
pub use names::{Names, Rule, Suffixes, WrongRule};
pub use snapshot::{Refusal, Server, Snapshot};
