//! When a failed batch is tried again: only after failures that pass, and with a bound.

use std::time::Duration;

use provider::{Error, ErrorKind};

/// How often a batch is tried.
const ATTEMPTS: u32 = 8;

/// Returns how long to wait before the next attempt, or `None` when there is none. `jitter` is a
/// number from 0 to 1 that keeps two waiting applies from meeting again.
pub(crate) fn pause(error: &Error, attempt: u32, jitter: f64) -> Option<Duration> {
    if error.kind != ErrorKind::Retryable || attempt >= ATTEMPTS {
        return None;
    }
    let base = Duration::from_millis(100 << attempt.min(6));
    Some(base.mul_f64(0.5 + jitter.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_passing_failures_are_tried_again_and_not_for_ever() {
        let passing = Error::new(ErrorKind::Retryable, "lock");
        assert!(pause(&passing, 0, 0.5).is_some());
        assert!(pause(&passing, ATTEMPTS, 0.5).is_none());
        assert!(pause(&Error::new(ErrorKind::Permanent, "no"), 0, 0.5).is_none());
    }
}
