//! What must be made in scratch, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Catalog, Object, PLACE, Value};
use provider::Question;

use crate::kinds::KINDS;
use crate::kinds::table::is_built_in;
use crate::kinds::types::TYPES;
use crate::naming::{RELATIONS, ROUTINES};
use crate::text::lexer::{Token, lex};

/// Kinds that are made in scratch.
const MADE: [&str; 33] = [
    "table",
    "foreign_table",
    "view",
    "materialized_view",
    "sequence",
    "index",
    "function",
    "procedure",
    "aggregate",
    "enum",
    "domain",
    "composite_type",
    "range_type",
    "base_type",
    "shell",
    "shell_type",
    "collation",
    "operator",
    "operator_family",
    "operator_class",
    "cast",
    "text_search_parser",
    "text_search_template",
    "text_search_dictionary",
    "text_search_configuration",
    "trigger",
    "policy",
    "rule",
    "publication",
    "language",
    "transform",
    "access_method",
    "statistics",
];

/// Kinds that are only tried out on relations that are made in scratch as well: on real ones they
/// would lock them, and an index would read them whole.
pub(super) const ON_SCRATCH: [&str; 6] = [
    "index",
    "trigger",
    "policy",
    "rule",
    "publication",
    "statistics",
];

/// A step of making something in scratch.
pub(super) struct Making {
    pub(super) address: Address,
    /// Parts that have to wait for what stands on the rest.
    pub(super) loose: BTreeSet<String>,
    /// Whether it is there without these parts, and now gets them.
    pub(super) finishes: bool,
}

/// Returns the declared objects to make, each after what it stands on: those asked about, and what
/// they stand on as far as it is not there as declared. `named` is what audits name. Unless `exists`, the database itself is yet to
/// be made, and everything is.
pub(super) fn needed(
    asked: &BTreeSet<Address>,
    named: &BTreeSet<&Address>,
    question: Question<'_>,
    exists: bool,
) -> Vec<Making> {
    let mut walk = Walk {
        question,
        exists,
        beneath: question
            .compare
            .iter()
            .chain(question.check)
            .filter(|asked| ON_SCRATCH.contains(&asked.kind()))
            .filter_map(|asked| question.desired.get(asked))
            .filter(|asked| asked.address.kind() != "publication" || has_filter(asked))
            .flat_map(Object::stands_on)
            .map(|edge| edge.on)
            .collect(),
        order: Vec::new(),
        waiting: Vec::new(),
        seen: BTreeMap::new(),
        families: BTreeSet::new(),
        above: BTreeSet::new(),
        tied: BTreeMap::new(),
    };
    walk.families = walk.families_of_classes();
    walk.above = walk.above_tables();
    // What else only the texts of functions name comes before them, and they before what calls them.
    let position = |address: &Address| {
        let mut kinds = KINDS.iter();
        kinds.position(|rules| rules.name() == address.kind())
    };
    let worth_it = asked.iter();
    let worth_it =
        worth_it.filter(|address| named.contains(address) || is_worth_it(address, question));
    let mut worth_it: Vec<_> = worth_it.collect();
    worth_it.sort_by_cached_key(|address| position(address));
    for address in worth_it {
        walk.visit(address, false);
    }
    walk.finish();
    walk.order
}

/// A new table without any text in it has nothing to be asked about.
fn is_worth_it(address: &Address, question: Question<'_>) -> bool {
    let Some(object) = question.desired.get(address) else {
        return false;
    };
    if address.kind() == "publication" {
        return has_filter(object);
    }
    // What an index is part of says everything about it that is text.
    if address.kind() == "index" && object.attributes.contains_key("part_of") {
        return false;
    }
    if question.compare.contains(address) {
        return true;
    }
    match address.kind() {
        "table" | "foreign_table" => has_text(&object.attributes),
        "trigger" => object.attributes.contains_key("when"),
        "statistics" => object.attributes.contains_key("expressions"),
        "rule" => ["where", "commands"]
            .iter()
            .any(|name| object.attributes.contains_key(name)),
        "policy" => ["using", "with_check"]
            .iter()
            .any(|name| object.attributes.contains_key(name)),
        "index" => {
            object.attributes.contains_key("where")
                || format!("{:?}", object.attributes.get("key")).contains("expression")
        }
        _ => true,
    }
}

/// Reports whether a publication has a row filter, which is all that is asked about it.
fn has_filter(object: &Object) -> bool {
    match object.attributes.get("table") {
        Some(Value::List(tables)) => tables.iter().any(|table| match table {
            Value::Map(table) => table.contains_key("where"),
            _ => false,
        }),
        _ => false,
    }
}

