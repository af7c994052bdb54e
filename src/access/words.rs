//! Texts that come again and again, as numbers.

use std::collections::HashMap;

/// The number of a text.
pub(crate) type Word = u32;

/// The empty text.
pub(crate) const NONE: Word = 0;

/// Texts by number.
#[derive(Debug)]
pub(crate) struct Words {
    texts: Vec<String>,
    numbers: HashMap<String, Word>,
}

impl Default for Words {
    fn default() -> Self {
        let mut words = Self {
            texts: Vec::new(),
            numbers: HashMap::new(),
        };
        words.number("");
        words
    }
}

impl Words {
    /// Returns the number of a text, giving it one where it has none.
    pub(crate) fn number(&mut self, text: &str) -> Word {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = Word::try_from(self.texts.len()).expect("fewer texts than fit into memory");
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// Returns the number of a text that has one.
    pub(crate) fn find(&self, text: &str) -> Option<Word> {
        self.numbers.get(text).copied()
    }

    /// Returns a text.
    pub(crate) fn text(&self, number: Word) -> &str {
        &self.texts[number as usize]
    }
}
