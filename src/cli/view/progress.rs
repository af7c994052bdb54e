//! What is seen while an apply runs: a line for each object, on standard error.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use apply::Progress;
use model::{Action, Address, Change, Phase, Wait, hook};
use provider::Error;

use super::change::title;
use crate::screen::{Screen, Style};

/// How often it is said that something is still waited for.
const STILL: Duration = Duration::from_secs(10);

/// How often it is said how far something is.
const PAUSE: Duration = Duration::from_secs(2);

/// Prints lines.
pub struct Lines {
    screen: Screen,
    begun: BTreeSet<Address>,
    /// Since when is waited for something, and when that was said last.
    waits: BTreeMap<Address, (Instant, Instant)>,
    /// When it was last said how far something is.
    told: Option<Instant>,
}

impl Lines {
    /// Prints to a screen.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            begun: BTreeSet::new(),
            waits: BTreeMap::new(),
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

/// Names an object that need not have a change.
fn name(address: &Address) -> String {
    let kind = address.kind().replace('_', " ");
    format!("{kind} {}", address.qualified_name())
}

impl Progress for Lines {
    fn began(&mut self, change: Option<&Change>, address: &Address, phase: Phase) {
        let change = change.filter(|change| change.action.touches_platform());
        if matches!(phase, Phase::Suspend | Phase::Resume) && change.is_none() {
            let words = match phase {
                Phase::Resume => "Resuming...",
                _ if self.begun.insert(address.clone()) => "Suspending...",
                _ => return,
            };
            return self.line(&name(address), words);
        }
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

    fn waits(&mut self, wait: &Wait, words: &str) {
        let now = Instant::now();
        let before = self.waits.get(&wait.on).copied();
        let line = match before {
            Some((_, said)) if now - said < STILL => return,
            Some((since, _)) => format!("Still waiting ({words}), {}s", (now - since).as_secs()),
            None => {
                let timeout = model::duration::write(Duration::from_millis(wait.timeout_ms));
                format!(
                    "Waiting up to {timeout} for {} to end ({words})...",
                    wait.what
                )
            }
        };
        let since = before.map_or(now, |(since, _)| since);
        self.waits.insert(wait.on.clone(), (since, now));
        self.line(&name(&wait.on), &line);
    }

    fn goes_on(&mut self, address: &Address, words: &str) {
        if self.told.is_none_or(|told| told.elapsed() >= PAUSE) {
            self.told = Some(Instant::now());
            self.line(&name(address), words);
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
