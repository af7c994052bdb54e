//! Which step must run before which.
//!
//! Phases of an object, each a node: *rename*, *drop* and *build*; where a part of it stands in the way
//! of others (see [`crate::loose`]) also *loosen* before its drop and build, and *finish* after. The
//! edges, in words:
//!
//! * A rename comes first: before every other step of the object, of what lies inside it and of what
//!   stands on it, because their statements use the new name. Only a new container that it moves into
//!   is made before, and the one it leaves is dropped after.
//! * The drop of a thing runs before its own build, before the drop of what it stands on, and before
//!   a part it stands on is changed.
//! * The build of a thing runs after the build of what it stands on; and an altered thing is altered
//!   before the drop of what it used to stand on.
//! * What stands on a part that is loosened is dropped before that and built after it is finished, but
//!   for what the part itself stands on.
//! * What stands on something that others leave and come back to is built when they are there again. What of
//!   it goes, or comes back otherwise than it was, is dropped before they leave and so does not go with them.
//! * What decides what others begin with is as it will be before any of these is made or altered.
//! * Names live in namespaces: a drop or a rename away runs before anything takes that name, whatever
//!   the kinds. So does an alteration that frees the name of something that comes along, such as the index
//!   of a key.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Address, Edge, Object, Phase};
use petgraph::algo::{has_path_connecting, tarjan_scc};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Bfs, Reversed};

use crate::draft::{Draft, Drafts};
use crate::loose::{self, Before};
use crate::place;
use crate::situation::Situation;

/// One node: a phase of an object.
pub(crate) type Node = (Address, Phase);

/// The steps and what must run before what.
pub struct Graph {
    graph: DiGraph<Node, ()>,
}

/// Objects that stand on one another in a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle(pub Vec<Address>);

