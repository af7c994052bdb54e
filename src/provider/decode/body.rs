//! Bodies: which attributes and blocks a block may have, and which it must.

use model::diagnostic::with_article;
use model::{Attribute, Block, Body, Content, Diagnostic, Map, Span, Value, diagnostic};
use serde_json::{Map as Properties, Value as Json};

use super::Decoder;
use super::shape::{Form, Shape, form};

impl Decoder<'_> {
    /// Decodes one body; `taken` applies only at the top.
    pub(super) fn body(&mut self, header: Span, body: &Body, schema: &Json) -> Map {
        let taken = std::mem::take(&mut self.taken);
        let none = Properties::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let known = |wanted: fn(Form) -> bool| {
            properties
                .iter()
                .filter(move |(_, property)| wanted(form(property)))
                .map(|(name, _)| name.as_str())
        };
        let mut map = Map::new();
        for Attribute {
            name,
            name_span,
            value,
        } in &body.attributes
        {
            match properties
                .get(name)
                .map(|property| (property, form(property)))
            {
                Some((property, Form::Attribute)) => {
                    if let Some(value) = self.value(value, &Shape::of(property)) {
                        map.insert(name.clone(), value);
                    }
                }
                Some((_, Form::LabelledBlock | Form::PlainBlock)) => self.report(
                    Diagnostic::error("declaration::unknown_attribute", "unknown attribute")
                        .at(*name_span, format!("`{name}` is a block"))
                        .help(format!("Write `{name} {{ ... }}` without an equals sign.")),
                ),
                Some((_, Form::Derived)) | None => {
                    let names = known(|form| form == Form::Attribute).chain(taken.iter().copied());
                    let help = diagnostic::did_you_mean(name, names);
                    let kind = self.kind;
                    self.report(
                        Diagnostic::error("declaration::unknown_attribute", "unknown attribute")
                            .at(
                                *name_span,
                                format!("{} has no attribute `{name}` here", with_article(kind)),
                            )
                            .help(help.unwrap_or_else(|| {
                                format!("`estate explain {kind}` lists the attributes.")
                            })),
                    );
                }
            }
        }
        self.blocks(body, properties, taken, &mut map);
        for name in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
        {
            let written = body.attributes.iter().any(|attribute| {
                attribute.name == name && attribute.value.content != Content::Null
            }) || body.blocks.iter().any(|block| block.kind == name)
                || map.contains_key(name);
            if !written
                && properties
                    .get(name)
                    .is_some_and(|property| form(property) != Form::Derived)
            {
                self.missing(header, name, &properties[name]);
            }
        }
        map
    }

    fn missing(&mut self, header: Span, name: &str, property: &Json) {
        let shape = Shape::of(property);
        let example = match form(property) {
            Form::LabelledBlock => format!("Add a block `{name} \"...\" {{ }}`."),
            Form::PlainBlock => format!("Add a block `{name} {{ }}`."),
            _ => format!("Add `{name} = ...`, {}.", shape.words()),
        };
        self.report(
            Diagnostic::error("declaration::missing_attribute", "missing attribute")
                .at(header, format!("`{name}` is missing"))
                .help(example),
        );
    }

    fn blocks(
        &mut self,
        body: &Body,
        properties: &Properties<String, Json>,
        taken: &[&str],
        map: &mut Map,
    ) {
        for block in &body.blocks {
            let Some(property) = properties.get(&block.kind) else {
                self.unknown_block(block, properties, taken);
                continue;
            };
            let labelled = match form(property) {
                Form::LabelledBlock => true,
                Form::PlainBlock => false,
                Form::Attribute => {
                    self.report(
                        Diagnostic::error("declaration::unknown_block", "unknown block")
                            .at(block.kind_span, format!("`{}` is an attribute", block.kind))
                            .help(format!("Write `{} = ...` with an equals sign.", block.kind)),
                    );
                    continue;
                }
                Form::Derived => {
                    self.unknown_block(block, properties, taken);
                    continue;
                }
            };
            let (many, item) = match Shape::of(property) {
                Shape::List(item) | Shape::OneOrMany(item) => (true, *item),
                item => (false, item),
            };
            let Shape::Struct(schema) = item else {
                unreachable!("blocks are structs")
            };
            let Some(label) = self.label(block, labelled) else {
                continue;
            };
            let mut fields = self.body(
                label.map_or(block.kind_span, |(_, span)| *span),
                &block.body,
                schema,
            );
            if let Some((label, _)) = label {
                fields.insert("name".to_owned(), Value::Text(label.clone()));
            }
            let value = Value::Map(fields);
            if many {
                match map.get_or_insert_with(block.kind.clone(), || Value::List(Vec::new())) {
                    Value::List(items) => items.push(value),
                    other => *other = value,
                }
            } else {
                map.insert(block.kind.clone(), value);
            }
        }
        self.repeated_blocks(body, properties);
    }

    /// Reports blocks that appear again where only one may.
    fn repeated_blocks(&mut self, body: &Body, properties: &Properties<String, Json>) {
        let mut seen = std::collections::BTreeMap::new();
        for block in &body.blocks {
            let Some(property) = properties.get(&block.kind) else {
                continue;
            };
            let many = matches!(Shape::of(property), Shape::List(_) | Shape::OneOrMany(_));
            let label = block.labels.first().map(|(label, _)| label.as_str());
            if many && label.is_none() {
                continue;
            }
            let span = block
                .labels
                .first()
                .map_or(block.kind_span, |(_, span)| *span);
            if let Some(first) = seen.insert((block.kind.as_str(), label), span) {
                self.report(
                    Diagnostic::error("declaration::duplicate_block", "duplicate block")
                        .at(span, format!("a second `{}`", block.kind))
                        .at(first, "the first is here")
                        .help("Remove one of them or give it another label."),
                );
            }
        }
    }

    fn unknown_block(
        &mut self,
        block: &Block,
        properties: &Properties<String, Json>,
        taken: &[&str],
    ) {
        let known = properties
            .iter()
            .filter(|(_, property)| {
                matches!(form(property), Form::LabelledBlock | Form::PlainBlock)
            })
            .map(|(name, _)| name.as_str())
            .chain(taken.iter().copied());
        let help = diagnostic::did_you_mean(&block.kind, known);
        let kind = self.kind;
        self.report(
            Diagnostic::error("declaration::unknown_block", "unknown block")
                .at(
                    block.kind_span,
                    format!("{} has no block `{}` here", with_article(kind), block.kind),
                )
                .help(help.unwrap_or_else(|| format!("`estate explain {kind}` lists the blocks."))),
        );
    }

    /// Returns the label a block must have, `Some(None)` for one that must have none, and `None`
    /// after reporting a mistake.
    fn label<'b>(
        &mut self,
        block: &'b Block,
        labelled: bool,
    ) -> Option<Option<&'b (String, Span)>> {
        let kind = &block.kind;
        match (labelled, block.labels.as_slice()) {
            (true, [label]) => Some(Some(label)),
            (false, []) => Some(None),
            (true, labels) => {
                self.report(
                    Diagnostic::error("declaration::wrong_label", "wrong number of labels")
                        .at(
                            labels.get(1).map_or(block.kind_span, |(_, span)| *span),
                            format!("`{kind}` needs exactly one label"),
                        )
                        .help(format!("Write `{kind} \"name\" {{ ... }}`.")),
                );
                None
            }
            (false, labels) => {
                self.report(
                    Diagnostic::error("declaration::wrong_label", "wrong number of labels")
                        .at(labels[0].1, format!("`{kind}` has no label"))
                        .help(format!("Write `{kind} {{ ... }}`.")),
                );
                None
            }
        }
    }
}
