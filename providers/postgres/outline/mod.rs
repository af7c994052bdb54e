//! What is live, as blocks that a person could have written: the way back from a catalog to a project.
//!
//! Every object becomes a block of its kind. Privileges become grants, put together where a few words
//! say the same; sequences behind serial columns go into the column; whoever owns most of it becomes
//! the owner of what does not say otherwise.

mod columns;
mod condense;
mod grants;
mod serial;

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Catalog, Map, Object, Value};
use provider::outline::{Block, LeftOut};
use provider::{Capabilities, Kind, Outline, Rules, Wanted};

use crate::kinds::KINDS;
use crate::kinds::extension::GIVEN_COMMENT;
use crate::kinds::given::is_given;
use crate::kinds::rule::Rule;
use crate::naming::{IN_SCHEMA, ON_RELATION, called, is_of_server};

/// Sorts of things that are kept together, with the kinds in them, in the order in which people read.
const GROUPS: &[(&str, &[&str])] = &[
    ("schema", &["schema", "extension"]),
    (
        "types",
        &[
            "enum",
            "domain",
            "composite_type",
            "range_type",
            "base_type",
            "shell_type",
            "collation",
            "cast",
        ],
    ),
    (
        "operators",
        &["operator", "operator_family", "operator_class"],
    ),
    (
        "text_search",
        &[
            "text_search_parser",
            "text_search_template",
            "text_search_dictionary",
            "text_search_configuration",
        ],
    ),
    ("sequences", &["sequence"]),
    (
        "tables",
        &[
            "table",
            "foreign_table",
            "index",
            "foreign_key",
            "trigger",
            "policy",
            "rule",
            "statistics",
        ],
    ),
    ("views", &["view", "materialized_view"]),
    (
        "functions",
        &["function", "procedure", "aggregate", "event_trigger"],
    ),
    (
        "foreign",
        &["foreign_data_wrapper", "foreign_server", "user_mapping"],
    ),
    ("replication", &["publication", "subscription"]),
    ("languages", &["language", "transform", "access_method"]),
    ("tasks", &["task"]),
    ("roles", &["role"]),
    ("databases", &["database", "tablespace"]),
    ("grants", &["grant", "access"]),
];

/// Where what is in no group is kept.
const REST: &str = "other";

/// Blocks that may be written inside that of the object they belong to.
const INSIDE: [&str; 6] = [
    "index",
    "foreign_key",
    "trigger",
    "policy",
    "rule",
    "statistics",
];

/// Writes a live catalog as blocks.
pub(crate) fn outline(live: &Catalog, platform: &Capabilities, wanted: &Wanted) -> Outline {
    let mut writer = Writer {
        live,
        platform,
        wanted,
        chosen: BTreeSet::new(),
        outline: Outline::default(),
    };
    writer.choose();
    writer.outline.owner = writer.usual_owner();
    let serials = serial::find(live, &writer.chosen);
    for object in live.iter() {
        if writer.chosen.contains(&object.address) && !serials.gone.contains(&object.address) {
            writer.object(object, &serials);
        }
    }
    let grants = grants::collect(live, |object| {
        writer.chosen.contains(&object.address) || writer.is_given(object)
    });
    let grants = condense::condense(grants, live, &writer.chosen, platform);
    writer.outline.blocks.extend(grants);
    writer.outline.blocks.sort_by_key(|block| {
        let group = GROUPS.iter().position(|(group, _)| *group == block.group);
        (block.schema.clone(), group.unwrap_or(GROUPS.len()))
    });
    writer.outline.left_out.sort();
    writer.outline
}

/// Returns the rules of a kind, if objects of it can be declared.
fn rules(kind: &str) -> Option<&'static dyn Rules> {
    let mut all = KINDS.iter().copied();
    all.find(|rules| rules.name() == kind && !rules.is_internal())
}

fn group_of(kind: &str) -> &'static str {
    let found = GROUPS.iter().find(|(_, kinds)| kinds.contains(&kind));
    found.map_or(REST, |(group, _)| group)
}

/// Returns the schema an object lies in.
fn schema_name(address: &Address) -> Option<&str> {
    let kind = address.kind();
    (kind == "schema" || IN_SCHEMA.contains(&kind)).then(|| address.part(1))
}

struct Writer<'a> {
    live: &'a Catalog,
    platform: &'a Capabilities,
    wanted: &'a Wanted,
    /// The objects that are written.
    chosen: BTreeSet<Address>,
    outline: Outline,
}

