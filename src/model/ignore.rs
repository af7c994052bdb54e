//! Accepted differences: what a project knows of and does not want to be told of, with the reason: as drift, or as
//! who may do what on one side and not on the other.

use crate::declaration::Selector;
use crate::span::Span;

/// What is not told of as drift, until a day.
///
/// A difference is accepted where everything that is named fits: nothing named fits everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftIgnore {
    /// Its name.
    pub name: String,
    /// Declarations.
    pub on: Vec<Selector>,
    /// Qualified names of live objects; `*` stands for any characters, `?` for one.
    pub names: Vec<String>,
    /// Kinds of objects.
    pub kinds: Vec<String>,
    /// Attributes.
    pub attributes: Vec<String>,
    /// Why it is accepted, for people.
    pub reason: String,
    /// Where that was decided.
    pub ticket: Option<String>,
    /// The last day on which it counts, as `2027-01-31`.
    pub expires: Option<String>,
    /// The header of the block.
    pub span: Span,
}

/// Who may do what on one side and not on the other, and may, until a day.
///
/// A difference is accepted where everything that is named fits: nothing named fits everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptBlock {
    /// Its name.
    pub name: String,
    /// Declarations of roles.
    pub roles: Vec<Selector>,
    /// Names of roles; `*` stands for any characters, `?` for one.
    pub role_names: Vec<String>,
    /// Declarations of objects.
    pub on: Vec<Selector>,
    /// Names of objects, with the kind before them where that matters; `*` and `?` as above.
    pub names: Vec<String>,
    /// Privileges.
    pub privileges: Vec<String>,
    /// Why it is accepted, for people.
    pub reason: String,
    /// Where that was decided.
    pub ticket: Option<String>,
    /// The last day on which it counts, as `2027-01-31`.
    pub expires: Option<String>,
    /// The header of the block.
    pub span: Span,
}

impl DriftIgnore {
    /// Reports whether it counts no longer on a day, written as `2027-01-31`.
    #[must_use]
    pub fn is_expired(&self, today: &str) -> bool {
        is_past(self.expires.as_deref(), today)
    }
}

/// Reports whether the last day on which something counts is over; never where there is none.
#[must_use]
pub fn is_past(expires: Option<&str>, today: &str) -> bool {
    // Texts of days sort like days.
    expires.is_some_and(|last| last < today)
}

/// Reports whether a text is a day of the calendar, written as `2027-01-31`: texts of days sort like days.
#[must_use]
pub fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let number = |part: &str, digits: usize| -> Option<u32> {
        let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        1..=12 => 31,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// Reports whether a name fits a pattern in which `*` stands for any characters and `?` for one.
#[must_use]
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut read) = (0, 0);
    // Where the last star is, and up to where it has taken characters.
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(one) if *one == '?' || *one == name[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((position, taken)) = star else {
                    return false;
                };
                star = Some((position, taken + 1));
                at = position + 1;
                read = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|one| *one == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for day in [
            "2027-01-31",
            "2027-03-31",
            "2024-02-29",
            "2028-02-29",
            "2000-02-29",
            "2026-12-01",
        ] {
            assert!(is_day(day), "{day}");
        }
        for day in [
            "2027-02-29",
            "1900-02-29",
            "2027-13-01",
            "2027-3-1",
            "2027-00-01",
            "2027-00-10",
            "2027-04-31",
            "2027-1-31",
            "27-01-31",
            "2027-01-00",
            "2027-01-31T00:00:00Z",
            "tomorrow",
            "soon",
            "",
        ] {
            assert!(!is_day(day), "{day}");
        }
    }

    #[test]
    fn patterns_stand_for_names() {
        for (pattern, name, expected) in [
            ("sales.tmp_*", "sales.tmp_1", true),
            ("sales.tmp_*", "sales.tmp_", true),
            ("sales.tmp_*", "sales.orders", false),
            ("*", "anything", true),
            ("*.audit", "sales.audit", true),
            ("*.a*b*", "x.aXbYb", true),
            ("s?les", "sales", true),
            ("s?les", "sles", false),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
