//! How long something may take, as people write it: `30s`, `5m`, `1h`.

use std::time::Duration;

/// What to do about a text that is not such a time.
pub const HELP: &str = "Write a number of seconds, minutes or hours: `30s`, `5m`, `1h`.";

/// Reads a time; a number alone is one of seconds. `None` where it is not one.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &text[digits.len()..] {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return None,
    };
    let number: u64 = digits.parse().ok()?;
    Some(Duration::from_secs(number.saturating_mul(seconds)))
}

/// Writes a time in the largest unit in which it is whole: `90s`, `5m`.
#[must_use]
pub fn words(time: Duration) -> String {
    match time.as_secs() {
        0 if time.as_millis() > 0 => format!("{}ms", time.as_millis()),
        seconds if seconds > 0 && seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        seconds if seconds > 0 && seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, seconds) in [("90s", 90), ("2m", 120), ("1h", 3_600), ("7", 7), ("0s", 0)] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["soon", "", "m", "-1s", "1.5s", "5 m", "1d"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        for text in ["90s", "2m", "1h", "0s", "61m"] {
            assert_eq!(parse(text).map(words).as_deref(), Some(text));
        }
        assert_eq!(words(Duration::from_millis(250)), "250ms");
    }
}
