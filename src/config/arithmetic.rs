//! Arithmetic of numbers, each result rounded once.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use crate::number::{LIMIT, Number, NumberError};

impl Number {
    /// Adds.
    pub(crate) fn add(&self, other: &Self) -> Result<Self, NumberError> {
        if let (Some(left), Some(right)) = (self.as_i64(), other.as_i64())
            && let Some(sum) = left.checked_add(right)
        {
            return Ok(sum.into());
        }
        let (left, right, exponent, precision) = self.aligned(other);
        Self::rounded(left + right, exponent, precision)
    }

    /// Subtracts.
    pub(crate) fn subtract(&self, other: &Self) -> Result<Self, NumberError> {
        self.add(&other.negate())
    }

    /// Multiplies.
    pub(crate) fn multiply(&self, other: &Self) -> Result<Self, NumberError> {
        let (left, left_exponent, left_precision) = self.parts();
        let (right, right_exponent, right_precision) = other.parts();
        Self::rounded(
            left * right,
            left_exponent + right_exponent,
            left_precision.max(right_precision),
        )
    }

    /// Divides.
    pub(crate) fn divide(&self, other: &Self) -> Result<Self, NumberError> {
        let (left, left_exponent, left_precision) = self.parts();
        let (right, right_exponent, right_precision) = other.parts();
        let precision = left_precision.max(right_precision);
        Self::quotient(&left, left_exponent, &right, right_exponent, precision)
    }

    /// Returns the rest of a division that is cut off towards zero, each step rounded as Terraform
    /// rounds it.
    pub(crate) fn remainder(&self, other: &Self) -> Result<Self, NumberError> {
        let ratio = self.divide(other)?;
        let whole = if ratio.is_negative() {
            ratio.ceil()
        } else {
            ratio.floor()
        };
        self.subtract(&whole.multiply(other)?)
    }

    /// Returns the number with the other sign.
    pub(crate) fn negate(&self) -> Self {
        if let Some(negative) = self.as_i64().and_then(i64::checked_neg) {
            return negative.into();
        }
        let (mantissa, exponent, precision) = self.parts();
        Self::rounded(-mantissa, exponent, precision).unwrap_or_else(|_| self.clone())
    }

    /// Returns the number without its sign.
    pub(crate) fn abs(&self) -> Self {
        if self.is_negative() {
            self.negate()
        } else {
            self.clone()
        }
    }

    /// Divides mantissas so finely that what is left out only decides about the rounding.
    pub(crate) fn quotient(
        left: &BigInt,
        left_exponent: i64,
        right: &BigInt,
        right_exponent: i64,
        precision: u64,
    ) -> Result<Self, NumberError> {
        if right.sign() == Sign::NoSign {
            return Err(NumberError::DivisionByZero);
        }
        let shift = (precision + 2 + right.bits()).saturating_sub(left.bits());
        let dividend = left.magnitude() << shift;
        let mut quotient = &dividend / right.magnitude();
        let exact = &quotient * right.magnitude() == dividend;
        // One sticky bit below the quotient keeps the rounding honest.
        quotient <<= 1_u32;
        if !exact {
            quotient += 1_u32;
        }
        let sign = if left.sign() == right.sign() {
            Sign::Plus
        } else {
            Sign::Minus
        };
        let shift = i64::try_from(shift).unwrap_or(LIMIT);
        Self::rounded(
            BigInt::from_biguint(sign, quotient),
            left_exponent - right_exponent - shift - 1,
            precision,
        )
    }

    /// Returns both mantissas for the smaller exponent, that exponent, and the larger precision.
    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i64, u64) {
        let (left, left_exponent, left_precision) = self.parts();
        let (right, right_exponent, right_precision) = other.parts();
        let exponent = left_exponent.min(right_exponent);
        let raise = |mantissa: BigInt, from: i64| {
            mantissa << usize::try_from(from - exponent).unwrap_or_default()
        };
        (
            raise(left, left_exponent),
            raise(right, right_exponent),
            exponent,
            left_precision.max(right_precision),
        )
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Some(left), Some(right)) = (self.as_i64(), other.as_i64()) {
            return left.cmp(&right);
        }
        let (left, right, ..) = self.aligned(other);
        left.cmp(&right)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
