//! Folding nodes into one until few enough are left.

use std::collections::{BTreeMap, BTreeSet};

use super::{Graph, Mark, Node};
use crate::view::plan::kinds;

/// What nodes have in common that are folded into one. The further down, the more they hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// They do not change, and are of one kind in one place.
    KindAndHome,
    /// They do not change, and are in one place.
    Home,
    /// They do not change.
    Nothing,
    /// The same happens to them, and they are of one kind in one place.
    Change,
    /// The same happens to them, in one place.
    ChangeAndHome,
    /// The same happens to them.
    ChangeAlone,
}

const STEPS: [By; 6] = [
    By::KindAndHome,
    By::Home,
    By::Nothing,
    By::Change,
    By::ChangeAndHome,
    By::ChangeAlone,
];

/// What nodes have in common: what happens to them, kind, home.
type Key = (Option<Mark>, Option<String>, Option<String>);

/// Folds nodes until there are at most as many, where that is possible at all. Nothing is folded that need not be.
#[must_use]
pub fn fold(graph: Graph, most: usize) -> Graph {
    let mut folded = graph.clone();
    for step in 0..STEPS.len() {
        if folded.nodes.len() <= most {
            return folded;
        }
        // Each time from the beginning: names of what is folded are those of objects.
        folded = together(&graph, &STEPS[..=step]);
    }
    folded
}

/// Folds once, each node by the last of the steps that is for it.
fn together(graph: &Graph, steps: &[By]) -> Graph {
    let mut groups: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    let mut singles = Vec::new();
    for (number, node) in graph.nodes.iter().enumerate() {
        match steps.iter().rev().find_map(|by| key(*by, node)) {
            Some(key) => groups.entry(key).or_default().push(number),
            None => singles.push(number),
        }
    }
    let mut next = Graph::default();
    let mut becomes = vec![0; graph.nodes.len()];
    for number in singles {
        becomes[number] = next.nodes.len();
        next.nodes.push(graph.nodes[number].clone());
    }
    for ((mark, kind, home), members) in groups {
        for member in &members {
            becomes[*member] = next.nodes.len();
        }
        next.nodes.push(match members[..] {
            [only] => graph.nodes[only].clone(),
            _ => group(graph, &members, (mark, kind, home)),
        });
    }
    let edges = graph.edges.iter();
    let edges = edges.map(|(from, on)| (becomes[*from], becomes[*on]));
    next.edges = edges
        .filter(|(from, on)| from != on)
        .collect::<BTreeSet<_>>();
    // What one of several means more, all of them do.
    let whole = graph.edges.difference(&graph.dashed);
    let whole: BTreeSet<_> = whole
        .map(|(from, on)| (becomes[*from], becomes[*on]))
        .collect();
    next.dashed = next.edges.difference(&whole).copied().collect();
    next
}

fn key(by: By, node: &Node) -> Option<Key> {
    let (kind, home) = (Some(node.kind.clone()), Some(node.home.clone()));
    match (by, node.mark) {
        (By::KindAndHome, None) => Some((None, kind, home)),
        (By::Home, None) => Some((None, None, home)),
        (By::Nothing, None) => Some((None, None, None)),
        (By::Change, Some(_)) => Some((node.mark, kind, home)),
        (By::ChangeAndHome, Some(_)) => Some((node.mark, None, home)),
        (By::ChangeAlone, Some(_)) => Some((node.mark, None, None)),
        _ => None,
    }
}

fn group(graph: &Graph, members: &[usize], (mark, kind, home): Key) -> Node {
    let count = members.len();
    let what = match &kind {
        Some(kind) => kinds(kind, count),
        None => "objects".to_owned(),
    };
    let within = match home.as_deref() {
        None | Some("") => String::new(),
        Some(home) => format!(" in {home}"),
    };
    Node {
        name: format!("{count} {what}{within}"),
        kind: kind.unwrap_or_else(|| "objects".to_owned()),
        home: home.unwrap_or_default(),
        mark,
        folded: members
            .iter()
            .map(|number| graph.nodes[*number].name.clone())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: usize, mark: Option<Mark>) -> Node {
        Node {
            name: format!("table.t{number}"),
            kind: "table".to_owned(),
            home: format!("s{}", number % 7),
            mark,
            folded: Vec::new(),
        }
    }

    #[test]
    fn what_changes_is_folded_last() {
        let mut graph = Graph::default();
        for number in 0..2_000 {
            let mark = (number % 100 == 0).then_some(Mark::Update);
            graph.nodes.push(node(number, mark));
        }
        graph.edges = (1..2_000).map(|number| (number, number / 2)).collect();
        let folded = fold(graph.clone(), 120);
        let changed = folded.nodes.iter().filter(|node| node.mark.is_some());
        assert_eq!((folded.nodes.len(), changed.count()), (27, 20));
        let all: usize = folded
            .nodes
            .iter()
            .map(|node| node.folded.len().max(1))
            .sum();
        assert_eq!(all, 2_000);
        assert_eq!(fold(graph.clone(), 15).nodes.len(), 8);
        assert_eq!(fold(graph.clone(), 1).nodes.len(), 2);
        assert_eq!(fold(graph.clone(), 2_000), graph);
    }
}
