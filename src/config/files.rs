//! The files of a project: read once, remembered for the fingerprint.
//!
//! Relative paths start at the project folder, wherever the process runs. Only regular files are
//! read, so that a device or pipe cannot hang a run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use model::Fingerprint;
use model::diagnostic::did_you_mean;

/// Largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// Most entries a search for files looks at.
const MOST_ENTRIES: usize = 100_000;

/// Why a file is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileError {
    /// What happened.
    pub(crate) reason: String,
    /// A name that may have been meant.
    pub(crate) hint: Option<String>,
}

/// The project folder and what was read from it.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    read: RefCell<BTreeMap<String, Arc<[u8]>>>,
    /// Answers to other questions about files, by question.
    asked: RefCell<BTreeMap<String, String>>,
}

impl Files {
    /// Makes the files of a project folder.
    pub(crate) fn new(root: &Path) -> Self {
        // An empty path is the folder the process is in, which systems write as a dot.
        let is_here = root.as_os_str().is_empty();
        Self {
            root: if is_here {
                PathBuf::from(".")
            } else {
                root.to_owned()
            },
            read: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    /// Returns a path in normal form, relative to the project where it was given so.
    pub(crate) fn normal(path: &str) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut prefix = "";
        for component in Path::new(path).components() {
            match component {
                Component::RootDir => prefix = "/",
                Component::CurDir | Component::Prefix(_) => {}
                Component::ParentDir if parts.last().is_some_and(|last| last != "..") => {
                    parts.pop();
                }
                Component::ParentDir if prefix == "/" => {}
                Component::ParentDir => parts.push("..".to_owned()),
                Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            }
        }
        format!("{prefix}{}", parts.join("/"))
    }

    /// Reads a file, once.
    pub(crate) fn bytes(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        let name = Self::normal(path);
        if let Some(bytes) = self.read.borrow().get(&name) {
            return Ok(bytes.clone());
        }
        let full = self.root.join(&name);
        let failed = |error: io::Error| FileError {
            reason: describe(&error),
            hint: None,
        };
        let metadata = match fs::metadata(&full) {
            Ok(metadata) => metadata,
            Err(error) => {
                return Err(FileError {
                    hint: self.neighbour(&name),
                    ..failed(error)
                });
            }
        };
        if !metadata.is_file() || metadata.len() > LARGEST {
            let reason = if metadata.is_file() {
                "it is larger than 64 MiB"
            } else {
                "it is not a regular file"
            };
            return Err(FileError {
                reason: reason.to_owned(),
                hint: None,
            });
        }
        let bytes: Arc<[u8]> = fs::read(&full).map_err(failed)?.into();
        self.read.borrow_mut().insert(name, bytes.clone());
        Ok(bytes)
    }

    /// Reads a file as text, once.
    pub(crate) fn text(&self, path: &str) -> Result<String, FileError> {
        let bytes = self.bytes(path)?;
        String::from_utf8(bytes.to_vec()).map_err(|error| FileError {
            reason: format!(
                "it is not UTF-8 text: byte {} cannot be read",
                error.utf8_error().valid_up_to()
            ),
            hint: None,
        })
    }

    /// Reports whether there is a regular file.
    pub(crate) fn exists(&self, path: &str) -> Result<bool, FileError> {
        let name = Self::normal(path);
        let metadata = fs::metadata(self.root.join(&name));
        let answer = metadata.as_ref().is_ok_and(fs::Metadata::is_file);
        let question = format!("exists {name}");
        self.asked.borrow_mut().insert(question, answer.to_string());
        match metadata {
            Ok(metadata) if metadata.is_file() => Ok(true),
            Ok(_) => Err(FileError {
                reason: "it is not a regular file".to_owned(),
                hint: None,
            }),
            Err(_) => Ok(false),
        }
    }

    /// Returns the names of the entries of a folder, sorted.
    pub(crate) fn entries(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let failed = |error: io::Error| FileError {
            reason: describe(&error),
            hint: self.neighbour(&Self::normal(folder)),
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(Self::normal(folder))).map_err(failed)? {
            names.push(
                entry
                    .map_err(failed)?
                    .file_name()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
        names.sort();
        Ok(names)
    }

    /// Returns the regular files anywhere below a folder, as paths relative to it, sorted.
    pub(crate) fn below(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let mut found = Vec::new();
        let mut open = vec![String::new()];
        let mut looked_at = 0;
        while let Some(inside) = open.pop() {
            for name in self.entries(&format!("{folder}/{inside}"))? {
                looked_at += 1;
                if looked_at > MOST_ENTRIES {
                    return Err(FileError {
                        reason: format!("it holds more than {MOST_ENTRIES} entries"),
                        hint: None,
                    });
                }
                let path = if inside.is_empty() {
                    name
                } else {
                    format!("{inside}/{name}")
                };
                let full = self.root.join(Self::normal(&format!("{folder}/{path}")));
                // Links to folders are not followed: they may lead in circles.
                match fs::symlink_metadata(&full) {
                    Ok(metadata) if metadata.is_dir() => open.push(path),
                    _ if full.is_file() => found.push(path),
                    _ => {}
                }
            }
        }
        found.sort();
        let question = format!("below {}", Self::normal(folder));
        self.asked.borrow_mut().insert(question, found.join("\0"));
        Ok(found)
    }

    /// Returns what identifies a folder, whichever way leads to it.
    pub(crate) fn identity(&self, folder: &str) -> PathBuf {
        let full = self.root.join(Self::normal(folder));
        fs::canonicalize(&full).unwrap_or(full)
    }

    /// Returns which files were asked for without being read, and what the answers were.
    pub(crate) fn answers(&self) -> BTreeMap<String, String> {
        self.asked.borrow().clone()
    }

    /// Returns every file that was read, with the fingerprint of its contents.
    pub(crate) fn fingerprints(&self) -> BTreeMap<String, Fingerprint> {
        self.read
            .borrow()
            .iter()
            .map(|(name, bytes)| (name.clone(), Fingerprint::of_bytes(bytes)))
            .collect()
    }

    /// Looks for a file with a similar name in the same folder.
    fn neighbour(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let entries = fs::read_dir(self.root.join(folder)).ok()?;
        let names: Vec<String> = entries
            .take(MOST_ENTRIES)
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .map(|entry| {
                if folder.is_empty() {
                    entry
                } else {
                    format!("{folder}/{entry}")
                }
            })
            .collect();
        did_you_mean(path, names.iter().map(String::as_str))
            .or_else(|| did_you_mean(name, names.iter().map(String::as_str)))
    }
}

/// Says what happened in words that are the same on every system.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        io::ErrorKind::NotADirectory => "part of its path is not a folder".to_owned(),
        io::ErrorKind::InvalidInput => "its name is not valid".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_normal_form() {
        assert_eq!(Files::normal("./sql/../sql//a.sql"), "sql/a.sql");
        assert_eq!(Files::normal("../x/./y"), "../x/y");
        assert_eq!(Files::normal("/../a"), "/a");
        assert_eq!(Files::normal("."), "");
    }
}
