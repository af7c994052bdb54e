//! Password verifiers.
