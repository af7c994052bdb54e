//! State in a file: one JSON document for all realms, replaced as a whole.
//!
//! Written beside, synced, renamed: a crash leaves the old or the new document, never a torn one. The
//! document carries its own checksum, so that damage is seen. The lock is one of the operating system
//! on a file beside it; it goes with its holder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::future::ready;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::documents::{DocumentStore, GENERATIONS, Place};
use crate::error::Error;
use crate::realm::Holder;
use crate::store::{BoxFuture, Lock};

/// A store in a file.
pub type FileStore = DocumentStore<FilePlace>;

/// A file.
#[derive(Debug)]
pub struct FilePlace {
    path: PathBuf,
    lock: Option<File>,
}

impl FileStore {
    /// Makes a store; nothing is read or written yet. `lineage` names the document if it is new.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, lineage: impl Into<String>) -> Self {
        Self {
            place: FilePlace {
                path: path.into(),
                lock: None,
            },
            lineage: lineage.into(),
        }
    }
}

impl FilePlace {
    fn unreachable(&self, verb: &'static str, source: std::io::Error) -> Error {
        Error::Unreachable {
            place: self.describe(),
            verb,
            source: Box::new(source),
        }
    }

    fn try_lock(&mut self, holder: &Holder) -> Result<Lock, Error> {
        if self.lock.is_some() {
            return Ok(Lock::Held);
        }
        let path = self.path.with_extension("lock");
        let failed = |error| self.unreachable("written", error);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Who holds it may be writing its name right now; then nobody is named.
                let _ = file.read_to_string(&mut text);
                return Ok(Lock::Busy(serde_json::from_str(&text).ok()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let text = serde_json::to_string(holder).unwrap_or_default();
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(failed)?;
        self.lock = Some(file);
        Ok(Lock::Held)
    }
}

impl Place for FilePlace {
    fn describe(&self) -> String {
        format!("file {}", self.path.display())
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Option<String>, Error>> {
        let read = match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                Err(Error::no_text(self.describe()))
            }
            Err(error) => Err(self.unreachable("read", error)),
        };
        Box::pin(ready(read))
    }

    fn replace<'a>(&'a mut self, text: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        let replaced = replace(&self.path, text);
        Box::pin(ready(
            replaced.map_err(|error| self.unreachable("written", error)),
        ))
    }

    fn keep(&mut self, number: u64) -> BoxFuture<'_, Result<(), Error>> {
        let kept = keep_generation(&self.path, number);
        Box::pin(ready(
            kept.map_err(|error| self.unreachable("written", error)),
        ))
    }

    fn lock<'a>(&'a mut self, holder: &'a Holder) -> BoxFuture<'a, Result<Lock, Error>> {
        Box::pin(ready(self.try_lock(holder)))
    }

    fn unlock(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        if let Some(file) = self.lock.take() {
            // Closing the file gives the lock back even when emptying it fails.
            let _ = file.set_len(0);
        }
        Box::pin(ready(Ok(())))
    }

    fn break_lock(&mut self) -> BoxFuture<'_, Result<bool, Error>> {
        // The lock is one of the operating system: it goes with the process.
        Box::pin(ready(Ok(false)))
    }

    fn set_aside(&mut self) -> BoxFuture<'_, Result<String, Error>> {
        let free = (1..).map(|number| self.path.with_extension(format!("damaged{number}")));
        let aside = free.into_iter().find(|path| !path.exists());
        let moved = aside.map_or(Ok(String::new()), |aside| {
            fs::rename(&self.path, &aside)
                .map(|()| aside.display().to_string())
                .map_err(|error| self.unreachable("moved", error))
        });
        Box::pin(ready(moved))
    }

    fn is_forbidden(&self, error: &Error) -> bool {
        let Error::Unreachable { source, .. } = error else {
            return false;
        };
        let error = source.downcast_ref::<std::io::Error>();
        matches!(
            error.map(std::io::Error::kind),
            Some(std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem)
        )
    }
}

/// Keeps a file as it is before an apply, in a folder beside it.
fn keep_generation(path: &Path, number: u64) -> std::io::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let folder = path.with_extension("generations");
    fs::create_dir_all(&folder)?;
    let kept = folder.join(format!("{number:08}.json"));
    // It is replaced, never written to, so that a second name for it is a copy.
    match fs::hard_link(path, &kept) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(_) => {
            fs::copy(path, &kept)?;
        }
        Ok(()) => {}
    }
    let mut all: Vec<PathBuf> = fs::read_dir(&folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    all.sort();
    for old in all.iter().rev().skip(GENERATIONS) {
        fs::remove_file(old)?;
    }
    Ok(())
}

/// Writes beside, syncs, renames; then syncs the folder, so that the name is permanent too.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension(format!("new{}", std::process::id()));
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        folder.sync_all()?;
    }
    Ok(())
}
