//! What a person sees while it runs.

use std::time::Duration;

use model::{Action, Address, Change, Phase, Wait};
use provider::Error;

/// Told what happens, as it happens. Must not fail and should not wait.
pub trait Progress: Send {
    /// A step begins.
    fn began(&mut self, change: Option<&Change>, address: &Address, phase: Phase);

    /// All steps of an object are done and permanent.
    fn finished(&mut self, change: &Change, took: Duration);

    /// Something is not over yet that is waited for; `words` say more of it. Told again and again.
    fn waits(&mut self, wait: &Wait, words: &str);

    /// A statement that does its work in pieces has done one, and says how far it is.
    fn goes_on(&mut self, address: &Address, words: &str);

    /// A batch is tried again after a passing failure.
    fn retries(&mut self, reason: &Error, after: Duration);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn began(&mut self, _change: Option<&Change>, _address: &Address, _phase: Phase) {}

    fn finished(&mut self, change: &Change, _took: Duration) {
        debug_assert!(!matches!(change.action, Action::Adopt));
    }

    fn waits(&mut self, _wait: &Wait, _words: &str) {}

    fn goes_on(&mut self, _address: &Address, _words: &str) {}

    fn retries(&mut self, _reason: &Error, _after: Duration) {}
}
