//! Cuts any text into tokens, without ever failing.
//!
//! The parser is the judge of what is valid; tokens serve where the parser cannot: to format, to find
//! the next block after a syntax error, and to say where a quote or bracket was left open.
//! Invariants: tokens cover the text without gaps or overlaps; a quoted text ends at its line, closed
//! or not, unless a template in it goes on.

use hcl_edit::Ident;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Name, keyword.
    Word,
    /// Number.
    Number,
    /// Opening quote.
    QuoteOpen,
    /// Closing quote.
    QuoteClose,
    /// Text inside quotes or heredocs.
    Text,
    /// `${` or `%{`, with `~` if there is one.
    TemplateOpen,
    /// `}` or `~}` at the end of a template.
    TemplateClose,
    /// `<<END` with the end of its line.
    HeredocOpen,
    /// The indented delimiter at the end of a heredoc.
    HeredocClose,
    /// Opening bracket of any sort.
    Open,
    /// Closing bracket of any sort.
    Close,
    /// Operator or punctuation.
    Operator,
    /// End of a line.
    Newline,
    /// Comment, without the end of its line.
    Comment,
    /// Spaces and tabs.
    Space,
    /// What cannot be part of any token.
    Invalid,
}

/// A token: a kind and a range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// First byte.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
}

impl Token {
    /// Returns the text of the token.
    pub(crate) fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start..self.end).unwrap_or_default()
    }
}

/// Where the lexer is.
enum Mode<'a> {
    /// In a template, with the number of braces opened inside it.
    Template(usize),
    /// Between quotes.
    Quote,
    /// In a heredoc with this delimiter.
    Heredoc(&'a str),
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    modes: Vec<Mode<'a>>,
    tokens: Vec<Token>,
}

/// Cuts a text into tokens.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        source,
        at: 0,
        modes: Vec::new(),
        tokens: Vec::new(),
    };
    while lexer.at < source.len() {
        match lexer.modes.last() {
            Some(Mode::Quote) => lexer.quoted(),
            Some(Mode::Heredoc(delimiter)) => {
                let delimiter = *delimiter;
                lexer.heredoc(delimiter);
            }
            Some(Mode::Template(_)) | None => lexer.normal(),
        }
    }
    lexer.tokens
}

