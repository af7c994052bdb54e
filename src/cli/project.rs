//! A project as one command sees it: its files, and the platforms they speak of.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use config::{Inputs, Loaded};
use model::{Body, Content, Diagnostic, Located, Sources, Span};
use provider::{Provider, Timeouts, Usage};

use crate::args::Global;
use crate::failure::{Failure, Plain};
use crate::providers;

/// Where a provider is to be found.
#[derive(Clone)]
pub struct Instance {
    /// Its platform.
    pub provider: &'static dyn Provider,
    /// Where the server is. A secret; nothing stands for the embedded server.
    pub url: Option<String>,
    /// What the connection is for.
    pub usage: Usage,
}

/// A project.
pub struct Project {
    /// What the files say.
    pub config: config::Project,
    /// What places point into.
    pub sources: Sources,
    /// Warnings of reading the files.
    pub warnings: Vec<Diagnostic>,
    /// Providers by name with alias.
    pub instances: BTreeMap<String, Instance>,
}

impl Project {
    /// Returns a place that is there in every project: a provider block, or the beginning of a file.
    ///
    /// # Errors
    /// When there is no file at all.
    pub(crate) fn anywhere(&self) -> Result<Span, Failure> {
        let provider = self.config.providers.first().map(|block| block.span);
        let file = || {
            let (id, _) = self.sources.iter().next()?;
            Some(Span::new(id, 0, 0))
        };
        let found = provider.or_else(file);
        found.ok_or_else(|| Plain::failed("cli::no_files", "there is no project here").into())
    }
}

/// Returns the project folder.
#[must_use]
pub fn folder(global: &Global) -> PathBuf {
    global.chdir.clone().unwrap_or_else(|| PathBuf::from("."))
}

/// Reports whether there is a project in a folder.
#[must_use]
pub fn has_files(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .any(|path| path.extension().is_some_and(|end| end == "hcl"))
}

/// Writes a path as people do: without `./` before it.
#[must_use]
pub fn shown(path: &Path) -> String {
    let parts = path.components();
    let parts: PathBuf = parts
        .skip_while(|part| *part == Component::CurDir)
        .collect();
    if parts.as_os_str().is_empty() {
        return ".".to_owned();
    }
    parts.display().to_string()
}

/// Reads the files of a project.
///
/// # Errors
/// When there are none, or they are wrong.
pub fn load(global: &Global) -> Result<Project, Failure> {
    load_telling(global, &|_| ())
}

/// Reads the files of a project, and tells on the way where its platforms are.
///
/// # Errors
/// When there are none, or they are wrong.
pub fn load_telling(
    global: &Global,
    tell: &(dyn Fn(config::Ahead) + Sync),
) -> Result<Project, Failure> {
    let dir = folder(global);
    if !dir.is_dir() {
        return Err(Plain::failed(
            "cli::no_folder",
            format!("there is no folder {}", dir.display()),
        )
        .help("Name the project folder with `-C DIR`.")
        .into());
    }
    let inputs = Inputs {
        dir,
        environment: global.env.clone(),
        vars: global.var.clone(),
        var_files: global.var_file.clone(),
        env: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let Loaded {
        sources,
        mut diagnostics,
        project,
        partial,
    } = config::load_telling(&inputs, tell);
    let Some(config) = project else {
        diagnostics.extend(partial.map_or_else(Vec::new, |config| further(config, global)));
        model::diagnostic::sort(&mut diagnostics);
        return Err(Failure::Diagnostics {
            sources,
            diagnostics,
        });
    };
    let mut instances = instances(&config.providers, global.url.as_deref(), &mut diagnostics);
    only_read(&mut instances, global);
    if let ([only], Some(_)) = (config.providers.as_slice(), &global.url) {
        // What the url would have come from is not needed.
        diagnostics.retain(|one| {
            !(one.code == "config::unset_environment_variable" && is_within(one, only))
        });
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Failure::Diagnostics {
            sources,
            diagnostics,
        });
    }
    if config.declarations.is_empty() && config.files.is_empty() {
        let place = inputs.dir.display().to_string();
        return Err(Plain::failed(
            "cli::no_project",
            format!("there are no .hcl files in {place}"),
        )
        .help("Write a project, or begin with `estate init`.")
        .into());
    }
    Ok(Project {
        config,
        sources,
        warnings: diagnostics,
        instances,
    })
}

/// Reports whether what is said is about a provider block.
fn is_within(diagnostic: &Diagnostic, block: &config::ProviderBlock) -> bool {
    let place = diagnostic.labels.first().map(|label| label.span);
    let mut attributes = block.body.attributes.iter();
    place.is_some_and(|place| attributes.any(|one| one.value.span.contains(place)))
}

/// Finds the mistakes of blocks in a project that has others.
fn further(config: config::Project, global: &Global) -> Vec<Diagnostic> {
    let mut ignored = Vec::new();
    let instances = instances(&config.providers, global.url.as_deref(), &mut ignored);
    let project = Project {
        config,
        sources: Sources::default(),
        warnings: Vec::new(),
        instances,
    };
    crate::offline::mistakes_of_blocks(&project)
}

/// Makes connections only read where the command only looks.
pub(crate) fn only_read(instances: &mut BTreeMap<String, Instance>, global: &Global) {
    for instance in instances.values_mut() {
        instance.usage.only_reads = global.only_reads;
    }
}

