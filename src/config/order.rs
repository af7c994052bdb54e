//! A total order of values: what `==` compares, and how sets are sorted.
//!
//! Values of different kinds are never equal, so `1` and `"1"`, a list and a tuple differ, as in
//! Terraform. Marks do not count.

use std::cmp::Ordering;

use model::Piece;

use crate::value::{Data, Value};

impl Value {
    /// Orders values: by kind, then by contents, marks left out.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (&self.data, &other.data) {
            (Data::Bool(left), Data::Bool(right)) => left.cmp(right),
            (Data::Number(left), Data::Number(right)) => left.cmp(right),
            (Data::Text(left), Data::Text(right)) => left.cmp(right),
            (Data::Composed(left), Data::Composed(right)) => order_pieces(left, right),
            (
                Data::Reference(left) | Data::This(left),
                Data::Reference(right) | Data::This(right),
            ) => left.id.cmp(&right.id),
            (Data::List(_, left), Data::List(_, right))
            | (Data::Set(_, left), Data::Set(_, right))
            | (Data::Tuple(left), Data::Tuple(right)) => {
                order_all(left.iter(), right.iter(), Self::order)
            }
            (Data::Map(_, left), Data::Map(_, right))
            | (Data::Object(left), Data::Object(right)) => {
                order_all(left.iter(), right.iter(), |left, right| {
                    left.0.cmp(right.0).then_with(|| left.1.order(right.1))
                })
            }
            (left, right) => rank(left).cmp(&rank(right)),
        }
    }

    /// Reports whether two values are equal as `==` sees it: same kind, same contents.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Equal
    }
}

fn order_all<T>(
    mut left: impl Iterator<Item = T>,
    mut right: impl Iterator<Item = T>,
    order: impl Fn(T, T) -> Ordering,
) -> Ordering {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => match order(left, right) {
                Ordering::Equal => {}
                other => return other,
            },
        }
    }
}

fn order_pieces(left: &[Piece], right: &[Piece]) -> Ordering {
    order_all(left.iter(), right.iter(), |left, right| {
        match (left, right) {
            (Piece::Text(left), Piece::Text(right)) => left.cmp(right),
            (Piece::Reference(left), Piece::Reference(right)) => left.cmp(right),
            (Piece::This, Piece::This) => Ordering::Equal,
            (Piece::Text(_), _) | (Piece::Reference(_), Piece::This) => Ordering::Less,
            (Piece::This, _) | (Piece::Reference(_), Piece::Text(_)) => Ordering::Greater,
        }
    })
}

fn rank(data: &Data) -> u8 {
    match data {
        Data::Null => 0,
        Data::Bool(_) => 1,
        Data::Number(_) => 2,
        Data::Text(_) => 3,
        Data::Composed(_) => 4,
        Data::Reference(_) | Data::This(_) => 5,
        Data::List(..) => 6,
        Data::Set(..) => 7,
        Data::Tuple(_) => 8,
        Data::Map(..) => 9,
        Data::Object(_) => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_tuples_are_never_equal() {
        let list = Value::texts(["a"]);
        assert!(list.equals(&Value::texts(["a"])));
        assert!(!list.equals(&Value::tuple(vec!["a".into()])));
    }
}
