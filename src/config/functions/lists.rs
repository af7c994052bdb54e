//! Lists: parts, order, joining, counting.

use std::cmp::Ordering;
use std::sync::Arc;

use super::arguments::{Arguments, Failure, fail, refuse};
use super::collections::one_type;
use super::{Function, Marks, Takes, parameter};
use crate::convert::{convert, unify};
use crate::number::Number;
use crate::value::{Data, Value};
use crate::value_type::{Type, describe};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "alltrue",
        &[parameter("list", Takes::List)],
        "Reports whether all elements are true.",
        |a| booleans(a, true),
    ),
    Function::pure(
        "anytrue",
        &[parameter("list", Takes::List)],
        "Reports whether any element is true.",
        |a| booleans(a, false),
    ),
    Function::pure(
        "chunklist",
        &[
            parameter("list", Takes::Ordered),
            parameter("size", Takes::Whole),
        ],
        "Splits a list into lists of a size.",
        chunk,
    )
    .marks(Marks::Kept),
    Function::pure(
        "compact",
        &[parameter("list", Takes::List)],
        "Leaves out null and empty texts.",
        compact,
    )
    .marks(Marks::Kept),
    Function::pure("concat", &[], "Puts lists one after the other.", concat)
        .rest(parameter("lists", Takes::Ordered))
        .marks(Marks::Kept),
    Function::pure(
        "distinct",
        &[parameter("list", Takes::Ordered)],
        "Leaves out repeated elements.",
        distinct,
    )
    .marks(Marks::Kept),
    Function::pure(
        "flatten",
        &[parameter("list", Takes::List)],
        "Replaces lists inside a list by their elements.",
        flatten,
    )
    .marks(Marks::Kept),
    Function::pure(
        "range",
        &[parameter("limit", Takes::Number)],
        "Returns numbers from a start to a limit in steps.",
        range,
    )
    .rest(parameter("limits", Takes::Number)),
    Function::pure(
        "reverse",
        &[parameter("list", Takes::List)],
        "Returns a list backwards.",
        reverse,
    )
    .marks(Marks::Kept),
    Function::pure(
        "slice",
        &[
            parameter("list", Takes::Ordered),
            parameter("start", Takes::Whole),
            parameter("end", Takes::Whole),
        ],
        "Returns part of a list, the end left out.",
        slice,
    )
    .marks(Marks::Kept),
    Function::pure(
        "sort",
        &[parameter("list", Takes::Texts)],
        "Sorts texts.",
        sort,
    ),
];

/// How many numbers `range` returns at most.
const LONGEST_RANGE: usize = 1024;

/// Makes a list of elements that came out of `from`: a list where that was one, else a tuple.
fn like(from: &Value, items: Vec<Value>) -> Value {
    match &from.data {
        Data::List(of, _) | Data::Set(of, _) => Value::list(of.clone(), items),
        _ => Value::tuple(items),
    }
}

fn booleans(arguments: &Arguments, all: bool) -> Result<Value, Failure> {
    for item in arguments.items(0) {
        let holds = match convert(item, &Type::Bool).map(|item| item.data) {
            Ok(Data::Bool(holds)) => holds,
            Ok(Data::Null) => false,
            _ => {
                return Err(refuse(
                    0,
                    format!("the elements are booleans, one is {}", describe(item)),
                ));
            }
        };
        if holds != all {
            return Ok((!all).into());
        }
    }
    Ok(all.into())
}

fn chunk(arguments: &Arguments) -> Result<Value, Failure> {
    let (of, items) = one_type(arguments.items(0).to_vec(), 0)?;
    let size = usize::try_from(arguments.whole(1)).map_err(|_| refuse(1, "this is below zero"))?;
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items
        .chunks(size)
        .map(|chunk| Value::list(of.clone(), chunk.to_vec()));
    Ok(Value::list(
        Type::List(Arc::new(of.clone())),
        chunks.collect(),
    ))
}

fn compact(arguments: &Arguments) -> Result<Value, Failure> {
    let mut kept = Vec::new();
    for item in arguments.items(0) {
        let text =
            convert(item, &Type::Text).map_err(|mismatch| refuse(0, mismatch.to_string()))?;
        if !text.is_null() && text.as_text() != Some("") {
            kept.push(text);
        }
    }
    Ok(Value::list(Type::Text, kept))
}

