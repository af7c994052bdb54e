//! SQL as text.
