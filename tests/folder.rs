//! Stories: the pages of the folder `cases`, each with the servers it runs on.

use std::fs;
use std::path::{Path, PathBuf};

use crate::pages::{self, difference};
use crate::script::Page;
use crate::target::Target;

/// A page in a file.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    /// Its name: the path inside the folder, without the ending.
    pub(crate) name: String,
    /// The servers it runs on, and why it cannot, where it cannot.
    pub(crate) targets: Vec<(Target, Option<String>)>,
    path: PathBuf,
    pub(crate) page: Page,
}

impl Story {
    /// Reads a page. `files` are in its folder beside its own.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(
        name: String,
        path: PathBuf,
        files: Vec<(String, String)>,
    ) -> Result<Self, String> {
        let wrong = |reason: String| format!("{}: {reason}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        let mut page = Page::read(&text).map_err(wrong)?;
        page.borrowed = files;
        let targets = page
            .servers
            .iter()
            .map(|server| {
                let target = Target::named(server).map_err(wrong)?;
                Ok((target, target.lacks(&page)))
            })
            .collect::<Result<_, String>>()?;
        Ok(Self {
            name,
            targets,
            path,
            page,
        })
    }

    /// Runs the page and compares; rewrites it instead where that is asked for.
    ///
    /// # Errors
    /// How it differs.
    pub(crate) fn check(&self, target: Target) -> Result<(), String> {
        let shown = pages::run(&self.page, &self.name, target)?.write();
        let expected = self.page.write();
        if shown == expected {
            return Ok(());
        }
        if crate::is_update() {
            return fs::write(&self.path, shown).map_err(|error| error.to_string());
        }
        Err(difference("expected", "shown", &expected, &shown))
    }
}

/// Returns every page of the folder `cases`.
///
/// # Errors
/// When one cannot be read, or something else lies there.
pub(crate) fn stories() -> Result<Vec<Story>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut paths = Vec::new();
    files(&root, &mut paths)?;
    paths
        .into_iter()
        .map(|path| {
            let inside = path
                .strip_prefix(&root)
                .map_err(|error| error.to_string())?;
            let name = inside.with_extension("").display().to_string();
            if path.extension().is_none_or(|end| end != "txt") {
                return Err(format!("{} is no page: pages end in .txt", path.display()));
            }
            Story::read(name, path, Vec::new())
        })
        .collect()
}

/// Collects every file of a folder and those inside, in order.
///
/// # Errors
/// When one cannot be read.
pub(crate) fn files(folder: &Path, into: &mut Vec<PathBuf>) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(wrong)?.collect();
    let mut entries: Vec<_> = entries
        .map_err(wrong)?
        .iter()
        .map(fs::DirEntry::path)
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, into)?;
        } else {
            into.push(path);
        }
    }
    Ok(())
}