fn concat(arguments: &Arguments) -> Result<Value, Failure> {
    let lists = arguments.all();
    let all: Vec<Value> = lists
        .iter()
        .flat_map(|list| list.as_items().unwrap_or_default())
        .cloned()
        .collect();
    if lists.is_empty() {
        return Err(fail("at least one list is needed"));
    }
    let types: Option<Vec<Type>> = lists
        .iter()
        .map(|list| match &list.data {
            Data::List(of, _) => Some(of.clone()),
            _ => None,
        })
        .collect();
    if let Some(of) = types.and_then(|types| unify(&types)) {
        let all: Option<Vec<Value>> = all.iter().map(|item| convert(item, &of).ok()).collect();
        if let Some(all) = all {
            return Ok(Value::list(of, all));
        }
    }
    Ok(Value::tuple(all))
}

fn distinct(arguments: &Arguments) -> Result<Value, Failure> {
    let list = arguments.value(0);
    let (of, items) = match &list.data {
        Data::List(of, items) => (of.clone(), items.to_vec()),
        _ => one_type(arguments.items(0).to_vec(), 0)?,
    };
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|left, right| items[*left].order(&items[*right]).then(left.cmp(right)));
    order.dedup_by(|later, first| items[*later].order(&items[*first]) == Ordering::Equal);
    order.sort_unstable();
    Ok(Value::list(
        of,
        order.into_iter().map(|at| items[at].clone()).collect(),
    ))
}

fn flatten(arguments: &Arguments) -> Result<Value, Failure> {
    fn add(items: &[Value], mark: bool, flat: &mut Vec<Value>) {
        for item in items {
            let mark = mark || item.sensitive;
            match item.as_items() {
                Some(items) => add(items, mark, flat),
                None => flat.push(item.clone().marked(mark)),
            }
        }
    }
    let mut flat = Vec::new();
    add(arguments.items(0), false, &mut flat);
    Ok(Value::tuple(flat))
}

fn range(arguments: &Arguments) -> Result<Value, Failure> {
    let one = Number::from(1_i64);
    let (start, end, step) = match arguments.all().len() {
        1 => (Number::zero(), arguments.number(0), None),
        2 => (arguments.number(0), arguments.number(1), None),
        3 => (
            arguments.number(0),
            arguments.number(1),
            Some(arguments.number(2)),
        ),
        _ => return Err(fail("it takes one to three numbers")),
    };
    let down = end < start;
    let step = step.unwrap_or_else(|| if down { one.negate() } else { one });
    if step == Number::zero() {
        return Err(refuse(2, "the step is zero"));
    }
    if step.is_negative() != down && start != end {
        return Err(refuse(2, "the step leads away from the end"));
    }
    let mut numbers = Vec::new();
    let mut at = start;
    while if down { at > end } else { at < end } {
        if numbers.len() >= LONGEST_RANGE {
            return Err(fail(format!("more than {LONGEST_RANGE} numbers")));
        }
        let next = at.add(&step).map_err(|error| fail(error.to_string()))?;
        numbers.push(Value::from(std::mem::replace(&mut at, next)));
    }
    Ok(Value::list(Type::Number, numbers))
}

fn reverse(arguments: &Arguments) -> Result<Value, Failure> {
    Ok(like(
        &arguments.value(0),
        arguments.items(0).iter().rev().cloned().collect(),
    ))
}

fn slice(arguments: &Arguments) -> Result<Value, Failure> {
    let items = arguments.items(0);
    let place = |at: usize| {
        let place = usize::try_from(arguments.whole(at))
            .ok()
            .filter(|place| *place <= items.len());
        place.ok_or_else(|| refuse(at, format!("this is not between 0 and {}", items.len())))
    };
    let (start, end) = (place(1)?, place(2)?);
    let part = items
        .get(start..end)
        .ok_or_else(|| refuse(1, "the start is after the end"))?;
    Ok(like(&arguments.value(0), part.to_vec()))
}

fn sort(arguments: &Arguments) -> Result<Value, Failure> {
    let mut texts = arguments.texts(0);
    texts.sort_unstable();
    Ok(Value::texts(texts))
}
