//! What looks like a rename that nobody has declared: it is pointed out, and never guessed.

use std::collections::BTreeMap;

use model::{Action, Address, DeclarationId, Finding, Map, Object, PartRename, Severity, Value};

use crate::decide::{Draft, Drafts};
use crate::situation::Situation;

/// Points out objects and parts that go while others come that look the same.
pub(crate) fn renames(situation: &Situation<'_>, drafts: &Drafts) -> Vec<Finding> {
    let mut findings = objects(situation, drafts);
    for (address, draft) in drafts {
        findings.extend(parts(situation, address, draft));
    }
    findings
}

/// Parts of an object by the block that declares them, each with its name and type.
fn typed(attributes: &Map) -> BTreeMap<&str, Vec<(&str, &str)>> {
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

/// Returns the only pair of what goes and what comes that have the same type, for every type.
fn pairs<'a, T: Copy>(gone: &[(T, &'a str)], come: &[(T, &'a str)]) -> Vec<(T, T)> {
    let mut by_type: BTreeMap<&str, [Vec<T>; 2]> = BTreeMap::new();
    for (side, parts) in [gone, come].into_iter().enumerate() {
        for (name, of) in parts {
            by_type.entry(of).or_default()[side].push(*name);
        }
    }
    let alone = by_type.into_values().filter_map(|sides| match sides {
        [gone, come] if gone.len() == 1 && come.len() == 1 => Some((gone[0], come[0])),
        _ => None,
    });
    alone.collect()
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
        let without =
            |some: &[(&'_ str, &'_ str)], others: &[(&str, &str)]| -> Vec<(String, String)> {
                let is_other = |name: &str| others.iter().all(|(other, _)| *other != name);
                let left = some.iter().filter(|(name, _)| is_other(name));
                left.map(|(name, of)| ((*name).to_owned(), (*of).to_owned()))
                    .collect()
            };
        let (gone, come) = (without(&now, next), without(next, &now));
        let [gone, come] = [&gone, &come].map(|all| -> Vec<(&str, &str)> {
            all.iter()
                .map(|(name, of)| (name.as_str(), of.as_str()))
                .collect()
        });
        for (from, to) in pairs(&gone, &come) {
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
    type Look<'a> = (&'a str, &'a [String], String);
    let look = |object: &'_ Object| {
        let parts = typed(&object.attributes);
        (!parts.is_empty()).then(|| format!("{parts:?}"))
    };
    let mut by_look: BTreeMap<Look<'_>, [Vec<&Address>; 2]> = BTreeMap::new();
    for (address, draft) in drafts {
        let (side, object) = match (&draft.action, &draft.live, &draft.desired) {
            (Action::Delete { .. }, Some(live), _) if draft.is_ours => (0, live),
            (Action::Create, _, Some(desired)) => (1, desired),
            _ => continue,
        };
        if let (Some(look), Some((_, outer))) = (look(object), address.path().split_last()) {
            let all = by_look.entry((address.kind(), outer, look)).or_default();
            all[side].push(address);
        }
    }
    let alone = by_look.into_values().filter_map(|sides| match sides {
        [gone, come] if gone.len() == 1 && come.len() == 1 => {
            let (from, to) = (situation.id(gone[0])?, situation.id(come[0])?);
            let message = format!(
                "{} disappears and {} appears, which looks the same",
                situation.name(gone[0]),
                situation.name(come[0])
            );
            Some(finding(come[0], message, (from, to)))
        }
        _ => None,
    });
    alone.collect()
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
