//! State in a file: one JSON document for all realms, replaced as a whole.
//!
//! Written beside, synced, renamed: a crash leaves the old or the new document, never a torn one. The
//! document carries its own checksum, so that damage is seen. The lock is one of the operating system
//! on a file beside it; it goes with its holder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::future::ready;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use model::{Address, Map};

use crate::document::Document;
use crate::entry::{Audited, Entry, Leftover, StepRecord};
use crate::error::Error;
use crate::realm::{Holder, Realm};
use crate::store::{BoxFuture, Loaded, Lock, NO_STATE, Others, Recorded, Store, VersionSummary};

/// A store in a file.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    lock: Option<File>,
    /// Makes the lineage of a new document: what tells it from every other.
    lineage: String,
}

impl FileStore {
    /// Makes a store; nothing is read or written yet. `lineage` names the document if it is new.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, lineage: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            lock: None,
            lineage: lineage.into(),
        }
    }

    fn place(&self) -> String {
        format!("file {}", self.path.display())
    }

    fn unreachable(&self, verb: &'static str, source: std::io::Error) -> Error {
        Error::Unreachable {
            place: self.place(),
            verb,
            source: Box::new(source),
        }
    }

    fn damaged(&self, reason: impl Into<String>) -> Error {
        Error::Damaged {
            place: self.place(),
            reason: reason.into(),
        }
    }

    fn read(&self) -> Result<Option<Document>, Error> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Document::parse(&text, &self.place()).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                Err(self.damaged("it is not text"))
            }
            Err(error) => Err(self.unreachable("read", error)),
        }
    }

    fn change(&self, realm: &Realm, entry: &Entry) -> Result<(), Error> {
        let mut document = self.read()?.unwrap_or_else(|| Document::new(&self.lineage));
        if matches!(entry, Entry::Begun(_)) {
            let kept = keep_generation(&self.path, document.generation());
            kept.map_err(|error| self.unreachable("written", error))?;
        }
        document.fold(realm, entry);
        let text = document.write();
        replace(&self.path, &text).map_err(|error| self.unreachable("written", error))
    }
}

/// How many earlier forms of a file are kept: one for each apply.
const GENERATIONS: usize = 20;

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

/// Returns why a file cannot be written, where that is a matter of rights.
fn may_not(error: Error) -> Result<Option<String>, Error> {
    let Error::Unreachable { source, .. } = &error else {
        return Err(error);
    };
    let kind = source
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind);
    match kind {
        Some(std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem) => {
            Ok(Some(format!("{error}: {source}")))
        }
        _ => Err(error),
    }
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

impl Store for FileStore {
    fn describe(&self) -> String {
        self.place()
    }

    fn load<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<Loaded, Error>> {
        self.ask(|document| document.loaded(realm))
    }

    fn leftovers<'a>(
        &'a mut self,
        realm: &'a Realm,
    ) -> BoxFuture<'a, Result<Vec<Leftover>, Error>> {
        self.ask(|document| document.leftovers(realm))
    }

    fn contents<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<BTreeMap<Address, Map>, Error>> {
        self.ask(|document| document.contents(realm, of))
    }

    fn others<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<Others, Error>> {
        self.ask(|document| document.others(realm, of))
    }

    fn lock<'a>(
        &'a mut self,
        _realm: &'a Realm,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<Lock, Error>> {
        Box::pin(ready(self.try_lock(holder)))
    }

    fn unlock<'a>(&'a mut self, _realm: &'a Realm) -> BoxFuture<'a, Result<(), Error>> {
        if let Some(file) = self.lock.take() {
            // Closing the file gives the lock back even when emptying it fails.
            let _ = file.set_len(0);
        }
        Box::pin(ready(Ok(())))
    }

    fn break_lock<'a>(&'a mut self, _realm: &'a Realm) -> BoxFuture<'a, Result<bool, Error>> {
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

    fn append<'a>(
        &'a mut self,
        realm: &'a Realm,
        entry: &'a Entry,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(ready(self.change(realm, entry)))
    }

    fn note_audits<'a>(
        &'a mut self,
        realm: &'a Realm,
        audited: &'a Audited,
    ) -> BoxFuture<'a, Result<Option<String>, Error>> {
        Box::pin(ready(self.note(realm, audited)))
    }

    fn joins(&self, _provider: &str, _place: &str) -> bool {
        false
    }

    fn history<'a>(
        &'a mut self,
        realm: &'a Realm,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<VersionSummary>, Error>> {
        self.ask(|document| document.history(realm, limit))
    }

    fn recorded<'a>(
        &'a mut self,
        realm: &'a Realm,
        serial: u64,
    ) -> BoxFuture<'a, Result<Option<Recorded>, Error>> {
        self.ask(|document| document.recorded(realm, serial))
    }

    fn renamed<'a>(
        &'a mut self,
        realm: &'a Realm,
        since: u64,
    ) -> BoxFuture<'a, Result<Vec<(Address, Address)>, Error>> {
        self.ask(|document| document.renamed(realm, since))
    }

    fn steps<'a>(
        &'a mut self,
        realm: &'a Realm,
        serial: u64,
    ) -> BoxFuture<'a, Result<Vec<StepRecord>, Error>> {
        self.ask(|document| document.steps(realm, serial))
    }
}

impl FileStore {
    /// Answers from the document; an absent one knows nothing.
    fn ask<'a, T: Default + Send + 'a>(
        &self,
        answer: impl FnOnce(Document) -> T,
    ) -> BoxFuture<'a, Result<T, Error>> {
        let found = self.read().map(|document| document.map(answer));
        Box::pin(ready(found.map(Option::unwrap_or_default)))
    }

    /// Adds to the document while nobody else replaces it.
    fn note(&mut self, realm: &Realm, audited: &Audited) -> Result<Option<String>, Error> {
        if self.read()?.is_none() {
            return Ok(Some(NO_STATE.to_owned()));
        }
        match self.try_lock(&audited.by) {
            Ok(Lock::Held) => {}
            Ok(Lock::Busy(_)) => return Ok(Some("an apply is writing the state".to_owned())),
            Err(error) => return may_not(error),
        }
        let noted = self.change(realm, &Entry::Audited(audited.clone()));
        self.lock = None;
        noted.map(|()| None).or_else(may_not)
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
