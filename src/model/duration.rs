//! Spans of time as people write them: `500ms`, `30s`, `5m`, `1h`, `14d`.

use std::time::Duration;

/// Units with their length in milliseconds, the longest first.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// What to do about a text that is not one.
pub const HELP: &str = "Write a number of seconds, minutes or hours: `30s`, `5m`, `1h`.";

/// Reads a span of time: a whole number with its unit.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()].parse().ok()?;
    let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*length).map(Duration::from_millis)
}

/// Writes a span of time in the largest unit that says all of it, to the millisecond.
#[must_use]
pub fn write(duration: Duration) -> String {
    let length = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut units = UNITS.iter();
    match units.find(|(_, unit)| length > 0 && length.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", length / unit),
        None => "0s".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for text in ["500ms", "30s", "90s", "5m", "36h", "14d", "0s"] {
            assert_eq!(parse(text).map(write).as_deref(), Some(text));
        }
        assert_eq!(parse("60s").map(write).as_deref(), Some("1m"));
        for text in [
            "",
            "s",
            "30",
            "soon",
            "-1s",
            "1.5s",
            "1 s",
            "1w",
            "99999999999999999999s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
