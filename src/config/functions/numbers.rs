//! Numbers: rounding, comparing, logarithms, other bases.

use num_bigint::BigInt;

use super::arguments::{Arguments, Failure, fail, refuse};
use super::{Function, Takes, parameter};
use crate::convert::convert;
use crate::number::Number;
use crate::value::Value;
use crate::value_type::{Type, describe};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "abs",
        &[parameter("number", Takes::Number)],
        "Returns the number without its sign.",
        |a| Ok(a.number(0).abs().into()),
    ),
    Function::pure(
        "ceil",
        &[parameter("number", Takes::Number)],
        "Returns the next whole number that is not smaller.",
        |a| Ok(a.number(0).ceil().into()),
    ),
    Function::pure(
        "floor",
        &[parameter("number", Takes::Number)],
        "Returns the next whole number that is not greater.",
        |a| Ok(a.number(0).floor().into()),
    ),
    Function::pure(
        "log",
        &[
            parameter("number", Takes::Number),
            parameter("base", Takes::Number),
        ],
        "Returns the logarithm of a number to a base.",
        |a| float(a.number(0).as_f64().ln() / a.number(1).as_f64().ln()),
    ),
    Function::pure(
        "max",
        &[parameter("number", Takes::Number)],
        "Returns the greatest of its arguments.",
        max,
    )
    .rest(parameter("numbers", Takes::Number)),
    Function::pure(
        "min",
        &[parameter("number", Takes::Number)],
        "Returns the smallest of its arguments.",
        min,
    )
    .rest(parameter("numbers", Takes::Number)),
    Function::pure(
        "parseint",
        &[
            parameter("text", Takes::Text),
            parameter("base", Takes::Whole),
        ],
        "Reads a whole number in a base from 2 to 62.",
        parse_integer,
    ),
    Function::pure(
        "pow",
        &[
            parameter("number", Takes::Number),
            parameter("power", Takes::Number),
        ],
        "Raises a number to a power.",
        |a| float(a.number(0).as_f64().powf(a.number(1).as_f64())),
    ),
    Function::pure(
        "signum",
        &[parameter("number", Takes::Number)],
        "Returns -1, 0 or 1, the sign of a number.",
        signum,
    ),
    Function::pure(
        "sum",
        &[parameter("list", Takes::List)],
        "Adds up a list of numbers.",
        sum,
    ),
];

fn float(value: f64) -> Result<Value, Failure> {
    let number = Number::from_f64(value).ok_or_else(|| fail("the result is not a number"))?;
    Ok(number.into())
}

fn max(arguments: &Arguments) -> Result<Value, Failure> {
    Ok(numbers(arguments).max().unwrap_or_else(Number::zero).into())
}

fn min(arguments: &Arguments) -> Result<Value, Failure> {
    Ok(numbers(arguments).min().unwrap_or_else(Number::zero).into())
}

fn numbers(arguments: &Arguments) -> impl Iterator<Item = Number> {
    arguments.all().iter().filter_map(Value::as_number).cloned()
}

fn signum(arguments: &Arguments) -> Result<Value, Failure> {
    let sign: i64 = match arguments.number(0).cmp(&Number::zero()) {
        std::cmp::Ordering::Less => -1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 1,
    };
    Ok(Number::from(sign).into())
}

fn sum(arguments: &Arguments) -> Result<Value, Failure> {
    let items = arguments.items(0);
    if items.is_empty() {
        return Err(refuse(0, "there is nothing to add up"));
    }
    let mut sum = Number::zero();
    for item in items {
        let number = convert(item, &Type::Number).map_err(|_| {
            refuse(
                0,
                format!("the elements are numbers, one is {}", describe(item)),
            )
        })?;
        let number = number
            .as_number()
            .ok_or_else(|| refuse(0, "an element is null"))?
            .clone();
        sum = sum.add(&number).map_err(|error| fail(error.to_string()))?;
    }
    Ok(sum.into())
}

fn parse_integer(arguments: &Arguments) -> Result<Value, Failure> {
    let base = u32::try_from(arguments.whole(1))
        .ok()
        .filter(|base| (2..=62).contains(base));
    let base = base.ok_or_else(|| refuse(1, "the base is from 2 to 62"))?;
    let text = arguments.text(0);
    let wrong = || refuse(0, format!("{text:?} is not a whole number in base {base}"));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || digits.len() > 4_000 {
        return Err(wrong());
    }
    let mut value = BigInt::ZERO;
    for c in digits.chars() {
        let digit = digit(c, base)
            .filter(|digit| *digit < base)
            .ok_or_else(wrong)?;
        value = value * base + digit;
    }
    let value = if negative { -value } else { value };
    let number = Number::from_integer(value).map_err(|error| fail(error.to_string()))?;
    Ok(number.into())
}

/// Up to base 36 upper and lower case are the same; beyond, upper case follows lower case.
fn digit(c: char, base: u32) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        'a'..='z' => c.to_digit(36),
        'A'..='Z' if base <= 36 => c.to_digit(36),
        'A'..='Z' => c.to_digit(36).map(|digit| digit + 26),
        _ => None,
    }
}
