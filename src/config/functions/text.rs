//! Texts: case, trimming, parts, splitting and joining.
//!
//! Characters are what people see as one (grapheme clusters), as in Terraform.

use model::Piece;
use unicode_segmentation::UnicodeSegmentation;

use super::arguments::{Arguments, Failure, fail, refuse};
use super::{Function, Takes, parameter};
use crate::convert::primitive_text;
use crate::evaluator::LARGEST_VALUE;
use crate::value::Value;
use crate::value_type::describe;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "chomp",
        &[parameter("text", Takes::Pieces)],
        "Removes line endings at the end.",
        |a| {
            Ok(trim_pieces(
                a.pieces(0),
                |text| text,
                |text| text.trim_end_matches(['\n', '\r']),
            ))
        },
    ),
    Function::pure(
        "endswith",
        &[
            parameter("text", Takes::Text),
            parameter("suffix", Takes::Text),
        ],
        "Reports whether a text ends with another.",
        |a| Ok(a.text(0).ends_with(a.text(1)).into()),
    ),
    Function::pure(
        "indent",
        &[
            parameter("spaces", Takes::Whole),
            parameter("text", Takes::Pieces),
        ],
        "Indents all lines but the first.",
        indent,
    ),
    Function::pure(
        "join",
        &[parameter("separator", Takes::Text)],
        "Joins the elements of lists, a separator between them.",
        join,
    )
    .rest(parameter("lists", Takes::List)),
    Function::pure(
        "lower",
        &[parameter("text", Takes::Text)],
        "Returns the text in lower case.",
        |a| Ok(map_case(a.text(0), |c| single(c, c.to_lowercase())).into()),
    ),
    Function::pure(
        "upper",
        &[parameter("text", Takes::Text)],
        "Returns the text in upper case.",
        |a| Ok(map_case(a.text(0), |c| single(c, c.to_uppercase())).into()),
    ),
    Function::pure(
        "title",
        &[parameter("text", Takes::Text)],
        "Returns the text with every word capitalised.",
        title,
    ),
    Function::pure(
        "split",
        &[
            parameter("separator", Takes::Text),
            parameter("text", Takes::Text),
        ],
        "Splits a text at a separator.",
        split,
    ),
    Function::pure(
        "startswith",
        &[
            parameter("text", Takes::Text),
            parameter("prefix", Takes::Text),
        ],
        "Reports whether a text begins with another.",
        |a| Ok(a.text(0).starts_with(a.text(1)).into()),
    ),
    Function::pure(
        "strcontains",
        &[
            parameter("text", Takes::Text),
            parameter("part", Takes::Text),
        ],
        "Reports whether a text contains another.",
        |a| Ok(a.text(0).contains(a.text(1)).into()),
    ),
    Function::pure(
        "strrev",
        &[parameter("text", Takes::Text)],
        "Reverses a text.",
        |a| Ok(a.text(0).graphemes(true).rev().collect::<String>().into()),
    ),
    Function::pure(
        "substr",
        &[
            parameter("text", Takes::Text),
            parameter("offset", Takes::Whole),
            parameter("length", Takes::Whole),
        ],
        "Returns part of a text; -1 as length means the rest.",
        substring,
    ),
    Function::pure(
        "trim",
        &[
            parameter("text", Takes::Text),
            parameter("characters", Takes::Text),
        ],
        "Removes any of some characters at both ends.",
        |a| Ok(a.text(0).trim_matches(|c| a.text(1).contains(c)).into()),
    ),
    Function::pure(
        "trimprefix",
        &[
            parameter("text", Takes::Text),
            parameter("prefix", Takes::Text),
        ],
        "Removes a prefix, if it is there.",
        |a| {
            Ok(a.text(0)
                .strip_prefix(a.text(1))
                .unwrap_or(a.text(0))
                .into())
        },
    ),
    Function::pure(
        "trimsuffix",
        &[
            parameter("text", Takes::Text),
            parameter("suffix", Takes::Text),
        ],
        "Removes a suffix, if it is there.",
        |a| {
            Ok(a.text(0)
                .strip_suffix(a.text(1))
                .unwrap_or(a.text(0))
                .into())
        },
    ),
    Function::pure(
        "trimspace",
        &[parameter("text", Takes::Pieces)],
        "Removes whitespace at both ends.",
        |a| Ok(trim_pieces(a.pieces(0), str::trim_start, str::trim_end)),
    ),
];

