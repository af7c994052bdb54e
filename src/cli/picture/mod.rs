//! Pictures of what stands on what: as SVG, readable however many objects there are.
//!
//! Objects are folded until few enough are left: first those that do not change, by kind and by what they lie in.
//! What is left is laid out in columns, what is stood on to the left of what stands on it.

mod fold;
mod layout;
mod of_plan;
mod svg;
mod words;

pub use fold::fold;
pub use of_plan::of_plan;
pub(crate) use svg::escape;
pub use svg::write;
pub(crate) use words::{Drawing, Line};

use std::collections::BTreeSet;

use provider::Desired;

use crate::args::GraphFormat;

/// How many nodes are drawn at most, where it is not said otherwise: more would have to be searched.
pub const MOST: usize = 120;

/// What happens to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It is made.
    Create,
    /// It is altered.
    Update,
    /// It is dropped and made again.
    Replace,
    /// It is dropped.
    Delete,
}

impl Mark {
    /// Says it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Update => "updated",
            Self::Replace => "replaced",
            Self::Delete => "destroyed",
        }
    }
}

/// One object, or several that are folded into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What is written in it.
    pub name: String,
    /// What sort of object it is.
    pub kind: String,
    /// What it lies in, as `database.schema`; empty where in nothing.
    pub home: String,
    /// What happens to it.
    pub mark: Option<Mark>,
    /// What is folded in it; empty for a single object.
    pub folded: Vec<String>,
}

/// Nodes, and who stands on whom, by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// From what stands to what it stands on.
    pub edges: BTreeSet<(usize, usize)>,
    /// Edges that mean less than the others, and are drawn with dashes.
    pub dashed: BTreeSet<(usize, usize)>,
}

/// Draws in a format; `graph` is asked for a picture only, in which most are folded unless `all` are wanted.
pub(crate) fn draw(
    format: GraphFormat,
    all: bool,
    drawing: &Drawing,
    graph: impl FnOnce() -> Graph,
) -> String {
    match format {
        GraphFormat::Dot => drawing.dot(),
        GraphFormat::Mermaid => drawing.mermaid(),
        GraphFormat::Svg => {
            let most = if all { usize::MAX } else { MOST };
            write(&fold(graph(), most))
        }
    }
}

/// Makes the graph of everything that is declared.
#[must_use]
pub fn of_desired(desired: &Desired) -> Graph {
    let addresses: Vec<_> = desired.origins.keys().collect();
    let number =
        |address: &model::Address| addresses.binary_search_by(|one| (*one).cmp(address)).ok();
    let mut graph = Graph::default();
    for (address, origin) in &desired.origins {
        graph.nodes.push(Node {
            name: origin.id.to_string(),
            kind: address.kind().to_owned(),
            home: home(address),
            mark: None,
            folded: Vec::new(),
        });
    }
    for object in desired.catalog.iter() {
        let Some(from) = number(&object.address) else {
            continue;
        };
        for edge in object.stands_on() {
            graph.edges.extend(number(&edge.on).map(|on| (from, on)));
        }
    }
    graph
}

/// Names what an object lies in.
fn home(address: &model::Address) -> String {
    let path = address.path();
    let around = path.split_last().map_or(&[][..], |(_, around)| around);
    let parts: Vec<&str> = around
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(".")
}
