//! Few words for many grants: a level of access, everything of a sort in a schema, several roles at
//! once. What is put together says exactly what the parts said.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Catalog, Map, Value};
use provider::Capabilities;
use provider::outline::Block;

use super::grants::{Granted, Right};
use crate::acl::Class;
use crate::complete::of_level;
use crate::kinds::given::is_given;
use crate::kinds::grant::Level;
use crate::naming::{after_keyword, called};
use crate::text::quote::ident;

/// The classes of what lies in schemas.
const INSIDE: [Class; 4] = [Class::Table, Class::Sequence, Class::Routine, Class::Type];

/// The levels of access, the highest first.
const LEVELS: [(Level, &str); 3] = [
    (Level::Full, "full"),
    (Level::ReadWrite, "read_write"),
    (Level::Read, "read"),
];

type Grantee = Option<Address>;

/// A grant in the making: who is missing, so that it can be said once for several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Clause {
    Access {
        on: Address,
        level: &'static str,
        made_by: BTreeSet<Address>,
    },
    On {
        on: BTreeSet<Address>,
        right: Right,
    },
    All {
        class: Class,
        inside: Address,
        right: Right,
        /// Whether it speaks of what is there.
        present: bool,
        made_by: BTreeSet<Address>,
    },
}

/// Makes the blocks that say what is granted.
pub(super) fn condense(
    granted: Granted,
    live: &Catalog,
    chosen: &BTreeSet<Address>,
    platform: &Capabilities,
) -> Vec<Block> {
    let mut condenser = Condenser {
        granted,
        everything: everything(live),
        owners: live,
        version: platform.version,
        clauses: BTreeMap::new(),
    };
    for schema in chosen.iter().filter(|address| address.kind() == "schema") {
        condenser.levels(schema);
    }
    condenser.everything_of_a_sort();
    condenser.rest();
    condenser
        .clauses
        .into_iter()
        .map(|(clause, to)| block(&clause, &to, chosen))
        .collect()
}

/// Returns all objects by the schema they lie in and their class, whether they are written or not.
fn everything(live: &Catalog) -> BTreeMap<(Address, Class), BTreeSet<Address>> {
    let mut all: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let inside = |address: &&Address| address.path().len() > 2 && !is_given(address);
    for address in live.addresses().filter(inside) {
        if let Some(class) = Class::of(address).filter(|class| INSIDE.contains(class)) {
            let schema = address.sibling("schema", &address.path()[..2]);
            all.entry((schema, class))
                .or_default()
                .insert(address.clone());
        }
    }
    all
}

struct Condenser<'a> {
    granted: Granted,
    everything: BTreeMap<(Address, Class), BTreeSet<Address>>,
    owners: &'a Catalog,
    version: u32,
    clauses: BTreeMap<Clause, BTreeSet<Grantee>>,
}

