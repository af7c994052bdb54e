//! Values while they are computed: Terraform's kinds of values, each with its sensitive mark.
//!
//! Invariants: every collection knows how large and how deep it is and whether anything in it is
//! sensitive, so those questions never walk a tree; the elements of a set are sorted and unique;
//! cloning is cheap. A null carries no type: it fits everywhere.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use model::{DeclarationId, Key, Piece};

use crate::number::Number;
use crate::value_type::Type;

/// A value with its mark.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// The value.
    pub(crate) data: Data,
    /// Whether the value itself is sensitive; elements carry marks of their own.
    pub(crate) sensitive: bool,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(Arc<str>),
    /// Text that mentions declarations.
    Composed(Arc<[Piece]>),
    /// A declaration.
    Reference(Arc<Target>),
    /// The declaration the expression stands in.
    This(Arc<Target>),
    /// Elements of one type, in order.
    List(Type, Arc<Items>),
    /// Elements of one type, sorted and unique.
    Set(Type, Arc<Items>),
    /// Elements of any types, in order.
    Tuple(Arc<Items>),
    /// Values of one type by name.
    Map(Type, Arc<Entries>),
    /// Values of any types by name.
    Object(Arc<Entries>),
}

/// A declaration as a value: its name, and where to find it again.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its name.
    pub(crate) id: DeclarationId,
    /// The module instance it is declared in.
    pub(crate) instance: usize,
    /// Its number among the declarations of the folder.
    pub(crate) block: usize,
    /// Its instance.
    pub(crate) key: Option<Key>,
}

/// What a collection weighs: computed once, when it is made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weight {
    /// About how many bytes it would take if nothing were shared.
    pub(crate) size: u64,
    /// How deep collections are nested.
    pub(crate) depth: u32,
    /// Whether anything inside is sensitive.
    pub(crate) sensitive: bool,
}

/// What every value costs beside its text.
const VALUE_SIZE: u64 = 16;

impl Weight {
    fn of<'a>(values: impl Iterator<Item = &'a Value>) -> Self {
        let mut sum = Self::default();
        for value in values {
            let weight = value.weight();
            sum.size = sum.size.saturating_add(weight.size);
            sum.depth = sum.depth.max(weight.depth);
            sum.sensitive |= weight.sensitive;
        }
        sum.depth = sum.depth.saturating_add(1);
        sum
    }
}

/// Elements with their weight.
#[derive(Debug)]
pub(crate) struct Items {
    items: Vec<Value>,
    weight: Weight,
}

impl Deref for Items {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

/// Named values with their weight, sorted by name.
#[derive(Debug)]
pub(crate) struct Entries {
    entries: BTreeMap<Arc<str>, Value>,
    weight: Weight,
}

impl Deref for Entries {
    type Target = BTreeMap<Arc<str>, Value>;

    fn deref(&self) -> &BTreeMap<Arc<str>, Value> {
        &self.entries
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self {
            data,
            sensitive: false,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Data::Bool(value).into()
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Data::Number(value).into()
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Number::from(value).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Data::Text(text.into()).into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Data::Text(text.into()).into()
    }
}

fn items(items: Vec<Value>) -> Arc<Items> {
    let weight = Weight::of(items.iter());
    Arc::new(Items { items, weight })
}

fn entries(entries: BTreeMap<Arc<str>, Value>) -> Arc<Entries> {
    let mut weight = Weight::of(entries.values());
    let names: usize = entries.keys().map(|name| name.len()).sum();
    weight.size = weight.size.saturating_add(names as u64);
    Arc::new(Entries { entries, weight })
}

impl Value {
    /// Returns nothing.
    pub(crate) fn null() -> Self {
        Data::Null.into()
    }

    /// Makes a tuple.
    pub(crate) fn tuple(elements: Vec<Self>) -> Self {
        Data::Tuple(items(elements)).into()
    }

    /// Makes an object.
    pub(crate) fn object(attributes: BTreeMap<Arc<str>, Self>) -> Self {
        Data::Object(entries(attributes)).into()
    }

    /// Makes a list of elements that all are of type `of`.
    pub(crate) fn list(of: Type, elements: Vec<Self>) -> Self {
        Data::List(of, items(elements)).into()
    }

    /// Makes a list of texts.
    pub(crate) fn texts<T: Into<Self>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::list(Type::Text, texts.into_iter().map(Into::into).collect())
    }

    /// Makes a map of values that all are of type `of`.
    pub(crate) fn map(of: Type, named: BTreeMap<Arc<str>, Self>) -> Self {
        Data::Map(of, entries(named)).into()
    }

