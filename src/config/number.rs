//! Numbers as HCL has them: binary floats of up to 512 bits, rounded half to even.
//!
//! Invariants: a number that is whole and fits 64 bits is always [`Repr::Small`]; a mantissa in
//! [`Float`] is odd; exponents stay within [`LIMIT`], so that no sum, text or comparison can take
//! more than a few kilobytes. Text is the shortest decimal that reads back as the same number, which
//! is why `0.1 + 0.2` prints as `0.3` and `1e999999999` is refused instead of printed.

use std::fmt;

use num_bigint::{BigInt, BigUint, Sign};

use crate::digits::Digits;

/// Bits of a number that was written or computed by an operator.
const FULL: u64 = 512;
/// Bits of a number that came out of a 64-bit floating point function.
const DOUBLE: u64 = 53;
/// Largest binary exponent, about ten to the power of 4,000.
pub(crate) const LIMIT: i64 = 13_300;
/// Largest decimal exponent that is read.
const DECIMAL_LIMIT: i64 = 4_000;

/// A number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number(Repr);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Repr {
    Small(i64),
    Large(Box<Float>),
}

/// `mantissa * 2^exponent`, the mantissa odd.
#[derive(Debug, Clone)]
struct Float {
    mantissa: BigInt,
    exponent: i64,
    /// For how many bits the shortest text must be exact.
    precision: u64,
}

impl PartialEq for Float {
    fn eq(&self, other: &Self) -> bool {
        self.exponent == other.exponent && self.mantissa == other.mantissa
    }
}

impl Eq for Float {}

/// Why an operation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// Something was divided by zero.
    DivisionByZero,
    /// The result is too large or too small to be kept.
    OutOfRange,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DivisionByZero => "cannot divide by zero",
            Self::OutOfRange => "the result is beyond 10^4000",
        })
    }
}

impl Number {
    /// Returns zero.
    pub(crate) fn zero() -> Self {
        Self(Repr::Small(0))
    }

    /// Makes a number of mantissa and exponent, rounded to `precision` bits.
    pub(crate) fn rounded(
        mantissa: BigInt,
        exponent: i64,
        precision: u64,
    ) -> Result<Self, NumberError> {
        let (sign, magnitude) = mantissa.into_parts();
        let (magnitude, exponent) = round(magnitude, exponent, precision);
        if sign == Sign::NoSign {
            return Ok(Self::zero());
        }
        let twos = magnitude.trailing_zeros().unwrap_or(0);
        let magnitude = magnitude >> twos;
        let exponent = exponent + i64::try_from(twos).unwrap_or(LIMIT);
        let bits = i64::try_from(magnitude.bits()).unwrap_or(LIMIT);
        if exponent.abs() > LIMIT || exponent + bits > LIMIT {
            return Err(NumberError::OutOfRange);
        }
        let mantissa = BigInt::from_biguint(sign, magnitude);
        if (0..64).contains(&exponent)
            && let Ok(small) = i64::try_from(&mantissa << exponent)
        {
            return Ok(Self(Repr::Small(small)));
        }
        Ok(Self(Repr::Large(Box::new(Float {
            mantissa,
            exponent,
            precision,
        }))))
    }

