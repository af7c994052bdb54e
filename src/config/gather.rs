//! `for` expressions: what is gathered from the elements of a collection.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codes;
use crate::evaluator::{Evaluator, LARGEST_VALUE, Outcome, Reported, Scope};
use crate::expression::{Expression, For};
use crate::value::Value;

/// What has been gathered so far.
#[derive(Default)]
struct Gathered {
    /// Results without keys.
    tuple: Vec<Value>,
    /// Results by key.
    groups: BTreeMap<Arc<str>, Vec<Value>>,
    /// Whether anything sensitive decided about keys or about what is left out.
    mark: bool,
    /// About how many bytes all results take.
    size: u64,
}

impl<'p> Evaluator<'p> {
    /// Computes a `for` expression.
    pub(crate) fn gather(&self, expression: &For, scope: Scope<'_, 'p>) -> Outcome {
        let mut gathered = Gathered::default();
        let mut outcome = Ok(());
        let mark = self.walk(&expression.intro, scope, |scope| {
            // After one wrong element the others would only say the same.
            outcome = self.element(expression, scope, &mut gathered);
            outcome.is_ok()
        })?;
        outcome?;
        let Gathered {
            tuple,
            groups,
            mark: decided,
            size: _,
        } = gathered;
        let value = match (&expression.key, expression.groups) {
            (None, _) => Value::tuple(tuple),
            (Some(_), true) => {
                let groups = groups
                    .into_iter()
                    .map(|(key, group)| (key, Value::tuple(group)));
                Value::object(groups.collect())
            }
            (Some(_), false) => {
                let single = groups
                    .into_iter()
                    .filter_map(|(key, group)| group.into_iter().next().map(|value| (key, value)));
                Value::object(single.collect())
            }
        };
        Ok(value.marked(mark || decided))
    }

    /// Computes what one element gives.
    fn element(
        &self,
        expression: &For,
        scope: Scope<'_, 'p>,
        gathered: &mut Gathered,
    ) -> Outcome<()> {
        if let Some(condition) = &expression.condition {
            let (holds, mark) = self.condition(condition, scope)?;
            gathered.mark |= mark;
            if !holds {
                return Ok(());
            }
        }
        let key = match &expression.key {
            None => None,
            Some(written) => {
                let value = self.evaluate(written, scope)?;
                let (key, mark) = self.key(&value, written.span)?;
                gathered.mark |= mark;
                Some((written, key, mark))
            }
        };
        let value = self.evaluate(&expression.value, scope)?;
        gathered.size = gathered.size.saturating_add(value.weight().size);
        if gathered.size > LARGEST_VALUE {
            let label = "all results together are larger than 64 MiB";
            return Err(self.report(codes::TOO_LARGE.error().at(expression.value.span, label)));
        }
        let Some((written, key, mark)) = key else {
            gathered.tuple.push(value);
            return Ok(());
        };
        let group = gathered.groups.entry(key.clone()).or_default();
        if !group.is_empty() && !expression.groups {
            return Err(self.report_second_key(written, &key, mark));
        }
        group.push(value);
        Ok(())
    }

    fn report_second_key(&self, written: &Expression, key: &str, sensitive: bool) -> Reported {
        let label = match sensitive {
            true => "two elements have the same key".to_owned(),
            false => format!("two elements have the key {key:?}"),
        };
        self.report(codes::DUPLICATE_KEY.error().at(written.span, label).help(
            "Make the keys different, or write `...` after the value to collect all values of a key.",
        ))
    }
}
