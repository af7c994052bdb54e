//! Blocks as text.

use std::collections::BTreeMap;

use model::{Address, Map, Value};
use provider::decode::{Form, form};
use provider::outline::Block;
use provider::{Provider, Rules};
use serde_json::Value as Json;

use crate::files::file_part;
use crate::labels::Labels;
use crate::order;
use crate::text::{heredoc, is_identifier, quoted};

/// A list or map that is longer goes over several lines.
const WIDTH: usize = 90;

/// A text with more lines goes into a file of its own.
const LINES: usize = 12;

/// Attributes that are SQL, which goes into files of its own when it is long.
const SQL: [&str; 5] = ["query", "body", "sql", "sql_body", "commands"];

/// Writes blocks.
pub(crate) struct Writer<'a> {
    provider: &'a dyn Provider,
    labels: &'a Labels,
    blocks: &'a [Block],
    /// Positions of the blocks inside others.
    inside: BTreeMap<&'a Address, Vec<usize>>,
    schemas: BTreeMap<&'static str, Json>,
    /// Files with SQL, by path.
    pub(crate) sql: BTreeMap<String, String>,
    /// Variables that secrets come from, each with whether it may stay without a value.
    pub(crate) secrets: BTreeMap<String, bool>,
}

/// What is being written.
#[derive(Clone, Copy)]
struct Site<'a> {
    kind: &'a str,
    label: &'a str,
    schema: Option<&'a str>,
    indent: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(provider: &'a dyn Provider, labels: &'a Labels, blocks: &'a [Block]) -> Self {
        let mut inside: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, block) in blocks.iter().enumerate() {
            if let Some(outer) = &block.inside {
                inside.entry(outer).or_default().push(at);
            }
        }
        Self {
            provider,
            labels,
            blocks,
            inside,
            schemas: BTreeMap::new(),
            sql: BTreeMap::new(),
            secrets: BTreeMap::new(),
        }
    }

    /// Writes the block at a position, with those inside it.
    pub(crate) fn block(&mut self, at: usize, out: &mut String) {
        self.block_at(at, 0, out);
    }

    fn schema(&mut self, rules: &'static dyn Rules) -> Json {
        let schema = self.schemas.entry(rules.name());
        schema.or_insert_with(|| rules.schema()).clone()
    }

    fn block_at(&mut self, at: usize, indent: usize, out: &mut String) {
        let blocks = self.blocks;
        let labels = self.labels;
        let block = &blocks[at];
        let kinds = self.provider.kinds().iter().copied();
        let Some(rules) = kinds.into_iter().find(|rules| rules.name() == block.kind) else {
            return;
        };
        let schema = self.schema(rules);
        let label = labels.label(at);
        let site = Site {
            kind: block.kind,
            label,
            schema: block.schema.as_deref(),
            indent: indent + 2,
        };
        let margin = " ".repeat(indent);
        out.push_str(&format!("{margin}{} {} {{\n", block.kind, quoted(label)));
        let start = out.len();
        let mut attributes = block.attributes.clone();
        let has_name = rules.named_by().is_none() && !rules.is_by_contents();
        if block.address.is_some() && has_name && label != block.name {
            attributes.insert("name".to_owned(), block.name.clone().into());
        }
        if let Some((name, parent)) = &block.parent {
            attributes.insert((*name).to_owned(), parent.clone().into());
        }
        self.attributes(&attributes, &schema, site, out);
        if !block.depends_on.is_empty() {
            let on: Vec<_> = block
                .depends_on
                .iter()
                .map(|on| self.labels.reference(on))
                .collect();
            out.push_str(&format!("{margin}  depends_on = [{}]\n", on.join(", ")));
        }
        self.parts(&attributes, &schema, site, out);
        let mut inner = block
            .address
            .as_ref()
            .and_then(|address| self.inside.get(address).cloned())
            .unwrap_or_default();
        inner.sort_by_key(|at| order::of_block(blocks[*at].kind));
        for at in inner {
            self.block_at(at, indent + 2, out);
        }
        close(start, &margin, out);
    }

    /// Writes the attributes of a body.
    fn attributes(&mut self, attributes: &Map, schema: &Json, site: Site<'_>, out: &mut String) {
        let mut names: Vec<&str> = attributes
            .keys()
            .filter(|name| form_of(schema, name) == Form::Attribute)
            .collect();
        names.sort_by_key(|name| order::of_attribute(name));
        for name in names {
            let property = &schema["properties"][name];
            let value = self.value(&attributes[name], property, name, site);
            let margin = " ".repeat(site.indent);
            out.push_str(&format!("{margin}{name} = {value}\n"));
        }
    }

    /// Writes the blocks of a body.
    fn parts(&mut self, attributes: &Map, schema: &Json, site: Site<'_>, out: &mut String) {
        let mut names: Vec<&str> = attributes
            .keys()
            .filter(|name| {
                matches!(
                    form_of(schema, name),
                    Form::PlainBlock | Form::LabelledBlock
                )
            })
            .collect();
        names.sort_by_key(|name| order::of_block(name));
        for name in names {
            let property = &schema["properties"][name];
            let is_labelled = form(property) == Form::LabelledBlock;
            let (items, schema) = match &attributes[name] {
                Value::List(items) => (items.as_slice(), &property["items"]),
                one => (std::slice::from_ref(one), property),
            };
            for item in items {
                let Value::Map(body) = item else { continue };
                let margin = " ".repeat(site.indent);
                out.push_str(&format!("{margin}{name} "));
                if is_labelled {
                    let label = body
                        .get("name")
                        .and_then(Value::as_text)
                        .unwrap_or_default();
                    out.push_str(&format!("{} ", quoted(label)));
                }
                out.push_str("{\n");
                let start = out.len();
                let site = Site {
                    indent: site.indent + 2,
                    ..site
                };
                self.attributes(body, schema, site, out);
                self.parts(body, schema, site, out);
                close(start, &margin, out);
            }
        }
    }

    fn value(&mut self, value: &Value, property: &Json, name: &str, site: Site<'_>) -> String {
        match value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Decimal(text) => text.clone(),
            Value::Text(text) if text.contains('\n') => self.long_text(text, name, site),
            Value::Text(text) if is_switch(property, text) => text.clone(),
            Value::Text(text) => quoted(text),
            Value::Reference(address) => self.labels.reference(address),
            Value::Secret(_) => {
                let variable = format!("{}_{}_{name}", site.kind, site.label);
                let is_optional = property.get("x-left-alone").is_some();
                self.secrets.insert(variable.clone(), is_optional);
                format!("var.{variable}")
            }
            Value::List(items) => {
                let inner = &property["items"];
                if let ([only], Some(_)) = (items.as_slice(), property.get("x-one-or-many")) {
                    return self.value(only, inner, name, site);
                }
                let inside = Site {
                    indent: site.indent + 2,
                    ..site
                };
                let items: Vec<_> = items
                    .iter()
                    .map(|item| self.value(item, inner, name, inside))
                    .collect();
                brackets(&items, ('[', ']'), ",", site.indent)
            }
            Value::Map(map) => {
                let inside = Site {
                    indent: site.indent + 2,
                    ..site
                };
                let entries: Vec<_> = map
                    .iter()
                    .map(|(key, value)| {
                        let inner = match property["properties"].get(key) {
                            Some(inner) => inner,
                            None => &property["additionalProperties"],
                        };
                        let value = self.value(value, inner, key, inside);
                        let key = if is_identifier(key) {
                            key.to_owned()
                        } else {
                            quoted(key)
                        };
                        format!("{key} = {value}")
                    })
                    .collect();
                brackets(&entries, ('{', '}'), "", site.indent)
            }
        }
    }

    /// Writes a text of several lines: in place, or in a file of its own.
    fn long_text(&mut self, text: &str, name: &str, site: Site<'_>) -> String {
        let is_sql = SQL.contains(&name);
        let is_long = text.lines().count() > LINES;
        if !(is_sql && is_long) {
            // White space around a query says nothing.
            if name == "query"
                && let Some(here) = heredoc(&format!("{text}\n"), site.indent)
            {
                return here;
            }
            if let Some(here) = heredoc(text, site.indent) {
                return here;
            }
            if let Some(here) = heredoc(&format!("{text}\n"), site.indent)
                && !text.ends_with('\n')
            {
                return format!("chomp({here}\n{})", " ".repeat(site.indent));
            }
        }
        if !is_sql {
            return quoted(text);
        }
        let end = if name == "query" { "\n" } else { "" };
        let path = self.sql_path(site);
        let file = format!("file({})", quoted(&path));
        self.sql.insert(path, format!("{text}{end}"));
        file
    }

    /// Returns the path of a file with the SQL of a block.
    fn sql_path(&self, site: Site<'_>) -> String {
        let schema = site.schema.map(|schema| format!("{}.", file_part(schema)));
        let schema = schema.unwrap_or_default();
        let label = file_part(site.label);
        let stem = format!("sql/{schema}{label}");
        std::iter::once(format!("{stem}.sql"))
            .chain((2..).map(|number: usize| format!("{stem}_{number}.sql")))
            .find(|path| !self.sql.contains_key(path))
            .unwrap_or(stem)
    }
}

