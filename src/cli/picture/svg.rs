//! A graph as SVG. Everything is in the file: it opens anywhere, and takes the colours of a dark screen.

use std::fmt::Write as _;

use super::{Graph, Mark, Node, layout};

/// Height of a node, and from the top of one to that of the next.
const HEIGHT: f64 = 34.0;
const ROW: f64 = 46.0;
/// Between columns.
const GAP: f64 = 70.0;
/// Around everything.
const MARGIN: f64 = 16.0;
/// How many characters of a name are shown.
const LONGEST: usize = 38;
/// How many names of what is folded are told.
const NAMED: usize = 30;

const STYLE: &str = "\
.estate-graph{font-family:system-ui,sans-serif;font-size:12px;--line:#8a94a6;--text:#1c2330;--box:#f4f6fa;--edge:#b4bccb}\
@media(prefers-color-scheme:dark){.estate-graph{--line:#7c879b;--text:#e6eaf2;--box:#232a36;--edge:#566074}}\
.estate-graph text{fill:var(--text)}.estate-graph .kind{font-size:9.5px;opacity:.7}\
.estate-graph rect{fill:var(--box);stroke:var(--line)}.estate-graph .folded rect{stroke-dasharray:4 3}\
.estate-graph path{fill:none;stroke:var(--edge);stroke-width:1.2}\
.estate-graph .create rect{stroke:#1a8f4c;stroke-width:2}.estate-graph .update rect{stroke:#c08a00;stroke-width:2}\
.estate-graph .replace rect{stroke:#c2410c;stroke-width:2}.estate-graph .delete rect{stroke:#c62828;stroke-width:2}\
.estate-graph path.less{stroke-dasharray:4 3}\
.estate-graph .near path,.estate-graph path.near{stroke:#c08a00}";

/// Writes the picture.
#[must_use]
pub fn write(graph: &Graph) -> String {
    let columns = layout::columns(graph);
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(0);
    let height = MARGIN * 2.0 + ROW * as_number(tallest.max(1)) - (ROW - HEIGHT);
    let mut boxes = vec![(0.0, 0.0, 0.0); graph.nodes.len()];
    let mut x = MARGIN;
    for column in &columns {
        let wide = column
            .iter()
            .map(|node| width(&graph.nodes[*node]))
            .fold(0.0, f64::max);
        // In the middle, but never so that a line would have to be fractional.
        let free = as_number(tallest - column.len()) * ROW / 2.0;
        for (row, node) in column.iter().enumerate() {
            boxes[*node] = (x, MARGIN + free + ROW * as_number(row), wide);
        }
        x += wide + GAP;
    }
    // Lines within the last column go around it.
    let width = (x - GAP / 2.0 + MARGIN).max(MARGIN * 2.0 + 60.0);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"estate-graph\" role=\"img\" width=\"{width:.0}\" \
         height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         <defs><marker id=\"estate-arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0,1L8,4L0,7\"/></marker></defs>\n",
        escape(&format!("{} objects and what they stand on", count(graph)))
    );
    for (from, on) in &graph.edges {
        let is_near = graph.nodes[*from].mark.or(graph.nodes[*on].mark).is_some();
        let class = match (is_near, graph.dashed.contains(&(*from, *on))) {
            (true, _) => " class=\"near\"",
            (false, true) => " class=\"less\"",
            (false, false) => "",
        };
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "<path{class} d=\"{}\" marker-end=\"url(#estate-arrow)\"/>",
            line(boxes[*from], boxes[*on])
        );
    }
    for (number, node) in graph.nodes.iter().enumerate() {
        text.push_str(&draw(node, boxes[number]));
    }
    text.push_str("</svg>");
    text
}

/// Says how many objects are in a picture, folded ones included.
fn count(graph: &Graph) -> usize {
    graph
        .nodes
        .iter()
        .map(|node| node.folded.len().max(1))
        .sum()
}

/// Draws from the side of one node to the facing side of the other; within a column, around it.
fn line(from: (f64, f64, f64), on: (f64, f64, f64)) -> String {
    let middle = HEIGHT / 2.0;
    let (y1, y2) = (from.1 + middle, on.1 + middle);
    if (from.0 - on.0).abs() < 1.0 {
        let (x1, x2) = (from.0 + from.2, on.0 + on.2);
        let out = x1.max(x2) + GAP / 2.0;
        return format!("M{x1:.0},{y1:.0}C{out:.0},{y1:.0} {out:.0},{y2:.0} {x2:.0},{y2:.0}");
    }
    let (x1, x2) = match from.0 > on.0 {
        true => (from.0, on.0 + on.2),
        false => (from.0 + from.2, on.0),
    };
    let half = (x1 + x2) / 2.0;
    format!("M{x1:.0},{y1:.0}C{half:.0},{y1:.0} {half:.0},{y2:.0} {x2:.0},{y2:.0}")
}

fn draw(node: &Node, (x, y, wide): (f64, f64, f64)) -> String {
    let mut classes = Vec::new();
    if !node.folded.is_empty() {
        classes.push("folded");
    }
    classes.extend(node.mark.map(|mark| match mark {
        Mark::Create => "create",
        Mark::Update => "update",
        Mark::Replace => "replace",
        Mark::Delete => "delete",
    }));
    let class = match classes.is_empty() {
        true => String::new(),
        false => format!(" class=\"{}\"", classes.join(" ")),
    };
    let mut title = match node.mark {
        Some(mark) => format!("{} will be {}", node.name, mark.word()),
        None => node.name.clone(),
    };
    for name in node.folded.iter().take(NAMED) {
        title.push_str(&format!("\n{name}"));
    }
    if node.folded.len() > NAMED {
        title.push_str(&format!("\nand {} more", node.folded.len() - NAMED));
    }
    format!(
        "<g{class}><title>{}</title><rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{wide:.0}\" height=\"{HEIGHT:.0}\" \
         rx=\"5\"/><text class=\"kind\" x=\"{:.0}\" y=\"{:.0}\">{}</text><text x=\"{:.0}\" y=\"{:.0}\">{}</text></g>\n",
        escape(&title),
        x + 8.0,
        y + 12.0,
        escape(&above(node)),
        x + 8.0,
        y + 27.0,
        escape(&label(node)),
    )
}

/// Returns what stands small above the name.
fn above(node: &Node) -> String {
    let mut kind = node.kind.replace('_', " ");
    if node.folded.is_empty() && !node.home.is_empty() {
        kind.push_str(&format!(" in {}", node.home));
    }
    match node.mark {
        Some(mark) => format!("{kind}, {}", mark.word()),
        None => kind,
    }
}

/// Returns a name as far as there is room, its end rather than its beginning: that is what tells names apart.
fn label(node: &Node) -> String {
    let kind = format!("{}.", node.kind);
    let name = node.name.strip_prefix(&kind).unwrap_or(&node.name);
    let length = name.chars().count();
    if length <= LONGEST {
        return name.to_owned();
    }
    let end: String = name.chars().skip(length - LONGEST + 1).collect();
    format!("…{end}")
}

/// Returns how wide a node must be: about as wide as its texts.
fn width(node: &Node) -> f64 {
    let of = |text: &str, each: f64| {
        let wide = text
            .chars()
            .map(|c| if c.is_ascii() { each } else { each * 1.8 });
        wide.sum::<f64>()
    };
    let widest = of(&label(node), 7.0).max(of(&above(node), 5.6));
    (widest + 18.0).max(60.0)
}

fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Writes a text so that it is only text in XML and HTML; what XML cannot hold is replaced.
#[must_use]
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(c),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}
