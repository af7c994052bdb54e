//! What was planned and is not there after all.
//!
//! What a batch leaves behind is recorded as the form of the declaration, and not compared again while
//! both stay as they are. So a part that got lost on the way would never be missed.

use model::{Map, Value};

/// Reports whether a list of something, such as the checks of a table, is shorter than was planned.
pub(crate) fn is_short(live: &Map, planned: Option<&Map>) -> bool {
    let is_shorter = |(name, planned): (&str, &Value)| match (planned, live.get(name)) {
        (Value::List(planned), Some(Value::List(live))) => live.len() < planned.len(),
        (Value::List(planned), None) => !planned.is_empty(),
        _ => false,
    };
    planned.is_some_and(|planned| planned.iter().any(is_shorter))
}

#[cfg(test)]
mod tests {
    use model::{Map, Value};

    use super::is_short;

    #[test]
    fn only_what_is_gone_counts() {
        let with = |checks: usize| {
            let checks = vec![Value::from("a > 0"); checks];
            Map::from([("check", Value::List(checks)), ("type", Value::from("x"))])
        };
        assert!(is_short(&with(1), Some(&with(2))));
        assert!(is_short(&Map::new(), Some(&with(1))));
        assert!(!is_short(&with(2), Some(&with(2))));
        assert!(!is_short(&with(2), Some(&with(1))), "others may add to it");
        assert!(!is_short(&Map::new(), None));
    }
}