impl Condenser<'_> {
    fn add(&mut self, clause: Clause, to: Grantee) {
        self.clauses.entry(clause).or_default().insert(to);
    }

    /// Takes out what a level of access to a schema says.
    fn levels(&mut self, schema: &Address) {
        let with_schema = |(to, _): &&(Grantee, Right)| to.is_some();
        let grantees: BTreeSet<Address> = self
            .granted
            .present
            .iter()
            .filter(|(_, on)| on.contains(schema))
            .map(|(key, _)| key)
            .filter(with_schema)
            .filter_map(|(to, _)| to.clone())
            .collect();
        for to in grantees {
            for (level, name) in LEVELS {
                if let Some(made_by) = self.is_at(&to, schema, level) {
                    self.take(&to, schema, level);
                    let on = schema.clone();
                    self.add(
                        Clause::Access {
                            on,
                            level: name,
                            made_by,
                        },
                        Some(to),
                    );
                    break;
                }
            }
        }
    }

    /// Returns what a level gives on a class; nothing where it does not speak of it.
    fn right(&self, level: Level, class: Class) -> Option<Right> {
        let names = of_level(level, class, self.version);
        (!names.is_empty()).then(|| Right::plain(names))
    }

    /// Returns all objects of a class in a schema but those that a role owns, which a level of access
    /// gives nothing on.
    fn of_others(&self, schema: &Address, class: Class, to: &Address) -> BTreeSet<Address> {
        let all = self.everything.get(&(schema.clone(), class));
        let is_own = |address: &&Address| {
            let owner = self
                .owners
                .get(address)
                .and_then(|object| object.attributes.get("owner"));
            !matches!(owner, Some(Value::Reference(owner)) if owner == to)
        };
        all.into_iter().flatten().filter(is_own).cloned().collect()
    }

    /// Returns who makes objects in a schema, if a role has exactly a level of access to it and to
    /// everything in it, now and later.
    fn is_at(&self, to: &Address, schema: &Address, level: Level) -> Option<BTreeSet<Address>> {
        let has = |right: Right, on: &Address| {
            let found = self.granted.present.get(&(Some(to.clone()), right));
            found.is_some_and(|found| found.contains(on))
        };
        if !has(self.right(level, Class::of_schema(schema.name()))?, schema) {
            return None;
        }
        let mut makers: Option<&BTreeSet<Address>> = None;
        for class in INSIDE {
            let Some(right) = self.right(level, class) else {
                continue;
            };
            let objects = self.of_others(schema, class, to);
            if !objects.iter().all(|object| has(right.clone(), object)) {
                return None;
            }
            let key = (Some(to.clone()), right, schema.clone(), class);
            let found = self.granted.future.get(&key)?;
            if makers.is_some_and(|makers| makers != found) {
                return None;
            }
            makers = Some(found);
        }
        makers.cloned()
    }

    fn take(&mut self, to: &Address, schema: &Address, level: Level) {
        let class = Class::of_schema(schema.name());
        if let Some(right) = self.right(level, class) {
            self.take_present(to, right, &BTreeSet::from([schema.clone()]));
        }
        for class in INSIDE {
            if let Some(right) = self.right(level, class) {
                let objects = self.of_others(schema, class, to);
                self.take_present(to, right.clone(), &objects);
                let key = (Some(to.clone()), right, schema.clone(), class);
                self.granted.future.remove(&key);
            }
        }
    }

    fn take_present(&mut self, to: &Address, right: Right, objects: &BTreeSet<Address>) {
        if let Some(found) = self.granted.present.get_mut(&(Some(to.clone()), right)) {
            found.retain(|one| !objects.contains(one));
        }
    }

    /// Takes out what is said of all objects of a class in a schema, with what is said of later ones.
    fn everything_of_a_sort(&mut self) {
        let mut found = Vec::new();
        for ((to, right), objects) in &mut self.granted.present {
            if !right.columns.is_empty() {
                continue;
            }
            let places: BTreeSet<(Address, Class)> = objects
                .iter()
                .filter(|one| one.path().len() > 2)
                .filter_map(|one| {
                    let class = Class::of(one)?;
                    Some((one.sibling("schema", &one.path()[..2]), class))
                })
                .collect();
            for (schema, class) in places {
                let Some(all) = self.everything.get(&(schema.clone(), class)) else {
                    continue;
                };
                let key = (to.clone(), right.clone(), schema.clone(), class);
                let makers = self.granted.future.get(&key);
                // Of a single object it is clearer to say its name.
                if (all.len() > 1 || makers.is_some()) && all.is_subset(objects) {
                    objects.retain(|one| !all.contains(one));
                    let made_by = self.granted.future.remove(&key).unwrap_or_default();
                    let clause = Clause::All {
                        class,
                        inside: schema,
                        right: right.clone(),
                        present: true,
                        made_by,
                    };
                    found.push((clause, to.clone()));
                }
            }
        }
        for ((to, right, inside, class), made_by) in std::mem::take(&mut self.granted.future) {
            let clause = Clause::All {
                class,
                inside,
                right,
                present: false,
                made_by,
            };
            found.push((clause, to));
        }
        for (clause, to) in found {
            self.add(clause, to);
        }
    }

    /// Says the rest object by object.
    fn rest(&mut self) {
        for ((to, right), objects) in std::mem::take(&mut self.granted.present) {
            // Those of one schema and kind together: nobody looks for a function among tables.
            let mut sorts: BTreeMap<_, BTreeSet<Address>> = BTreeMap::new();
            for one in objects {
                let sort = (one.path()[..one.path().len() - 1].to_vec(), Class::of(&one));
                sorts.entry(sort).or_default().insert(one);
            }
            for on in sorts.into_values() {
                let right = right.clone();
                self.add(Clause::On { on, right }, to.clone());
            }
        }
    }
}

