//! The commit of a project's files.

use std::path::Path;
use std::process::{Command, Stdio};

/// The commit that files are at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Its name; empty where that is not known.
    pub(crate) id: String,
    /// Whether something in the folder differs from it.
    pub(crate) dirty: bool,
}

impl Commit {
    /// Asks git, where there is one.
    pub(crate) fn of(dir: &Path) -> Self {
        let Some(id) = ask(dir, &["rev-parse", "HEAD"]) else {
            return Self::default();
        };
        let status = ask(dir, &["status", "--porcelain", "--", "."]);
        Self {
            id,
            dirty: status.is_some_and(|status| !status.is_empty()),
        }
    }
}

fn ask(dir: &Path, args: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(dir).args(args).stderr(Stdio::null());
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