struct Builder<'a> {
    drafts: &'a Drafts,
    nodes: BTreeMap<(&'a Address, Phase), NodeIndex>,
    graph: DiGraph<Node, ()>,
    edges: BTreeSet<(NodeIndex, NodeIndex)>,
    /// What loose parts stand on, live and desired.
    before: [Before<'a>; 2],
    /// What leaves its place under something and comes back, by that.
    leaving: BTreeMap<Address, Vec<&'a Address>>,
}

/// The phases a draft has.
fn phases(draft: &Draft) -> Vec<Phase> {
    let mut phases = Vec::new();
    if draft.is_renamed() {
        phases.push(Phase::Rename);
    }
    match draft.action {
        Action::Create | Action::Update => phases.push(Phase::Build),
        Action::Replace { .. } => phases.extend([Phase::Drop, Phase::Build]),
        Action::Delete { .. } => phases.push(Phase::Drop),
        Action::Adopt | Action::Forget { .. } => phases.clear(),
    }
    if !draft.loose.is_empty() && draft.action.touches_platform() {
        phases.extend(draft.live.is_some().then_some(Phase::Loosen));
        phases.extend(draft.desired.is_some().then_some(Phase::Finish));
    }
    phases
}

impl<'a> Builder<'a> {
    fn find(&self, address: &'a Address, phase: Phase) -> Option<NodeIndex> {
        self.nodes.get(&(address, phase)).copied()
    }

    /// Says that one step must run before another, where both exist.
    fn must_run(&mut self, first: (&'a Address, Phase), then: (&'a Address, Phase)) {
        if let (Some(first), Some(then)) = (self.find(first.0, first.1), self.find(then.0, then.1))
            && first != then
        {
            self.edges.insert((first, then));
        }
    }

    fn is_altered(&self, address: &Address) -> bool {
        self.drafts
            .get(address)
            .is_some_and(|draft| matches!(draft.action, Action::Update))
    }

    fn is_disturbed(&self, edge: &Edge) -> bool {
        self.drafts.get(&edge.on).is_some_and(|draft| {
            draft
                .disturbs
                .iter()
                .any(|disturbance| edge.part.as_ref() == Some(&disturbance.part))
        })
    }

    fn is_loose(&self, address: &Address, edge: &Edge) -> bool {
        let draft = self.drafts.get(address);
        edge.by
            .as_ref()
            .is_some_and(|by| draft.is_some_and(|draft| draft.loose.contains(by)))
    }

    /// Returns what leaves its place under something that another one stands on, and does not itself stand on that
    /// one.
    fn leaving(&self, address: &Address, edge: &Edge, side: usize) -> Vec<&'a Address> {
        let leaving = self.leaving.get(&edge.on).into_iter().flatten();
        let is_beneath = |one: &Address| {
            let before = self.before[side].get(one);
            before.is_some_and(|before| before.contains(address))
        };
        leaving
            .filter(|one| **one != address && !is_beneath(one))
            .copied()
            .collect()
    }

    /// Reports whether something is not to be again as it is.
    fn is_another(&self, address: &Address) -> bool {
        self.drafts.get(address).is_some_and(|draft| {
            let live = draft.live.as_ref().map(|one| &one.attributes);
            live != draft.desired.as_ref().map(|one| &one.attributes)
        })
    }

    /// What stood on something before: drops and alterations away from it.
    fn stood_on(&mut self, address: &'a Address, edge: &'a Edge) {
        // The functions of a type are called by its name.
        let is_part = self.drafts.get(&edge.on).is_some_and(|on| {
            let holder = on.live.as_ref().and_then(|live| live.attached.as_ref());
            goes_along(on) && holder == Some(address)
        });
        if is_part {
            self.must_run((address, Phase::Rename), (&edge.on, Phase::Rename));
        } else {
            self.must_run((&edge.on, Phase::Rename), (address, Phase::Rename));
        }
        self.must_run((&edge.on, Phase::Rename), (address, Phase::Loosen));
        if self.is_loose(address, edge) {
            self.must_run((address, Phase::Loosen), (&edge.on, Phase::Drop));
            if self.is_disturbed(edge) {
                self.must_run((address, Phase::Loosen), (&edge.on, Phase::Build));
            }
            return;
        }
        if self.before[0]
            .get(&edge.on)
            .is_some_and(|before| !before.contains(address))
        {
            self.must_run((address, Phase::Drop), (&edge.on, Phase::Loosen));
        }
        if self.is_another(address) {
            for one in self.leaving(address, edge, 0) {
                self.must_run((address, Phase::Drop), (one, Phase::Loosen));
            }
        }
        self.must_run((&edge.on, Phase::Rename), (address, Phase::Drop));
        self.must_run((&edge.on, Phase::Rename), (address, Phase::Build));
        self.must_run((address, Phase::Drop), (&edge.on, Phase::Drop));
        self.must_run((address, Phase::Rename), (&edge.on, Phase::Drop));
        if self.is_disturbed(edge) {
            self.must_run((address, Phase::Drop), (&edge.on, Phase::Build));
        }
        if self.is_altered(address) {
            self.must_run((address, Phase::Build), (&edge.on, Phase::Drop));
        }
    }

    /// What will stand on something: builds.
    fn will_stand_on(&mut self, address: &'a Address, edge: &'a Edge) {
        if self.is_loose(address, edge) {
            self.must_run((&edge.on, Phase::Rename), (address, Phase::Finish));
            self.must_run((&edge.on, Phase::Build), (address, Phase::Finish));
            return;
        }
        if self.before[1]
            .get(&edge.on)
            .is_some_and(|before| !before.contains(address))
        {
            self.must_run((&edge.on, Phase::Finish), (address, Phase::Build));
        }
        for one in self.leaving(address, edge, 1) {
            self.must_run((one, Phase::Finish), (address, Phase::Build));
        }
        self.must_run((&edge.on, Phase::Rename), (address, Phase::Build));
        self.must_run((&edge.on, Phase::Build), (address, Phase::Build));
        let is_new = self
            .drafts
            .get(&edge.on)
            .is_some_and(|draft| matches!(draft.action, Action::Create));
        if is_new && address.path().starts_with(edge.on.path()) {
            self.must_run((&edge.on, Phase::Build), (address, Phase::Rename));
        }
    }

    /// What decides what an object begins with: it goes, or changes, before anything is made.
    fn begins_under(&mut self, situation: &Situation<'_>, address: &'a Address) {
        let under = situation
            .grounds
            .of(address)
            .map(|ground| ground.provider.begins_under(address));
        for one in under.unwrap_or_default() {
            if let Some((one, _)) = self.drafts.get_key_value(&one) {
                self.must_run((one, Phase::Drop), (address, Phase::Build));
                self.must_run((one, Phase::Build), (address, Phase::Build));
            }
        }
    }

    fn own(&mut self, address: &'a Address) {
        self.must_run((address, Phase::Rename), (address, Phase::Drop));
        self.must_run((address, Phase::Rename), (address, Phase::Build));
        self.must_run((address, Phase::Drop), (address, Phase::Build));
        self.must_run((address, Phase::Rename), (address, Phase::Loosen));
        self.must_run((address, Phase::Loosen), (address, Phase::Drop));
        self.must_run((address, Phase::Loosen), (address, Phase::Build));
        self.must_run((address, Phase::Build), (address, Phase::Finish));
    }
}