const OPERATORS: [&str; 18] = [
    "...", "==", "!=", "<=", ">=", "&&", "||", "=>", "::", "+", "-", "*", "/", "%", "!", "<", ">",
    "=",
];

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let start = self.at;
        self.at += length;
        let end = self.at;
        self.tokens.push(Token { kind, start, end });
    }

    fn normal(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return;
        };
        let run = |matches: fn(char) -> bool| rest.find(|c| !matches(c)).unwrap_or(rest.len());
        match first {
            '\n' => self.push(TokenKind::Newline, 1),
            '\r' if rest.starts_with("\r\n") => self.push(TokenKind::Newline, 2),
            // A carriage return that ends no line is space to the parser.
            '\r' => self.push(TokenKind::Space, 1),
            ' ' | '\t' => self.push(TokenKind::Space, run(|c| matches!(c, ' ' | '\t'))),
            '#' => self.comment(),
            '/' if rest.starts_with("//") => self.comment(),
            '/' if rest.starts_with("/*") => {
                let length = rest[2..].find("*/").map_or(rest.len(), |at| at + 4);
                self.push(TokenKind::Comment, length);
            }
            '"' => {
                self.push(TokenKind::QuoteOpen, 1);
                self.modes.push(Mode::Quote);
            }
            '<' if rest.starts_with("<<") => self.heredoc_open(),
            '0'..='9' => self.push(TokenKind::Number, number_length(rest)),
            '(' | '[' => self.push(TokenKind::Open, 1),
            ')' | ']' => self.push(TokenKind::Close, 1),
            '{' => {
                if let Some(Mode::Template(depth)) = self.modes.last_mut() {
                    *depth += 1;
                }
                self.push(TokenKind::Open, 1);
            }
            '}' => self.close_brace(1),
            '~' if rest.starts_with("~}")
                && matches!(self.modes.last(), Some(Mode::Template(0))) =>
            {
                self.close_brace(2);
            }
            '.' | ',' | ':' | '?' if !rest.starts_with("...") && !rest.starts_with("::") => {
                self.push(TokenKind::Operator, 1);
            }
            c if is_name_start(c) => {
                let length = rest
                    .find(|c: char| !continues_name(c))
                    .unwrap_or(rest.len());
                self.push(TokenKind::Word, length.max(c.len_utf8()));
            }
            c => match OPERATORS
                .iter()
                .find(|operator| rest.starts_with(**operator))
            {
                Some(operator) => self.push(TokenKind::Operator, operator.len()),
                None => self.push(TokenKind::Invalid, c.len_utf8()),
            },
        }
    }

    fn comment(&mut self) {
        let line = self.rest().find('\n').unwrap_or(self.rest().len());
        let text = &self.rest()[..line];
        self.push(
            TokenKind::Comment,
            text.strip_suffix('\r').unwrap_or(text).len(),
        );
    }

    fn close_brace(&mut self, length: usize) {
        match self.modes.last_mut() {
            Some(Mode::Template(0)) => {
                self.modes.pop();
                self.push(TokenKind::TemplateClose, length);
            }
            Some(Mode::Template(depth)) => {
                *depth -= 1;
                self.push(TokenKind::Close, length);
            }
            _ => self.push(TokenKind::Close, length),
        }
    }

    fn heredoc_open(&mut self) {
        let rest = self.rest();
        let intro = if rest.starts_with("<<-") { 3 } else { 2 };
        let name = &rest[intro..];
        let length = name
            .find(|c: char| !continues_name(c))
            .unwrap_or(name.len());
        let delimiter = &name[..length];
        let after = &name[length..];
        let newline = match after {
            after if after.starts_with('\n') => 1,
            after if after.starts_with("\r\n") => 2,
            _ => 0,
        };
        if newline == 0 || !delimiter.starts_with(is_name_start) {
            self.push(TokenKind::Operator, 1);
            return;
        }
        self.push(TokenKind::HeredocOpen, intro + length + newline);
        self.modes.push(Mode::Heredoc(delimiter));
        self.heredoc_close(delimiter);
    }

    /// Takes the delimiter if it stands at the beginning of the line that begins here.
    fn heredoc_close(&mut self, delimiter: &str) -> bool {
        let rest = self.rest();
        let indented = rest.trim_start_matches([' ', '\t']);
        let Some(after) = indented.strip_prefix(delimiter) else {
            return false;
        };
        if after.starts_with(continues_name) {
            return false;
        }
        self.modes.pop();
        self.push(TokenKind::HeredocClose, rest.len() - after.len());
        true
    }

    fn heredoc(&mut self, delimiter: &'a str) {
        if self.template_open() {
            return;
        }
        let length = literal_length(self.rest(), |rest| rest.starts_with('\n'));
        let with_newline = (length + 1).min(self.rest().len());
        let ends_line = self.rest()[length..].starts_with('\n');
        self.push(
            TokenKind::Text,
            if ends_line { with_newline } else { length },
        );
        if ends_line {
            self.heredoc_close(delimiter);
        }
    }

    fn quoted(&mut self) {
        let rest = self.rest();
        if self.template_open() {
            return;
        }
        if rest.starts_with('"') {
            self.modes.pop();
            self.push(TokenKind::QuoteClose, 1);
            return;
        }
        if rest.starts_with('\n') || rest.starts_with("\r\n") {
            self.modes.pop();
            return;
        }
        let length = literal_length(rest, |rest| {
            rest.starts_with('"') || rest.starts_with('\n') || rest.starts_with("\r\n")
        });
        self.push(TokenKind::Text, length);
    }

    fn template_open(&mut self) -> bool {
        let rest = self.rest();
        if !rest.starts_with("${") && !rest.starts_with("%{") {
            return false;
        }
        let length = if rest[2..].starts_with('~') { 3 } else { 2 };
        self.push(TokenKind::TemplateOpen, length);
        self.modes.push(Mode::Template(0));
        true
    }
}

