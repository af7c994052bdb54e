//! Tests of the whole front end.

mod golden;
mod scratch;
