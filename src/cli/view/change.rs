//! One change, attribute by attribute.

use std::collections::BTreeMap;

use model::{Action, Change, Map, Value};
use similar::{ChangeTag, TextDiff};

use super::value::{element, inline, is_long, name_of};
use crate::screen::Style;

/// Lines of a change in the making.
struct Lines {
    color: bool,
    lines: Vec<String>,
}

/// Words after the address of an object.
fn verdict(change: &Change, color: bool) -> String {
    match &change.action {
        Action::Create => "will be created".to_owned(),
        Action::Update => "will be updated in-place".to_owned(),
        Action::Replace { .. } => format!("must be {}", Style::Red.paint(color, "replaced")),
        Action::Delete { .. } => format!("will be {}", Style::Red.paint(color, "destroyed")),
        Action::Adopt if change.importing.is_some() => "will be imported".to_owned(),
        Action::Adopt => "is as declared and will be recorded".to_owned(),
        Action::Forget { .. } => "will no longer be managed, but will not be destroyed".to_owned(),
    }
}

/// Returns the symbol of an action, set off.
fn symbol(action: &Action, color: bool) -> String {
    match action {
        Action::Create => Style::Green.paint(color, "+"),
        Action::Update => Style::Yellow.paint(color, "~"),
        Action::Replace { .. } => {
            format!(
                "{}/{}",
                Style::Red.paint(color, "-"),
                Style::Green.paint(color, "+")
            )
        }
        Action::Delete { .. } => Style::Red.paint(color, "-"),
        Action::Adopt => " ".to_owned(),
        Action::Forget { .. } => Style::Red.paint(color, "."),
    }
}

/// Returns how an object is called: by its declaration where there is one.
#[must_use]
pub fn title(change: &Change) -> String {
    match &change.id {
        Some(id) => id.to_string(),
        None => format!(
            "{}.{}",
            change.address.kind(),
            change.address.qualified_name()
        ),
    }
}

/// Writes a change.
#[must_use]
pub fn write(change: &Change, color: bool) -> String {
    let mut lines = Lines {
        color,
        lines: Vec::new(),
    };
    let title = Style::Bold.paint(color, format!("  # {}", title(change)));
    lines
        .lines
        .push(format!("{title} {}", verdict(change, color)));
    if let Some(id) = &change.importing {
        lines.lines.push(format!("  # (imported from {id:?})"));
    }
    if let Some(previous) = &change.previous {
        lines.lines.push(format!(
            "  # (it is renamed from {} to {})",
            previous.qualified_name(),
            change.address.qualified_name()
        ));
    }
    for part in &change.parts {
        lines.lines.push(format!(
            "  # ({} {} is renamed to {})",
            part.kind, part.from, part.to
        ));
    }
    match &change.action {
        Action::Replace { because } => {
            for reason in because {
                lines.lines.push(format!("  # (because {reason})"));
            }
        }
        Action::Delete { because } | Action::Forget { because } => {
            lines.lines.push(format!("  # (because {because})"));
        }
        Action::Create | Action::Update | Action::Adopt => {}
    }
    if !change.drift.is_empty() {
        lines.lines.push(format!(
            "  # (changed outside of Estate since the last apply: {})",
            change.drift.join(", ")
        ));
    }
    let kind = change.address.kind();
    let name = change.address.qualified_name();
    let opening = format!("  {} {kind} {name:?} {{", symbol(&change.action, color));
    let head = lines.lines.len();
    lines.lines.push(opening);
    lines.body(change);
    if lines.lines.len() == head + 1 {
        lines.lines[head].push('}');
    } else {
        lines.lines.push("    }".to_owned());
    }
    lines.lines.join("\n")
}

