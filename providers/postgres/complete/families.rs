//! Operator families of declared classes: those that go without saying, and what PostgreSQL keeps with
//! the family of a class instead of the class.

use model::{Address, Edge, Object, Reference};
use provider::{Desired, Origin, Surroundings, encode, typed};

use super::declared;
use crate::kinds::operator::class::OperatorClass;
use crate::kinds::operator::family::OperatorFamily;
use crate::kinds::operator::{
    MemberFunction, MemberOperator, is_loose_function, is_loose_operator,
};
use crate::naming::schema_of;

/// Gives every class its family.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    for address in declared(desired, around.provider, "operator_class") {
        let Some(object) = desired.catalog.get(&address) else {
            continue;
        };
        let mut class: OperatorClass = typed(&object.attributes);
        let family = match &class.family {
            Some(family) => family.0.clone(),
            None => {
                let family = address.sibling("operator_family", address.path());
                class.family = Some(Reference(family.clone()));
                if !desired.catalog.contains(&family) {
                    add(desired, &address, &family, &class.using);
                }
                family
            }
        };
        if let Some(object) = desired.catalog.get_mut(&family) {
            let (operators, functions) = loose(&mut class);
            let mut whole: OperatorFamily = typed(&object.attributes);
            whole.operator.extend(operators);
            whole.function.extend(functions);
            whole.sort();
            whole.operator.dedup();
            whole.function.dedup();
            object.attributes = encode(&whole);
        }
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.attributes = encode(&class);
        }
    }
}

/// Adds the family that a class has without saying so.
fn add(desired: &mut Desired, class: &Address, family: &Address, using: &str) {
    let mut object = Object::new(family.clone(), encode(&OperatorFamily::of(using)));
    object.edges.insert(Edge::to(schema_of(family)));
    let origin = &desired.origins[class];
    let origin = Origin {
        id: origin.id.inside("family", "own"),
        share: None,
        ..origin.clone()
    };
    desired.origins.insert(family.clone(), origin);
    desired.catalog.insert(object);
}

/// Takes out of a class what PostgreSQL keeps with its family. In a family, functions say their types.
fn loose(class: &mut OperatorClass) -> (Vec<MemberOperator>, Vec<MemberFunction>) {
    let (using, of) = (class.using.clone(), class.data_type.clone());
    let (operators, kept) = std::mem::take(&mut class.operator)
        .into_iter()
        .partition(|one| is_loose_operator(one, &using, &of));
    class.operator = kept;
    let (mut functions, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut class.function)
        .into_iter()
        .partition(|one| is_loose_function(one, &using, &of));
    class.function = kept;
    for one in &mut functions {
        let (left, right) = one.types(Some(&of));
        one.right = Some(right).filter(|right| *right != left);
        one.left = Some(left);
    }
    (operators, functions)
}
