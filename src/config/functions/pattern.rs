//! Regular expressions: finding and replacing.
//!
//! The syntax is RE2's as in Terraform, with the few differences of the Rust `regex` crate: `\Q...\E`
//! and `\C` do not exist, and `$` matches only at the very end unless `(?m)` is set, as in RE2.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Piece;
use regex::{Captures, Regex, RegexBuilder};

use super::arguments::{Arguments, Failure, fail, refuse};
use super::{Function, Takes, parameter};
use crate::evaluator::LARGEST_VALUE;
use crate::value::Value;
use crate::value_type::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "regex",
        &[
            parameter("pattern", Takes::Text),
            parameter("text", Takes::Text),
        ],
        "Returns the first match of a regular expression, or its groups.",
        first,
    ),
    Function::pure(
        "regexall",
        &[
            parameter("pattern", Takes::Text),
            parameter("text", Takes::Text),
        ],
        "Returns all matches of a regular expression, or their groups.",
        all,
    ),
    Function::pure(
        "replace",
        &[
            parameter("text", Takes::Pieces),
            parameter("search", Takes::Text),
            parameter("replacement", Takes::Pieces),
        ],
        "Replaces every occurrence of a text, or of a /regular expression/.",
        replace,
    ),
];

/// Largest compiled expression, in bytes.
const LARGEST: usize = 1 << 20;

fn compile(pattern: &str, argument: usize) -> Result<Regex, Failure> {
    RegexBuilder::new(pattern)
        .size_limit(LARGEST)
        .build()
        .map_err(|error| {
            let reason = match error {
                regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                error => {
                    let text = error.to_string();
                    let last = text.lines().last().unwrap_or_default();
                    last.trim_start_matches("error: ").to_owned()
                }
            };
            refuse(
                argument,
                format!("the regular expression is not valid: {reason}"),
            )
        })
}

/// Returns the groups of a match: named ones as an object, others as a tuple, none as the match.
fn groups(regex: &Regex, captures: &Captures<'_>) -> Value {
    let text = |at: usize| {
        captures
            .get(at)
            .map_or_else(Value::null, |found| Value::from(found.as_str()))
    };
    let named: BTreeMap<Arc<str>, Value> = regex
        .capture_names()
        .enumerate()
        .filter_map(|(at, name)| Some((Arc::from(name?), text(at))))
        .collect();
    match (named.is_empty(), regex.captures_len()) {
        (false, _) => Value::object(named),
        (true, 1) => text(0),
        (true, count) => Value::tuple((1..count).map(text).collect()),
    }
}

/// Refuses to mix named and unnamed groups, since the result could not hold both.
fn check_groups(regex: &Regex) -> Result<(), Failure> {
    let mut names = regex.capture_names().skip(1).peekable();
    let all_named = names.peek().is_some_and(Option::is_some);
    if names.any(|name| name.is_some() != all_named) {
        return Err(refuse(0, "named and unnamed groups cannot be mixed"));
    }
    Ok(())
}

fn first(arguments: &Arguments) -> Result<Value, Failure> {
    let regex = compile(arguments.text(0), 0)?;
    check_groups(&regex)?;
    let captures = regex
        .captures(arguments.text(1))
        .ok_or_else(|| refuse(1, "the regular expression matches nowhere in the text"))?;
    Ok(groups(&regex, &captures))
}

fn all(arguments: &Arguments) -> Result<Value, Failure> {
    let regex = compile(arguments.text(0), 0)?;
    check_groups(&regex)?;
    let found: Vec<Value> = regex
        .captures_iter(arguments.text(1))
        .map(|captures| groups(&regex, &captures))
        .collect();
    let of = found.first().map_or(Type::Text, Type::of);
    Ok(Value::list(of, found))
}

fn replace(arguments: &Arguments) -> Result<Value, Failure> {
    let (search, replacement) = (arguments.text(1), arguments.pieces(2));
    let inner = search
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'));
    let regex = inner.map(|pattern| compile(pattern, 1)).transpose()?;
    let mut pieces = Vec::new();
    for piece in arguments.pieces(0) {
        match (piece, &regex) {
            (Piece::Text(text), Some(regex)) => {
                pieces.push(Piece::Text(replace_matches(&text, regex, &replacement)?));
            }
            (Piece::Text(text), None) => {
                check_size(text.matches(search).count(), &replacement)?;
                for (at, part) in text.split(search).enumerate() {
                    if at > 0 {
                        pieces.extend(replacement.iter().cloned());
                    }
                    pieces.push(Piece::Text(part.to_owned()));
                }
            }
            (name, _) => pieces.push(name),
        }
    }
    Ok(Value::composed(pieces))
}

fn replace_matches(text: &str, regex: &Regex, replacement: &[Piece]) -> Result<String, Failure> {
    let replacement = match replacement {
        [] => "",
        [Piece::Text(text)] => text,
        _ => {
            return Err(refuse(
                2,
                "a regular expression is replaced by plain text only",
            ));
        }
    };
    check_size(
        regex.find_iter(text).count(),
        &[Piece::Text(replacement.to_owned())],
    )?;
    Ok(regex.replace_all(text, replacement).into_owned())
}

fn check_size(count: usize, replacement: &[Piece]) -> Result<(), Failure> {
    let length = replacement.iter().map(|piece| match piece {
        Piece::Text(text) => text.len() as u64,
        Piece::Reference(_) | Piece::This => 1,
    });
    if (count as u64).saturating_mul(length.sum()) > LARGEST_VALUE {
        return Err(fail("the text is larger than 64 MiB"));
    }
    Ok(())
}
