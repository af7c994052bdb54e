//! One order out of the many that the graph allows.
//!
//! Any topological order is right. The one we ship stays at one place as long as it can, so that
//! steps share transactions, and is otherwise by phase, kind and name, so that people can read it.
//! Tests walk orders drawn at random: a fixed tie-break hides missing edges.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Phase};
use petgraph::Direction;
use petgraph::graph::NodeIndex;

use crate::graph::Graph;

/// Decides which of the ready steps is next.
pub trait Choose {
    /// Takes note of a step that has become ready.
    fn ready(&mut self, node: NodeIndex);
    /// Takes one of the ready steps; there is at least one.
    fn next(&mut self) -> NodeIndex;
}

/// Walks the graph in the order that `choose` decides. Steps on a circle are left out.
#[must_use]
pub fn walk(graph: &Graph, choose: &mut dyn Choose) -> Vec<(Address, Phase)> {
    let graph = graph.inner();
    let mut waiting: Vec<usize> = graph
        .node_indices()
        .map(|node| graph.edges_directed(node, Direction::Incoming).count())
        .collect();
    let mut ready = 0;
    for node in graph
        .node_indices()
        .filter(|node| waiting[node.index()] == 0)
    {
        choose.ready(node);
        ready += 1;
    }
    let mut order = Vec::with_capacity(waiting.len());
    while ready > 0 {
        let next = choose.next();
        ready -= 1;
        order.push(graph[next].clone());
        for after in graph.neighbors_directed(next, Direction::Outgoing) {
            waiting[after.index()] -= 1;
            if waiting[after.index()] == 0 {
                choose.ready(after);
                ready += 1;
            }
        }
    }
    order
}

/// Where a step runs: provider, place, and whether it has to leave the transaction.
pub(crate) type Where = (String, String, bool);

/// The choice we ship.
pub(crate) struct Readable {
    ranks: Vec<(Where, Phase, usize)>,
    pools: BTreeMap<Where, BTreeSet<(Phase, usize, NodeIndex)>>,
    present: Option<Where>,
}

impl Readable {
    /// `place` says where a step runs; `kind` is the position of its kind in the documentation, but for
    /// those that are best first or last.
    pub(crate) fn new(
        graph: &Graph,
        place: impl Fn(&Address, Phase) -> Where,
        kind: impl Fn(&Address, Phase) -> usize,
    ) -> Self {
        let ranks = graph
            .inner()
            .node_weights()
            .map(|(address, phase)| (place(address, *phase), *phase, kind(address, *phase)))
            .collect();
        Self {
            ranks,
            pools: BTreeMap::new(),
            present: None,
        }
    }
}

impl Choose for Readable {
    fn ready(&mut self, node: NodeIndex) {
        let (place, phase, kind) = &self.ranks[node.index()];
        self.pools
            .entry(place.clone())
            .or_default()
            .insert((*phase, *kind, node));
    }

    fn next(&mut self) -> NodeIndex {
        if self
            .present
            .as_ref()
            .is_none_or(|place| !self.pools.contains_key(place))
        {
            self.present = self.pools.keys().next().cloned();
        }
        let place = self
            .present
            .clone()
            .expect("a ready step lies in some pool");
        let pool = self
            .pools
            .get_mut(&place)
            .expect("empty pools are taken out");
        let (.., node) = pool.pop_first().expect("empty pools are taken out");
        if pool.is_empty() {
            self.pools.remove(&place);
        }
        node
    }
}