/// Reports whether a table has anything but plain columns and keys.
fn has_text(attributes: &model::Map) -> bool {
    let in_columns = match attributes.get("column") {
        Some(Value::List(columns)) => columns.iter().any(|column| match column {
            Value::Map(column) => {
                let data_type = column.get("type").and_then(Value::as_text);
                column.contains_key("generated")
                    || !data_type.is_some_and(is_built_in)
                    || column
                        .get("default")
                        .and_then(Value::as_text)
                        .is_some_and(|text| !is_plain(text))
            }
            _ => false,
        }),
        _ => false,
    };
    in_columns
        || [
            "query",
            "check",
            "exclude",
            "partition_by",
            "partition_of",
            "inherits",
            "of",
        ]
        .iter()
        .any(|name| attributes.contains_key(name))
}

/// Reports whether a default is a plain constant, which PostgreSQL will take or refuse soon enough.
fn is_plain(text: &str) -> bool {
    let text = text.trim();
    text.chars().all(|c| c.is_ascii_digit())
        || matches!(
            text.to_lowercase().as_str(),
            "true" | "false" | "null" | "now()" | "current_timestamp"
        )
}

/// Reports whether a routine takes or gives rows of a relation.
fn is_row_type(routine: &Object, on: &Address) -> bool {
    if !ROUTINES.contains(&routine.address.kind()) || !RELATIONS.contains(&on.kind()) {
        return false;
    }
    let names = |text: &str| {
        let tokens = lex(text);
        let mut names = tokens.iter().filter_map(Token::name);
        names.any(|name| name == on.name())
    };
    let result = routine.attributes.get("returns").and_then(Value::as_text);
    let arguments = match routine.attributes.get("argument") {
        Some(Value::List(arguments)) => arguments.as_slice(),
        _ => &[],
    };
    let types = arguments.iter().filter_map(|argument| match argument {
        Value::Map(argument) => argument.get("type").and_then(Value::as_text),
        _ => None,
    });
    result.into_iter().chain(types).any(names)
}

/// Reports whether a live view has whole rows of a relation among its columns, which PostgreSQL writes as
/// `orders.*::shop.orders`.
fn takes_rows(view: &Object) -> bool {
    let query = view.attributes.get("query").and_then(Value::as_text);
    query.is_some_and(|query| query.contains(".*::"))
}

/// Returns what an object is a partition of, or inherits from.
fn above(object: &Object) -> Option<&Value> {
    match object.attributes.get("partition_of") {
        Some(Value::Map(partition)) => partition.get("table"),
        _ => object.attributes.get("inherits"),
    }
}

struct Walk<'a> {
    question: Question<'a>,
    exists: bool,
    /// What something is tried out on that must not be made on real relations.
    beneath: BTreeSet<Address>,
    order: Vec<Making>,
    /// What is yet to be finished, and after what.
    waiting: Vec<(Making, Vec<Address>)>,
    /// Operator families of classes that are made: with a real family they would have what it has.
    families: BTreeSet<Address>,
    /// Whether a visit is over.
    seen: BTreeMap<Address, bool>,
    /// Tables above those that are made: they are made with them, and so before whatever names them.
    above: BTreeSet<Address>,
    /// Whether something stands on a type that is made.
    tied: BTreeMap<Address, bool>,
}

