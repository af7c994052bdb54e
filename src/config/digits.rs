//! Decimal digits of a binary number: all of them, or the fewest that read back.

use num_bigint::BigUint;

/// Decimal digits and the place of the point: `0.d1d2d3... * 10^point`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digits {
    /// Digits from 0 to 9, the first one not zero unless there is only one.
    pub(crate) digits: Vec<u8>,
    /// How many digits stand before the point; may be negative.
    pub(crate) point: i64,
}

impl Digits {
    /// Returns the exact digits of `magnitude * 2^exponent`.
    pub(crate) fn of(magnitude: &BigUint, exponent: i64) -> Self {
        let steps = u32::try_from(exponent.unsigned_abs()).unwrap_or(0);
        let (scaled, places) = if exponent >= 0 {
            (magnitude << steps, 0)
        } else {
            (
                magnitude * BigUint::from(5_u32).pow(steps),
                i64::from(steps),
            )
        };
        let digits = scaled.to_radix_be(10);
        let point = i64::try_from(digits.len()).unwrap_or(0) - places;
        Self { digits, point }.trimmed()
    }

    /// Finds the fewest digits between the two neighbours half a unit away, as Go's `big.Float`
    /// does for a float of `precision` bits.
    pub(crate) fn shortest(magnitude: &BigUint, exponent: i64, precision: u64) -> Self {
        let shift = (precision + 1).saturating_sub(magnitude.bits());
        let exponent = exponent - i64::try_from(shift).unwrap_or(0);
        let middle = magnitude << shift;
        // The neighbours themselves read back as this number only when its own last bit is even.
        let inclusive = !middle.bit(1);
        let low = Digits::of(&(&middle - 1_u32), exponent);
        let high = Digits::of(&(&middle + 1_u32), exponent);
        let exact = Digits::of(&middle, exponent);
        let at = |digits: &Digits, place: i64| {
            usize::try_from(place + digits.point - high.point)
                .ok()
                .and_then(|place| digits.digits.get(place))
                .copied()
                .unwrap_or(0)
        };
        let length = |digits: &Digits| {
            i64::try_from(digits.digits.len()).unwrap_or(0) + high.point - digits.point
        };
        for place in 0..length(&exact) {
            let (low_digit, digit, high_digit) =
                (at(&low, place), at(&exact, place), at(&high, place));
            let down = low_digit != digit || (inclusive && place + 1 == length(&low));
            let up = digit != high_digit
                && (inclusive || digit + 1 < high_digit || place + 1 < length(&high));
            let keep = place + 1 + exact.point - high.point;
            let mut cut = Digits {
                digits: exact.digits[..usize::try_from(keep).unwrap_or(0)].to_vec(),
                point: exact.point,
            };
            match (down, up) {
                (true, true) => return exact.rounded(keep),
                (true, false) => return cut.trimmed(),
                (false, true) => {
                    cut.increment();
                    return cut.trimmed();
                }
                (false, false) => {}
            }
        }
        exact
    }

    /// Leaves out zeros at both ends; they carry nothing.
    fn trimmed(mut self) -> Self {
        let leading = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..leading);
        self.point -= i64::try_from(leading).unwrap_or(0);
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
        self
    }

    /// Returns the digits rounded half to even, keeping `keep` of them.
    pub(crate) fn rounded(mut self, keep: i64) -> Self {
        let Ok(keep) = usize::try_from(keep) else {
            return Self {
                digits: Vec::new(),
                point: 0,
            };
        };
        if keep >= self.digits.len() {
            return self;
        }
        let up = match self.digits[keep] {
            5 if keep + 1 == self.digits.len() => keep > 0 && self.digits[keep - 1] % 2 == 1,
            digit => digit >= 5,
        };
        self.digits.truncate(keep);
        if up {
            self.increment();
        }
        self.trimmed()
    }

    /// Adds one in the last place.
    fn increment(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
        self.point += 1;
    }

    /// Returns plain notation with exactly `places` digits after the point, or as many as there are.
    pub(crate) fn plain(&self, places: Option<usize>) -> String {
        let digit = |at: i64| {
            let digit = usize::try_from(at).ok().and_then(|at| self.digits.get(at));
            char::from(b'0' + digit.copied().unwrap_or(0))
        };
        let mut text: String = (0..self.point.max(1))
            .map(|at| digit(if self.point > 0 { at } else { -1 }))
            .collect();
        let length = i64::try_from(self.digits.len()).unwrap_or(0);
        let places = places.map_or((length - self.point).max(0), |places| {
            i64::try_from(places).unwrap_or(0)
        });
        if places > 0 {
            text.push('.');
            text.extend((0..places).map(|at| digit(self.point + at)));
        }
        text
    }
}
