//! Where words go: standard output for results, standard error for progress and complaints.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use serde::Serialize;

use crate::args::{Color, Global};

/// How words are shown.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Whether results are JSON.
    pub json: bool,
    /// Whether results are coloured.
    pub color: bool,
    /// Whether complaints and progress are coloured.
    pub error_color: bool,
    /// Whether progress is shown.
    pub progress: bool,
}

/// A way to set words off. Nothing is conveyed by it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Made.
    Green,
    /// Dropped, wrong.
    Red,
    /// Changed.
    Yellow,
    /// Noted.
    Cyan,
    /// Less important.
    Dim,
    /// More important.
    Bold,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Self::Green => "32",
            Self::Red => "31",
            Self::Yellow => "33",
            Self::Cyan => "36",
            Self::Dim => "2",
            Self::Bold => "1",
        }
    }

    /// Returns words set off, if colours are used.
    #[must_use]
    pub fn paint(self, color: bool, words: impl Display) -> String {
        if color {
            format!("\u{1b}[{}m{words}\u{1b}[0m", self.code())
        } else {
            words.to_string()
        }
    }
}

impl Screen {
    /// Decides how words are shown. `no_color` is whether `NO_COLOR` is set.
    #[must_use]
    pub fn new(global: &Global, no_color: bool) -> Self {
        let decide = |is_terminal: bool| match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !no_color,
        };
        Self {
            json: global.json,
            color: decide(std::io::stdout().is_terminal()) && !global.json,
            error_color: decide(std::io::stderr().is_terminal()),
            progress: !global.no_progress,
        }
    }

    /// Prints a result.
    pub fn say(&self, words: impl Display) {
        let mut out = std::io::stdout().lock();
        // A reader that went away wants no more.
        let _ = writeln!(out, "{words}");
    }

    /// Prints a result as JSON.
    pub fn say_json<T: Serialize>(&self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.say(text),
            Err(error) => self.complain(format!("this result has no JSON form: {error}")),
        }
    }

    /// Prints a complaint, or progress.
    pub fn complain(&self, words: impl Display) {
        let mut out = std::io::stderr().lock();
        let _ = writeln!(out, "{words}");
    }
}
