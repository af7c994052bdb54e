//! The order in which named values were given: it means nothing, but the server keeps and shows it.
//!
//! It is written down only where it is not that of the names.

use std::collections::BTreeMap;

/// Reads the order of values as the catalog has them, `name=value`, and returns the names where they are in
/// another than their own.
pub(crate) fn read(entries: &[String]) -> Vec<String> {
    let names = entries.iter().filter_map(|entry| entry.split_once('='));
    told(names.map(|(name, _)| name.to_lowercase()).collect())
}

fn told(names: Vec<String>) -> Vec<String> {
    if names.is_sorted() { Vec::new() } else { names }
}

/// Brings an order into normal form.
pub(crate) fn normalize(order: &mut Vec<String>, values: &BTreeMap<String, String>) {
    let given = std::mem::take(order);
    let lower = given.into_iter().map(|name| name.to_lowercase());
    let known: Vec<_> = lower.filter(|name| values.contains_key(name)).collect();
    let all = in_order(values, &known);
    *order = told(all.into_iter().map(|(name, _)| name.clone()).collect());
}

/// Takes the live order wherever there is nothing else to be changed.
pub(crate) fn settle(
    order: &mut Vec<String>,
    values: &BTreeMap<String, String>,
    live: (&[String], &BTreeMap<String, String>),
) {
    if values.keys().eq(live.1.keys()) {
        *order = live.0.to_vec();
    }
}

/// Returns values in an order; those it does not name come last.
pub(crate) fn in_order<'a>(
    values: &'a BTreeMap<String, String>,
    order: &[String],
) -> Vec<(&'a String, &'a String)> {
    let place = |name: &str| order.iter().position(|one| one == name);
    let mut all: Vec<_> = values.iter().collect();
    all.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_order_of_its_own_is_told() {
        let texts =
            |all: &[&str]| -> Vec<String> { all.iter().map(|one| (*one).to_owned()).collect() };
        assert!(read(&texts(&["a=1", "b=2"])).is_empty());
        assert_eq!(
            read(&texts(&["work_mem=1", "TimeZone=2"])),
            ["work_mem", "timezone"]
        );
        let values: BTreeMap<_, _> = ["a", "b", "c"]
            .map(|name| (name.to_owned(), String::new()))
            .into();
        let mut order = texts(&["B", "x"]);
        normalize(&mut order, &values);
        assert_eq!(order, ["b", "a", "c"]);
        let mut order = texts(&["a"]);
        normalize(&mut order, &values);
        assert!(order.is_empty());
    }
}
