//! Views that are swapped: the next form of each is made beside the live one, under another name, filled, granted
//! and audited, and then all take the places of the live ones together, in one short transaction.
//!
//! Until then everybody reads the live forms, and a failure leaves those as they are. What can be altered is not
//! swapped, and neither is what has to go before something else can change: the steps that must run after the
//! swap, as [`crate::graph`] says, must not be needed before it, and must not leave anything away meanwhile.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Address, Audit, Batch, Object, Phase, Statement, Step, Strategy};
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use provider::Swap as Way;

use crate::around::{free_name, taken};
use crate::draft::{Draft, Drafts};
use crate::graph::{Graph, Node};
use crate::online::strategy;
use crate::situation::Situation;
use crate::spread::has_namesake;

/// What is done in one place, in order.
#[derive(Default)]
struct Stage {
    build: Vec<Step>,
    ready: Vec<Step>,
    drop: Vec<Step>,
    rename: Vec<Step>,
    audits: [Vec<Audit>; 2],
}

/// What a plan swaps.
pub(crate) struct Swap<'a> {
    situation: &'a Situation<'a>,
    drafts: &'a Drafts,
    /// Everything that is swapped, or goes with it, with its address as long as it stands beside.
    names: BTreeMap<Address, Address>,
    /// What comes along with each and has a name of its own, with the one that it has meanwhile.
    companions: BTreeMap<Address, BTreeMap<Address, Address>>,
    /// Steps that run after it.
    after: BTreeSet<&'a Node>,
    stages: BTreeMap<(String, String), Stage>,
}

impl<'a> Swap<'a> {
    /// Finds what can be swapped.
    pub(crate) fn of(situation: &'a Situation<'a>, drafts: &'a Drafts, graph: &'a Graph) -> Self {
        let mut swap = Self {
            situation,
            drafts,
            names: BTreeMap::new(),
            companions: BTreeMap::new(),
            after: BTreeSet::new(),
            stages: BTreeMap::new(),
        };
        swap.find_names();
        while !swap.names.is_empty() {
            let wrong = swap.unfit();
            let wrong = if wrong.is_empty() {
                swap.arrange(graph)
            } else {
                wrong
            };
            if wrong.is_empty() {
                break;
            }
            swap.names.retain(|address, _| !wrong.contains(address));
        }
        if swap.names.is_empty() {
            swap.after.clear();
        }
        swap
    }

    fn way(&self, address: &Address) -> Way {
        let rules = self.situation.grounds.rules(address);
        rules.map_or(Way::Never, provider::Rules::swap)
    }

    /// Names everything that could be swapped, judged by itself alone.
    fn find_names(&mut self) {
        let is_free = |draft: &Draft| !draft.is_renamed() && draft.loose.is_empty();
        let whole = self.drafts.iter().filter(|(address, draft)| {
            let is_replaced = matches!(draft.action, Action::Replace { .. });
            let online = strategy(self.situation, address) == Strategy::Online;
            let sides = draft.live.is_some() && draft.desired.is_some();
            self.way(address) == Way::Whole && is_replaced && sides && online && is_free(draft)
        });
        let mut whole = whole.peekable();
        let mut taken = match whole.peek() {
            Some(_) => taken(self.situation),
            None => return,
        };
        let mut names = BTreeMap::new();
        let mut companions = BTreeMap::new();
        for (address, draft) in whole {
            if let Some(name) = free_name(self.situation, address, &taken) {
                let twin = renamed(address, name);
                taken.insert(twin.path().to_vec());
                names.insert(address.clone(), twin);
            }
            let mut own = BTreeMap::new();
            for one in self.companions_of(address, draft) {
                if let Some(name) = free_name(self.situation, &one, &taken) {
                    let twin = renamed(&one, name);
                    taken.insert(twin.path().to_vec());
                    own.insert(one, twin);
                }
            }
            if !own.is_empty() {
                companions.insert(address.clone(), own);
            }
        }
        if names.is_empty() {
            return;
        }
        let mut along = BTreeMap::new();
        for (address, draft) in self.drafts {
            let Some(holder) = self
                .holder(draft)
                .filter(|holder| names.contains_key(holder))
            else {
                continue;
            };
            if self.way(address) != Way::Along || !is_free(draft) {
                continue;
            }
            let (path, beneath) = (address.path(), holder.path());
            let twin = if path.len() > beneath.len() && path.starts_with(beneath) {
                let own = path[beneath.len()..].iter().cloned();
                let path: Vec<_> = names[&holder].path().iter().cloned().chain(own).collect();
                Some(address.sibling(address.kind(), path))
            } else {
                let name = free_name(self.situation, address, &taken);
                name.map(|name| renamed(address, name))
            };
            if let Some(twin) = twin {
                taken.insert(twin.path().to_vec());
                along.insert(address.clone(), twin);
            }
        }
        names.extend(along);
        self.names = names;
        self.companions = companions;
    }

