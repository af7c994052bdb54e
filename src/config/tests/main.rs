//! Tests of the whole front end.

mod cases;
mod format;
mod golden;
mod properties;
mod render;
mod scratch;
