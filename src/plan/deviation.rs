//! Drift taken apart, as it is reported: one deviation for each lost object, each changed attribute, each grantee
//! who gained or lost something, and each object that nobody manages.
//!
//! A deviation has a fingerprint made of what it is about, not of values or places in files: it stays the same
//! while lines move and while somebody goes on changing the same thing.

use std::collections::BTreeSet;

use model::fingerprint::Encoder;
use model::{Address, DeclarationId, DriftIgnore, Value, ignore};

use crate::drift::{Changed, Drift, What};
use crate::right::{Right, gains, is_of_grants, rights};

/// What sort of deviation it is. The worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The object is gone.
    Lost,
    /// Somebody may do more.
    ExtraGrant,
    /// Somebody may do less.
    MissingGrant,
    /// An attribute is different.
    Changed,
    /// The object is nobody's.
    Unmanaged,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Lost,
        Self::ExtraGrant,
        Self::MissingGrant,
        Self::Changed,
        Self::Unmanaged,
    ];

    /// Returns its name: `extra_grant`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::ExtraGrant => "extra_grant",
            Self::MissingGrant => "missing_grant",
            Self::Changed => "changed",
            Self::Unmanaged => "unmanaged",
        }
    }

    /// Says what it means, for readers of reports.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Lost => "An object that Estate manages was deleted.",
            Self::ExtraGrant => "Somebody was given a right that nobody declared.",
            Self::MissingGrant => "A declared right was taken from somebody.",
            Self::Changed => "An object that Estate manages was changed.",
            Self::Unmanaged => "An object in a managed place is neither declared nor recorded.",
        }
    }
}

/// One thing that is not as the last apply left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    /// What sort it is.
    pub status: Status,
    /// The object.
    pub address: Address,
    /// Its declaration; nothing for what nobody manages.
    pub id: Option<DeclarationId>,
    /// The attribute, where it is about one.
    pub changed: Option<Changed>,
    /// Who may do more or less, and what; empty where it is not about grants.
    pub rights: Vec<Right>,
    /// Who accepts it, where somebody does: the number among what the project accepts.
    pub accepted: Option<usize>,
    /// What accepted it until a day that is past.
    pub expired: Option<usize>,
    /// Whether the run counts it: what nobody manages counts only where that is asked for.
    pub counts: bool,
}

impl Deviation {
    fn new(status: Status, address: &Address, id: Option<&DeclarationId>) -> Self {
        Self {
            status,
            address: address.clone(),
            id: id.cloned(),
            changed: None,
            rights: Vec::new(),
            accepted: None,
            expired: None,
            counts: true,
        }
    }

    /// Returns the attribute it is about.
    #[must_use]
    pub fn attribute(&self) -> Option<&str> {
        self.changed.as_ref().map(|changed| &*changed.attribute)
    }

    /// Returns who may do more or less.
    #[must_use]
    pub fn grantee(&self) -> Option<&str> {
        self.rights.first().map(|right| &*right.to)
    }

    /// Reports whether it is drift.
    #[must_use]
    pub fn is_drift(&self) -> bool {
        self.counts && self.accepted.is_none()
    }

    /// Returns its stable identity within a project and an environment.
    #[must_use]
    pub fn fingerprint(&self, project: &str, environment: &str) -> String {
        let mut encoder = Encoder::default();
        let parts = [
            project,
            environment,
            self.status.name(),
            &self.address.to_string(),
            self.attribute().unwrap_or_default(),
            self.grantee().unwrap_or_default(),
        ];
        for part in parts {
            encoder.text(part);
        }
        encoder.finish().to_string()
    }

    fn fits(&self, ignore: &DriftIgnore) -> bool {
        let named = ignore.on.is_empty() && ignore.names.is_empty()
            || self
                .id
                .as_ref()
                .is_some_and(|id| ignore.on.iter().any(|on| on.matches(id)))
            || ignore
                .names
                .iter()
                .any(|name| ignore::fits(name, &self.address.qualified_name()));
        let kind =
            ignore.kinds.is_empty() || ignore.kinds.iter().any(|kind| kind == self.address.kind());
        let attribute = ignore.attributes.is_empty()
            || self
                .attribute()
                .is_some_and(|one| ignore.attributes.iter().any(|other| other == one));
        named && kind && attribute
    }
}

/// Takes drift and what nobody manages apart; by object, the worst first. Nothing is accepted yet. What nobody manages
/// comes with what it has by what is managed.
#[must_use]
pub fn deviations(drift: &[Drift], unmanaged: &[(Address, Vec<Right>)]) -> Vec<Deviation> {
    let mut all = Vec::new();
    for one in drift {
        let new = |status| Deviation::new(status, &one.address, Some(&one.id));
        match &one.what {
            What::Lost => all.push(new(Status::Lost)),
            What::Changed(changed) => {
                for changed in changed {
                    if is_of_grants(changed) {
                        all.extend(of_grants(changed, &new));
                    } else {
                        all.push(Deviation {
                            changed: Some(changed.clone()),
                            ..new(Status::Changed)
                        });
                    }
                }
            }
        }
    }
    let unmanaged = unmanaged.iter();
    all.extend(unmanaged.map(|(address, rights)| Deviation {
        counts: false,
        rights: rights.clone(),
        ..Deviation::new(Status::Unmanaged, address, None)
    }));
    all.sort_by(|a, b| {
        let key = |one: &Deviation| {
            (
                one.status == Status::Unmanaged,
                one.address.clone(),
                one.status,
            )
        };
        key(a).cmp(&key(b))
    });
    all
}

