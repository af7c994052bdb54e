//! `format` and `formatlist`: Go's verbs as Terraform has them.

use super::arguments::{Arguments, Failure, fail, refuse};
use super::{Function, Takes, json, parameter};
use crate::convert::{convert, plain_text};
use crate::digits::Digits;
use crate::number::Number;
use crate::value::{Data, Value};
use crate::value_type::{Type, describe};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "format",
        &[parameter("format", Takes::Text)],
        "Puts values into a text by verbs such as %s and %05d.",
        format,
    )
    .rest(parameter("values", Takes::Any)),
    Function::pure(
        "formatlist",
        &[parameter("format", Takes::Text)],
        "Formats the elements of lists one by one.",
        format_list,
    )
    .rest(parameter("values", Takes::Any)),
];

/// Widest field and longest fraction.
const WIDEST: usize = 10_000;

/// One verb with its flags.
#[derive(Debug, Default)]
struct Verb {
    letter: char,
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
    /// Which value it shows, from 0.
    value: usize,
    /// The verb as written.
    written: String,
}

fn format(arguments: &Arguments) -> Result<Value, Failure> {
    let values: Vec<&Value> = arguments.from(1).iter().collect();
    Ok(format_values(arguments.text(0), &values)?.into())
}

fn format_list(arguments: &Arguments) -> Result<Value, Failure> {
    let values = arguments.from(1);
    let length = values
        .iter()
        .filter_map(Value::as_items)
        .map(<[Value]>::len)
        .next();
    let Some(length) = length else {
        let values: Vec<&Value> = values.iter().collect();
        return Ok(Value::texts([format_values(arguments.text(0), &values)?]));
    };
    for (at, value) in values.iter().enumerate() {
        if let Some(items) = value.as_items()
            && items.len() != length
        {
            return Err(refuse(
                at + 1,
                format!(
                    "this list has {} elements, the first one {length}",
                    items.len()
                ),
            ));
        }
    }
    let lines: Vec<String> = (0..length)
        .map(|at| {
            let row: Vec<&Value> = values
                .iter()
                .map(|value| value.as_items().map_or(value, |items| &items[at]))
                .collect();
            format_values(arguments.text(0), &row)
        })
        .collect::<Result<_, _>>()?;
    Ok(Value::texts(lines))
}

fn format_values(format: &str, values: &[&Value]) -> Result<String, Failure> {
    let mut text = String::new();
    let mut rest = format;
    let mut next = 0;
    let mut highest = 0;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (verb, after) = parse(rest, next)?;
        rest = after;
        if verb.written == "%%" {
            text.push('%');
            continue;
        }
        let value = values.get(verb.value).ok_or_else(|| {
            fail(format!(
                "there is no value for {:?}, only {} given",
                verb.written,
                values.len()
            ))
        })?;
        next = verb.value + 1;
        highest = highest.max(next);
        text.push_str(&show(&verb, value)?);
    }
    text.push_str(rest);
    if highest < values.len() {
        return Err(fail(format!(
            "{} values are given, the format uses {highest}",
            values.len()
        )));
    }
    Ok(text)
}

/// Reads a verb after its percent sign; returns the text after it.
fn parse(text: &str, next: usize) -> Result<(Verb, &str), Failure> {
    let mut verb = Verb {
        value: next,
        ..Verb::default()
    };
    let mut chars = text.char_indices().peekable();
    let number = |chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>| {
        let mut number = None;
        while let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(10)) {
            let so_far = number.unwrap_or(0_usize);
            number = Some(so_far.saturating_mul(10).saturating_add(digit as usize));
            chars.next();
        }
        number
    };
    while let Some((_, flag)) = chars.peek() {
        match flag {
            '-' => verb.minus = true,
            '+' => verb.plus = true,
            ' ' => verb.space = true,
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            _ => break,
        }
        chars.next();
    }
    let index = |chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>, verb: &mut Verb| {
        if chars.next_if(|(_, c)| *c == '[').is_some() {
            match (number(chars), chars.next()) {
                (Some(at), Some((_, ']'))) if at > 0 => verb.value = at - 1,
                _ => {
                    return Err(fail(
                        "a value is chosen by its number in brackets, from [1] on",
                    ));
                }
            }
        }
        Ok(())
    };
    index(&mut chars, &mut verb)?;
    verb.width = number(&mut chars).unwrap_or(0);
    if chars.next_if(|(_, c)| *c == '.').is_some() {
        verb.precision = Some(number(&mut chars).unwrap_or(0));
    }
    index(&mut chars, &mut verb)?;
    if verb.width > WIDEST || verb.precision.is_some_and(|precision| precision > WIDEST) {
        return Err(fail(format!("a width is at most {WIDEST}")));
    }
    let Some((at, letter)) = chars.next() else {
        return Err(fail("the format ends in the middle of a verb"));
    };
    verb.letter = letter;
    let end = at + letter.len_utf8();
    verb.written = format!("%{}", &text[..end]);
    Ok((verb, &text[end..]))
}