/// Returns how a property is written; what is no property of the kind, such as the schema it lies in, is
/// an attribute.
fn form_of(schema: &Json, name: &str) -> Form {
    schema["properties"].get(name).map_or(Form::Attribute, form)
}

/// Reports whether a text is the word for yes or no among other choices.
fn is_switch(property: &Json, text: &str) -> bool {
    let has_choices = property.get("oneOf").is_some() || property.get("enum").is_some();
    has_choices && matches!(text, "true" | "false")
}

/// Closes a block whose contents begin at a place, on the same line when there is little in it.
fn close(start: usize, margin: &str, out: &mut String) {
    let contents = out[start..].trim().to_owned();
    let is_short = contents.len() + margin.len() <= WIDTH / 2;
    if contents.contains('\n') || !is_short || contents.ends_with('}') && contents.contains(" {") {
        out.push_str(&format!("{margin}}}\n"));
        return;
    }
    out.truncate(start - 1);
    if contents.is_empty() {
        out.push_str("}\n");
    } else {
        out.push_str(&format!(" {contents} }}\n"));
    }
}

/// Writes items between brackets, on one line where they fit.
fn brackets(items: &[String], (open, shut): (char, char), comma: &str, indent: usize) -> String {
    let width: usize = items.iter().map(|item| item.len() + 2).sum();
    let is_map = open == '{';
    let is_short = width + indent <= WIDTH && !items.iter().any(|item| item.contains('\n'));
    if is_short {
        let space = if is_map && !items.is_empty() { " " } else { "" };
        return format!("{open}{space}{}{space}{shut}", items.join(", "));
    }
    let margin = " ".repeat(indent + 2);
    let lines: String = items
        .iter()
        .map(|item| format!("{margin}{item}{comma}\n"))
        .collect();
    format!("{open}\n{lines}{}{shut}", " ".repeat(indent))
}
