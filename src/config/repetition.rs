//! `for_each` and `count`: how often a block is there.

use std::rc::Rc;
use std::sync::Arc;

use crate::codes;
use crate::convert::convert;
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::Expression;
use crate::instance::{Instance, Repetition, Shape};
use crate::value::{Data, Value};
use crate::value_type::{Type, describe};

/// How many instances a block may have.
const MOST: usize = 100_000;

impl<'p> Evaluator<'p> {
    /// Computes the repetitions of a block in an instance of its folder.
    pub(crate) fn repetitions(
        &self,
        for_each: Option<&Expression>,
        count: Option<&Expression>,
        instance: &Rc<Instance<'p>>,
    ) -> Outcome<(Shape, Vec<Option<Repetition>>)> {
        let scope = Scope::of(instance);
        if let Some(for_each) = for_each {
            let value = self.evaluate(for_each, scope)?;
            let each = self.each(&value, for_each)?;
            let each = each
                .into_iter()
                .map(|(key, value)| Some(Repetition::Each(key, value)));
            return Ok((Shape::Each, each.collect()));
        }
        if let Some(count) = count {
            let value = self.evaluate(count, scope)?;
            let count = self.count(&value, count)?;
            let indexes = (0..count).map(|index| Some(Repetition::Count(index)));
            return Ok((Shape::Count, indexes.collect()));
        }
        Ok((Shape::Single, vec![None]))
    }

    fn each(&self, value: &Value, written: &Expression) -> Outcome<Vec<(Arc<str>, Value)>> {
        let bad = |label: String, help: Option<&str>| -> Reported {
            let problem = codes::BAD_FOR_EACH.error().at(written.span, label);
            self.report(problem.help_some(help.map(str::to_owned)))
        };
        if value.sensitive {
            let help = "Keys appear in names and plans; use `nonsensitive` if they may be seen.";
            return Err(bad("this is sensitive".to_owned(), Some(help)));
        }
        let elements: Vec<(Arc<str>, Value)> = match &value.data {
            Data::Map(_, entries) | Data::Object(entries) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            Data::Set(_, items) => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items.iter() {
                    match &item.data {
                        Data::Text(text) => texts.push((text.clone(), item.clone())),
                        _ => {
                            return Err(bad(
                                format!(
                                    "a set of texts is needed, one element is {}",
                                    describe(item)
                                ),
                                Some("Use a map: { for x in ... : key => x }."),
                            ));
                        }
                    }
                }
                texts
            }
            Data::List(..) | Data::Tuple(_) => {
                return Err(bad(
                    format!("this is {}", describe(value)),
                    Some(
                        "Make it a set of texts with `toset(...)`, or a map with `{ for x in ... : x.name => x }`.",
                    ),
                ));
            }
            Data::Null => {
                return Err(bad(
                    "this is null".to_owned(),
                    Some("Use an empty map: `{}`."),
                ));
            }
            _ => {
                let help = "`for_each` takes a map, an object or a set of texts.";
                return Err(bad(format!("this is {}", describe(value)), Some(help)));
            }
        };
        if elements.len() > MOST {
            return Err(bad(format!("this has more than {MOST} elements"), None));
        }
        if elements.iter().any(|(key, _)| key.is_empty()) {
            return Err(bad(
                "one of the keys is an empty text".to_owned(),
                Some("Every instance needs a key to be named by; leave the empty one out."),
            ));
        }
        Ok(elements)
    }

    fn count(&self, value: &Value, written: &Expression) -> Outcome<usize> {
        let bad = |label: String| self.report(codes::BAD_COUNT.error().at(written.span, label));
        if value.sensitive {
            return Err(bad("this is sensitive".to_owned()));
        }
        let number = convert(value, &Type::Number);
        let number = number.as_ref().ok().and_then(Value::as_number);
        let whole = number.and_then(crate::number::Number::as_i64);
        match whole.and_then(|count| usize::try_from(count).ok()) {
            Some(count) if count <= MOST => Ok(count),
            Some(_) => Err(bad(format!("this is more than {MOST}"))),
            None => Err(bad(format!(
                "a whole number from 0 on is needed, this is {}",
                describe(value)
            ))),
        }
    }
}
