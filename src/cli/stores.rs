//! Where the state is kept: what the files say of it, or the command line.

use std::path::{Path, PathBuf};

use model::{Body, Content, Diagnostic};

use crate::failure::Failure;
use crate::project::Project;

/// A place for state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StatePlace {
    /// The first of the platforms.
    Platform,
    /// A file.
    File(PathBuf),
    /// An object, by its url.
    Objects(String),
}

/// The kind of the first.
pub(crate) const PLATFORM: &str = "platform";

impl StatePlace {
    /// Returns what the files say.
    ///
    /// # Errors
    /// When they name no such store, or not where it is.
    pub(crate) fn declared(project: &Project) -> Result<Self, Failure> {
        let settings = &project.config.settings.state;
        let body = settings.body.as_ref();
        match settings.kind.as_str() {
            PLATFORM => Ok(Self::Platform),
            "file" => {
                let path = text(
                    project,
                    body,
                    ("path", "state \"file\" { path = \"estate.json\" }"),
                )?;
                Ok(Self::File(in_project(project, &path)))
            }
            "object_store" => {
                let example = "state \"object_store\" { url = \"s3://bucket/shop/estate.json\" }";
                Ok(Self::Objects(text(project, body, ("url", example))?))
            }
            other => {
                let kinds = [PLATFORM, "file", "object_store"];
                let near = model::diagnostic::did_you_mean(other, kinds);
                Err(Failure::Diagnostics {
                    sources: project.sources.clone(),
                    diagnostics: vec![
                        Diagnostic::error(
                            "cli::unknown_store",
                            format!("there is no store `{other}`"),
                        )
                        .at_some(body.map(|body| body.span), "state is not kept there")
                        .help(near.unwrap_or_else(|| {
                            "State is kept in `platform`, `file` or `object_store`.".to_owned()
                        })),
                    ],
                })
            }
        }
    }

    /// Reads what the command line names: `platform`, a url, or the path of a file, from the project's folder.
    pub(crate) fn named(project: &Project, text: &str) -> Self {
        match text {
            PLATFORM => Self::Platform,
            url if url.contains("://") => Self::Objects(url.to_owned()),
            path => Self::File(in_project(project, path)),
        }
    }
}

fn in_project(project: &Project, path: &str) -> PathBuf {
    project.config.dir.join(Path::new(path))
}

/// Returns the text of an attribute; `wanted` is its name, and an example that has it.
fn text(
    project: &Project,
    body: Option<&Body>,
    (name, example): (&str, &str),
) -> Result<String, Failure> {
    let attribute = body
        .into_iter()
        .flat_map(|body| &body.attributes)
        .find(|attribute| attribute.name == name);
    match attribute.map(|attribute| &attribute.value.content) {
        Some(Content::Text(text)) if !text.is_empty() => Ok(text.clone()),
        _ => Err(Failure::Diagnostics {
            sources: project.sources.clone(),
            diagnostics: vec![
                Diagnostic::error("declaration::missing_attribute", "missing attribute")
                    .at_some(body.map(|body| body.span), format!("`{name}` is missing"))
                    .help(format!("Say where the state is: `{example}`.")),
            ],
        }),
    }
}