/// Finds the platform and the server of every provider block. Without any, there is one PostgreSQL.
pub(crate) fn instances(
    blocks: &[config::ProviderBlock],
    override_url: Option<&str>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Instance> {
    let mut instances = BTreeMap::new();
    for block in blocks {
        let Some(provider) = providers::find(&block.name) else {
            let known: Vec<_> = providers::all()
                .iter()
                .map(|provider| provider.name())
                .collect();
            let help = model::diagnostic::did_you_mean(&block.name, known.iter().copied());
            diagnostics.push(
                Diagnostic::error("cli::unknown_platform", "unknown provider")
                    .at(
                        block.span,
                        format!("this Estate knows no platform `{}`", block.name),
                    )
                    .help(help.unwrap_or_else(|| format!("It knows {}.", known.join(", ")))),
            );
            continue;
        };
        let key = match &block.alias {
            Some(alias) => format!("{}.{alias}", block.name),
            None => block.name.clone(),
        };
        let url = match override_url.filter(|_| blocks.len() == 1) {
            Some(url) => Some(url.to_owned()),
            None => url_of(&block.body, block.span, diagnostics),
        };
        let usage = Usage {
            timeouts: timeouts_of(&block.body, diagnostics),
            only_reads: false,
        };
        let instance = Instance {
            provider,
            url,
            usage,
        };
        instances.insert(key, instance);
    }
    if blocks.is_empty()
        && let Some(provider) = providers::all().first()
    {
        let url = override_url.map(str::to_owned);
        instances.insert(
            provider.name().to_owned(),
            Instance {
                provider: *provider,
                url,
                usage: Usage::default(),
            },
        );
    }
    if blocks.len() > 1 && override_url.is_some() {
        diagnostics.push(
            Diagnostic::error("cli::ambiguous_url", "url for several providers")
                .note("`--url` takes the place of the url of the only provider; there are several")
                .help("Make the urls variables, and set them with `--var`."),
        );
    }
    instances
}

/// Reads the url of a provider block. One that is written and comes out as nothing is a mistake: the
/// embedded server must never be taken in its place by accident.
fn url_of(body: &Body, header: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let mut url = None;
    for attribute in &body.attributes {
        if !config::PROVIDER.takes(&attribute.name) {
            diagnostics.push(
                Diagnostic::error("declaration::unknown_attribute", "unknown attribute")
                    .at(attribute.name_span, "a provider has no such attribute")
                    .help_some(model::diagnostic::did_you_mean(
                        &attribute.name,
                        config::PROVIDER.names(),
                    )),
            );
            continue;
        }
        let Located { content, span, .. } = &attribute.value;
        if attribute.name != "url" {
            continue;
        }
        match content {
            Content::Text(text) if !text.is_empty() => url = Some(text.clone()),
            Content::Text(_) | Content::Null => diagnostics.push(
                Diagnostic::error("cli::empty_url", "empty url")
                    .at(*span, "this comes out as nothing")
                    .help(
                        "Set what it comes from, or give `--url`. To use the embedded PostgreSQL, \
                         leave `url` out.",
                    ),
            ),
            _ => diagnostics.push(
                Diagnostic::error("declaration::wrong_type", "wrong type")
                    .at(*span, "a url is a text"),
            ),
        }
    }
    for block in &body.blocks {
        diagnostics.push(
            Diagnostic::error("declaration::unknown_block", "unknown block")
                .at(block.kind_span, "a provider has no blocks")
                .at(header, "in this provider"),
        );
    }
    url
}

/// Reads the times of a provider block.
fn timeouts_of(body: &Body, diagnostics: &mut Vec<Diagnostic>) -> Timeouts {
    let mut timeouts = Timeouts::default();
    for attribute in &body.attributes {
        let Located { content, span, .. } = &attribute.value;
        if !["lock_timeout", "statement_timeout"].contains(&attribute.name.as_str()) {
            continue;
        }
        let time = match content {
            Content::Text(text) => model::duration::parse(text).filter(|time| !time.is_zero()),
            Content::Null => continue,
            _ => None,
        };
        match time {
            Some(time) if attribute.name == "lock_timeout" => timeouts.lock = time,
            Some(time) => timeouts.statement = Some(time),
            None => diagnostics.push(
                Diagnostic::error("declaration::wrong_type", "wrong type")
                    .at(*span, "this is not a time")
                    .help("Write a span of time: `500ms`, `3s`, `1m`."),
            ),
        }
    }
    timeouts
}

impl Project {
    /// Returns the folder that holds what belongs to this machine only.
    #[must_use]
    pub fn own_folder(&self) -> PathBuf {
        own_folder(&self.config.dir)
    }
}

/// Returns the folder inside a project that holds what belongs to this machine only.
#[must_use]
pub fn own_folder(dir: &Path) -> PathBuf {
    dir.join(".estate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_a_dot_before_them() {
        for (path, expected) in [
            ("./main.hcl", "main.hcl"),
            ("././sql/a.sql", "sql/a.sql"),
            ("../main.hcl", "../main.hcl"),
            ("/work/./main.hcl", "/work/main.hcl"),
            (".estate", ".estate"),
            (".", "."),
            ("", "."),
        ] {
            assert_eq!(shown(Path::new(path)), expected);
        }
    }
}