impl Writer<'_> {
    /// Chooses what is written, and says what cannot be.
    fn choose(&mut self) {
        let mut missing: BTreeSet<&String> = self.wanted.objects.iter().collect();
        for object in self.live.iter() {
            let address = &object.address;
            if !self.is_wanted(object) {
                continue;
            }
            missing.remove(&address.qualified_name());
            if let Some(why) = unmakable(address) {
                self.outline.left_out.push(LeftOut {
                    what: words(address),
                    why: why.to_owned(),
                    is_broken: true,
                });
            } else if rules(address.kind()).is_some() {
                self.chosen.insert(address.clone());
            } else if !is_internal(address.kind()) {
                self.outline.left_out.push(LeftOut {
                    what: words(address),
                    why: "this version of Estate does not manage objects of this kind".to_owned(),
                    is_broken: false,
                });
            }
        }
        // What belongs to an object comes with it, and a serial column with its sequence.
        if !self.wanted.objects.is_empty() {
            let attached = self.live.iter().filter(|object| {
                let on = object.attached.as_ref();
                on.is_some_and(|on| self.chosen.contains(on))
                    && rules(object.address.kind()).is_some()
            });
            let attached: Vec<_> = attached.map(|object| object.address.clone()).collect();
            self.chosen.extend(attached);
        }
        let places: BTreeSet<&str> = self
            .live
            .addresses()
            .filter(|address| address.kind() == "schema")
            .map(Address::name)
            .collect();
        let schemas = self.wanted.schemas.iter();
        let unknown = schemas.filter(|name| !places.contains(name.as_str()));
        for name in unknown.chain(missing) {
            self.outline.left_out.push(LeftOut {
                what: name.clone(),
                why: "there is nothing of this name".to_owned(),
                is_broken: true,
            });
        }
    }

    fn is_wanted(&self, object: &Object) -> bool {
        let address = &object.address;
        let Wanted {
            schemas,
            objects,
            roles,
            cluster,
        } = self.wanted;
        if !objects.is_empty() {
            return objects.contains(&address.qualified_name());
        }
        let builtin = object.facts.notes.contains_key("builtin");
        match address.kind() {
            "role" => (*roles || *cluster) && !builtin,
            "database" => *cluster && !builtin,
            "task" => *cluster || (schemas.is_empty() && self.runs_here(object)),
            "database_settings" => false,
            _ if is_of_server(address) => *cluster && !builtin,
            // Schema `public` is written as it is, so that what was granted on another one is taken back.
            _ if builtin && address.kind() != "schema" => false,
            _ => {
                schemas.is_empty()
                    || schema_name(address).is_some_and(|name| schemas.contains(name))
            }
        }
    }

    /// Reports whether an object is not written, because PostgreSQL or an extension brings it along, but
    /// what is granted on it is.
    fn is_given(&self, object: &Object) -> bool {
        let Wanted {
            schemas,
            objects,
            roles: _,
            cluster,
        } = self.wanted;
        object.facts.notes.contains_key("builtin")
            && match object.address.kind() {
                kind if is_given(kind) || matches!(kind, "language" | "foreign_data_wrapper") => {
                    schemas.is_empty() && objects.is_empty()
                }
                "tablespace" | "parameter" => *cluster,
                "identity_sequence" => {
                    let table = object.attached.as_ref();
                    table.is_some_and(|table| self.chosen.contains(table))
                }
                _ => false,
            }
    }

    /// Reports whether a task runs in the database of the connection.
    fn runs_here(&self, task: &Object) -> bool {
        match task.attributes.get("database") {
            Some(Value::Reference(database)) => {
                database.name().is_empty() || database.name() == self.platform.place
            }
            _ => true,
        }
    }

    /// Returns who owns most of what lies in schemas.
    fn usual_owner(&self) -> Option<String> {
        let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
        for object in self.live.iter() {
            if self.chosen.contains(&object.address)
                && crate::complete::takes_usual_owner(&object.address)
                && let Some(Value::Reference(owner)) = object.attributes.get("owner")
            {
                *owners.entry(owner.name()).or_default() += 1;
            }
        }
        let most = owners
            .into_iter()
            .max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)));
        most.map(|(name, _)| name.to_owned())
    }

    fn object(&mut self, object: &Object, serials: &serial::Serials) {
        let address = &object.address;
        let Some(rules) = rules(address.kind()) else {
            return;
        };
        let mut attributes = object.attributes.clone();
        attributes.remove("privileges");
        attributes.remove("owns");
        self.leave_out_defaults(object, &mut attributes);
        serials.rewrite(address, &mut attributes);
        if address.kind() == "role" {
            attributes.extend(self.database_settings(address));
        }
        let inside = self.outer(object);
        let within = rules.within();
        if let (Some(within), true) = (within.filter(|within| within.kept), inside.is_some()) {
            attributes.remove(within.attribute);
        }
        let parent = within
            .filter(|within| !within.kept && inside.is_none())
            .and_then(|within| Some((within.attribute, self.parent(address, within.kinds)?)));
        // One that is named in another schema than what it stands on lies in says so.
        let named = rules.named_in().and_then(|named| {
            let schema = self.parent(address, named.kinds)?;
            let is_implied = inside
                .as_ref()
                .is_some_and(|on| on.part(1) == schema.name());
            (!is_implied).then_some((named.attribute, schema))
        });
        let parent = parent.or(named);
        self.outline.blocks.push(Block {
            kind: rules.name(),
            name: called(address.name()).0.to_owned(),
            address: Some(address.clone()),
            parent,
            inside,
            attributes,
            depends_on: BTreeSet::new(),
            schema: schema_name(address).map(str::to_owned),
            group: group_of(address.kind()),
        });
    }

    /// Returns what the block of an object can be written inside of.
    fn outer(&self, object: &Object) -> Option<Address> {
        let address = &object.address;
        let on = object
            .attached
            .as_ref()
            .filter(|_| INSIDE.contains(&address.kind()))?;
        let nested = rules(on.kind())?
            .nested()
            .iter()
            .any(|one| one.kind == address.kind());
        (nested && self.chosen.contains(on)).then(|| on.clone())
    }

    /// Returns what an object stands in, where that must be said.
    fn parent(&self, address: &Address, kinds: &[&str]) -> Option<Address> {
        let path = address.path();
        if ON_RELATION.contains(&address.kind()) {
            let on = &path[..path.len() - 1];
            let mut candidates = kinds.iter().map(|kind| address.sibling(*kind, on));
            return candidates.find(|one| self.live.contains(one));
        }
        if kinds.contains(&"schema") && path.len() > 2 {
            return Some(address.sibling("schema", &path[..2]));
        }
        let database = address.sibling("database", &path[..1]);
        (!database.name().is_empty()).then_some(database)
    }

    /// Leaves out what holds without being said.
    fn leave_out_defaults(&self, object: &Object, attributes: &mut Map) {
        let owner = attributes.get("owner");
        let usual = self.outline.owner.as_deref();
        let is_usual =
            matches!(owner, Some(Value::Reference(owner)) if Some(owner.name()) == usual);
        if is_usual && crate::complete::takes_usual_owner(&object.address) {
            attributes.remove("owner");
        }
        match object.address.kind() {
            "schema"
                if object.facts.notes.contains_key("builtin")
                    && is_given_owner(attributes.get("owner"), self.platform) =>
            {
                attributes.remove("owner");
            }
            "index" => columns::use_short_keys(attributes),
            "table" => columns::leave_out_key_columns(attributes),
            "view" if object.edges.iter().any(|edge| edge.by.is_some()) => {
                columns::say_types(attributes);
            }
            "task" => {
                if !self.wanted.cluster {
                    attributes.remove("database");
                }
                if attributes.get("enabled") == Some(&Value::Bool(true)) {
                    attributes.remove("enabled");
                }
            }
            "extension" => {
                // Made anew, it has the version and the comment that the server has for it.
                attributes.remove("version");
                let given = object.facts.notes.get(GIVEN_COMMENT);
                match (given, attributes.get("comment")) {
                    (Some(_), None) => {
                        attributes.insert("comment".to_owned(), "".into());
                    }
                    (given, said) if given == said => {
                        attributes.remove("comment");
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Returns the settings that a role has in databases.
    fn database_settings(&self, role: &Address) -> Map {
        let mut databases = Map::new();
        for object in self.live.iter() {
            let address = &object.address;
            if address.kind() == "database_settings"
                && address.name() == role.name()
                && let Some(settings) = object.attributes.get("settings")
            {
                databases.insert(address.part(0).to_owned(), settings.clone());
            }
        }
        if databases.is_empty() {
            return Map::new();
        }
        Map::from([("database_settings".to_owned(), Value::Map(databases))])
    }
}

fn is_internal(kind: &str) -> bool {
    let mut all = KINDS.iter();
    all.any(|rules| rules.name() == kind && rules.is_internal())
}

/// Says why something live cannot be made anew as it is, where nobody can.
fn unmakable(address: &Address) -> Option<&'static str> {
    (address.kind() == Rule::NAME && address.name() == Rule::OF_VIEWS).then_some(
        "PostgreSQL lets only the query of a view have this name, and pg_dump cannot restore it either; rename \
         it with `alter rule`",
    )
}

/// Names an object for people.
pub(super) fn words(address: &Address) -> String {
    format!(
        "{} {}",
        address.kind().replace('_', " "),
        address.qualified_name()
    )
}

/// Reports whether schema `public` has the owner that a new database gives it.
fn is_given_owner(owner: Option<&Value>, platform: &Capabilities) -> bool {
    match owner {
        Some(Value::Reference(owner)) if platform.version >= 150_000 => {
            owner.name() == "pg_database_owner"
        }
        _ => platform.version < 150_000,
    }
}