fn references<'a>(all: impl IntoIterator<Item = &'a Address>) -> Value {
    Value::List(all.into_iter().cloned().map(Value::Reference).collect())
}

fn texts(all: &[String]) -> Value {
    Value::List(all.iter().cloned().map(Value::Text).collect())
}

/// Writes who is granted something: roles, or everybody.
fn grantees(to: &BTreeSet<Grantee>) -> Value {
    let one = |to: &Grantee| to.clone().map_or_else(|| "public".into(), Value::Reference);
    Value::List(to.iter().map(one).collect())
}

fn right_attributes(right: &Right, attributes: &mut Map) {
    attributes.insert("privileges".to_owned(), texts(&right.privileges));
    if !right.columns.is_empty() {
        attributes.insert("columns".to_owned(), texts(&right.columns));
    }
    if right.option {
        attributes.insert("grant_option".to_owned(), true.into());
    }
    if let Some(by) = &right.by {
        attributes.insert("granted_by".to_owned(), by.clone().into());
    }
}

/// Returns how a grant calls what has no block, and whose name alone would be that of a schema.
fn with_keyword(on: &Address) -> Option<String> {
    let class = Class::of(on)?;
    let (kind, _) = after_keyword(&format!("{} x", class.keyword()))?;
    (kind == on.kind()).then(|| {
        let parts = on.path().iter().filter(|part| !part.is_empty());
        let name = parts.map(|part| ident(part)).collect::<Vec<_>>().join(".");
        let name = if on.path().len() == 1 {
            on.name().to_owned()
        } else {
            name
        };
        format!("{} {name}", class.keyword())
    })
}

fn block(clause: &Clause, to: &BTreeSet<Grantee>, chosen: &BTreeSet<Address>) -> Block {
    let mut attributes = Map::new();
    let (kind, words, place) = match clause {
        Clause::Access { on, level, made_by } => {
            attributes.insert("role".to_owned(), grantees(to));
            attributes.insert("on".to_owned(), references([on]));
            attributes.insert("level".to_owned(), (*level).into());
            attributes.insert("made_by".to_owned(), references(made_by));
            ("access", format!("{level}_{}", on.name()), on)
        }
        Clause::On { on, right } => {
            attributes.insert("to".to_owned(), grantees(to));
            let on_what = on.iter().map(|on| {
                let given = (!chosen.contains(on)).then(|| with_keyword(on)).flatten();
                given.map_or_else(|| Value::Reference(on.clone()), Value::Text)
            });
            attributes.insert("on".to_owned(), Value::List(on_what.collect()));
            let first = on.first().expect("a grant is on something");
            right_attributes(right, &mut attributes);
            let words = match on.len() {
                1 => format!("on_{}", called(first.name()).0),
                _ => format!(
                    "on_{}_{}",
                    first.path().get(1).map_or("", String::as_str),
                    first.kind()
                ),
            };
            ("grant", words, first)
        }
        Clause::All {
            class,
            inside,
            right,
            present,
            made_by,
        } => {
            attributes.insert("to".to_owned(), grantees(to));
            attributes.insert("all".to_owned(), class.plural().into());
            if !(inside.kind() == "database" && inside.name().is_empty()) {
                attributes.insert("in".to_owned(), references([inside]));
            }
            if !made_by.is_empty() {
                let future = if *present { true.into() } else { "only".into() };
                attributes.insert("future".to_owned(), future);
                attributes.insert("made_by".to_owned(), references(made_by));
            }
            right_attributes(right, &mut attributes);
            let place = if inside.name().is_empty() {
                "everywhere"
            } else {
                inside.name()
            };
            ("grant", format!("{}_{place}", class.plural()), inside)
        }
    };
    let who = match to.first() {
        Some(Some(role)) => role.name(),
        _ => "public",
    };
    Block {
        kind,
        address: None,
        name: format!("{who}_{words}"),
        parent: None,
        inside: None,
        attributes,
        depends_on: BTreeSet::new(),
        schema: super::schema_name(place).map(str::to_owned),
        group: "grants",
    }
}
