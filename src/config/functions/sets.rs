//! Sets: union, intersection, difference, product.

use super::arguments::{Arguments, Failure, fail};
use super::collections::one_type;
use super::{Function, Takes, parameter};
use crate::evaluator::LARGEST_VALUE;
use crate::value::{Data, Value};
use crate::value_type::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "setintersection",
        &[parameter("set", Takes::Set)],
        "Returns the elements that are in all sets.",
        |a| combine(a, Combination::Intersection),
    )
    .rest(parameter("sets", Takes::Set)),
    Function::pure(
        "setproduct",
        &[],
        "Returns all combinations of elements of several sets.",
        product,
    )
    .rest(parameter("sets", Takes::List)),
    Function::pure(
        "setsubtract",
        &[parameter("set", Takes::Set), parameter("other", Takes::Set)],
        "Returns the elements of a set that are not in another.",
        |a| combine(a, Combination::Difference),
    ),
    Function::pure(
        "setunion",
        &[parameter("set", Takes::Set)],
        "Returns the elements that are in any set.",
        |a| combine(a, Combination::Union),
    )
    .rest(parameter("sets", Takes::Set)),
];

#[derive(Clone, Copy)]
enum Combination {
    Union,
    Intersection,
    Difference,
}

fn combine(arguments: &Arguments, how: Combination) -> Result<Value, Failure> {
    let sets: Vec<&[Value]> = arguments
        .all()
        .iter()
        .map(|set| set.as_items().unwrap_or_default())
        .collect();
    // One type for all of them, so that `1` and `"1"` meet.
    let (of, all) = one_type(sets.concat(), 0)?;
    let mut rest = all.as_slice();
    let mut converted = Vec::new();
    for set in sets {
        let (items, after) = rest.split_at(set.len());
        let mut items = items.to_vec();
        items.sort_by(Value::order);
        converted.push(items);
        rest = after;
    }
    let has = |set: &[Value], item: &Value| set.binary_search_by(|other| other.order(item)).is_ok();
    let Some((first, others)) = converted.split_first() else {
        return Err(fail("at least one set is needed"));
    };
    let kept: Vec<Value> = match how {
        Combination::Union => all,
        Combination::Intersection => first
            .iter()
            .filter(|item| others.iter().all(|set| has(set, item)))
            .cloned()
            .collect(),
        Combination::Difference => first
            .iter()
            .filter(|item| !others.iter().any(|set| has(set, item)))
            .cloned()
            .collect(),
    };
    Ok(Value::set(of, kept))
}

fn product(arguments: &Arguments) -> Result<Value, Failure> {
    let sets = arguments.all();
    if sets.len() < 2 {
        return Err(fail("at least two sets are needed"));
    }
    let lists: Vec<&[Value]> = sets
        .iter()
        .map(|set| set.as_items().unwrap_or_default())
        .collect();
    let count = lists
        .iter()
        .fold(1_u64, |count, list| count.saturating_mul(list.len() as u64));
    if count.saturating_mul(16 * (lists.len() as u64 + 1)) > LARGEST_VALUE {
        return Err(fail(format!("the product has {count} combinations")));
    }
    let types = lists
        .iter()
        .enumerate()
        .map(|(at, list)| one_type(list.to_vec(), at))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for (_, list) in &types {
        rows = rows
            .iter()
            .flat_map(|row| {
                list.iter()
                    .map(move |item| row.iter().chain([item]).cloned().collect())
            })
            .collect();
    }
    let of = Type::Tuple(types.into_iter().map(|(of, _)| of).collect());
    let rows: Vec<Value> = rows.into_iter().map(Value::tuple).collect();
    let is_set = sets.iter().all(|set| matches!(set.data, Data::Set(..)));
    Ok(if is_set {
        Value::set(of, rows)
    } else {
        Value::list(of, rows)
    })
}
