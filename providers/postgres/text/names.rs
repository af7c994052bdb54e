//! What an SQL text mentions: relations, functions and types.
//!
//! A text that the parser library understands is read exactly, by `walk`. Any other gives
//! every name and every pair of names in it, as `coarse` finds them, and says so: such an
//! answer has too much in it, never too little. A text is never refused, because the only judge of
//! what is SQL is the server.
//!
//! Names are as written, not resolved: an unqualified name is whatever the search path makes of it,
//! and names of built-in things are among the rest. What a called function mentions in turn is not
//! known here.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::thread;

use sqlparser::ast::Visit;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token as Parsed;

use super::lexer::{Kind, Token, lex};
pub use super::name::Name;
use super::walk::Walk;
use super::{coarse, dialect};

/// What sort of text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// A query, such as the body of a view.
    Query,
    /// A value expression, such as a default or a check.
    Expression,
    /// Statements with semicolons between them, such as a task.
    Statements,
}

/// The names in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentions {
    /// Tables, views, sequences and indexes. Common table expressions are not among them.
    pub relations: BTreeSet<Name>,
    /// Functions, aggregates and procedures.
    pub functions: BTreeSet<Name>,
    /// Types and domains, without those that PostgreSQL spells with key words, such as `integer`.
    pub types: BTreeSet<Name>,
    /// Whether each name is what it is said to be. Otherwise each set holds all that may be a name of
    /// any sort, at least of the statements that were not understood.
    pub exact: bool,
}

impl Mentions {
    /// Returns what a text without names mentions.
    pub(super) fn none() -> Self {
        Self {
            relations: BTreeSet::new(),
            functions: BTreeSet::new(),
            types: BTreeSet::new(),
            exact: true,
        }
    }

    fn add(&mut self, other: Self) {
        self.relations.extend(other.relations);
        self.functions.extend(other.functions);
        self.types.extend(other.types);
        self.exact &= other.exact;
    }
}

/// How deep the parser library may go. Its own default, 50, is less than a chain of sixty `||` needs,
/// which the server prints with a pair of parentheses for each. Time grows with the square of it.
const DEPTH: usize = 250;

/// How long a text may be, in tokens, for the parser library to see it. Its recursion over joins knows
/// no limit of depth, and dropping a long chain of operators recurses as well.
const LENGTH: usize = 10_000;

/// How much stack one token may need, in bytes; measured on chains of joins without optimisation.
const STACK: usize = 32 * 1024;

/// Returns what a text mentions. A semicolon may stand at its end, whatever its form.
#[must_use]
pub fn mentions(sql: &str, form: Form) -> Mentions {
    let mut found = all_mentions(&[(sql, form)]);
    found.pop().unwrap_or_else(Mentions::none)
}

/// Returns what each of some texts mentions. They are read on one thread of their own, since the
/// parser library needs a stack for its recursion; to make one for every text takes longer than to
/// read it.
#[must_use]
pub fn all_mentions(texts: &[(&str, Form)]) -> Vec<Mentions> {
    let texts: Vec<_> = texts
        .iter()
        .map(|(sql, form)| (words(sql), *form))
        .collect();
    let longest = texts
        .iter()
        .map(|(tokens, _)| tokens.len())
        .filter(|length| *length <= LENGTH)
        .max();
    let read = |reader: Reader| -> Vec<Mentions> {
        texts
            .iter()
            .map(|(tokens, form)| text(tokens, *form, reader))
            .collect()
    };
    let exactly = thread::scope(|scope| {
        let thread = thread::Builder::new()
            .stack_size((longest.unwrap_or_default() + 64) * STACK)
            .spawn_scoped(scope, || read(exact));
        thread.ok()?.join().ok()
    });
    exactly.unwrap_or_else(|| read(|_, _| None))
}

/// Reads the tokens of a text, or does not understand them.
type Reader = fn(&[Token<'_>], Form) -> Option<Mentions>;

fn words(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = lex(sql);
    tokens.retain(|token| token.kind != Kind::Comment);
    tokens
}

fn text(tokens: &[Token<'_>], form: Form, reader: Reader) -> Mentions {
    let mut found = Mentions::none();
    match form {
        Form::Query | Form::Expression => {
            let ends = tokens.iter().rev().take_while(|token| token.is(";"));
            let (tokens, _) = tokens.split_at(tokens.len() - ends.count());
            found.add(one(tokens, form, reader));
        }
        Form::Statements => {
            for statement in tokens.split(|token| token.is(";")) {
                if !statement.is_empty() {
                    found.add(one(statement, form, reader));
                }
            }
        }
    }
    found
}

/// Reads a text that is no list of statements.
fn one(tokens: &[Token<'_>], form: Form, reader: Reader) -> Mentions {
    if form == Form::Statements && tokens.first().is_some_and(names_nothing) {
        return Mentions::none();
    }
    reader(tokens, form).unwrap_or_else(|| coarse::mentions(tokens))
}

/// Reads a text by the parser library. A fault in it must not be ours.
fn exact(tokens: &[Token<'_>], form: Form) -> Option<Mentions> {
    let is_known = form != Form::Statements || tokens.first().is_some_and(begins_statement);
    let is_whole = tokens.iter().all(|token| token.terminated);
    if tokens.len() > LENGTH || !is_whole || !is_known {
        return None;
    }
    let plain = dialect::plain(tokens);
    catch_unwind(|| parse(&plain, form)).ok()?.ok().flatten()
}

/// Tells whether a statement is of a sort that [`Walk`] follows. Others never reach the parser library,
/// because statements that contain statements take much of its stack.
fn begins_statement(token: &Token<'_>) -> bool {
    let word = token.text.to_ascii_lowercase();
    token.is("(")
        || matches!(
            word.as_str(),
            "select" | "values" | "table" | "with" | "insert" | "update" | "delete" | "merge"
        )
        || matches!(word.as_str(), "truncate" | "call" | "refresh")
}

/// Tells whether a statement controls the session or a transaction.
fn names_nothing(token: &Token<'_>) -> bool {
    let word = token.text.to_ascii_lowercase();
    matches!(
        word.as_str(),
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release"
    ) || matches!(
        word.as_str(),
        "set" | "reset" | "notify" | "listen" | "unlisten" | "discard"
    )
}

fn parse(sql: &str, form: Form) -> Result<Option<Mentions>, ParserError> {
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect)
        .with_recursion_limit(DEPTH)
        .try_with_sql(sql)?;
    let mut walk = Walk::new();
    let stopped = match form {
        Form::Query => parser.parse_query()?.visit(&mut walk),
        Form::Expression => parser.parse_expr()?.visit(&mut walk),
        Form::Statements => parser.parse_statement()?.visit(&mut walk),
    };
    let ended = parser.peek_token().token == Parsed::EOF;
    Ok((ended && stopped.is_continue()).then(|| walk.found()))
}
