//! Points in time, given as text: formatting, adding, comparing. Nothing here reads a clock.

use super::arguments::{Arguments, Failure, refuse};
use super::{Function, Takes, parameter};
use crate::number::Number;
use crate::value::Value;

const TIME: super::Parameter = parameter("time", Takes::Text);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "formatdate",
        &[parameter("format", Takes::Text), TIME],
        "Formats a time, such as \"YYYY-MM-DD\".",
        format,
    ),
    Function::pure(
        "timeadd",
        &[TIME, parameter("duration", Takes::Text)],
        "Adds a duration such as \"1h30m\" to a time.",
        add,
    ),
    Function::pure(
        "timecmp",
        &[TIME, parameter("other", Takes::Text)],
        "Compares two times: -1, 0 or 1.",
        compare,
    ),
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];
const NANOSECONDS: i128 = 1_000_000_000;

/// A point in time with the offset it was written with.
struct Time {
    /// Nanoseconds since 1970 in UTC.
    nanoseconds: i128,
    /// Minutes east of UTC.
    offset: i64,
}

/// A time as a calendar and a clock show it.
struct Shown {
    year: i64,
    month: usize,
    day: i64,
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
}

/// Days since 1970 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl Time {
    /// Reads RFC 3339.
    fn parse(text: &str, argument: usize) -> Result<Self, Failure> {
        Self::read(text).ok_or_else(|| {
            refuse(
                argument,
                format!("{text:?} is not a time such as \"2026-01-31T12:00:00Z\""),
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let digits = text.get(range)?;
            digits
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| digits.parse().ok())?
        };
        let mark = |at: usize, wanted: &[u8]| {
            text.as_bytes()
                .get(at)
                .filter(|byte| wanted.contains(byte))
                .map(|_| ())
        };
        mark(4, b"-")?;
        mark(7, b"-")?;
        mark(10, b"Tt")?;
        mark(13, b":")?;
        mark(16, b":")?;
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let mut at = 19;
        let mut nanosecond = 0;
        if let Some(fraction) = text[at..].strip_prefix('.') {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 {
                return None;
            }
            let padded = format!("{:0<9}", &fraction[..length.min(9)]);
            nanosecond = padded.parse().ok()?;
            at += 1 + length;
        }
        let offset = match text.get(at..)? {
            "Z" | "z" => 0,
            zone => {
                mark(at, b"+-")?;
                mark(at + 3, b":")?;
                let (hours, minutes) = (number(at + 1..at + 3)?, number(at + 4..at + 6)?);
                if zone.len() != 6 || hours > 23 || minutes > 59 {
                    return None;
                }
                let offset = hours * 60 + minutes;
                if zone.starts_with('-') {
                    -offset
                } else {
                    offset
                }
            }
        };
        let length = days(year + month / 12, month % 12 + 1, 1) - days(year, month, 1);
        if !(1..=12).contains(&month) || day < 1 || day > length {
            return None;
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds =
            days(year, month, day) * 86_400 + hour * 3600 + (minute - offset) * 60 + second;
        let nanoseconds = i128::from(seconds) * NANOSECONDS + i128::from(nanosecond);
        Some(Self {
            nanoseconds,
            offset,
        })
    }

    fn shown(&self) -> Shown {
        let local = self.nanoseconds + i128::from(self.offset * 60) * NANOSECONDS;
        let seconds = i64::try_from(local.div_euclid(NANOSECONDS)).unwrap_or(0);
        let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let shifted = day + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let number = if month < 10 { month + 3 } else { month - 9 };
        Shown {
            year: era * 400 + year_of_era + i64::from(number <= 2),
            month: usize::try_from(number).unwrap_or(1),
            day: day_of_year - (153 * month + 2) / 5 + 1,
            weekday: usize::try_from(day.rem_euclid(7)).unwrap_or(0),
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            nanosecond: i64::try_from(local.rem_euclid(NANOSECONDS)).unwrap_or(0),
        }
    }

    fn zone(&self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let offset = self.offset.abs();
        format!("{sign}{:02}{separator}{:02}", offset / 60, offset % 60)
    }

    fn text(&self) -> String {
        let Shown {
            year,
            month,
            day,
            hour,
            minute,
            second,
            nanosecond,
            ..
        } = self.shown();
        let fraction = match nanosecond {
            0 => String::new(),
            _ => format!(".{nanosecond:09}").trim_end_matches('0').to_owned(),
        };
        let zone = if self.offset == 0 {
            "Z".to_owned()
        } else {
            self.zone(":")
        };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
    }
}

fn compare(arguments: &Arguments) -> Result<Value, Failure> {
    let left = Time::parse(arguments.text(0), 0)?;
    let right = Time::parse(arguments.text(1), 1)?;
    Ok(Number::from(left.nanoseconds.cmp(&right.nanoseconds) as i64).into())
}

fn add(arguments: &Arguments) -> Result<Value, Failure> {
    let mut time = Time::parse(arguments.text(0), 0)?;
    let text = arguments.text(1);
    let duration = duration(text)
        .ok_or_else(|| refuse(1, format!("{text:?} is not a duration such as \"1h30m\"")))?;
    time.nanoseconds += duration;
    if !(-9999..=9999).contains(&time.shown().year) || time.shown().year < 0 {
        return Err(refuse(1, "the result is beyond the year 9999"));
    }
    Ok(time.text().into())
}

/// Reads a duration as Go does: signed numbers with units from `ns` to `h`.
fn duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (whole, fraction) = rest[..length]
            .split_once('.')
            .unwrap_or((&rest[..length], ""));
        if whole.len() + fraction.len() == 0 || whole.len() > 15 || fraction.contains('.') {
            return None;
        }
        rest = &rest[length..];
        let units: [(&str, i128); 8] = [
            ("ns", 1),
            ("us", 1000),
            ("µs", 1000),
            ("μs", 1000),
            ("ms", 1_000_000),
            ("s", NANOSECONDS),
            ("m", 60 * NANOSECONDS),
            ("h", 3600 * NANOSECONDS),
        ];
        let (unit, size) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = &rest[unit.len()..];
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        let digits = &fraction[..fraction.len().min(15)];
        let part: i128 = if digits.is_empty() {
            0
        } else {
            digits.parse().ok()?
        };
        let scale = 10_i128.pow(u32::try_from(digits.len()).unwrap_or(0));
        total = total.checked_add(whole * size + part * size / scale)?;
    }
    // Go keeps durations in 64 bits of nanoseconds.
    i64::try_from(total).ok()?;
    Some(if negative { -total } else { total })
}

