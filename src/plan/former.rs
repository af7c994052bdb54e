//! What a version recorded as what should be: for going back to it.
//!
//! Contents that a platform showed once take the place of declarations. Everything that followed from these is
//! recorded itself, so nothing follows any more, but what stands on what is found as always. Texts of secrets are
//! recorded nowhere: where one has changed since, the present one stays, and the plan says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{
    Address, Body, Edge, Finding, Fingerprint, Lifecycle, Map, Object, Record, Records, Severity,
    Span, Value,
};
use provider::{Desired, Origin};

use crate::ground::Grounds;

/// What a version recorded.
#[derive(Debug, Default)]
pub struct Former {
    /// What should be.
    pub desired: Desired,
    /// Fingerprints of what was declared then, which are recorded again.
    pub declared: BTreeMap<Address, Fingerprint>,
    /// What cannot be brought back.
    pub findings: Vec<Finding>,
}

/// Finds a live object.
pub type Find<'a> = dyn Fn(&Address) -> Option<&'a Object> + 'a;

/// Makes what was recorded what should be. The records have their contents; `live` finds what is there now, and `at`
/// is where problems are shown: no file says any of it.
#[must_use]
pub fn former(records: &Records, live: &Find<'_>, grounds: &Grounds<'_>, at: Span) -> Former {
    let mut former = Former::default();
    for record in records.values() {
        let address = &record.address;
        let (Some(rules), Some(ground)) = (grounds.rules(address), grounds.of(address)) else {
            former.lacks(
                record,
                "this project has no provider for it any more".to_owned(),
            );
            continue;
        };
        let mut attributes = attributes(record);
        let present = live(address).map(|live| &live.attributes);
        let mut lost = Vec::new();
        without_secrets(&mut attributes, present, &mut lost);
        let object = if record.claim.partial {
            Object::new(address.clone(), attributes)
        } else {
            match rules.decode(address, attributes, ground.platform) {
                Ok(object) => object,
                Err(problems) => {
                    let why = problems.iter().map(|one| one.text.as_str());
                    former.lacks(record, why.collect::<Vec<_>>().join("; "));
                    continue;
                }
            }
        };
        for secret in lost {
            let what = format!("`{secret}`");
            former
                .findings
                .push(not_back(address, &what, "secrets are recorded nowhere"));
        }
        former
            .declared
            .insert(address.clone(), record.claim.declared);
        former
            .desired
            .origins
            .insert(address.clone(), origin(record, at));
        former.desired.catalog.insert(object);
    }
    former.without_missing(live);
    former.stand_in_containers(grounds);
    former
}

/// What stands for everybody where a role may be named.
const EVERYBODY: &str = "public";

/// Says what of an object is not brought back.
fn not_back(address: &Address, what: &str, why: &str) -> Finding {
    Finding {
        severity: Severity::Warning,
        code: "plan::not_brought_back".to_owned(),
        subject: Some(address.clone()),
        message: format!(
            "{what} of {} {} is not brought back: {why}",
            address.kind(),
            address.qualified_name()
        ),
        statements: Vec::new(),
        help: Some("Set it afterwards, or apply the files that say it.".to_owned()),
    }
}

impl Former {
    /// Takes out what names something that is neither live nor brought back, such as a grant to a role that is gone.
    fn without_missing(&mut self, live: &Find<'_>) {
        let known: BTreeSet<Address> = self.desired.catalog.addresses().cloned().collect();
        // What the server as a whole has is seen in any case; the rest only where it was looked for.
        let is_missing = |address: &Address| {
            address.kind() == "role"
                && address.name() != EVERYBODY
                && live(address).is_none()
                && !known.contains(address)
        };
        for object in self.desired.catalog.iter_mut() {
            let address = object.address.clone();
            let mut lost = Vec::new();
            let mut emptied = Vec::new();
            for (name, value) in &mut object.attributes {
                if let Value::List(items) = value {
                    items.retain(|item| match names(item, &is_missing) {
                        Some(role) => {
                            lost.push((name.to_owned(), role));
                            false
                        }
                        None => true,
                    });
                    if items.is_empty() {
                        emptied.push(name.to_owned());
                    }
                }
            }
            let whole: Vec<(String, Address)> = object
                .attributes
                .iter()
                .filter_map(|(name, value)| Some((name.to_owned(), names(value, &is_missing)?)))
                .collect();
            for (name, role) in whole {
                object.attributes.remove(&name);
                lost.push((name, role));
            }
            for (name, role) in lost {
                let why = format!("role {} is gone", role.name());
                let finding = not_back(&address, &format!("`{name}`"), &why);
                if !self.findings.contains(&finding) {
                    self.findings.push(finding);
                }
            }
            // Not deeper: an empty part means something, such as that everybody has nothing.
            for name in emptied {
                object.attributes.remove(&name);
            }
        }
    }

