//! Edges that only names tell: subscriptions come after the tables they fill, functions after the
//! language they are written in, what has files after the tablespace they are in.

use std::collections::BTreeSet;

use model::{Address, Edge, Value};
use provider::{Desired, Surroundings};

use super::declared;

/// Adds the edges.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let of_kind = |kind: &str| -> BTreeSet<Address> {
        declared(desired, around.provider, kind)
            .into_iter()
            .collect()
    };
    let languages = of_kind("language");
    let tablespaces = of_kind("tablespace");
    let methods = of_kind("access_method");
    let tables = if of_kind("subscription").is_empty() {
        BTreeSet::new()
    } else {
        of_kind("table")
    };
    for object in desired.catalog.iter_mut() {
        let address = &object.address;
        if address.provider() != around.provider {
            continue;
        }
        if address.kind() == "subscription" {
            // The publisher is asked at once which tables there are.
            let here = tables
                .iter()
                .filter(|table| table.part(0) == address.part(0));
            object.edges.extend(here.cloned().map(Edge::to));
        }
        let text = |name: &str| object.attributes.get(name).and_then(Value::as_text);
        let language = text("language").map(|name| {
            let name = name.to_lowercase();
            address.sibling("language", [address.part(0), name.as_str()])
        });
        let tablespace = text("tablespace").map(|name| address.sibling("tablespace", [name]));
        // That of a table, or of an index.
        let method = text("access_method")
            .or_else(|| text("method"))
            .map(|name| {
                let name = name.to_lowercase();
                address.sibling("access_method", [address.part(0), name.as_str()])
            });
        let method = method.filter(|method| methods.contains(method));
        let language = language.filter(|language| languages.contains(language));
        let tablespace = tablespace.filter(|tablespace| tablespaces.contains(tablespace));
        object.edges.extend(
            [language, tablespace, method]
                .into_iter()
                .flatten()
                .map(Edge::to),
        );
    }
}
