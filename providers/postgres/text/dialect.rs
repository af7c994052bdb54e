//! Says PostgreSQL's SQL in the words that the parser library knows.
//!
//! The library reads many dialects, so it takes words of others for key words, and it lacks some
//! syntax of PostgreSQL. The text made here is for it alone and need not mean the same: it must mention
//! the same names. Every name that is no key word is quoted, so no other dialect can see a word in it;
//! strings lose their odd forms; clauses that the library does not know and that name nothing are left
//! out; some are said in another way. What is still unknown after that, the library refuses.

use super::keywords::{self, Category};
use super::lexer::{Kind, Token};
use super::quote;

/// Returns the text for the parser library. The tokens are whole and none of them is a comment.
pub(super) fn plain(tokens: &[Token<'_>]) -> String {
    let mut rewriter = Rewriter {
        tokens,
        words: tokens.iter().map(word).collect(),
        at: 0,
        dropped: None,
        out: String::new(),
    };
    while rewriter.at < tokens.len() {
        if !rewriter.changed() {
            rewriter.copy();
        }
    }
    rewriter.out
}

/// Returns a word in lower case, or an empty text where a token is none.
fn word(token: &Token<'_>) -> String {
    match token.kind {
        Kind::Word => token.text.to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// Key words, and what stands for them.
const SAID_OTHERWISE: &[(&[&str], &str)] = &[
    (&["variadic"], ""),
    (&["symmetric"], ""),
    (&["asymmetric"], ""),
    (&["isnull"], "is null"),
    (&["notnull"], "is not null"),
    (&["is", "document"], "is null"),
    (&["is", "not", "document"], "is not null"),
    (&["at", "local"], ""),
    (&["by", "distinct"], "by"),
    (&["both", "from"], ""),
    (&["leading", "from"], ""),
    (&["trailing", "from"], ""),
    (&["exclude", "ties"], ""),
    (&["exclude", "group"], ""),
    (&["exclude", "current", "row"], ""),
    (&["exclude", "no", "others"], ""),
    (&["for", "key", "share"], "for share"),
    (&["for", "no", "key", "update"], "for update"),
    (&["overriding", "system", "value"], ""),
    (&["overriding", "user", "value"], ""),
    (
        &["then", "insert", "default", "values"],
        "then insert values (1)",
    ),
];

struct Rewriter<'t> {
    tokens: &'t [Token<'t>],
    words: Vec<String>,
    at: usize,
    /// A closing parenthesis that is left out because the opening one was.
    dropped: Option<usize>,
    out: String,
}

impl Rewriter<'_> {
    fn word(&self, ahead: usize) -> &str {
        self.words.get(self.at + ahead).map_or("", String::as_str)
    }

    fn is(&self, ahead: usize, mark: &str) -> bool {
        self.tokens
            .get(self.at + ahead)
            .is_some_and(|token| token.is(mark))
    }

    fn before(&self) -> Option<&Token<'_>> {
        self.tokens[..self.at].last()
    }

    fn word_before(&self) -> &str {
        self.words[..self.at].last().map_or("", String::as_str)
    }

    fn comes_after(&self, mark: &str) -> bool {
        self.before().is_some_and(|token| token.is(mark))
    }

    fn words_are(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(ahead, word)| self.word(ahead) == *word)
    }

    /// Tells whether what stands before may be the end of an operand.
    fn follows_operand(&self) -> bool {
        let Some(token) = self.before() else {
            return false;
        };
        match token.kind {
            Kind::Operator => false,
            Kind::Punctuation => token.is(")") || token.is("]"),
            Kind::Word => {
                let category = keywords::category(self.word_before());
                category != Some(Category::Reserved)
                    || matches!(self.word_before(), "end" | "null" | "true" | "false")
                    || self.word_before().starts_with("current_")
            }
            _ => true,
        }
    }

    /// Writes some text and moves on over so many tokens.
    fn say(&mut self, text: &str, tokens: usize) -> bool {
        let glued = self.out.is_empty() || self.out.ends_with('.') || text == ".";
        if !glued && !text.is_empty() {
            self.out.push(' ');
        }
        self.out.push_str(text);
        self.at += tokens;
        true
    }

    /// Writes a token as it is, but for quotes.
    fn copy(&mut self) {
        let token = self.tokens[self.at];
        if let Some(content) = token.content() {
            self.say(&format!("'{}'", content.replace('\'', "''")), 1);
        } else if let Some(name) = token.name() {
            if self.is_keyword() {
                self.say(&name, 1);
            } else {
                self.say(&quote::quoted(&name), 1);
            }
        } else {
            match token.kind {
                Kind::Bits => self.say("'1'", 1),
                Kind::Number | Kind::Parameter => self.say("1", 1),
                _ => self.say(token.text, 1),
            };
        }
    }

    /// Tells whether the word that stands here is a key word: it is in the list, and not part of a
    /// qualified name, the name of a type or the label of a column.
    fn is_keyword(&self) -> bool {
        let word = self.word(0);
        let Some(category) = keywords::category(word) else {
            return false;
        };
        if self.comes_after(".") || self.is(1, ".") {
            return false;
        }
        let named = self.comes_after("::") || self.word_before() == "as" || self.is_bare_label();
        match category {
            Category::Unreserved => !named || matches!(word, "double" | "materialized"),
            Category::Reserved => self.word_before() != "as" || word == "not",
            _ => true,
        }
    }

    /// Tells whether a word is a label without `as`: `a type, b view from c`.
    fn is_bare_label(&self) -> bool {
        if self.word(0) == "delete" {
            return false;
        }
        let is_label = self.is(1, ",") || self.word(1) == "from";
        let is_name = self.before().is_some_and(|token| token.name().is_some())
            && keywords::category(self.word_before()).is_none();
        is_label && (is_name || self.comes_after(")") || self.comes_after("]"))
    }

    /// Writes what the parser library would not understand in another way, if this is such a place.
    fn changed(&mut self) -> bool {
        if self.dropped == Some(self.at) {
            self.dropped = None;
            return self.say("", 1);
        }
        if self.is(0, ".") && self.is(1, "*") && (self.comes_after(")") || self.comes_after("]")) {
            return self.say("", 2);
        }
        if let Some(done) = self.typed_text() {
            return done;
        }
        if !self.is_keyword() {
            return false;
        }
        for (words, instead) in SAID_OTHERWISE {
            if self.words_are(words) {
                return self.say(instead, words.len());
            }
        }
        match self.word(0) {
            "treat" if self.is(1, "(") => self.say("cast", 1),
            "rows" if self.word(1) == "from" && self.is(2, "(") => self.say("unnest", 2),
            "collate" if self.chain(1) > 0 => self.say("", 1 + self.chain(1)),
            "extract" if self.is(1, "(") && self.word(3) == "from" => self.say("extract (year", 3),
            "only" => self.only(),
            "operator" => self.operator(),
            "table" => self.table(),
            "refresh" => self.refresh(),
            "as" => self.definitions(),
            "search" | "cycle" => self.order_of_search(),
            "tablesample" => {
                let method = self.word(1).to_owned();
                self.say(&format!("tablesample {method}"), 2)
            }
            _ => false,
        }
    }

    /// Returns how many tokens a qualified name takes that begins so far ahead.
    fn chain(&self, ahead: usize) -> usize {
        let is_name = |at: usize| {
            let token = self.tokens.get(self.at + at);
            token.is_some_and(|token| token.name().is_some())
        };
        if keywords::category(self.word(ahead)) == Some(Category::Reserved) || !is_name(ahead) {
            return 0;
        }
        let mut length = 1;
        while self.is(ahead + length, ".") && is_name(ahead + length + 1) {
            length += 2;
        }
        length
    }

    /// `schema.type '...'` is a cast.
    fn typed_text(&mut self) -> Option<bool> {
        let length = match self.comes_after(".") {
            true => 0,
            false => self.chain(0),
        };
        let text = self.tokens.get(self.at + length).and_then(Token::content)?;
        let is_keyword = length == 1 && keywords::category(self.word(0)).is_some();
        if length == 0 || is_keyword {
            return None;
        }
        let text = text.replace('\'', "''");
        self.say(&format!("cast('{text}' as"), 0);
        for _ in 0..length {
            self.copy();
        }
        Some(self.say(")", 1))
    }

    /// `only t` and `only (t)` name a table and leave its children out; `rows only` is another word.
    fn only(&mut self) -> bool {
        if matches!(self.word_before(), "row" | "rows") {
            return false;
        }
        let length = self.chain(2);
        if self.is(1, "(") && length > 0 && self.is(2 + length, ")") {
            self.dropped = Some(self.at + 2 + length);
            return self.say("", 2);
        }
        self.chain(1) > 0 && self.say("", 1)
    }

    /// `operator(schema.+)` is an operator like any other.
    fn operator(&mut self) -> bool {
        if !self.is(1, "(") {
            return false;
        }
        let schema = self.chain(2);
        let mark = 2 + schema + usize::from(schema > 0);
        if !self.is(mark + 1, ")") {
            return false;
        }
        let plain = match (self.word_before(), self.follows_operand()) {
            ("using", _) => "<",
            (_, true) => "=",
            (_, false) => "-",
        };
        self.say(plain, mark + 2)
    }

    /// `table t` is a query, unless a statement about tables says the word.
    fn table(&mut self) -> bool {
        let is_query = !matches!(
            self.word_before(),
            "truncate" | "into" | "temp" | "temporary" | "unlogged"
        );
        is_query && self.chain(1) > 0 && self.say("select * from", 1)
    }

    /// `refresh materialized view v` names what a query of it would.
    fn refresh(&mut self) -> bool {
        let concurrently = usize::from(self.word(3) == "concurrently");
        if self.at > 0 || !self.words_are(&["refresh", "materialized", "view"]) {
            return false;
        }
        self.say("select * from", 3 + concurrently);
        for _ in 0..self.chain(0) {
            self.copy();
        }
        let data = match (self.word(0), self.word(1), self.word(2)) {
            ("with", "data", _) => 2,
            ("with", "no", "data") => 3,
            _ => 0,
        };
        self.say("", data)
    }

    /// `f() as (a int)` lacks the name that the parser library expects.
    fn definitions(&mut self) -> bool {
        let is_query = self.is(2, "(")
            || matches!(
                self.word(2),
                "select" | "values" | "table" | "with" | "insert" | "update" | "delete" | "merge"
            );
        self.comes_after(")") && self.is(1, "(") && !is_query && self.say("as x", 1)
    }

    /// After a common table expression: `search depth first by a, b set c`, `cycle a, b set c to 1
    /// default 0 using d`.
    fn order_of_search(&mut self) -> bool {
        if !self.comes_after(")") {
            return false;
        }
        let mut length = 0;
        if self.word(0) == "search" {
            let order = matches!(self.word(1), "depth" | "breadth");
            if !order || self.word(2) != "first" || self.word(3) != "by" {
                return false;
            }
            length = match self.columns(4) {
                Some(set) => set + 2,
                None => return false,
            };
        }
        if self.word(length) == "cycle" {
            let Some(set) = self.columns(length + 1) else {
                return length > 0 && self.say("", length);
            };
            let rest = self.words[self.at + set..].iter().take(8);
            match rest.into_iter().position(|word| word == "using") {
                Some(using) => length = set + using + 2,
                None => return false,
            }
        }
        length > 0 && self.say("", length)
    }

    /// Returns where, after names with commas between them, `set` stands.
    fn columns(&self, ahead: usize) -> Option<usize> {
        let mut at = ahead;
        while self.chain(at) == 1 {
            at += 1;
            if self.word(at) == "set" {
                return Some(at);
            }
            if !self.is(at, ",") {
                return None;
            }
            at += 1;
        }
        None
    }
}