    /// Makes a set of elements that all are of type `of`; marks of elements become its own.
    pub(crate) fn set(of: Type, mut elements: Vec<Self>) -> Self {
        let sensitive = elements.iter().any(|element| element.weight().sensitive);
        elements.sort_by(Self::order);
        elements.dedup_by(|left, right| left.equals(right));
        Self::from(Data::Set(of, items(elements))).marked(sensitive)
    }

    /// Makes text of pieces: plain text where no declaration is mentioned.
    pub(crate) fn composed(pieces: Vec<Piece>) -> Self {
        let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (_, Piece::Text(text)) if text.is_empty() => {}
                (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
                (_, piece) => joined.push(piece),
            }
        }
        match joined.as_slice() {
            [] => "".into(),
            [Piece::Text(text)] => text.as_str().into(),
            _ => Data::Composed(joined.into()).into(),
        }
    }

    /// Adds a mark.
    pub(crate) fn marked(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    /// Reports whether this is null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Reports whether this, or anything in it, is sensitive.
    pub(crate) fn is_sensitive_inside(&self) -> bool {
        self.weight().sensitive
    }

    /// Reports whether this is, or holds, a reference or a text that mentions one.
    pub(crate) fn mentions_names(&self) -> bool {
        match &self.data {
            Data::Reference(_) | Data::This(_) | Data::Composed(_) => true,
            _ => {
                self.as_items()
                    .is_some_and(|items| items.iter().any(Self::mentions_names))
                    || self
                        .as_entries()
                        .is_some_and(|all| all.values().any(Self::mentions_names))
            }
        }
    }

    /// Returns the weight of the value.
    pub(crate) fn weight(&self) -> Weight {
        let (size, inside) = match &self.data {
            Data::Text(text) => (text.len() as u64, Weight::default()),
            Data::Composed(pieces) => (pieces.iter().map(piece_size).sum(), Weight::default()),
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                (items.weight.size, items.weight)
            }
            Data::Map(_, entries) | Data::Object(entries) => (entries.weight.size, entries.weight),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Reference(_) | Data::This(_) => {
                (0, Weight::default())
            }
        };
        Weight {
            size: size.saturating_add(VALUE_SIZE),
            depth: inside.depth,
            sensitive: inside.sensitive || self.sensitive,
        }
    }

    /// Returns plain text.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a number.
    pub(crate) fn as_number(&self) -> Option<&Number> {
        match &self.data {
            Data::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Returns the elements of a list, set or tuple.
    pub(crate) fn as_items(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the named values of a map or object.
    pub(crate) fn as_entries(&self) -> Option<&BTreeMap<Arc<str>, Self>> {
        match &self.data {
            Data::Map(_, entries) | Data::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the elements of any collection as `for` walks through them: a key and a value each.
    pub(crate) fn pairs(&self) -> Option<Vec<(Self, Self)>> {
        Some(match &self.data {
            Data::List(_, items) | Data::Tuple(items) => items
                .iter()
                .enumerate()
                .map(|(at, item)| (at.into(), item.clone()))
                .collect(),
            Data::Set(_, items) => items
                .iter()
                .map(|item| (item.clone(), item.clone()))
                .collect(),
            Data::Map(_, entries) | Data::Object(entries) => entries
                .iter()
                .map(|(name, value)| (Data::Text(name.clone()).into(), value.clone()))
                .collect(),
            _ => return None,
        })
    }

    /// Returns the pieces of a text, composed or not, and of a reference.
    pub(crate) fn as_pieces(&self) -> Option<Vec<Piece>> {
        match &self.data {
            Data::Text(text) => Some(vec![Piece::Text(text.to_string())]),
            Data::Composed(pieces) => Some(pieces.to_vec()),
            Data::Reference(target) => Some(vec![Piece::Reference(target.id.clone())]),
            Data::This(_) => Some(vec![Piece::This]),
            _ => None,
        }
    }
}

fn piece_size(piece: &Piece) -> u64 {
    match piece {
        Piece::Text(text) => text.len() as u64,
        Piece::Reference(_) | Piece::This => VALUE_SIZE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_sorted_and_unique_and_takes_the_marks_of_its_elements() {
        let secret = Value::from("b").marked(true);
        let set = Value::set(Type::Text, vec![secret, "a".into(), "b".into()]);
        let texts: Vec<_> = set
            .as_items()
            .unwrap()
            .iter()
            .filter_map(Value::as_text)
            .collect();
        assert_eq!(texts, ["a", "b"]);
        assert!(set.sensitive);
    }

    #[test]
    fn the_weight_of_a_shared_value_counts_every_use() {
        let mut value = Value::from("x".repeat(84));
        for _ in 0..80 {
            value = Value::tuple(vec![value.clone(), value]);
        }
        assert_eq!(value.weight().size, u64::MAX);
        assert_eq!(value.weight().depth, 80);
    }
}
