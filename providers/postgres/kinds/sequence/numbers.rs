//! The numbers that a sequence gives: bounds, step, start.
//!
//! Source: PostgreSQL manual, CREATE SEQUENCE; `init_params()` in sequence.c.

use model::Statement;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::quote::literal;

/// Numbers of a sequence. Absent ones are PostgreSQL's defaults, which depend on type and direction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Numbers {
    /// The first number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// The step; negative counts down. 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    /// The smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// How many numbers a session takes at once. 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    /// Whether it begins anew at its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
}

impl Numbers {
    /// Leaves out what is the default for a type.
    pub(crate) fn without_defaults(mut self, kind: &str) -> Self {
        let full = self.filled(kind);
        let plain = Self {
            increment: self.increment,
            ..Self::default()
        }
        .filled(kind);
        let keep = |mine: Option<i64>, default: Option<i64>| mine.filter(|_| mine != default);
        self.min = keep(full.min, plain.min);
        self.max = keep(full.max, plain.max);
        let bounds = Self {
            min: self.min,
            max: self.max,
            ..plain
        }
        .filled(kind);
        self.start = keep(
            full.start,
            Self {
                start: None,
                ..bounds
            }
            .filled(kind)
            .start,
        );
        self.increment = keep(full.increment, Some(1));
        self.cache = keep(full.cache, Some(1));
        self
    }

    /// Fills in the defaults for a type.
    pub(crate) fn filled(&self, kind: &str) -> Self {
        let increment = self.increment.unwrap_or(1);
        let (least, most) = range(kind);
        let min = self.min.unwrap_or(if increment < 0 { least } else { 1 });
        let max = self.max.unwrap_or(if increment < 0 { -1 } else { most });
        Self {
            start: Some(self.start.unwrap_or(if increment < 0 { max } else { min })),
            increment: Some(increment),
            min: Some(min),
            max: Some(max),
            cache: Some(self.cache.unwrap_or(1)),
            cycle: self.cycle,
        }
    }

    /// Returns the options that make it, as `CREATE SEQUENCE` writes them: the defaults of the others follow
    /// from the increment, and that of the start from the bounds.
    pub(crate) fn definition(&self, kind: &str) -> Vec<String> {
        let increment = self.increment.filter(|increment| *increment != 1);
        let plain = Self {
            increment,
            ..Self::default()
        };
        let bounds = Self {
            start: None,
            ..self.clone()
        };
        let first = increment.map(|increment| format!("increment by {increment}"));
        let mut options: Vec<_> = first
            .into_iter()
            .chain(self.options(&plain, kind))
            .collect();
        let start = self.filled(kind).start;
        if start == plain.filled(kind).start && start != bounds.filled(kind).start {
            options.extend(start.map(|start| format!("start with {start}")));
        }
        options
    }

    /// Returns what becomes of it when its sequence gets another type: a bound that was that of the old type
    /// is that of the new one.
    pub(super) fn retyped(&self, from: &str, to: &str) -> Self {
        let (old, new) = (range(from), range(to));
        let full = self.filled(from);
        let carried = |bound: Option<i64>, old, new| {
            bound.map(|bound| if bound == old { new } else { bound })
        };
        Self {
            min: carried(full.min, old.0, new.0),
            max: carried(full.max, old.1, new.1),
            ..full
        }
    }

    /// Returns the options in which it differs from another form, as `ALTER SEQUENCE` writes them.
    pub(crate) fn options(&self, from: &Self, kind: &str) -> Vec<String> {
        let (new, old) = (self.filled(kind), from.filled(kind));
        let mut options = Vec::new();
        for (word, new, old) in [
            ("increment by", new.increment, old.increment),
            ("minvalue", new.min, old.min),
            ("maxvalue", new.max, old.max),
            ("start with", new.start, old.start),
            ("cache", new.cache, old.cache),
        ] {
            if let Some(new) = new.filter(|_| new != old) {
                options.push(format!("{word} {new}"));
            }
        }
        if new.cycle != old.cycle {
            options.push(if new.cycle { "cycle" } else { "no cycle" }.to_owned());
        }
        options
    }
}

/// Returns the least and the greatest number of a type.
fn range(kind: &str) -> (i64, i64) {
    match kind {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

/// Returns the statements that let a sequence begin anew whose position is outside of its new bounds, which
/// PostgreSQL would refuse. `name` is quoted; both forms come with their type.
pub(crate) fn into_bounds(
    name: &str,
    old: (&Numbers, &str),
    new: (&Numbers, &str),
) -> Vec<Statement> {
    let ((old, old_type), (new, new_type)) =
        ((old.0.filled(old.1), old.1), (new.0.filled(new.1), new.1));
    let (Some(old_min), Some(old_max), Some(min), Some(max), Some(start)) =
        (old.min, old.max, new.min, new.max, new.start)
    else {
        unreachable!("filled numbers have bounds and a start")
    };
    if min <= old_min && old_max <= max {
        return Vec::new();
    }
    let mut statements = Vec::new();
    if !(old_min..=old_max).contains(&start) {
        let (least, most) = (min.min(old_min), max.max(old_max));
        let kind = if old_type == new_type {
            String::new()
        } else {
            // Of the two types the one that holds both bounds.
            let most_of_old = Numbers::default().filled(old_type).max;
            let fits = most_of_old.is_some_and(|all| most <= all && least >= -all - 1);
            format!("as {} ", if fits { old_type } else { new_type })
        };
        statements.push(Statement::new(format!(
            "alter sequence {name} {kind}minvalue {least} maxvalue {most}"
        )));
    }
    statements.push(Statement::new(format!(
        "select pg_catalog.setval({}, {start}, false) from {name} \
         where last_value not between {min} and {max}",
        literal(name)
    )));
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_the_default_are_left_out() {
        let written = Numbers {
            start: Some(-1),
            increment: Some(-1),
            min: Some(i64::MIN),
            max: Some(-1),
            cache: Some(1),
            cycle: false,
        };
        let plain = Numbers {
            increment: Some(-1),
            ..Numbers::default()
        };
        assert_eq!(written.without_defaults("bigint"), plain);
        assert_eq!(plain.filled("bigint").start, Some(-1));
    }

    #[test]
    fn a_start_that_does_not_follow_from_the_bounds_is_said() {
        let numbers = Numbers {
            start: Some(1),
            min: Some(-20000),
            ..Numbers::default()
        };
        let numbers = numbers.without_defaults("smallint");
        assert_eq!(
            numbers.definition("smallint"),
            ["minvalue -20000", "start with 1"]
        );
    }
}
