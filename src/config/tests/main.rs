//! Tests of the whole front end.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod blocks;
mod cases;
mod format;
mod golden;
mod identity;
mod limits;
mod places;
mod properties;
mod render;
mod scratch;
