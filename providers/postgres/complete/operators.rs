//! Commutators and negators that only one of two operators names: PostgreSQL gives each the other.

use model::{Address, Object};
use provider::{Desired, Surroundings, encode, typed};

use super::declared;
use crate::kinds::operator::{Operator, relative, resolved};
use crate::naming::called;

/// Says of every operator what others say of it.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let operators = declared(desired, around.provider, "operator");
    let said: Vec<_> = operators
        .iter()
        .filter_map(|address| desired.catalog.get(address))
        .flat_map(others)
        .collect();
    for (of, is_commutator, other) in said {
        let Some(object) = desired.catalog.get_mut(&of) else {
            continue;
        };
        let mut operator: Operator = typed(&object.attributes);
        let slot = match is_commutator {
            true => &mut operator.commutator,
            false => &mut operator.negator,
        };
        if slot.is_none() {
            let mark = called(other.name()).0;
            *slot = Some(relative(other.part(1), mark, of.part(1)));
            object.attributes = encode(&operator);
        }
    }
}

/// Returns the operators that one names, whether as its commutator, and the one.
fn others(object: &Object) -> Vec<(Address, bool, Address)> {
    let address = &object.address;
    let operator: Operator = typed(&object.attributes);
    let left = operator.left.as_deref().unwrap_or("none");
    let right = operator.right.as_str();
    let other = |text: &Option<String>, types: String| {
        let (schema, mark) = resolved(text.as_ref()?, address.part(1));
        let name = format!("{mark}({types})");
        let path = [address.part(0), schema.as_str(), name.as_str()];
        Some(address.sibling("operator", path))
    };
    let commutator = other(&operator.commutator, format!("{right}, {left}"));
    let negator = other(&operator.negator, format!("{left}, {right}"));
    let all = [(commutator, true), (negator, false)].into_iter();
    all.filter_map(|(other, is_commutator)| Some((other?, is_commutator, address.clone())))
        .filter(|(other, ..)| other != address)
        .collect()
}