fn goes_along(draft: &Draft) -> bool {
    let live = draft.live.as_ref();
    live.is_some_and(|live| live.facts.notes.contains_key(provider::GOES_ALONG))
}

type Name = (String, &'static str, Vec<String>);

/// Steps that free names, by name.
type Freed = BTreeMap<Name, Vec<NodeIndex>>;

/// Steps that take names.
type Taken = Vec<(Name, NodeIndex)>;

fn name(situation: &Situation<'_>, address: &Address) -> Option<Name> {
    let rules = situation.grounds.rules(address)?;
    Some((
        address.provider().to_owned(),
        rules.namespace(),
        address.path().to_vec(),
    ))
}

impl Graph {
    /// Builds the graph of all steps.
    #[must_use]
    pub fn of(situation: &Situation<'_>, drafts: &Drafts) -> Self {
        let mut builder = Builder {
            drafts,
            nodes: BTreeMap::new(),
            graph: DiGraph::new(),
            edges: BTreeSet::new(),
            before: [
                loose::before(drafts, |draft| draft.live.as_ref()),
                loose::before(drafts, |draft| draft.desired.as_ref()),
            ],
            leaving: place::leaving(drafts),
        };
        for (address, draft) in drafts {
            for phase in phases(draft) {
                let node = builder.graph.add_node((address.clone(), phase));
                builder.nodes.insert((address, phase), node);
            }
        }
        let stands =
            |object: &Option<Object>| object.as_ref().map(Object::stands_on).unwrap_or_default();
        let before: Vec<_> = drafts
            .iter()
            .map(|(address, draft)| (address, stands(&draft.live)))
            .collect();
        let after: Vec<_> = drafts
            .iter()
            .map(|(address, draft)| (address, stands(&draft.desired)))
            .collect();
        for address in drafts.keys() {
            builder.own(address);
            builder.begins_under(situation, address);
        }
        for (address, edges) in &before {
            for edge in edges {
                builder.stood_on(address, edge);
            }
        }
        for (address, edges) in &after {
            for edge in edges {
                builder.will_stand_on(address, edge);
            }
        }
        for (aside, successor) in &situation.asides {
            // The next one is made from it, where it has a name of its own to make room with.
            if let (Some((aside, draft)), Some((successor, _))) =
                (drafts.get_key_value(aside), drafts.get_key_value(successor))
                && draft.previous.is_some()
            {
                builder.must_run((successor, Phase::Build), (aside, Phase::Drop));
            }
        }
        let taken = builder.names(situation);
        let Builder {
            mut graph, edges, ..
        } = builder;
        for (first, then) in edges {
            graph.add_edge(first, then, ());
        }
        for (first, then) in taken {
            let is_free = !has_path_connecting(&graph, then, first, None);
            if is_free || gives_way(situation, drafts, &graph, then, first) {
                graph.add_edge(first, then, ());
            }
        }
        Self { graph }
    }

    /// Returns the circles there are, each in a stable order.
    #[must_use]
    pub fn cycles(&self) -> Vec<Cycle> {
        let mut cycles: Vec<_> = tarjan_scc(&self.graph)
            .into_iter()
            .filter(|component| component.len() > 1)
            .map(|component| {
                let members: BTreeSet<_> = component
                    .into_iter()
                    .map(|node| self.graph[node].0.clone())
                    .collect();
                Cycle(members.into_iter().collect())
            })
            .collect();
        cycles.sort_by(|a, b| a.0.cmp(&b.0));
        cycles
    }

    /// Returns the underlying graph.
    pub(crate) fn inner(&self) -> &DiGraph<Node, ()> {
        &self.graph
    }
}

/// Reports whether something between two steps can be made anew instead of altered, so that the circle opens.
fn gives_way(
    situation: &Situation<'_>,
    drafts: &Drafts,
    graph: &DiGraph<Node, ()>,
    from: NodeIndex,
    to: NodeIndex,
) -> bool {
    let mut ahead = Bfs::new(graph, from);
    let mut reached = BTreeSet::new();
    while let Some(node) = ahead.next(graph) {
        reached.insert(node);
    }
    let mut back = Bfs::new(Reversed(graph), to);
    while let Some(node) = back.next(Reversed(graph)) {
        let address = &graph[node].0;
        let rules = situation.grounds.rules(address);
        let is_altered = drafts
            .get(address)
            .is_some_and(|draft| draft.action == Action::Update);
        if reached.contains(&node)
            && is_altered
            && rules.is_some_and(provider::Rules::is_rebuildable)
        {
            return true;
        }
    }
    false
}

impl Builder<'_> {
    /// Makes names free before they are taken. Returns the same of what comes along with objects, such as the indexes
    /// of keys: where something else is in the way of that, it is left to the platform.
    fn names(&mut self, situation: &Situation<'_>) -> Vec<(NodeIndex, NodeIndex)> {
        let mut freed: BTreeMap<Name, NodeIndex> = BTreeMap::new();
        let mut taken: Vec<(Name, NodeIndex)> = Vec::new();
        for ((address, phase), node) in &self.nodes {
            let draft = &self.drafts[*address];
            match phase {
                Phase::Rename => {
                    let former = draft
                        .previous
                        .as_ref()
                        .and_then(|from| name(situation, from));
                    freed.extend(former.map(|name| (name, *node)));
                    taken.extend(name(situation, address).map(|name| (name, *node)));
                }
                // What goes along with something is called like it, and is in nobody's way.
                Phase::Drop if goes_along(draft) => {}
                Phase::Drop => freed.extend(name(situation, address).map(|name| (name, *node))),
                Phase::Build if !matches!(draft.action, Action::Update) => {
                    taken.extend(name(situation, address).map(|name| (name, *node)));
                }
                Phase::Build | Phase::Loosen | Phase::Finish | Phase::Suspend | Phase::Resume => {}
            }
        }
        let differ = |one: NodeIndex, other: NodeIndex| self.graph[one].0 != self.graph[other].0;
        let (freed_along, taken_along) = self.names_along(situation);
        let mut along = Vec::new();
        for (name, taker) in &taken {
            let freers = freed_along.get(name).into_iter().flatten();
            let freers = freers.filter(|one| differ(**one, *taker));
            along.extend(freers.map(|freer| (*freer, *taker)));
        }
        for (name, taker) in taken_along {
            let freers = freed_along.get(&name).into_iter().flatten();
            let freers = freers.chain(freed.get(&name));
            let freers = freers.filter(|one| differ(**one, taker));
            along.extend(freers.map(|freer| (*freer, taker)));
        }
        let taken = taken.into_iter().filter_map(|(name, taker)| {
            let freer = freed.get(&name).filter(|one| differ(**one, taker))?;
            Some((*freer, taker))
        });
        let taken: Vec<_> = taken.collect();
        self.edges.extend(taken);
        along
    }

    /// Returns which steps free and take the names of what comes along with objects.
    fn names_along(&self, situation: &Situation<'_>) -> (Freed, Taken) {
        let mut freed = Freed::new();
        let mut taken = Taken::new();
        let mut attached: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
        for object in situation.live.iter() {
            if let Some(holder) = &object.attached
                && self.nodes.contains_key(&(holder, Phase::Drop))
            {
                attached.entry(holder).or_default().push(&object.address);
            }
        }
        for (address, draft) in self.drafts {
            let (Some(rules), Some(ground)) = (
                situation.grounds.rules(address),
                situation.grounds.of(address),
            ) else {
                continue;
            };
            let along = |object: &Option<Object>| -> BTreeSet<Address> {
                let object = object.as_ref();
                let found = object.map(|object| rules.companions(object, ground.platform));
                found.unwrap_or_default().into_iter().collect()
            };
            let node = |phase| self.nodes.get(&(address, phase)).copied();
            let (dropped, built) = (node(Phase::Drop), node(Phase::Build));
            if dropped.or(built).is_none() {
                continue;
            }
            let (before, after) = (along(&draft.live), along(&draft.desired));
            let gone: Vec<_> = match dropped {
                Some(dropped) => {
                    let attached = attached.get(address).into_iter().flatten().copied();
                    let attached = attached.filter(|one| !self.drafts.contains_key(*one));
                    let gone = before.iter().chain(attached);
                    gone.map(|one| (one, dropped)).collect()
                }
                None => {
                    let gone = before.difference(&after);
                    gone.zip(built.into_iter().cycle()).collect()
                }
            };
            for (one, node) in gone {
                if let Some(name) = name(situation, one) {
                    freed.entry(name).or_default().push(node);
                }
            }
            let come = after
                .iter()
                .filter(|one| dropped.is_some() || !before.contains(*one));
            let come = come.zip(built.into_iter().cycle());
            taken.extend(come.filter_map(|(one, node)| Some((name(situation, one)?, node))));
        }
        (freed, taken)
    }
}
