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

use model::{Address, Claim, Fingerprint, Map, Record, Records};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::FORMAT;
use crate::entry::{Audited, Entry, Intended, Leftover, Put};
use crate::error::Error;
use crate::realm::{Holder, Realm};
use crate::store::{BoxFuture, Loaded, Lock, NO_STATE, Others, Store, VersionSummary};

/// The whole document.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Version of this format.
    format: u32,
    /// blake3 of everything else.
    checksum: String,
    /// Which history.
    lineage: String,
    /// The state of every project and environment that keeps it here.
    realms: Vec<Chapter>,
}

/// Returns the JSON Schema of the document.
#[must_use]
pub fn file_schema() -> schemars::Schema {
    schemars::schema_for!(Document)
}

/// The state of one realm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Chapter {
    /// Whose state it is.
    realm: Realm,
    /// Number of the last apply.
    serial: u64,
    /// What is ours.
    records: Vec<Stored>,
    /// Intentions of the last apply that nothing was heard of since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    intended: Vec<Intended>,
    /// The last applies, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    versions: Vec<VersionSummary>,
    /// What audits found, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    audits: Vec<Audited>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// The object.
    address: Address,
    /// How it was declared.
    claim: Claim,
    /// Fingerprint of what the platform showed after the last apply.
    live: Fingerprint,
    /// What the platform showed then.
    #[schemars(with = "BTreeMap<String, model::Value>")]
    content: Map,
}

/// How many applies a file remembers, and how many times audits ran.
const REMEMBERED: usize = 100;

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
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(self.damaged("it is not text"));
            }
            Err(error) => return Err(self.unreachable("read", error)),
        };
        let head: Head =
            serde_json::from_str(&text).map_err(|error| self.damaged(error.to_string()))?;
        if head.format > FORMAT {
            return Err(Error::Newer {
                place: self.place(),
                format: head.format,
            });
        }
        let mut document: Document =
            serde_json::from_str(&text).map_err(|error| self.damaged(error.to_string()))?;
        let written = std::mem::take(&mut document.checksum);
        if checksum(&document) != written {
            return Err(self.damaged("its checksum does not fit its contents"));
        }
        Ok(Some(document))
    }

    fn write(&self, mut document: Document) -> Result<(), Error> {
        document.checksum = String::new();
        document.checksum = checksum(&document);
        let text = serde_json::to_string_pretty(&document)
            .map_err(|error| self.damaged(error.to_string()))?;
        replace(&self.path, &text).map_err(|error| self.unreachable("written", error))
    }

    fn change(&self, realm: &Realm, entry: &Entry) -> Result<(), Error> {
        let mut document = self.read()?.unwrap_or_else(|| Document {
            format: FORMAT,
            checksum: String::new(),
            lineage: self.lineage.clone(),
            realms: Vec::new(),
        });
        let at = document
            .realms
            .iter()
            .position(|chapter| chapter.realm == *realm);
        let at = at.unwrap_or_else(|| {
            document.realms.push(Chapter {
                realm: realm.clone(),
                serial: 0,
                records: Vec::new(),
                intended: Vec::new(),
                versions: Vec::new(),
                audits: Vec::new(),
            });
            document.realms.len() - 1
        });
        fold(&mut document.realms[at], entry);
        self.write(document)
    }
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

