//! What looks like a rename that nobody has declared: it is pointed out, and never guessed.

use std::collections::BTreeMap;

use model::{Action, Address, DeclarationId, Finding, Map, Object, PartRename, Severity, Value};

use crate::draft::{Draft, Drafts};
use crate::situation::Situation;

/// Points out objects and parts that go while others come that look the same.
pub(crate) fn renames(situation: &Situation<'_>, drafts: &Drafts) -> Vec<Finding> {
    let mut findings = objects(situation, drafts);
    for (address, draft) in drafts {
        findings.extend(parts(situation, address, draft));
    }
    findings
}

/// The parts of an object by the block that declares them, each with its name and type.
type Parts<'a> = BTreeMap<&'a str, Vec<(&'a str, &'a str)>>;

/// Returns the lists of parts that have names and types.
fn typed(attributes: &Map) -> Parts<'_> {
    let lists = attributes.iter().filter_map(|(block, value)| {
        let Value::List(items) = value else {
            return None;
        };
        let parts = items.iter().map(|item| {
            let Value::Map(item) = item else {
                return None;
            };
            let text = |name: &str| item.get(name).and_then(Value::as_text);
            Some((text("name")?, text("type")?))
        });
        let parts: Option<Vec<_>> = parts.collect();
        parts
            .filter(|parts| !parts.is_empty())
            .map(|parts| (block, parts))
    });
    lists.collect()
}

/// Returns the only pair of what goes and what comes that look the same, for every look.
fn pairs<T: Copy, L: Ord>(
    gone: impl IntoIterator<Item = (T, L)>,
    come: impl IntoIterator<Item = (T, L)>,
) -> Vec<(T, T)> {
    let mut by_look: BTreeMap<L, [Vec<T>; 2]> = BTreeMap::new();
    for (name, look) in gone {
        by_look.entry(look).or_default()[0].push(name);
    }
    for (name, look) in come {
        by_look.entry(look).or_default()[1].push(name);
    }
    let alone = by_look.into_values().filter_map(|sides| match sides {
        [gone, come] if gone.len() == 1 && come.len() == 1 => Some((gone[0], come[0])),
        _ => None,
    });
    alone.collect()
}

/// Returns the parts that the others have not by name.
fn without<'a>(some: &[(&'a str, &'a str)], others: &[(&str, &str)]) -> Vec<(&'a str, &'a str)> {
    let is_new = |name: &str| others.iter().all(|(other, _)| *other != name);
    let left = some.iter().filter(|(name, _)| is_new(name));
    left.copied().collect()
}

fn parts(situation: &Situation<'_>, address: &Address, draft: &Draft) -> Vec<Finding> {
    let (Some(live), Some(desired), Some(id), Some(ground)) = (
        &draft.live,
        &draft.desired,
        &draft.id,
        situation.grounds.of(address),
    ) else {
        return Vec::new();
    };
    let is_kept = matches!(draft.action, Action::Update | Action::Replace { .. });
    if !is_kept || id.part.is_some() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let (now, next) = (typed(&live.attributes), typed(&desired.attributes));
    for (kind, now) in now {
        let Some(next) = next.get(kind) else {
            continue;
        };
        for (from, to) in pairs(without(&now, next), without(next, &now)) {
            let part = PartRename {
                kind: kind.to_owned(),
                from: from.to_owned(),
                to: to.to_owned(),
            };
            if ground.provider.rename_part(live, &part).is_none() {
                continue;
            }
            let [former, next] = [from, to].map(|name| DeclarationId {
                part: Some((kind.to_owned(), name.to_owned())),
                ..id.clone()
            });
            findings.push(finding(
                address,
                format!(
                    "{kind} `{from}` of {} disappears and {kind} `{to}` appears with the same type",
                    situation.name(address)
                ),
                (&former, &next),
            ));
        }
    }
    findings
}

/// Objects with parts of the same names and types, in the same place.
fn objects(situation: &Situation<'_>, drafts: &Drafts) -> Vec<Finding> {
    let gone: Vec<_> = drafts
        .iter()
        .filter(|(_, draft)| matches!(draft.action, Action::Delete { .. }) && draft.is_ours)
        .filter_map(|(address, draft)| Some((address, look(draft.live.as_ref()?)?)))
        .collect();
    // Most plans make much and drop nothing.
    if gone.is_empty() {
        return Vec::new();
    }
    let come = drafts
        .iter()
        .filter(|(_, draft)| draft.action == Action::Create)
        .filter_map(|(address, draft)| Some((address, look(draft.desired.as_ref()?)?)));
    let alone = pairs(gone, come).into_iter().filter_map(|(gone, come)| {
        let (from, to) = (situation.id(gone)?, situation.id(come)?);
        let message = format!(
            "{} disappears and {} appears, which looks the same",
            situation.name(gone),
            situation.name(come)
        );
        Some(finding(come, message, (from, to)))
    });
    alone.collect()
}

/// Returns where an object lies, its kind, and its parts, where it has any.
fn look(object: &Object) -> Option<(&str, &[String], &str, Parts<'_>)> {
    let parts = typed(&object.attributes);
    let (_, outer) = object.address.path().split_last()?;
    let address = &object.address;
    (!parts.is_empty()).then_some((address.provider(), outer, address.kind(), parts))
}

fn finding(
    subject: &Address,
    message: String,
    (from, to): (&DeclarationId, &DeclarationId),
) -> Finding {
    Finding {
        severity: Severity::Warning,
        code: "plan::likely_rename".to_owned(),
        subject: Some(subject.clone()),
        message,
        statements: Vec::new(),
        help: Some(format!(
            "If this is a rename, a `moved` block says so, with `from = {from}` and `to = {to}`: rows and grants stay."
        )),
    }
}
