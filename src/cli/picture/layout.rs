//! Columns: what is stood on is to the left of what stands on it.
//!
//! The way of Sugiyama: what stands on one another in a circle shares a column, which comes after the last of those it
//! stands on; columns are sorted by where their neighbours are, and too tall ones are broken.

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use super::Graph;

/// How many nodes a column has at most.
const TALLEST: usize = 24;

/// How often columns are sorted, there and back.
const SWEEPS: usize = 6;

/// Returns the nodes of every column from top to bottom, the columns from left to right.
pub(super) fn columns(graph: &Graph) -> Vec<Vec<usize>> {
    let count = graph.nodes.len();
    let (mut below, mut above) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (from, on) in &graph.edges {
        below[*from].push(*on);
        above[*on].push(*from);
    }
    let mut columns: Vec<Vec<usize>> = Vec::new();
    let depths = depths(graph);
    for (node, depth) in depths.iter().enumerate() {
        if columns.len() <= *depth {
            columns.resize(depth + 1, Vec::new());
        }
        columns[*depth].push(node);
    }
    // What neither stands on anything nor is stood on comes last in the first column.
    if let Some(first) = columns.first_mut() {
        first.sort_by_key(|node| (above[*node].is_empty(), *node));
    }
    for _ in 0..SWEEPS {
        let mut at = positions(&columns, count);
        for column in columns.iter_mut().skip(1) {
            sort(column, &below, &mut at);
        }
        for column in columns.iter_mut().rev().skip(1) {
            sort(column, &above, &mut at);
        }
    }
    let broken = columns.into_iter().flat_map(|column| {
        let parts = column.len().div_ceil(TALLEST).max(1);
        let height = column.len().div_ceil(parts).max(1);
        column
            .chunks(height)
            .map(<[usize]>::to_vec)
            .collect::<Vec<_>>()
    });
    broken.collect()
}

/// Returns how many columns each node needs to its left. Those that stand on one another in a circle share one.
fn depths(graph: &Graph) -> Vec<usize> {
    let count = graph.nodes.len();
    let number = |node: usize| u32::try_from(node).unwrap_or(u32::MAX);
    let mut inner = DiGraph::<(), ()>::with_capacity(count, graph.edges.len());
    for _ in 0..count {
        inner.add_node(());
    }
    inner.extend_with_edges(
        graph
            .edges
            .iter()
            .map(|(from, on)| (number(*from), number(*on))),
    );
    let mut depths = vec![0; count];
    let mut circle_of = vec![0; count];
    // What is stood on comes first.
    for (circle, members) in tarjan_scc(&inner).into_iter().enumerate() {
        for member in &members {
            circle_of[member.index()] = circle;
        }
        let below = members.iter().flat_map(|member| inner.neighbors(*member));
        let below = below.filter(|on| circle_of[on.index()] != circle);
        let depth = below.map(|on| depths[on.index()] + 1).max().unwrap_or(0);
        for member in &members {
            depths[member.index()] = depth;
        }
    }
    depths
}

/// Returns where each node is in its column, from 0 to 1000.
fn positions(columns: &[Vec<usize>], count: usize) -> Vec<usize> {
    let mut at = vec![0; count];
    for column in columns {
        place(column, &mut at);
    }
    at
}

fn place(column: &[usize], at: &mut [usize]) {
    for (row, node) in column.iter().enumerate() {
        at[*node] = (2 * row + 1) * 500 / column.len();
    }
}

/// Sorts a column by the middle of the neighbours of its nodes.
fn sort(column: &mut [usize], neighbours: &[Vec<usize>], at: &mut [usize]) {
    column.sort_by_key(|node| {
        let around = &neighbours[*node];
        match around.len() {
            0 => at[*node],
            count => around.iter().map(|other| at[*other]).sum::<usize>() / count,
        }
    });
    place(column, at);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Node;

    fn graph(count: usize, edges: &[(usize, usize)]) -> Graph {
        let node = |number| Node {
            name: format!("n{number}"),
            kind: "table".to_owned(),
            home: String::new(),
            mark: None,
            folded: Vec::new(),
        };
        Graph {
            nodes: (0..count).map(node).collect(),
            edges: edges.iter().copied().collect(),
            ..Graph::default()
        }
    }

    #[test]
    fn what_is_stood_on_is_to_the_left_and_crossings_are_undone() {
        let columns = columns(&graph(5, &[(2, 1), (3, 0), (4, 2), (4, 3)]));
        assert_eq!(columns.len(), 3);
        assert_eq!(columns[2], [4]);
        let first_of = |column: &[usize], a: usize, b: usize| {
            let at = |wanted| column.iter().position(|one| *one == wanted);
            at(a) < at(b)
        };
        assert_eq!(first_of(&columns[0], 0, 1), first_of(&columns[1], 3, 2));
    }

    #[test]
    fn circles_and_crowds_are_laid_out_as_well() {
        let all = columns(&graph(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]));
        assert_eq!(all, [[0, 1, 2]]);
        let crowd = columns(&graph(100, &[]));
        assert!(crowd.iter().all(|column| column.len() <= TALLEST));
        assert_eq!(crowd.concat().len(), 100);
        assert!(columns(&Graph::default()).is_empty());
    }
}