fn checksum(document: &Document) -> String {
    let bytes = serde_json::to_vec(document).unwrap_or_default();
    Fingerprint::of_bytes(&bytes).to_string()
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

/// Folds an entry into the state of a realm.
fn fold(chapter: &mut Chapter, entry: &Entry) {
    match entry {
        Entry::Begun(begun) => {
            chapter.serial = begun.serial;
            chapter.versions.push(VersionSummary {
                serial: begun.serial,
                by: begun.by.clone(),
                estate: begun.estate.clone(),
                digest: begun.digest.clone(),
                summary: begun.summary,
                outcome: None,
            });
            let surplus = chapter.versions.len().saturating_sub(REMEMBERED);
            chapter.versions.drain(..surplus);
        }
        Entry::Audited(audited) => {
            chapter.audits.push(audited.clone());
            let surplus = chapter.audits.len().saturating_sub(REMEMBERED);
            chapter.audits.drain(..surplus);
        }
        Entry::Intended(intended) => chapter.intended.push(intended.clone()),
        Entry::Done(done) => {
            chapter
                .intended
                .retain(|intended| Some(intended.batch) != done.batch);
            let touched: BTreeSet<&Address> = done
                .gone
                .iter()
                .chain(done.puts.iter().map(|put| &put.address))
                .collect();
            chapter
                .records
                .retain(|record| !touched.contains(&record.address));
            chapter.records.extend(done.puts.iter().map(|put| {
                let Put {
                    address,
                    claim,
                    live,
                    content,
                } = put.clone();
                Stored {
                    address,
                    claim,
                    live,
                    content,
                }
            }));
            chapter.records.sort_by(|a, b| a.address.cmp(&b.address));
        }
        Entry::Failed(failed) => {
            if failed.taken_back {
                chapter
                    .intended
                    .retain(|intended| intended.batch != failed.batch);
            }
        }
        Entry::Ended(ended) => {
            if let Some(version) = chapter.versions.last_mut() {
                version.outcome = Some(ended.outcome.word().to_owned());
            }
            if ended.outcome == crate::Outcome::Succeeded {
                chapter.intended.clear();
            }
        }
    }
}

impl Chapter {
    fn loaded(&self, lineage: &str) -> Loaded {
        let records: Records = self
            .records
            .iter()
            .map(|stored| {
                let record = Record {
                    address: stored.address.clone(),
                    claim: stored.claim.clone(),
                    live: stored.live,
                    content: None,
                    in_doubt: false,
                };
                (stored.address.clone(), record)
            })
            .collect();
        let mut loaded = Loaded {
            lineage: lineage.to_owned(),
            serial: self.serial,
            records,
            leftovers: Vec::new(),
        };
        loaded.add_unfinished(self.intended.iter().cloned());
        loaded
    }
}

impl Store for FileStore {
    fn describe(&self) -> String {
        self.place()
    }

    fn load<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<Loaded, Error>> {
        let loaded = self.read().map(|document| {
            let document = document?;
            let chapter = document
                .realms
                .iter()
                .find(|chapter| chapter.realm == *realm)?;
            Some(chapter.loaded(&document.lineage))
        });
        Box::pin(ready(loaded.map(Option::unwrap_or_default)))
    }

    fn leftovers<'a>(
        &'a mut self,
        realm: &'a Realm,
    ) -> BoxFuture<'a, Result<Vec<Leftover>, Error>> {
        let leftovers = self.read().map(|document| {
            let realms = document.into_iter().flat_map(|document| document.realms);
            let ours = realms.filter(|chapter| chapter.realm == *realm);
            let intended = ours.flat_map(|chapter| chapter.intended);
            intended.flat_map(|one| one.leftovers).collect()
        });
        Box::pin(ready(leftovers))
    }

    fn contents<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<BTreeMap<Address, Map>, Error>> {
        let found = self.read().map(|document| {
            document
                .into_iter()
                .flat_map(|document| document.realms)
                .filter(|chapter| chapter.realm == *realm)
                .flat_map(|chapter| chapter.records)
                .filter(|record| of.contains(&record.address))
                .map(|record| (record.address, record.content))
                .collect()
        });
        Box::pin(ready(found))
    }

    fn others<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<Others, Error>> {
        let found = self.read().map(|document| {
            let mut others = Others::new();
            for chapter in document.into_iter().flat_map(|document| document.realms) {
                for record in chapter.records {
                    if chapter.realm != *realm && of.contains(&record.address) {
                        others
                            .entry(record.address)
                            .or_default()
                            .push(chapter.realm.clone());
                    }
                }
            }
            others
        });
        Box::pin(ready(found))
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
        let found = self.read().map(|document| {
            document
                .into_iter()
                .flat_map(|document| document.realms)
                .filter(|chapter| chapter.realm == *realm)
                .flat_map(|chapter| chapter.versions.into_iter().rev())
                .take(limit)
                .collect()
        });
        Box::pin(ready(found))
    }
}

impl FileStore {
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