fn show(verb: &Verb, value: &Value) -> Result<String, Failure> {
    let wrong = |what: &str| {
        fail(format!(
            "{:?} shows {what}, this is {}",
            verb.written,
            describe(value)
        ))
    };
    let number = || match convert(value, &Type::Number).map(|value| value.data) {
        Ok(Data::Number(number)) => Ok(number),
        _ => Err(wrong("a number")),
    };
    match verb.letter {
        'v' if verb.sharp => Ok(pad(verb, &as_json(value)?)),
        'v' => match &value.data {
            Data::Text(text) => Ok(pad(verb, text)),
            Data::Number(number) => Ok(pad_number(verb, number, &general(verb, number))),
            _ => Ok(pad(verb, &as_json(value)?)),
        },
        's' => {
            let text = plain_text(value).ok_or_else(|| wrong("a text"))?;
            let kept = match verb.precision {
                Some(most) => text.chars().take(most).collect(),
                None => text,
            };
            Ok(pad(verb, &kept))
        }
        'q' => {
            let text = plain_text(value).ok_or_else(|| wrong("a text"))?;
            Ok(pad(verb, &json::quoted(&text)))
        }
        't' => match convert(value, &Type::Bool).map(|value| value.data) {
            Ok(Data::Bool(value)) => Ok(pad(verb, &value.to_string())),
            _ => Err(wrong("true or false")),
        },
        'd' | 'b' | 'o' | 'x' | 'X' => {
            let number = number()?;
            let integer = number.as_integer().ok_or_else(|| wrong("a whole number"))?;
            let radix = match verb.letter {
                'b' => 2,
                'o' => 8,
                'd' => 10,
                _ => 16,
            };
            let digits = integer.magnitude().to_str_radix(radix);
            let digits = if verb.letter == 'X' {
                digits.to_uppercase()
            } else {
                digits
            };
            Ok(pad_number(verb, &number, &digits))
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let number = number()?;
            let text = match verb.letter {
                'f' | 'F' => fixed(&number, verb.precision.unwrap_or(6)),
                'e' | 'E' => scientific(&number, verb.precision.unwrap_or(6)),
                _ => general(verb, &number),
            };
            let text = if verb.letter.is_uppercase() {
                text.to_uppercase()
            } else {
                text
            };
            Ok(pad_number(verb, &number, &text))
        }
        other => Err(fail(format!("there is no verb %{other}"))),
    }
}

fn as_json(value: &Value) -> Result<String, Failure> {
    json::encode(value).map_err(fail)
}

fn fixed(number: &Number, places: usize) -> String {
    let exact = number.exact_digits();
    let keep = exact.point + i64::try_from(places).unwrap_or(0);
    rounded(exact, keep).plain(Some(places))
}

/// Rounds; where all digits go, what is left is zero or the last place.
fn rounded(digits: Digits, keep: i64) -> Digits {
    if keep == 0 && digits.digits.first().is_some_and(|digit| *digit >= 5) {
        let is_half = digits.digits.as_slice() == [5];
        if !is_half {
            return Digits {
                digits: vec![1],
                point: digits.point + 1,
            };
        }
    }
    digits.rounded(keep)
}

fn scientific(number: &Number, places: usize) -> String {
    let keep = i64::try_from(places).unwrap_or(0) + 1;
    with_exponent(number.exact_digits().rounded(keep), places)
}

/// Writes digits as `1.25e+03`.
fn with_exponent(digits: Digits, places: usize) -> String {
    let exponent = if digits.digits.is_empty() {
        0
    } else {
        digits.point - 1
    };
    let mantissa = Digits { point: 1, ..digits }.plain(Some(places));
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// `%g` and `%v`: the shorter of both notations.
fn general(verb: &Verb, number: &Number) -> String {
    let digits = match verb.precision {
        Some(places) => number
            .exact_digits()
            .rounded(i64::try_from(places.max(1)).unwrap_or(1)),
        None => number.shortest_digits(),
    };
    let exponent = digits.point - 1;
    let length = i64::try_from(digits.digits.len()).unwrap_or(0);
    let limit = match verb.precision {
        None => 6,
        Some(places) => {
            let places = i64::try_from(places.max(1)).unwrap_or(1);
            if places > length && length >= digits.point {
                length
            } else {
                places
            }
        }
    };
    if digits.digits.is_empty() || (-4..limit).contains(&exponent) {
        return digits.plain(None);
    }
    let places = usize::try_from(length - 1).unwrap_or(0);
    with_exponent(digits, places)
}

fn pad_number(verb: &Verb, number: &Number, digits: &str) -> String {
    let sign = match (number.is_negative(), verb.plus, verb.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let length = sign.len() + digits.len();
    if verb.zero && !verb.minus && length < verb.width {
        return format!("{sign}{}{digits}", "0".repeat(verb.width - length));
    }
    pad(verb, &format!("{sign}{digits}"))
}

fn pad(verb: &Verb, text: &str) -> String {
    let missing = verb.width.saturating_sub(super::text::length(text));
    let fill = if verb.zero && !verb.minus { "0" } else { " " };
    match verb.minus {
        true => format!("{text}{}", fill.repeat(missing)),
        false => format!("{}{text}", fill.repeat(missing)),
    }
}