    /// Returns what comes along with the next form of something, and has a name of its own.
    fn companions_of(&self, address: &Address, draft: &Draft) -> Vec<Address> {
        let grounds = self.situation.grounds;
        let (Some(rules), Some(ground)) = (grounds.rules(address), grounds.of(address)) else {
            return Vec::new();
        };
        let desired = draft.desired.as_ref();
        let companions = desired.map(|desired| rules.companions(desired, ground.platform));
        companions.unwrap_or_default()
    }

    /// Returns what something is attached to, live and as it is to be.
    fn holder(&self, draft: &Draft) -> Option<Address> {
        let next = draft.desired.as_ref().and_then(|desired| {
            // It may refer to others as well, such as a foreign key.
            let path = desired.address.path();
            let mut under = desired.stands_on().into_iter().map(|edge| edge.on);
            let around = under.find(|on| self.way(on) == Way::Whole && path.starts_with(on.path()));
            let mut named = desired.attributes.values().filter_map(|value| match value {
                model::Value::Reference(on) => Some(on),
                _ => None,
            });
            around.or_else(|| named.find(|on| self.way(on) == Way::Whole).cloned())
        });
        match (&draft.action, &draft.live) {
            (Action::Create, None) => next,
            (Action::Replace { .. }, Some(live)) => {
                live.attached.clone().filter(|on| Some(on) == next.as_ref())
            }
            (Action::Delete { .. }, Some(live)) => live.attached.clone(),
            _ => None,
        }
    }

    /// Returns what cannot be made beside its live form, or is attached to what cannot.
    fn unfit(&self) -> BTreeSet<Address> {
        let fits = |address: &Address| {
            let draft = &self.drafts[address];
            let held = self.holder(draft);
            let is_held = self.way(address) == Way::Whole
                || held.is_some_and(|holder| self.names.contains_key(&holder));
            is_held && (draft.desired.is_none() || self.twin(address).is_some())
        };
        let names = self.names.keys();
        names.filter(|address| !fits(address)).cloned().collect()
    }

    /// Finds the steps that must run after the swap, and returns what cannot be swapped because of them.
    fn arrange(&mut self, graph: &'a Graph) -> BTreeSet<Address> {
        let inner = graph.inner();
        let is_swapped = |node: NodeIndex| self.names.contains_key(&inner[node].0);
        let mut queue: Vec<_> = inner
            .node_indices()
            .filter(|node| is_swapped(*node))
            .collect();
        let mut seen: BTreeSet<_> = queue.iter().copied().collect();
        let mut wrong = BTreeSet::new();
        let mut after = BTreeSet::new();
        if !queue.is_empty() {
            let new = inner
                .node_indices()
                .filter(|node| self.is_new_watcher(&inner[*node]));
            for node in new {
                seen.insert(node);
                after.insert(node);
                queue.push(node);
            }
        }
        while let Some(node) = queue.pop() {
            for next in inner.neighbors_directed(node, Direction::Outgoing) {
                if is_swapped(next) {
                    // Needed by what would be swapped, and possible only after that.
                    if !is_swapped(node) && !self.can_precede(&inner[next], &inner[node]) {
                        wrong.insert(inner[next].0.clone());
                    }
                } else if seen.insert(next) {
                    after.insert(next);
                    queue.push(next);
                }
            }
        }
        let before = inner.node_indices().filter(|node| !seen.contains(node));
        let before: BTreeSet<&Address> = before.map(|node| &inner[node].0).collect();
        for node in &after {
            let address = &inner[*node].0;
            let in_parts = before.contains(address) && !self.can_be_in_parts(address);
            // Two of one name may both be meant by a text as long as both are there.
            if in_parts || inner[*node].1 == Phase::Drop && has_namesake(address, self.drafts) {
                wrong.extend(self.swapped_before(*node, &after, graph));
            }
        }
        self.after = after.into_iter().map(|node| &inner[node]).collect();
        wrong
    }