    /// Lets everything stand on what it lies in, as declared objects do.
    fn stand_in_containers(&mut self, grounds: &Grounds<'_>) {
        let known: BTreeSet<Address> = self.desired.catalog.addresses().cloned().collect();
        for object in self.desired.catalog.iter_mut() {
            let address = &object.address;
            let within = grounds.rules(address).and_then(provider::Rules::within);
            let Some((_, outer)) = address.path().split_last() else {
                continue;
            };
            let kinds = within.iter().flat_map(|within| within.kinds);
            let containers = kinds.map(|kind| address.sibling(kind, outer.iter().cloned()));
            let containers: Vec<_> = containers.filter(|one| known.contains(one)).collect();
            object.edges.extend(containers.into_iter().map(Edge::to));
        }
    }

    fn lacks(&mut self, record: &Record, why: String) {
        self.findings.push(Finding {
            severity: Severity::Error,
            code: "plan::not_brought_back".to_owned(),
            subject: Some(record.address.clone()),
            message: format!(
                "{} {} cannot be brought back: {why}",
                record.address.kind(),
                record.address.qualified_name()
            ),
            statements: Vec::new(),
            help: Some("Go back to another version, or apply the files as they were.".to_owned()),
        });
    }
}

/// Returns the first address that a value names and that is missing.
fn names(value: &Value, is_missing: &dyn Fn(&Address) -> bool) -> Option<Address> {
    let mut found = None;
    value.references(&mut |address| {
        if found.is_none() && is_missing(address) {
            found = Some(address.clone());
        }
    });
    found
}

/// Returns what is to be of what was recorded: where only a share was ours, that.
fn attributes(record: &Record) -> Map {
    let share = record.claim.share.clone();
    let additive = || Value::from("additive");
    if record.claim.partial {
        let mut attributes = share.unwrap_or_default();
        attributes.insert("grants".to_owned(), additive());
        return attributes;
    }
    let mut attributes = record.content.clone().unwrap_or_default();
    attributes.extend(record.claim.kept.clone());
    if let Some(share) = share {
        attributes.extend(share);
        attributes.insert("grants".to_owned(), additive());
    }
    attributes
}

/// Takes out secrets, of which only fingerprints are recorded, and names those that the live object does not have.
fn without_secrets(attributes: &mut Map, live: Option<&Map>, lost: &mut Vec<String>) {
    let names: Vec<String> = attributes.keys().map(str::to_owned).collect();
    for name in names {
        let present = live.and_then(|live| live.get(&name));
        match (attributes.get_mut(&name), present) {
            (Some(Value::Secret(secret)), Some(Value::Secret(present))) if secret == present => {}
            (Some(Value::Secret(_)), present) => {
                lost.push(name.clone());
                match present {
                    Some(present) => attributes.insert(name, present.clone()),
                    None => attributes.remove(&name),
                };
            }
            (Some(Value::Map(inner)), present) => {
                let present = match present {
                    Some(Value::Map(present)) => Some(present),
                    _ => None,
                };
                without_secrets(inner, present, lost);
            }
            _ => {}
        }
    }
}

/// Returns where something comes from that no file says any more.
pub(crate) fn origin(record: &Record, at: Span) -> Origin {
    let claim = &record.claim;
    Origin {
        id: claim.id.clone(),
        span: at,
        body: Arc::new(Body {
            span: at,
            attributes: Vec::new(),
            blocks: Vec::new(),
        }),
        lifecycle: Lifecycle {
            prevent_destroy: claim.prevent_destroy.then_some(at),
            ..Lifecycle::default()
        },
        declared: claim.declared,
        partial: claim.partial,
        swept: false,
        exact: true,
        share: claim.share.clone(),
    }
}
