//! The parsed project: the root folder and every module folder it leads to, each read once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::{Builder, ScopedJoinHandle};

use model::diagnostic::did_you_mean;
use model::{Diagnostic, SourceId, Sources, Span};

use crate::codes;
use crate::document;
use crate::evaluator::STACK;
use crate::files::{FileError, Files};
use crate::folder::Folder;

/// How deep modules may contain modules.
const DEEPEST: usize = 32;
/// How files with values of variables end; they are no part of the configuration.
pub(crate) const AUTO_VARIABLES: &str = ".auto.vars.hcl";

/// Every folder of a project.
#[derive(Debug)]
pub(crate) struct Program {
    /// The root first.
    pub(crate) folders: Vec<Folder>,
}

struct Loader<'f> {
    files: &'f Files,
    sources: &'f mut Sources,
    diagnostics: &'f mut Vec<Diagnostic>,
    folders: Vec<Folder>,
    numbers: BTreeMap<PathBuf, usize>,
    /// The way from the root to the folder being read, with the blocks that led there.
    way: Vec<(PathBuf, Option<Span>)>,
}

/// Reads the project and all its modules.
pub(crate) fn load(
    files: &Files,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Program {
    let mut loader = Loader {
        files,
        sources,
        diagnostics,
        folders: Vec::new(),
        numbers: BTreeMap::new(),
        way: Vec::new(),
    };
    loader.folder("", None);
    Program {
        folders: loader.folders,
    }
}

impl Loader<'_> {
    /// Reads a folder, or finds it among those that were read, and returns its number.
    fn folder(&mut self, path: &str, from: Option<Span>) -> Option<usize> {
        let identity = self.files.identity(path);
        if let Some(start) = self.way.iter().position(|(other, _)| *other == identity) {
            let mut problem = codes::MODULE_CYCLE
                .error()
                .at_some(from, "this leads back to a folder that contains it");
            for (_, span) in self.way[start..].iter().skip(1) {
                problem = problem.at_some(*span, "by this block");
            }
            self.diagnostics.push(problem);
            return None;
        }
        if let Some(number) = self.numbers.get(&identity) {
            return Some(*number);
        }
        if self.way.len() >= DEEPEST {
            self.diagnostics.push(codes::NESTING.error().at_some(
                from,
                format!("modules are nested deeper than {DEEPEST} levels"),
            ));
            return None;
        }
        let documents = self.documents(path, from)?;
        let is_root = self.way.is_empty();
        let folder = Folder::new(path.to_owned(), documents, is_root, self.diagnostics);
        let number = self.folders.len();
        self.numbers.insert(identity.clone(), number);
        self.folders.push(folder);
        self.way.push((identity, from));
        for at in 0..self.folders[number].modules.len() {
            let target = self.module(number, at);
            if let Some(call) = self.folders[number].modules.iter_mut().nth(at) {
                call.folder = target;
            }
        }
        self.way.pop();
        Some(number)
    }

    fn module(&mut self, folder: usize, at: usize) -> Option<usize> {
        let call = self.folders[folder].modules.at(at);
        let source = call.source.as_ref()?;
        let span = source.span;
        let bad = |label: &str| codes::BAD_MODULE_SOURCE.error().at(span, label);
        let Some(text) = source.as_constant_text() else {
            self.diagnostics.push(bad("this is not a constant text"));
            return None;
        };
        if !text.starts_with("./") && !text.starts_with("../") {
            self.diagnostics
                .push(bad("this is not a local folder").help(format!(
                    "Local paths begin with `./` or `../`: \"./{text}\"."
                )));
            return None;
        }
        let path = Files::normal(&format!("{}/{text}", prefix(&self.folders[folder].path)));
        self.folder(&path, Some(span))
    }

    /// Parses the files of a folder.
    fn documents(&mut self, path: &str, from: Option<Span>) -> Option<Vec<document::Document>> {
        let shown = if path.is_empty() { "." } else { path };
        let names = match self.files.entries(path) {
            Ok(names) => names,
            Err(FileError { reason, hint }) => {
                self.diagnostics.push(
                    codes::UNREADABLE_FILE
                        .error()
                        .at_some(
                            from,
                            format!("the folder `{shown}` cannot be read: {reason}"),
                        )
                        .help_some(hint),
                );
                return None;
            }
        };
        let mut read = Vec::new();
        for name in &names {
            let is_hidden = name.starts_with('.');
            if !name.ends_with(".hcl") || name.ends_with(AUTO_VARIABLES) || is_hidden {
                continue;
            }
            let file = Files::normal(&format!("{}/{name}", prefix(path)));
            match self.files.text(&file) {
                Ok(text) => {
                    read.push(self.sources.add(file, text));
                }
                Err(FileError { reason, .. }) => self.diagnostics.push(
                    codes::UNREADABLE_FILE
                        .error()
                        .note(format!("The file `{file}` cannot be read: {reason}.")),
                ),
            }
        }
        if read.is_empty() {
            let others = names.iter().map(String::as_str);
            self.diagnostics.push(
                codes::NO_FILES
                    .error()
                    .at_some(
                        from,
                        format!("there is no `*.hcl` file in the folder `{shown}`"),
                    )
                    .help_some(did_you_mean("main.hcl", others)),
            );
            return None;
        }
        Some(self.parse(&read))
    }

    /// Parses files, several at once.
    fn parse(&mut self, read: &[SourceId]) -> Vec<document::Document> {
        let sources = &*self.sources;
        let parse = |files: &[SourceId]| -> Vec<_> {
            let documents = files.iter().map(|file| {
                let mut diagnostics = Vec::new();
                let document = document::parse(sources, *file, &mut diagnostics);
                (document, diagnostics)
            });
            documents.collect()
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let share = read.len().div_ceil(workers).max(FEWEST);
        let parsed = std::thread::scope(|scope| {
            let mut shares = read.chunks(share);
            let own = shares.next().unwrap_or_default();
            let others: Vec<_> = shares
                .map(|files| {
                    let builder = Builder::new().name("parse".to_owned()).stack_size(STACK);
                    (files, builder.spawn_scoped(scope, || parse(files)))
                })
                .collect();
            let mut parsed = parse(own);
            for (files, thread) in others {
                parsed.extend(match thread.map(ScopedJoinHandle::join) {
                    Ok(Ok(documents)) => documents,
                    Ok(Err(panic)) => std::panic::resume_unwind(panic),
                    Err(_) => parse(files),
                });
            }
            parsed
        });
        let (documents, diagnostics): (_, Vec<_>) = parsed.into_iter().unzip();
        self.diagnostics.extend(diagnostics.into_iter().flatten());
        documents
    }
}

/// How many files are worth a thread of their own.
const FEWEST: usize = 4;

/// Returns a folder so that a path can follow it.
fn prefix(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}