    /// Reports whether a step makes something that would watch what is swapped.
    fn is_new_watcher(&self, (address, phase): &Node) -> bool {
        let rules = self.situation.grounds.rules(address);
        *phase == Phase::Build
            && self.drafts[address].action == Action::Create
            && rules.is_some_and(provider::Rules::watches)
    }

    /// Reports whether a step of something that is swapped can run before one that should run first: what is altered
    /// there has all that is needed already.
    fn can_precede(&self, step: &Node, other: &Node) -> bool {
        let (draft, on) = (&self.drafts[&step.0], &self.drafts[&other.0]);
        let (Some(desired), Some(live), Some(next)) = (&draft.desired, &on.live, &on.desired)
        else {
            return false;
        };
        let ground = self.situation.grounds.of(&step.0);
        (step.1, other.1) == (Phase::Build, Phase::Build)
            && on.action == Action::Update
            && ground.is_some_and(|ground| {
                let provider = ground.provider;
                provider.can_precede(desired, live, next, &on.disturbs)
            })
    }

    /// Reports whether nobody misses anything while only some steps of an object have run.
    fn can_be_in_parts(&self, address: &Address) -> bool {
        let draft = &self.drafts[address];
        draft.loose.is_empty() && !matches!(draft.action, Action::Replace { .. })
    }

    /// Returns what is swapped and lets a step wait, however indirectly.
    fn swapped_before(
        &self,
        node: NodeIndex,
        after: &BTreeSet<NodeIndex>,
        graph: &Graph,
    ) -> BTreeSet<Address> {
        let inner = graph.inner();
        let mut found = BTreeSet::new();
        let mut queue = vec![node];
        let mut seen = BTreeSet::from([node]);
        while let Some(node) = queue.pop() {
            for before in inner.neighbors_directed(node, Direction::Incoming) {
                let address = &inner[before].0;
                if self.names.contains_key(address) {
                    found.insert(address.clone());
                } else if after.contains(&before) && seen.insert(before) {
                    queue.push(before);
                }
            }
        }
        found
    }

    /// Returns an object as it is made beside its live form.
    fn twin(&self, address: &Address) -> Option<Object> {
        let draft = &self.drafts[address];
        let ground = self.situation.grounds.of(address)?;
        let settled = self.situation.is_settled(address);
        let live = draft.live.as_ref().filter(|_| settled);
        let form = draft.form.as_ref().or(live.map(|live| &live.attributes));
        let desired = draft.desired.as_ref()?;
        let names = match self.companions.get(address) {
            Some(companions) => {
                let mut names = self.names.clone();
                names.extend(companions.clone());
                Cow::Owned(names)
            }
            None => Cow::Borrowed(&self.names),
        };
        ground.provider.twin(desired, form, &names, ground.platform)
    }

    /// Reports whether a step runs after the swap.
    pub(crate) fn is_after(&self, address: &Address, phase: Phase) -> bool {
        !self.after.is_empty() && self.after.contains(&(address.clone(), phase))
    }