impl Walk<'_> {
    fn must_be_made(&mut self, address: &Address) -> bool {
        self.is_asked(address)
            || self.is_under_type(address)
            || self.families.contains(address)
            || self.above.contains(address)
            || MADE.contains(&address.kind()) && self.is_tied(address)
    }

    /// Reports whether something stands on a type that is made, however indirectly: with the real one it
    /// would not fit to the rest.
    fn is_tied(&mut self, address: &Address) -> bool {
        if let Some(known) = self.tied.get(address) {
            return *known;
        }
        self.tied.insert(address.clone(), false);
        let Some(object) = self.question.desired.get(address) else {
            return false;
        };
        let takes_rows = self.question.live.get(address).is_some_and(takes_rows);
        let is_tied = object.stands_on().into_iter().any(|edge| {
            let is_type = TYPES.contains(&edge.on.kind())
                || is_row_type(object, &edge.on)
                || takes_rows && RELATIONS.contains(&edge.on.kind());
            is_type && self.is_asked(&edge.on) || self.is_tied(&edge.on)
        });
        self.tied.insert(address.clone(), is_tied);
        is_tied
    }

    fn above_tables(&self) -> BTreeSet<Address> {
        let asked = self.question.desired.iter();
        let asked =
            asked.filter(|object| above(object).is_some() && self.is_asked(&object.address));
        let mut waiting: Vec<&Object> = asked.collect();
        let mut found = BTreeSet::new();
        while let Some(object) = waiting.pop() {
            let Some(above) = above(object) else {
                continue;
            };
            above.references(&mut |address| {
                if found.insert(address.clone()) {
                    waiting.extend(self.question.desired.get(address));
                }
            });
        }
        found
    }

    fn families_of_classes(&self) -> BTreeSet<Address> {
        let classes = self.question.desired.iter().filter(|object| {
            object.address.kind() == "operator_class" && self.is_asked(&object.address)
        });
        classes
            .filter_map(|object| match object.attributes.get("family") {
                Some(Value::Reference(family)) => Some(family.clone()),
                _ => None,
            })
            .filter(|family| self.question.desired.get(family).is_some())
            .collect()
    }

    /// Reports whether something is the shell or a function of a type that is made: with the real ones
    /// it could not be.
    fn is_under_type(&self, address: &Address) -> bool {
        let is_made = |shell: &Address| {
            let kinds = ["base_type", "range_type"];
            let types = kinds.map(|kind| shell.sibling(kind, shell.path()));
            types.iter().any(|address| self.is_asked(address))
        };
        match address.kind() {
            "shell" => is_made(address),
            "function" => self.question.desired.get(address).is_some_and(|object| {
                let mut edges = object.edges.iter();
                edges.any(|edge| edge.on.kind() == "shell" && is_made(&edge.on))
            }),
            _ => false,
        }
    }

    fn is_asked(&self, address: &Address) -> bool {
        // It is in no schema, and the real one may be there.
        if address.kind() == "access_method" {
            return self.question.desired.get(address).is_some()
                && !(self.exists && self.question.live.contains(address));
        }
        MADE.contains(&address.kind())
            && self.question.desired.get(address).is_some()
            && (!self.exists
                || self.question.compare.contains(address)
                || self.question.check.contains(address)
                || !self.question.live.contains(address)
                || self.has_other_values(address)
                || self.beneath.contains(address))
    }

    /// Reports whether something is an enum with other values than the real one: texts may use them.
    fn has_other_values(&self, address: &Address) -> bool {
        let values = |catalog: &Catalog| catalog.get(address)?.attributes.get("values").cloned();
        address.kind() == "enum" && values(self.question.desired) != values(self.question.live)
    }

    /// Visits an object and what it stands on; `forced` ones are made even where they are as declared.
    fn visit(&mut self, address: &Address, forced: bool) {
        if self.seen.contains_key(address) || !(forced || self.must_be_made(address)) {
            return;
        }
        self.seen.insert(address.clone(), false);
        let Some(object) = self.question.desired.get(address) else {
            return;
        };
        // A partition of a real table would lock it against everybody, and what is said of its columns
        // is said of those above as they will be.
        let above = above(object);
        let edges = object.stands_on();
        let (late, early): (Vec<_>, Vec<_>) = edges.into_iter().partition(|edge| {
            let is_part = edge.by.as_ref().is_some_and(|by| by != PLACE);
            is_part && self.question.desired.stands_on(&edge.on, address)
        });
        for edge in early {
            let mut forced = false;
            let mut is_above = |address: &Address| forced |= *address == edge.on;
            if let Some(above) = above {
                above.references(&mut is_above);
            }
            self.visit(&edge.on, forced);
        }
        self.seen.insert(address.clone(), true);
        let making = |finishes: bool| Making {
            address: address.clone(),
            loose: late.iter().filter_map(|edge| edge.by.clone()).collect(),
            finishes,
        };
        self.order.push(making(false));
        if !late.is_empty() {
            for edge in &late {
                self.visit(&edge.on, true);
            }
            let after = late.iter().map(|edge| edge.on.clone()).collect();
            self.waiting.push((making(true), after));
        }
        self.finish();
    }

    /// Finishes what waits for nothing any more.
    fn finish(&mut self) {
        let seen = &self.seen;
        let is_open = |address: &Address| seen.get(address) == Some(&false);
        let ready = self
            .waiting
            .extract_if(.., |(_, after)| !after.iter().any(is_open));
        self.order.extend(ready.map(|(making, _)| making));
    }
}