fn format(arguments: &Arguments) -> Result<Value, Failure> {
    let time = Time::parse(arguments.text(1), 1)?;
    let shown = time.shown();
    let mut out = String::new();
    let mut rest = arguments.text(0);
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            let (literal, after) =
                quoted(&rest[1..]).ok_or_else(|| refuse(0, "a quote is never closed"))?;
            out.push_str(&literal);
            rest = after;
            continue;
        }
        let length = rest.find(|other| other != c).unwrap_or(rest.len());
        let (run, after) = rest.split_at(length);
        rest = after;
        if c.is_ascii_alphabetic() {
            out.push_str(&verb(run, &shown, &time)?);
        } else {
            out.push_str(run);
        }
    }
    Ok(out.into())
}

/// Reads up to the closing quote; two quotes stand for one.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut literal = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('\'')?;
        literal.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                literal.push('\'');
                rest = after;
            }
            None => return Some((literal, rest)),
        }
    }
}

fn verb(run: &str, shown: &Shown, time: &Time) -> Result<String, Failure> {
    let month = MONTHS[(shown.month + 11) % 12];
    let weekday = DAYS[shown.weekday % 7];
    let twelve = (shown.hour + 11) % 12 + 1;
    let half = if shown.hour < 12 { "AM" } else { "PM" };
    Ok(match run {
        "YY" => format!("{:02}", shown.year % 100),
        "YYYY" => format!("{:04}", shown.year),
        "M" => shown.month.to_string(),
        "MM" => format!("{:02}", shown.month),
        "MMM" => month[..3].to_owned(),
        "MMMM" => month.to_owned(),
        "D" => shown.day.to_string(),
        "DD" => format!("{:02}", shown.day),
        "EEE" => weekday[..3].to_owned(),
        "EEEE" => weekday.to_owned(),
        "h" => shown.hour.to_string(),
        "hh" => format!("{:02}", shown.hour),
        "H" => twelve.to_string(),
        "HH" => format!("{twelve:02}"),
        "AA" => half.to_owned(),
        "aa" => half.to_lowercase(),
        "m" => shown.minute.to_string(),
        "mm" => format!("{:02}", shown.minute),
        "s" => shown.second.to_string(),
        "ss" => format!("{:02}", shown.second),
        "Z" if time.offset == 0 => "Z".to_owned(),
        "ZZZ" if time.offset == 0 => "UTC".to_owned(),
        "ZZZZ" | "ZZZ" => time.zone(""),
        "ZZZZZ" | "Z" => time.zone(":"),
        other => {
            return Err(refuse(
                0,
                format!("there is no verb {other:?}; letters stand in single quotes"),
            ));
        }
    })
}