    /// Takes a step over, if it belongs to something that is swapped.
    pub(crate) fn takes(&mut self, address: &Address, phase: Phase) -> bool {
        if !self.names.contains_key(address) {
            return false;
        }
        let draft = &self.drafts[address];
        let (Some(rules), Some(ground)) = (
            self.situation.grounds.rules(address),
            self.situation.grounds.of(address),
        ) else {
            return false;
        };
        let place = ground.provider.place(address, ground.platform);
        let step = |phase: Phase, statements: Vec<Statement>| Step {
            address: address.clone(),
            phase,
            statements,
        };
        let made = (phase == Phase::Build)
            .then(|| self.twin(address))
            .flatten();
        let key = (address.provider().to_owned(), place);
        let stage = self.stages.entry(key).or_default();
        let is_alone = rules.swap() == Way::Whole;
        match (phase, &draft.live, made) {
            (Phase::Drop, Some(live), _) if is_alone => {
                let statements = rules.remove(&draft.leaving(live), ground.platform);
                stage.drop.push(step(phase, statements));
            }
            (Phase::Drop, _, _) if draft.desired.is_none() => {
                stage.rename.push(step(phase, Vec::new()));
            }
            (Phase::Build, _, Some(made)) => {
                let mut statements = rules.fill(&made, ground.platform);
                for statement in &mut statements {
                    statement.online = None;
                    let is_new = |on: &Address| self.names.values().any(|twin| twin == on);
                    let hazards = &mut statement.hazards;
                    hazards.retain(|hazard| !hazard.busy_on().is_some_and(is_new));
                }
                if let Some(first) = statements.first_mut().filter(|_| is_alone) {
                    first.undo = rules.undo(&made, ground.platform);
                    let name = address.qualified_name();
                    first.because = Some(format!("{name} can be read meanwhile, as it was"));
                }
                stage.build.push(step(phase, statements));
                let ready = rules.ready(&made, ground.platform);
                if !ready.is_empty() {
                    stage.ready.push(step(phase, ready));
                }
                let desired = draft.desired.as_ref();
                let renames = desired.map(|one| rules.publish(one, &made, ground.platform));
                let renames = renames.unwrap_or_default();
                stage.rename.push(step(Phase::Finish, renames));
            }
            _ => {}
        }
        true
    }

    /// Takes an audit over, if it is about something that is swapped: it runs before, where its query can.
    pub(crate) fn audits(&mut self, audit: &Audit) -> bool {
        let Some(ground) = self.situation.grounds.of(&audit.on) else {
            return false;
        };
        if !self.names.contains_key(&audit.on) {
            return false;
        }
        let place = ground.provider.place(&audit.on, ground.platform);
        let twin = ground
            .provider
            .twin_query(&audit.query.sql, &audit.on, &self.names);
        let key = (audit.on.provider().to_owned(), place);
        let stage = self.stages.entry(key).or_default();
        let mut audit = audit.clone();
        match twin {
            Some(sql) => {
                audit.query.sql = sql;
                stage.audits[0].push(audit);
            }
            None => stage.audits[1].push(audit),
        }
        true
    }

    /// Returns what is done: everything beside in one transaction for each place, and the swap in another.
    pub(crate) fn batches(self) -> Vec<Batch> {
        let (mut builds, mut swaps) = (Vec::new(), Vec::new());
        for ((provider, place), stage) in self.stages {
            let batch = |first: Vec<Step>, then: Vec<Step>, audits: Vec<Audit>| Batch {
                provider: provider.clone(),
                place: place.clone(),
                atomic: true,
                waits: Vec::new(),
                steps: first.into_iter().chain(then).collect(),
                audits,
            };
            let [before, after] = stage.audits;
            builds.push(batch(stage.build, stage.ready, before));
            swaps.push(batch(stage.drop, stage.rename, after));
        }
        builds.append(&mut swaps);
        builds
    }
}

fn renamed(address: &Address, name: String) -> Address {
    let mut path = address.path().to_vec();
    path.pop();
    path.push(name);
    address.sibling(address.kind(), path)
}
