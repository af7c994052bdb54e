//! A text with pieces of it replaced.
//!
//! What is not replaced stays byte for byte. Where a new piece would grow together with its neighbour
//! into another token, a space is put between them.

use std::ops::Range;

use super::cut::continues_word;

/// Replaces pieces of a text, first to last.
pub(super) struct Edit<'a> {
    source: &'a str,
    /// How much of the source is already in the output.
    done: usize,
    out: String,
    /// Whether the output ends with a new piece.
    fresh: bool,
}

impl<'a> Edit<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            done: 0,
            out: String::new(),
            fresh: false,
        }
    }

    /// Replaces a piece, which is not before the end of the last one.
    pub(super) fn replace(&mut self, span: Range<usize>, text: &str) {
        self.keep(span.start);
        self.glue(text);
        self.fresh = true;
        self.done = span.end;
    }

    /// Returns the text.
    pub(super) fn finish(mut self) -> String {
        self.keep(self.source.len());
        self.out
    }

    fn keep(&mut self, end: usize) {
        let kept = &self.source[self.done..end];
        if kept.is_empty() {
            return;
        }
        if self.fresh {
            self.glue(kept);
        } else {
            self.out.push_str(kept);
        }
        self.fresh = false;
    }

    fn glue(&mut self, text: &str) {
        let (last, first) = (self.out.chars().next_back(), text.chars().next());
        if let (Some(last), Some(first)) = (last, first)
            && grow_together(last, first)
        {
            self.out.push(' ');
        }
        self.out.push_str(text);
    }
}

/// Tells whether tokens that end and begin with these may become one: two words, a word or `U&` and
/// what is quoted, two names or two strings in quotes.
fn grow_together(last: char, first: char) -> bool {
    let quotes = matches!(first, '"' | '\'');
    match last {
        '&' => quotes,
        '"' | '\'' => last == first,
        last => continues_word(last) && (continues_word(first) || quotes),
    }
}
