//! A change in the making.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Address, Claim, DeclarationId, Map, Object, Phase, Statement};
use provider::{Alter, Disturbance, Origin};

use crate::settle::settle;
use crate::situation::{RenamedPart, Situation};
use crate::{kept, loose};

/// A change in the making.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What happens.
    pub action: Action,
    /// Its declaration, where it is or was declared.
    pub id: Option<DeclarationId>,
    /// The live object, under its next address.
    pub live: Option<Object>,
    /// The desired object, settled.
    pub desired: Option<Object>,
    /// How the platform would write what is declared, where it was asked.
    pub form: Option<Map>,
    /// The desired attributes as they are shown.
    pub shown: Option<Map>,
    /// Its former address, when it is renamed.
    pub previous: Option<Address>,
    /// Parts of it that get other names.
    pub parts: Vec<RenamedPart>,
    /// The address it is recorded under, where that is another.
    pub recorded: Option<Address>,
    /// The name under which an `import` block takes it over.
    pub importing: Option<String>,
    /// Statements of an update.
    pub alter: Vec<Statement>,
    /// Parts that an update changes under others.
    pub disturbs: BTreeSet<Disturbance>,
    /// Parts of its own that are taken away before anything else happens, and given back at the end.
    pub loose: BTreeSet<String>,
    /// What is above the desired object, where its place under it is loose.
    pub above: BTreeMap<Address, Object>,
    /// What is recorded when it is done.
    pub claim: Option<Claim>,
    /// Attributes changed on the platform since the last apply.
    pub drift: BTreeSet<String>,
    /// Whether it was ours before.
    pub is_ours: bool,
}

impl Draft {
    /// Reports whether it, or a part of it, gets another name before anything else happens to it.
    pub(crate) fn is_renamed(&self) -> bool {
        self.live.is_some() && (self.previous.is_some() || !self.parts.is_empty())
    }

    /// Returns the live object as it goes, with what is noted about its next form.
    pub(crate) fn leaving<'a>(&self, live: &'a Object) -> Cow<'a, Object> {
        match &self.desired {
            Some(desired) if !desired.facts.notes.is_empty() => Cow::Owned(Object {
                facts: live.facts.becoming(&desired.facts),
                ..live.clone()
            }),
            _ => Cow::Borrowed(live),
        }
    }

    /// Turns an update into dropping and making again.
    pub(crate) fn replace(&mut self, because: &str) {
        self.action = Action::Replace {
            because: vec![because.to_owned()],
        };
        self.alter.clear();
        self.disturbs.clear();
    }

    /// Takes a part away before and gives it back after. Returns whether that is new.
    pub(crate) fn loosen(
        &mut self,
        situation: &Situation<'_>,
        address: &Address,
        part: &str,
    ) -> bool {
        if !self.loose.insert(part.to_owned()) {
            return false;
        }
        if self.action == Action::Adopt {
            self.action = Action::Update;
        }
        if self.action == Action::Update {
            let steps = [Phase::Loosen, Phase::Build, Phase::Finish];
            for phase in steps {
                if let Some(Alter::InPlace { disturbs, .. }) =
                    loose::alter(situation, address, self, phase)
                {
                    self.disturbs.extend(disturbs);
                }
            }
        }
        true
    }

    /// Turns an update into dropping the record alone.
    pub(crate) fn forget(&mut self, because: &str) {
        self.action = Action::Forget {
            because: because.to_owned(),
        };
        self.desired = None;
        self.shown = None;
        self.alter.clear();
        self.disturbs.clear();
    }

    /// Makes an object that has not changed, and of which only a part stands in the way, stay, with
    /// everything it has live that its declaration leaves open.
    pub(crate) fn stay(situation: &Situation<'_>, desired: &Object, live: &Object) -> Self {
        let origin = &situation.desired.origins[&desired.address];
        let record = situation.records.get(&desired.address);
        let live = &*kept::completed(situation, desired, live);
        let settled = situation
            .grounds
            .rules(&desired.address)
            .zip(situation.grounds.of(&desired.address))
            .map(|(rules, ground)| {
                settle(rules, ground.platform, desired, origin, live, record, None).object
            });
        Self {
            live: Some(live.clone()),
            desired: settled.or_else(|| Some(desired.clone())),
            shown: Some(live.attributes.clone()),
            previous: situation.renames.get(&desired.address).cloned(),
            parts: situation.parts_of(&desired.address),
            id: situation.id(&desired.address).cloned(),
            claim: Some(claim(situation, desired, origin)),
            is_ours: situation.is_ours(&desired.address),
            ..draft(Action::Adopt)
        }
    }

    /// Makes an object that has not changed be dropped and made again.
    pub(crate) fn rebuild(
        situation: &Situation<'_>,
        desired: &Object,
        live: &Object,
        because: &str,
    ) -> Self {
        Self {
            action: Action::Replace {
                because: vec![because.to_owned()],
            },
            ..Self::stay(situation, desired, live)
        }
    }
}

/// All changes, by address.
pub type Drafts = BTreeMap<Address, Draft>;

/// Returns a change of which nothing is known yet but what happens.
pub(crate) fn draft(action: Action) -> Draft {
    Draft {
        action,
        id: None,
        live: None,
        desired: None,
        form: None,
        shown: None,
        previous: None,
        parts: Vec::new(),
        recorded: None,
        importing: None,
        alter: Vec::new(),
        disturbs: BTreeSet::new(),
        loose: BTreeSet::new(),
        above: BTreeMap::new(),
        claim: None,
        drift: BTreeSet::new(),
        is_ours: false,
    }
}

/// Returns what is recorded of an object when it is as it is declared.
pub(crate) fn claim(situation: &Situation<'_>, desired: &Object, origin: &Origin) -> Claim {
    Claim {
        id: origin.id.clone(),
        declared: origin.declared,
        prevent_destroy: origin.lifecycle.prevent_destroy.is_some(),
        partial: origin.partial,
        share: origin.share.clone(),
        kept: kept::of(situation, desired),
    }
}
