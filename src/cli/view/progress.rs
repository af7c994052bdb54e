//! What is seen while an apply runs: a line for each object, on standard error.

use std::time::{Duration, Instant};

use apply::Progress;
use model::{Action, Address, Change, Phase, hook};
use provider::Error;

use super::change::title;
use crate::screen::{Screen, Style};

/// How often it is said how far something is.
const PAUSE: Duration = Duration::from_secs(2);

/// Prints lines.
pub struct Lines {
    screen: Screen,
    begun: std::collections::BTreeSet<Address>,
    /// When it was last said how far something is.
    told: Option<Instant>,
}

impl Lines {
    /// Prints to a screen.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            begun: std::collections::BTreeSet::new(),
            told: None,
        }
    }

    fn line(&self, name: &str, words: &str) {
        if self.screen.progress && !self.screen.json {
            let name = Style::Bold.paint(self.screen.error_color, format!("{name}:"));
            self.screen.complain(format!("{name} {words}"));
        }
    }
}

impl Progress for Lines {
    fn began(&mut self, change: Option<&Change>, address: &Address, _phase: Phase) {
        if !self.begun.insert(address.clone()) {
            return;
        }
        let Some(change) = change else {
            if address.kind() == hook::KIND {
                self.line(&format!("{}.{}", hook::KIND, address.name()), "Running...");
            }
            return;
        };
        let words = match change.action {
            Action::Create => "Creating...",
            Action::Update => "Modifying...",
            Action::Replace { .. } => "Replacing...",
            Action::Delete { .. } => "Destroying...",
            Action::Adopt | Action::Forget { .. } => return,
        };
        self.line(&title(change), words);
    }

    fn finished(&mut self, change: &Change, took: Duration) {
        let words = match change.action {
            Action::Create => "Creation complete",
            Action::Update => "Modifications complete",
            Action::Replace { .. } => "Replacement complete",
            Action::Delete { .. } => "Destruction complete",
            Action::Adopt | Action::Forget { .. } => return,
        };
        self.line(
            &title(change),
            &format!("{words} after {}s", took.as_secs()),
        );
    }

    fn goes_on(&mut self, address: &Address, words: &str) {
        if self.told.is_none_or(|told| told.elapsed() >= PAUSE) {
            self.told = Some(Instant::now());
            let kind = address.kind().replace('_', " ");
            self.line(&format!("{kind} {}", address.qualified_name()), words);
        }
    }

    fn retries(&mut self, reason: &Error, after: Duration) {
        if self.screen.progress {
            let notes = reason.notes.iter().map(|note| format!("\n  {note}"));
            let notes: String = notes.collect();
            self.screen.complain(format!(
                "{reason}; trying again in {} ms{notes}",
                after.as_millis()
            ));
        }
    }
}