/// Writes what happens to one attribute, with a line diff where a text is long.
#[must_use]
pub fn attribute(name: &str, old: Option<&Value>, new: Option<&Value>, color: bool) -> String {
    let mut lines = Lines {
        color,
        lines: Vec::new(),
    };
    match (old, new) {
        (Some(old), Some(new)) => lines.pair(0, name, old, new),
        (None, Some(new)) => lines.whole(0, '+', name, new),
        (Some(old), None) => lines.whole(0, '-', name, old),
        (None, None) => {}
    }
    lines.lines.join("\n")
}

impl Lines {
    fn push(&mut self, depth: usize, mark: Option<char>, text: &str) {
        let indent = "  ".repeat(depth + 2);
        let mark = match mark {
            Some('+') => format!("{} ", Style::Green.paint(self.color, "+")),
            Some('-') => format!("{} ", Style::Red.paint(self.color, "-")),
            Some('~') => format!("{} ", Style::Yellow.paint(self.color, "~")),
            _ => "  ".to_owned(),
        };
        self.lines.push(format!("{indent}{mark}{text}"));
    }

    fn body(&mut self, change: &Change) {
        let empty = Map::new();
        match &change.action {
            Action::Create => {
                for (name, value) in change.after.as_ref().unwrap_or(&empty) {
                    self.whole(1, '+', name, value);
                }
            }
            Action::Delete { .. } => {
                for (name, value) in change.before.as_ref().unwrap_or(&empty) {
                    if !is_long(value) {
                        self.whole(1, '-', name, value);
                    }
                }
            }
            Action::Update | Action::Replace { .. } => {
                let before = change.before.as_ref().unwrap_or(&empty);
                let after = change.after.as_ref().unwrap_or(&empty);
                self.maps(1, before, after);
            }
            Action::Adopt if change.importing.is_some() => {
                for (name, value) in change.before.as_ref().unwrap_or(&empty) {
                    self.whole(1, ' ', name, value);
                }
            }
            Action::Adopt | Action::Forget { .. } => {}
        }
    }

    /// Writes a value that is there on one side only.
    fn whole(&mut self, depth: usize, mark: char, name: &str, value: &Value) {
        match value {
            Value::Text(text) if is_long(value) => {
                self.push(depth, Some(mark), &format!("{name} = <<-EOT"));
                for line in text.lines() {
                    self.push(depth + 2, None, line);
                }
                self.push(depth + 1, None, "EOT");
            }
            Value::List(items) if items.iter().all(|item| name_of(item).is_some()) => {
                for item in items {
                    self.item(depth, mark, name, item);
                }
            }
            Value::List(items) if items.iter().any(|item| matches!(item, Value::Map(_))) => {
                self.push(depth, Some(mark), &format!("{name} = ["));
                for item in items {
                    self.push(depth + 1, Some(mark), &element(name, item));
                }
                self.push(depth, None, "]");
            }
            value => self.push(depth, Some(mark), &format!("{name} = {}", inline(value))),
        }
    }

    fn item(&mut self, depth: usize, mark: char, kind: &str, item: &Value) {
        let (Some(name), Value::Map(map)) = (name_of(item), item) else {
            return;
        };
        let mut rest = map.clone();
        rest.remove("name");
        let head = format!("{kind} {name:?}");
        self.push(
            depth,
            Some(mark),
            &format!("{head} {}", inline(&Value::Map(rest))),
        );
    }

    fn maps(&mut self, depth: usize, before: &Map, after: &Map) {
        let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
        names.sort();
        names.dedup();
        let mut hidden = 0;
        for name in names {
            match (before.get(name), after.get(name)) {
                (Some(old), Some(new)) if old == new => hidden += 1,
                (Some(old), Some(new)) => self.pair(depth, name, old, new),
                (None, Some(new)) => self.whole(depth, '+', name, new),
                (Some(old), None) => self.whole(depth, '-', name, old),
                (None, None) => {}
            }
        }
        if hidden > 0 {
            let noun = if hidden == 1 {
                "attribute"
            } else {
                "attributes"
            };
            let words = format!("# ({hidden} unchanged {noun} hidden)");
            self.push(depth, None, &Style::Dim.paint(self.color, words));
        }
    }