    /// Makes a number of a 64-bit float; `None` for infinities and what is not a number.
    pub(crate) fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let bits = value.to_bits();
        let exponent = i64::try_from((bits >> 52) & 0x7ff).ok()?;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match exponent {
            0 => (fraction, -1074),
            _ => (fraction | (1 << 52), exponent - 1075),
        };
        let mantissa = BigInt::from(mantissa);
        let mantissa = if value < 0.0 { -mantissa } else { mantissa };
        Self::rounded(mantissa, exponent, DOUBLE).ok()
    }

    /// Makes a number of a whole number of any size.
    pub(crate) fn from_integer(value: BigInt) -> Result<Self, NumberError> {
        let precision = value.bits().max(FULL);
        Self::rounded(value, 0, precision)
    }

    /// Reads decimal notation such as `-12.5e3`; `None` when the text is not a number.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, NumberError>> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (plain, exponent) = match rest.split_once(['e', 'E']) {
            Some((plain, exponent)) => (plain, Some(exponent)),
            None => (rest, None),
        };
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent = match exponent {
            None => 0,
            Some(text) => {
                let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                match text.parse::<i64>() {
                    Ok(exponent) if exponent.abs() <= DECIMAL_LIMIT => exponent,
                    _ => return Some(Err(NumberError::OutOfRange)),
                }
            }
        };
        Some(Self::from_decimal(
            negative,
            &digits,
            fraction.len(),
            exponent,
        ))
    }

    fn from_decimal(
        negative: bool,
        digits: &str,
        fraction: usize,
        exponent: i64,
    ) -> Result<Self, NumberError> {
        let limit = usize::try_from(DECIMAL_LIMIT).unwrap_or(usize::MAX);
        if digits.len() > limit {
            return Err(NumberError::OutOfRange);
        }
        let magnitude = BigUint::parse_bytes(digits.as_bytes(), 10).unwrap_or_default();
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        let mantissa = BigInt::from_biguint(sign, magnitude);
        let exponent = exponent - i64::try_from(fraction).unwrap_or(DECIMAL_LIMIT);
        let power = BigInt::from(10).pow(u32::try_from(exponent.unsigned_abs()).unwrap_or(0));
        if exponent >= 0 {
            Self::rounded(mantissa * power, 0, FULL)
        } else {
            Self::quotient(&mantissa, 0, &power, 0, FULL)
        }
    }

    /// Returns mantissa, exponent and precision.
    pub(crate) fn parts(&self) -> (BigInt, i64, u64) {
        match &self.0 {
            Repr::Small(value) => (BigInt::from(*value), 0, FULL),
            Repr::Large(float) => (float.mantissa.clone(), float.exponent, float.precision),
        }
    }

    /// Returns the largest whole number that is not above.
    pub(crate) fn floor(&self) -> Self {
        let Repr::Large(float) = &self.0 else {
            return self.clone();
        };
        if float.exponent >= 0 {
            return self.clone();
        }
        // An arithmetic shift of a negative number rounds down, as wanted.
        let shift = usize::try_from(-float.exponent).unwrap_or_default();
        Self::rounded(&float.mantissa >> shift, 0, float.precision).unwrap_or_else(|_| self.clone())
    }

    /// Returns the smallest whole number that is not below.
    pub(crate) fn ceil(&self) -> Self {
        self.negate().floor().negate()
    }

    /// Reports whether it is below zero.
    pub(crate) fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(value) => *value < 0,
            Repr::Large(float) => float.mantissa.sign() == Sign::Minus,
        }
    }

    /// Returns the number as a whole number of 64 bits, if it is one.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(value) => Some(*value),
            Repr::Large(_) => None,
        }
    }

    /// Returns the number as a whole number of any size, if it is one.
    pub(crate) fn as_integer(&self) -> Option<BigInt> {
        match &self.0 {
            Repr::Small(value) => Some(BigInt::from(*value)),
            Repr::Large(float) => usize::try_from(float.exponent)
                .ok()
                .map(|exponent| &float.mantissa << exponent),
        }
    }

    /// Returns the nearest 64-bit float.
    pub(crate) fn as_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Returns the exact decimal expansion without its sign: all digits, and how many of them stand
    /// before the point.
    pub(crate) fn exact_digits(&self) -> Digits {
        let (mantissa, exponent, _) = self.parts();
        Digits::of(mantissa.magnitude(), exponent)
    }

    /// Returns the fewest digits that still read back as this number, without its sign.
    pub(crate) fn shortest_digits(&self) -> Digits {
        match &self.0 {
            Repr::Small(_) => self.exact_digits(),
            Repr::Large(float) => {
                Digits::shortest(float.mantissa.magnitude(), float.exponent, float.precision)
            }
        }
    }
}

/// Rounds half to even; the result has at most `precision` bits.
fn round(magnitude: BigUint, exponent: i64, precision: u64) -> (BigUint, i64) {
    let bits = magnitude.bits();
    if bits <= precision {
        return (magnitude, exponent);
    }
    let cut = bits - precision;
    let half = magnitude.bit(cut - 1);
    let rest = magnitude
        .trailing_zeros()
        .is_some_and(|zeros| zeros < cut - 1);
    let mut kept = magnitude >> cut;
    if half && (rest || kept.bit(0)) {
        kept += 1_u32;
    }
    (kept, exponent + i64::try_from(cut).unwrap_or(LIMIT))
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Small(value))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self(Repr::Small(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Repr::Small(value) = &self.0 {
            return write!(f, "{value}");
        }
        if self.is_negative() {
            f.write_str("-")?;
        }
        f.write_str(&self.shortest_digits().plain(None))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap().unwrap()
    }

    #[test]
    fn decimals_print_as_people_write_them() {
        let sum = number("0.1").add(&number("0.2")).unwrap();
        assert_eq!(sum.to_string(), "0.3");
        let third = number("1").divide(&number("3")).unwrap().to_string();
        assert!(third.starts_with("0.33333") && third.len() > 150, "{third}");
        let large = "123456789012345678901234567890";
        assert_eq!(number(large).to_string(), large);
        assert_eq!(number("-1.50").to_string(), "-1.5");
        assert_eq!(number("1e30").to_string(), format!("1{}", "0".repeat(30)));
        assert_eq!(number("-0.5").floor().to_string(), "-1");
        assert_eq!(number("-0.5").ceil().to_string(), "0");
    }

    #[test]
    fn numbers_out_of_reach_are_refused_at_once() {
        assert_eq!(
            Number::parse("1e999999999"),
            Some(Err(NumberError::OutOfRange))
        );
        assert_eq!(Number::parse("1e"), None);
        assert_eq!(
            number("1").divide(&Number::zero()),
            Err(NumberError::DivisionByZero)
        );
    }

    proptest! {
        #[test]
        fn the_text_of_a_number_reads_back(value: f64, small in -1000_i64..1000) {
            let Some(double) = Number::from_f64(value) else { return Ok(()) };
            prop_assert_eq!(double.as_f64(), value);
            let sum = double.add(&Number::from(small)).unwrap();
            prop_assert_eq!(Number::parse(&sum.to_string()).unwrap().unwrap(), sum);
        }

        #[test]
        fn decimals_up_to_a_hundred_digits_are_kept(text in "[1-9][0-9]{0,60}\\.[0-9]{0,40}[1-9]") {
            prop_assert_eq!(number(&text).to_string(), text);
        }
    }
}
