//! Which block is kept in which file.

use std::collections::{BTreeMap, BTreeSet};

use model::Sources;
use provider::outline::Block;
use provider::{Outline, Provider};

use crate::labels::Labels;
use crate::text::quoted;
use crate::write::Writer;

/// One file of the new project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path inside the project folder, with slashes.
    pub path: String,
    /// Contents.
    pub text: String,
}

/// What the project begins with.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Name of the project.
    pub project: &'a str,
    /// Name of the environment variable with the url; the embedded server when absent.
    pub url: Option<&'a str>,
}

/// The file that is read first.
const MAIN: &str = "main.hcl";

/// Returns the files of a project that declares what an outline says.
#[must_use]
pub fn files(outline: &Outline, provider: &dyn Provider, head: Head<'_>) -> Vec<File> {
    let labels = Labels::of(outline);
    let mut writer = Writer::new(provider, &labels, &outline.blocks);
    let names = Names::of(&outline.blocks);
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let blocks = outline.blocks.iter().enumerate();
    for (at, block) in blocks.filter(|(_, block)| block.inside.is_none()) {
        let text = texts.entry(names.of_block(block)).or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        writer.block(at, text);
    }
    let main = main(outline, provider, head, &writer.secrets);
    texts.insert(MAIN.to_owned(), main);
    let laid_out = texts.into_iter().map(|(path, text)| File {
        text: lay_out(&path, text),
        path,
    });
    let sql = std::mem::take(&mut writer.sql).into_iter();
    laid_out
        .chain(sql.map(|(path, text)| File { path, text }))
        .collect()
}

/// Lays a text out as `estate fmt` does.
fn lay_out(path: &str, text: String) -> String {
    let mut sources = Sources::default();
    let source = sources.add(path, text);
    match config::format(&sources, source) {
        Ok(text) => text,
        // It will be reported, with the place, when the project is read.
        Err(_) => sources.get(source).text.clone(),
    }
}

fn main(
    outline: &Outline,
    provider: &dyn Provider,
    head: Head<'_>,
    secrets: &BTreeMap<String, bool>,
) -> String {
    let mut text = format!("estate {{\nproject = {}\n", quoted(head.project));
    if let Some(owner) = &outline.owner {
        text.push_str(&format!(
            "owner = {} # of what does not say otherwise\n",
            quoted(owner)
        ));
    }
    text.push_str("}\n\n");
    match head.url {
        Some(variable) => text.push_str(&format!(
            "provider {} {{ url = env({}) }} # or give `--url`\n",
            quoted(provider.name()),
            quoted(variable)
        )),
        None => text.push_str(&format!("provider {} {{}}\n", quoted(provider.name()))),
    }
    for (name, is_optional) in secrets {
        let default = match is_optional {
            true => "default = null # what is there is left alone\n",
            false => "",
        };
        text.push_str(&format!(
            "\nvariable {} {{\ntype = string\n{default}sensitive = true # it is not shown to others, so it is not here\n}}\n",
            quoted(name)
        ));
    }
    text
}

/// Names of files: with the schema in front where there are several with something in them.
struct Names {
    has_several_schemas: bool,
}

impl Names {
    fn of(blocks: &[Block]) -> Self {
        let schemas: BTreeSet<_> = blocks
            .iter()
            .filter(|block| block.group != "schema")
            .filter_map(|block| block.schema.as_ref())
            .collect();
        Self {
            has_several_schemas: schemas.len() > 1,
        }
    }

    fn of_block(&self, block: &Block) -> String {
        match &block.schema {
            Some(schema) if self.has_several_schemas => {
                let schema = file_part(schema);
                if block.group == "schema" {
                    format!("{schema}.hcl")
                } else {
                    format!("{schema}_{}.hcl", block.group)
                }
            }
            Some(_) => format!("{}.hcl", block.group),
            None if block.group == "schema" => "extensions.hcl".to_owned(),
            None => format!("{}.hcl", block.group),
        }
    }
}

/// Returns a name as a part of the name of a file, on any system.
pub(crate) fn file_part(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect()
}