/// Returns how far literal text goes: up to a template or what `ends` says.
fn literal_length(text: &str, ends: impl Fn(&str) -> bool) -> usize {
    let is_quote = ends("\"");
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if ends(rest) || rest.starts_with("${") || rest.starts_with("%{") {
            break;
        }
        at += match c {
            '$' if rest.starts_with("$${") => 3,
            '%' if rest.starts_with("%%{") => 3,
            '\\' if is_quote => {
                let escaped = rest[1..].chars().next();
                1 + escaped
                    .filter(|c| !matches!(c, '\n' | '\r'))
                    .map_or(0, char::len_utf8)
            }
            c => c.len_utf8(),
        };
    }
    at
}

fn number_length(text: &str) -> usize {
    let digits = |text: &str| {
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let mut length = digits(text);
    if let Some(fraction) = text[length..].strip_prefix('.')
        && digits(fraction) > 0
    {
        length += 1 + digits(fraction);
    }
    if let Some(exponent) = text[length..].strip_prefix(['e', 'E']) {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits(unsigned) > 0 {
            length += 1 + (exponent.len() - unsigned.len()) + digits(unsigned);
        }
    }
    length
}

fn is_name_start(c: char) -> bool {
    is_name(c.encode_utf8(&mut [0; 4]))
}

fn continues_name(c: char) -> bool {
    c == '-' || is_name(&format!("a{c}"))
}

/// Reports whether a text is a name as HCL has them.
pub(crate) fn is_name(text: &str) -> bool {
    // Nearly all names are ASCII; the parser decides about the others.
    if text.is_ascii() {
        let mut bytes = text.bytes();
        return bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    }
    Ident::try_new(text).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(source: &str) -> Vec<(TokenKind, &str)> {
        tokens(source)
            .iter()
            .map(|token| (token.kind, token.text(source)))
            .collect()
    }

    #[test]
    fn templates_nest_in_quotes_and_heredocs() {
        use TokenKind::{Close, HeredocClose, HeredocOpen, Newline, Open, Operator, QuoteClose};
        use TokenKind::{QuoteOpen, Space, TemplateClose, TemplateOpen, Text, Word};
        assert_eq!(
            kinds("a = \"x${ {b=\"}\"} ~}\""),
            [
                (Word, "a"),
                (Space, " "),
                (Operator, "="),
                (Space, " "),
                (QuoteOpen, "\""),
                (Text, "x"),
                (TemplateOpen, "${"),
                (Space, " "),
                (Open, "{"),
                (Word, "b"),
                (Operator, "="),
                (QuoteOpen, "\""),
                (Text, "}"),
                (QuoteClose, "\""),
                (Close, "}"),
                (Space, " "),
                (TemplateClose, "~}"),
                (QuoteClose, "\""),
            ]
        );
        assert_eq!(
            kinds("<<E\n  E2\n$${\n  E\n"),
            [
                (HeredocOpen, "<<E\n"),
                (Text, "  E2\n"),
                (Text, "$${\n"),
                (HeredocClose, "  E"),
                (Newline, "\n"),
            ]
        );
    }

    #[test]
    fn an_open_quote_ends_with_its_line() {
        assert_eq!(kinds("\"a\nb").last(), Some(&(TokenKind::Word, "b")));
    }

    proptest! {
        #[test]
        fn tokens_cover_every_text(text in "([a-z\"${}%~<>\\-\n\r# /*.0-9\\\\(\\[E]|\\PC){0,60}") {
            let mut at = 0;
            for token in tokens(&text) {
                prop_assert_eq!(token.start, at);
                prop_assert!(token.end > token.start);
                at = token.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
