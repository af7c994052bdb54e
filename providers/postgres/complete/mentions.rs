//! Edges found in texts: what a view, a default, a check or a task mentions.
//!
//! Exact where the text can be parsed. Where it cannot, every identifier that is the name of
//! something declared counts, unless that would close a circle: a column may well be called like a
//! table.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{Address, Edge, Object, Value};
use provider::{Desired, Kind, Surroundings, typed};

use super::texts::{parts, texts, types};
use crate::kinds::routine::bare_name;
use crate::kinds::types::TYPES;
use crate::kinds::types::range::RangeType;
use crate::kinds::types::shell_type::ShellType;
use crate::naming::{ROUTINES, names_in};
use crate::text::names::{Mentions, all_mentions};

/// Declared relations and types by name, and then by database and schema; ranges by the names of their
/// multirange types as well.
#[derive(Default)]
pub(super) struct Relations(HashMap<String, BTreeMap<(String, String), Address>>);

/// Declared routines by database, schema and name without arguments.
pub(super) type Routines = BTreeMap<(String, String, String), Vec<Address>>;

/// Adds the edges of every text.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let relations = Relations::of(desired, around.provider);
    let routines = routines(desired, around.provider);
    let ours = || {
        let objects = desired.catalog.iter();
        objects.filter(|object| object.address.provider() == around.provider)
    };
    // Many columns have the same default.
    let all: HashSet<_> = ours().flat_map(texts).collect();
    let all: Vec<_> = all.into_iter().collect();
    let found: HashMap<_, _> = all.iter().copied().zip(all_mentions(&all)).collect();
    let mut exact: Vec<(Address, BTreeSet<Edge>)> = Vec::new();
    let mut vague: Vec<(Address, Address)> = Vec::new();
    for object in ours() {
        let address = &object.address;
        let mut sure = BTreeSet::new();
        for (text, part) in parts(object) {
            let Some(found) = found.get(&text) else {
                continue;
            };
            let targets = targets(found, object, (&relations, &routines), around).into_iter();
            if found.exact {
                sure.extend(targets.map(|on| Edge {
                    by: part.name(),
                    ..Edge::to(on)
                }));
            } else {
                vague.extend(targets.map(|target| (address.clone(), target)));
            }
        }
        let types = types_under(object, &relations).into_iter();
        sure.extend(types.map(Edge::to));
        sure.retain(|edge| edge.on != *address);
        exact.push((address.clone(), sure));
    }
    for (address, targets) in exact {
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.edges.extend(targets);
        }
    }
    for (from, to) in vague {
        if from != to
            && !desired.catalog.stands_on(&to, &from)
            && let Some(object) = desired.catalog.get_mut(&from)
        {
            object.edges.insert(Edge::to(to));
        }
    }
}

/// Returns the declared routines.
pub(super) fn routines(desired: &Desired, provider: &str) -> Routines {
    let mut routines = Routines::new();
    for address in desired.catalog.addresses() {
        if address.provider() == provider && ROUTINES.contains(&address.kind()) {
            let key = (
                address.part(0).to_owned(),
                address.part(1).to_owned(),
                bare_name(address).to_owned(),
            );
            routines.entry(key).or_default().push(address.clone());
        }
    }
    routines
}

impl Relations {
    /// Gathers what is declared.
    pub(super) fn of(desired: &Desired, provider: &str) -> Self {
        let mut relations = Self::default();
        let mut ranges = Vec::new();
        for object in desired.catalog.iter() {
            let address = &object.address;
            let is_relation = matches!(
                address.kind(),
                "table" | "foreign_table" | "view" | "materialized_view" | "sequence"
            );
            let is_type = TYPES.contains(&address.kind()) || address.kind() == ShellType::NAME;
            if address.provider() == provider && (is_relation || is_type) {
                relations.add(address.part(1), address.part(2), address);
                if address.kind() == "range_type" {
                    ranges.push(object);
                }
            }
        }
        for object in ranges {
            let range: RangeType = typed(&object.attributes);
            let (schema, name) = range.multirange(&object.address);
            relations.add(&schema, &name, &object.address);
        }
        relations
    }

    /// What is called so already stays.
    fn add(&mut self, schema: &str, name: &str, address: &Address) {
        let places = self.0.entry(name.to_owned()).or_default();
        let place = (address.part(0).to_owned(), schema.to_owned());
        places.entry(place).or_insert_with(|| address.clone());
    }

    /// Reports whether anything lies in the database of the connection, which no file declares.
    fn has_unnamed_database(&self) -> bool {
        let mut places = self.0.values().flat_map(BTreeMap::keys);
        places.any(|(database, _)| database.is_empty())
    }

    /// Returns what has a name in the first of the schemas that has it.
    pub(super) fn find<'a>(
        &self,
        database: &str,
        schemas: impl IntoIterator<Item = &'a String>,
        name: &str,
    ) -> Option<&Address> {
        let places = self.0.get(name)?;
        schemas
            .into_iter()
            .find_map(|schema| places.get(&(database.to_owned(), schema.clone())))
    }
}

/// Returns the declared types and relations that an object is made of.
pub(super) fn types_under(object: &Object, relations: &Relations) -> Vec<Address> {
    let address = &object.address;
    let schemas = names_in(address);
    let found = types(object).into_iter().filter_map(|(schema, name)| {
        // What is called like a type of PostgreSQL is that type, unless its schema is said.
        let own = schema.as_ref().map(std::slice::from_ref);
        let found = relations.find(address.part(0), own.unwrap_or(&schemas), &name)?;
        let is_type = TYPES.contains(&found.kind()) || found.kind() == ShellType::NAME;
        let is_meant = schema.is_some() || is_type;
        is_meant.then(|| found.clone())
    });
    found.collect()
}

/// Returns the declared relations and routines that a text mentions. Of routines with one name, all: the
/// types of arguments are not known.
pub(super) fn targets(
    found: &Mentions,
    object: &Object,
    (relations, routines): (&Relations, &Routines),
    around: Surroundings<'_>,
) -> BTreeSet<Address> {
    let (database, schemas) = if object.address.kind() == "task" {
        let database = match object.attributes.get("database") {
            Some(Value::Reference(database)) => database.name().to_owned(),
            _ if relations.has_unnamed_database() => String::new(),
            _ => around.platform.place.clone(),
        };
        (database, vec!["public".to_owned()])
    } else {
        (object.address.part(0).to_owned(), names_in(&object.address))
    };
    let mut targets: BTreeSet<Address> = found
        .relations
        .union(&found.types)
        .filter_map(|mention| {
            let own = mention.schema.as_ref().map(std::slice::from_ref);
            let found = relations.find(&database, own.unwrap_or(&schemas), &mention.name);
            found.cloned()
        })
        .collect();
    for mention in &found.functions {
        let places = mention
            .schema
            .as_ref()
            .map_or(schemas.as_slice(), std::slice::from_ref);
        let called = places.iter().find_map(|schema| {
            routines.get(&(database.clone(), schema.clone(), mention.name.clone()))
        });
        targets.extend(called.into_iter().flatten().cloned());
    }
    targets
}