    fn pair(&mut self, depth: usize, name: &str, old: &Value, new: &Value) {
        match (old, new) {
            (Value::Map(old), Value::Map(new)) => {
                self.push(depth, Some('~'), &format!("{name} {{"));
                self.maps(depth + 1, old, new);
                self.push(depth, None, "}");
            }
            (Value::List(old), Value::List(new))
                if old.iter().chain(new).all(|item| name_of(item).is_some()) =>
            {
                self.named(depth, name, old, new);
            }
            (Value::List(old), Value::List(new)) => self.list(depth, name, old, new),
            (Value::Text(one), Value::Text(other)) if is_long(old) || is_long(new) => {
                self.text(depth, name, one, other);
            }
            (old, new) => {
                let arrow = Style::Yellow.paint(self.color, "->");
                let text = format!("{name} = {} {arrow} {}", inline(old), inline(new));
                self.push(depth, Some('~'), &text);
            }
        }
    }

    fn named(&mut self, depth: usize, kind: &str, old: &[Value], new: &[Value]) {
        let by_name = |items: &[Value]| -> BTreeMap<String, Value> {
            items
                .iter()
                .filter_map(|item| Some((name_of(item)?.to_owned(), item.clone())))
                .collect()
        };
        let (before, after) = (by_name(old), by_name(new));
        let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            match (before.get(name), after.get(name)) {
                (Some(Value::Map(old)), Some(Value::Map(new))) if old != new => {
                    self.push(depth, Some('~'), &format!("{kind} {name:?} {{"));
                    self.maps(depth + 1, old, new);
                    self.push(depth, None, "}");
                }
                (None, Some(new)) => self.item(depth, '+', kind, new),
                (Some(old), None) => self.item(depth, '-', kind, old),
                _ => {}
            }
        }
    }

    fn list(&mut self, depth: usize, name: &str, old: &[Value], new: &[Value]) {
        self.push(depth, Some('~'), &format!("{name} = ["));
        for item in old.iter().filter(|item| !new.contains(item)) {
            self.push(depth + 1, Some('-'), &element(name, item));
        }
        for item in new {
            if !old.contains(item) {
                self.push(depth + 1, Some('+'), &element(name, item));
            }
        }
        if old.iter().all(|item| new.contains(item)) && new.iter().all(|item| old.contains(item)) {
            self.push(depth + 1, None, "# (in another order)");
        }
        self.push(depth, None, "]");
    }

    fn text(&mut self, depth: usize, name: &str, old: &str, new: &str) {
        self.push(depth, Some('~'), &format!("{name} = <<-EOT"));
        for change in TextDiff::from_lines(old, new).iter_all_changes() {
            let mark = match change.tag() {
                ChangeTag::Equal => None,
                ChangeTag::Delete => Some('-'),
                ChangeTag::Insert => Some('+'),
            };
            self.push(depth + 1, mark, change.value().trim_end_matches('\n'));
        }
        self.push(depth + 1, None, "EOT");
    }
}

#[cfg(test)]
mod tests {
    use model::Address;

    use super::*;

    #[test]
    fn of_a_long_text_only_some_lines_change() {
        let [old, new] = ["18", "21"].map(|age| Value::Text(format!("select\n  age > {age}")));
        let expected = [
            "    ~ query = <<-EOT",
            "        select",
            "      -   age > 18",
            "      +   age > 21",
            "        EOT",
        ];
        let shown = attribute("query", Some(&old), Some(&new), false);
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_has_no_attributes_to_show_takes_one_line() {
        let change = Change {
            address: Address::new("postgres", "role", ["analyst"]),
            id: None,
            action: Action::Create,
            previous: None,
            parts: Vec::new(),
            recorded: None,
            importing: None,
            before: None,
            after: Some(Map::new()),
            drift: Vec::new(),
            claim: None,
        };
        let expected = "  # role.analyst will be created\n  + role \"analyst\" {}";
        assert_eq!(write(&change, false), expected);
    }
}
