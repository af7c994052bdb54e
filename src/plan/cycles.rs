//! Circles among declarations, found before anything is connected.

use std::collections::HashMap;

use model::{Address, Diagnostic};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use provider::Desired;

/// Reports declared objects that stand on one another in a circle, each with its place.
#[must_use]
pub fn cycles(desired: &Desired) -> Vec<Diagnostic> {
    let mut graph = DiGraph::new();
    let nodes: HashMap<_, _> = desired
        .catalog
        .addresses()
        .map(|address| (address, graph.add_node(address)))
        .collect();
    for object in desired.catalog.iter() {
        let from = nodes[&object.address];
        let mut stand = |on: &Address| {
            if let Some(to) = nodes.get(on).filter(|to| **to != from) {
                graph.add_edge(from, *to, ());
            }
        };
        // What a part stands on that can be given later closes no circle. A place is an attribute as well.
        let edges = object.edges.iter().filter(|edge| edge.by.is_none());
        edges.for_each(|edge| stand(&edge.on));
        for value in object.attributes.values() {
            value.references(&mut |on| stand(on));
        }
    }
    let mut circles: Vec<Vec<_>> = tarjan_scc(&graph)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|component| component.into_iter().map(|node| graph[node]).collect())
        .collect();
    circles.iter_mut().for_each(|circle| circle.sort());
    circles.sort();
    circles
        .into_iter()
        .map(|circle| {
            let title = "objects stand on one another in a circle";
            circle
                .into_iter()
                .filter_map(|address| desired.origins.get(address))
                .fold(
                    Diagnostic::error("plan::cycle", title),
                    |diagnostic, origin| diagnostic.at(origin.span, format!("`{}`", origin.id)),
                )
                .help("Break the circle: let one of them not mention the next.")
        })
        .collect()
}