/// Trims a text that may mention declarations; names are never trimmed.
fn trim_pieces(mut pieces: Vec<Piece>, start: fn(&str) -> &str, end: fn(&str) -> &str) -> Value {
    if let Some(Piece::Text(text)) = pieces.first_mut() {
        *text = start(text).to_owned();
    }
    if let Some(Piece::Text(text)) = pieces.last_mut() {
        *text = end(text).to_owned();
    }
    Value::composed(pieces)
}

fn indent(arguments: &Arguments) -> Result<Value, Failure> {
    let spaces =
        usize::try_from(arguments.whole(0)).map_err(|_| refuse(0, "this is below zero"))?;
    if spaces > 1_000 {
        return Err(refuse(0, "this is more than 1000"));
    }
    let newline = format!("\n{}", " ".repeat(spaces));
    let pieces = arguments.pieces(1).into_iter().map(|piece| match piece {
        Piece::Text(text) => Piece::Text(text.replace('\n', &newline)),
        name => name,
    });
    Ok(Value::composed(pieces.collect()))
}

fn join(arguments: &Arguments) -> Result<Value, Failure> {
    let separator = arguments.text(0);
    if arguments.all().len() < 2 {
        return Err(fail("at least one list is needed"));
    }
    let mut pieces = Vec::new();
    let mut size = 0;
    for (at, list) in arguments.from(1).iter().enumerate() {
        for item in list.as_items().unwrap_or_default() {
            if !pieces.is_empty() {
                pieces.push(Piece::Text(separator.to_owned()));
            }
            let item_pieces = item
                .as_pieces()
                .or_else(|| primitive_text(&item.data).map(|text| vec![Piece::Text(text)]));
            match item_pieces {
                Some(item) => pieces.extend(item),
                None => {
                    return Err(refuse(at + 1, format!("an element is {}", describe(item))));
                }
            }
            size += item.weight().size + separator.len() as u64;
            if size > LARGEST_VALUE {
                return Err(fail("the text is larger than 64 MiB"));
            }
            // An empty first element must still count as one.
            if pieces.is_empty() {
                pieces.push(Piece::Text(String::new()));
            }
        }
    }
    Ok(Value::composed(pieces))
}

fn map_case(text: &str, case: impl Fn(char) -> char) -> String {
    text.chars().map(case).collect()
}

/// Returns the other case of a character if it is a single one, as Go does.
fn single(c: char, mut other: impl Iterator<Item = char>) -> char {
    match (other.next(), other.next()) {
        (Some(other), None) => other,
        _ => c,
    }
}

fn title(arguments: &Arguments) -> Result<Value, Failure> {
    let mut begins_word = true;
    let title = arguments.text(0).chars().map(|c| {
        let titled = if begins_word {
            single(c, c.to_uppercase())
        } else {
            c
        };
        begins_word = match c.is_ascii() {
            true => !c.is_ascii_alphanumeric() && c != '_',
            false => c.is_whitespace(),
        };
        titled
    });
    Ok(title.collect::<String>().into())
}

fn split(arguments: &Arguments) -> Result<Value, Failure> {
    let (separator, text) = (arguments.text(0), arguments.text(1));
    if separator.is_empty() {
        return Ok(Value::texts(text.chars().map(String::from)));
    }
    Ok(Value::texts(text.split(separator)))
}

fn substring(arguments: &Arguments) -> Result<Value, Failure> {
    let characters: Vec<&str> = arguments.text(0).graphemes(true).collect();
    let total = i64::try_from(characters.len()).unwrap_or(i64::MAX);
    let (offset, length) = (arguments.whole(1), arguments.whole(2));
    let start = if offset < 0 {
        (total + offset).max(0)
    } else {
        offset
    };
    if length < -1 {
        return Err(refuse(2, "this is below -1"));
    }
    let end = if length == -1 {
        total
    } else {
        start.saturating_add(length)
    };
    let at = |place: i64| usize::try_from(place.clamp(0, total)).unwrap_or(0);
    let part = characters
        .get(at(start)..at(end).max(at(start)))
        .unwrap_or_default();
    Ok(part.concat().into())
}

/// Returns how many characters people see in a text.
pub(super) fn length(text: &str) -> usize {
    text.graphemes(true).count()
}