/// Returns who gained and who lost, grantee by grantee.
fn of_grants(changed: &Changed, new: &dyn Fn(Status) -> Deviation) -> Vec<Deviation> {
    let mut all = Vec::new();
    let whose = new(Status::Changed).address.qualified_name();
    let side = |value: &Option<Value>| match value {
        Some(list) => rights(list, &whose),
        None => Vec::new(),
    };
    let (before, after) = (side(&changed.recorded), side(&changed.live));
    let (more, less) = gains(&before, &after);
    for (status, rights) in [(Status::ExtraGrant, more), (Status::MissingGrant, less)] {
        let grantees: BTreeSet<&str> = rights.iter().map(|right| &*right.to).collect();
        all.extend(grantees.into_iter().map(|grantee| {
            Deviation {
                changed: Some(changed.clone()),
                rights: rights
                    .iter()
                    .filter(|right| right.to == grantee)
                    .cloned()
                    .collect(),
                ..new(status)
            }
        }));
    }
    if all.is_empty() {
        // Who granted it, or an option that is neither more nor less.
        all.push(Deviation {
            changed: Some(changed.clone()),
            ..new(Status::Changed)
        });
    }
    all
}

/// Marks what a project accepts on a day, and what it accepted until one that is past.
pub fn accept(deviations: &mut [Deviation], ignores: &[DriftIgnore], today: &str) {
    for deviation in deviations {
        for (number, ignore) in ignores.iter().enumerate() {
            if !deviation.fits(ignore) {
                continue;
            }
            if ignore.is_expired(today) {
                deviation.expired.get_or_insert(number);
            } else {
                deviation.accepted.get_or_insert(number);
            }
        }
        if deviation.accepted.is_some() {
            deviation.expired = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Map, Selector, Source, SourceId, Sources, Span};

    use super::*;

    fn changed(attribute: &str, recorded: Option<Value>, live: Option<Value>) -> Drift {
        Drift {
            address: Address::new("fake", "thing", ["area", "one"]),
            id: DeclarationId::root("thing", "one"),
            what: What::Changed(vec![Changed {
                attribute: attribute.to_owned(),
                recorded,
                live,
            }]),
        }
    }

    fn may(to: &str, privileges: &[&str]) -> Value {
        let privileges = privileges.iter().map(|one| Value::Text((*one).to_owned()));
        Value::Map(Map::from([
            ("to", Value::Reference(Address::new("fake", "role", [to]))),
            ("privileges", Value::List(privileges.collect())),
        ]))
    }

    fn span() -> Span {
        let mut sources = Sources::default();
        let id: SourceId = sources.add("main.hcl", "");
        let _: &Source = sources.get(id);
        Span::new(id, 0, 0)
    }

    fn ignore(attributes: &[&str], expires: Option<&str>) -> DriftIgnore {
        DriftIgnore {
            name: "x".to_owned(),
            on: vec![Selector::from(&DeclarationId::root("thing", "one"))],
            names: Vec::new(),
            kinds: vec!["thing".to_owned()],
            attributes: attributes.iter().map(|one| (*one).to_owned()).collect(),
            reason: "because".to_owned(),
            ticket: None,
            expires: expires.map(str::to_owned),
            span: span(),
        }
    }

    #[test]
    fn who_gains_and_who_loses_are_two_deviations() {
        let drift = changed(
            "privileges",
            Some(Value::List(vec![may("a", &["select", "update"])])),
            Some(Value::List(vec![
                may("a", &["select"]),
                may("b", &["select"]),
            ])),
        );
        let found = deviations(&[drift], &[]);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.status, one.grantee().unwrap_or_default().to_owned()))
            .collect();
        let expected = [(Status::ExtraGrant, "b"), (Status::MissingGrant, "a")];
        assert_eq!(told, expected.map(|(status, to)| (status, to.to_owned())));
    }

    #[test]
    fn a_fingerprint_does_not_depend_on_values() {
        let one = deviations(&[changed("size", None, Some(1.into()))], &[]);
        let other = deviations(&[changed("size", Some(2.into()), Some(3.into()))], &[]);
        let print = |all: &[Deviation]| all[0].fingerprint("p", "dev");
        assert_eq!(print(&one), print(&other));
        assert_ne!(print(&one), one[0].fingerprint("p", "prod"));
        let third = deviations(&[changed("shape", None, Some(1.into()))], &[]);
        assert_ne!(print(&one), print(&third));
    }

    #[test]
    fn what_is_accepted_counts_again_when_the_day_is_past() {
        let drift = [changed("size", None, Some(1.into()))];
        let counts = |ignores: &[DriftIgnore]| {
            let mut found = deviations(&drift, &[]);
            accept(&mut found, ignores, "2026-06-01");
            (found[0].is_drift(), found[0].expired)
        };
        assert_eq!(counts(&[ignore(&["size"], None)]), (false, None));
        assert_eq!(
            counts(&[ignore(&["size"], Some("2026-06-01"))]),
            (false, None)
        );
        assert_eq!(
            counts(&[ignore(&["size"], Some("2026-05-31"))]),
            (true, Some(0))
        );
        assert_eq!(counts(&[ignore(&["shape"], None)]), (true, None));
        assert_eq!(counts(&[]), (true, None));
    }
}
