//! State in object storage: one document in S3, Google Cloud Storage, Azure, or what speaks like them.
//!
//! Every write says what it expects to find there (`If-Match`, `If-None-Match`, generations), so that the storage
//! itself keeps two writers apart, and nothing else is needed. The lock is an object beside the document. Its holder
//! changes it every few seconds; who sees it unchanged for long enough, by their own clock, may take it: clocks of
//! different machines are never compared. A holder that lost its lock, because it slept, notices before it writes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode, PutPayload, UpdateVersion};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::documents::{DocumentStore, GENERATIONS, Place};
use crate::error::Error;
use crate::realm::{Holder, who};
use crate::storage::{self, Storage};
use crate::store::{BoxFuture, Lock};

/// A store in object storage.
pub type ObjectStore = DocumentStore<ObjectPlace>;

/// How often a holder shows that it lives.
const BEAT: Duration = Duration::from_secs(5);

/// How long a holder has to be silent before another one takes its lock.
const SILENCE: Duration = Duration::from_secs(30);

/// An object.
#[derive(Debug)]
pub struct ObjectPlace {
    storage: Storage,
    /// What tells this holder from all others.
    token: String,
    /// The form of the document that was read last; `None` where there was none.
    seen: Option<UpdateVersion>,
    held: Option<Held>,
    /// The lock of another one, and since when it is seen unchanged.
    watched: Option<(UpdateVersion, Instant)>,
    beat: Duration,
    silence: Duration,
}

/// What the lock says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sign {
    /// Who holds it.
    holder: Holder,
    /// What tells it from all others.
    token: String,
    /// How often it has shown that it lives.
    beat: u64,
}

/// The lock that we hold.
#[derive(Debug)]
struct Held {
    sign: Arc<Mutex<Shown>>,
    beating: JoinHandle<()>,
}

/// The lock as it was written last.
#[derive(Debug)]
struct Shown {
    sign: Sign,
    version: UpdateVersion,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

impl ObjectStore {
    /// Makes a store at a url such as `s3://bucket/shop/estate.json`; nothing is read or written yet. A url that ends
    /// with a slash names a folder. Credentials come from the environment, as the tools of the storage have them.
    /// `lineage` names the document if it is new, and tells this holder of the lock from all others.
    ///
    /// # Errors
    /// When the url is none of object storage, or credentials make no sense.
    pub fn open(url: &str, lineage: impl Into<String>) -> Result<Self, Error> {
        let storage = Storage::open(url)?;
        Ok(Self::of(storage, lineage.into(), BEAT, SILENCE))
    }

    pub(crate) fn of(storage: Storage, lineage: String, beat: Duration, silence: Duration) -> Self {
        Self {
            place: ObjectPlace {
                storage,
                token: lineage.clone(),
                seen: None,
                held: None,
                watched: None,
                beat,
                silence,
            },
            lineage,
        }
    }
}

impl ObjectPlace {
    fn lock_path(&self) -> Path {
        self.storage.beside("lock")
    }

    /// Tries to take the lock.
    async fn try_lock(&mut self, holder: &Holder) -> Result<Lock, Error> {
        if self.held.is_some() {
            self.check_lock().await?;
            return Ok(Lock::Held);
        }
        let mine = Sign {
            holder: holder.clone(),
            token: self.token.clone(),
            beat: 0,
        };
        let path = self.lock_path();
        if let Some(version) = put(&self.storage, &path, &mine, PutMode::Create).await? {
            self.check_conditions(&mine).await?;
            return Ok(self.hold(mine, version));
        }
        let Some((sign, version)) = read(&self.storage, &path).await? else {
            return Ok(Lock::Busy(None));
        };
        let other = match sign {
            // The answer to what we wrote was lost.
            Some(sign) if sign.token == mine.token => return Ok(self.hold(sign, version)),
            other => other.map(|sign| sign.holder),
        };
        let silent = self.watched.as_ref().and_then(|(seen, since)| {
            let is_same = *seen == version;
            is_same.then(|| since.elapsed())
        });
        match silent {
            None => self.watched = Some((version, Instant::now())),
            Some(silent) if silent < self.silence => {}
            Some(_) => {
                self.watched = None;
                let mode = PutMode::Update(version);
                if let Some(version) = put(&self.storage, &path, &mine, mode).await? {
                    return Ok(self.hold(mine, version));
                }
            }
        }
        Ok(Lock::Busy(other))
    }

    fn hold(&mut self, sign: Sign, version: UpdateVersion) -> Lock {
        let sign = Arc::new(Mutex::new(Shown { sign, version }));
        let beating = beat(
            self.storage.clone(),
            self.lock_path(),
            Arc::clone(&sign),
            self.beat,
        );
        self.held = Some(Held {
            sign,
            beating: tokio::spawn(beating),
        });
        Lock::Held
    }

    /// Makes sure that the storage refuses what it should: one that takes no notice of conditions would let two
    /// writers in.
    async fn check_conditions(&self, mine: &Sign) -> Result<(), Error> {
        let path = self.lock_path();
        let never = UpdateVersion {
            e_tag: Some(format!("\"{:032x}\"", 0)),
            version: Some("1".to_owned()),
        };
        for mode in [PutMode::Create, PutMode::Update(never)] {
            if put(&self.storage, &path, mine, mode).await?.is_some() {
                self.storage.delete(&path).await?;
                return Err(Error::Unsuitable {
                    place: self.storage.describe(),
                    reason: "it writes over what is there although it is asked not to".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Makes sure that the lock, where we took it, is still ours.
    async fn check_lock(&mut self) -> Result<(), Error> {
        if self.held.is_none() {
            return Ok(());
        }
        match self.sign().await? {
            Some(sign) if sign.token == self.token => Ok(()),
            other => Err(self.lost(other)),
        }
    }

    /// Reads who holds the lock, where that can be told.
    async fn sign(&self) -> Result<Option<Sign>, Error> {
        let found = read(&self.storage, &self.lock_path()).await?;
        Ok(found.and_then(|(sign, _)| sign))
    }

    fn lost(&self, to: Option<Sign>) -> Error {
        Error::LockLost {
            place: self.storage.describe(),
            to: who(to.as_ref().map(|sign| &sign.holder)),
        }
    }

    async fn read_document(&mut self) -> Result<Option<String>, Error> {
        let found = self.storage.read(&self.storage.at).await?;
        self.seen = found.as_ref().map(|(_, version)| version.clone());
        let Some((bytes, _)) = found else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes);
        text.map(Some)
            .map_err(|_| Error::no_text(self.storage.describe()))
    }

    async fn write_document(&mut self, text: &str) -> Result<(), Error> {
        self.check_lock().await?;
        let mode = self.seen.clone().map_or(PutMode::Create, PutMode::Update);
        let payload = PutPayload::from(text.to_owned());
        if let Some(version) = self.storage.put(&self.storage.at, payload, mode).await? {
            self.seen = Some(version);
            return Ok(());
        }
        // Somebody else wrote, or we did and the answer was lost.
        if self.read_document().await?.as_deref() == Some(text) {
            return Ok(());
        }
        Err(self.lost(self.sign().await?))
    }

    /// Keeps the document as it is, and drops the oldest that was kept.
    async fn keep_generation(&self, number: u64) -> Result<(), Error> {
        if self.seen.is_none() {
            return Ok(());
        }
        let folder = self.storage.beside("generations");
        let failed = |error| self.storage.unreachable("written", error);
        let store = &self.storage.store;
        let kept = folder.clone().join(format!("{number:08}.json"));
        store.copy(&self.storage.at, &kept).await.map_err(failed)?;
        let all = store.list(Some(&folder)).map_ok(|one| one.location);
        let mut all: Vec<Path> = all.try_collect().await.map_err(failed)?;
        all.sort();
        for old in all.iter().rev().skip(GENERATIONS) {
            self.storage.delete(old).await?;
        }
        Ok(())
    }

    async fn give_back(&mut self) -> Result<(), Error> {
        let Some(held) = self.held.take() else {
            return Ok(());
        };
        // It is not in the middle of a beat.
        let _quiet = held.sign.lock().await;
        held.beating.abort();
        match self.sign().await? {
            Some(sign) if sign.token == self.token => self.storage.delete(&self.lock_path()).await,
            _ => Ok(()),
        }
    }

    async fn move_aside(&mut self) -> Result<String, Error> {
        let failed = |error| self.storage.unreachable("moved", error);
        let store = &self.storage.store;
        for number in 1.. {
            let aside = self.storage.beside(&format!("damaged{number}"));
            match store.head(&aside).await {
                Ok(_) => {}
                Err(object_store::Error::NotFound { .. }) => {
                    store.copy(&self.storage.at, &aside).await.map_err(failed)?;
                    self.storage.delete(&self.storage.at).await?;
                    return Ok(self.storage.url_of(&aside));
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(String::new())
    }
}

/// Shows again and again that a holder lives, until it has lost its lock.
async fn beat(storage: Storage, path: Path, shown: Arc<Mutex<Shown>>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let mut shown = shown.lock().await;
        shown.sign.beat += 1;
        let mode = PutMode::Update(shown.version.clone());
        match put(&storage, &path, &shown.sign, mode).await {
            Ok(Some(version)) => shown.version = version,
            // Somebody took it, or we wrote it and the answer was lost.
            Ok(None) => match read(&storage, &path).await {
                Ok(Some((Some(sign), version))) if sign.token == shown.sign.token => {
                    shown.version = version;
                }
                Ok(_) => return,
                Err(_) => {}
            },
            // It may be back at the next beat.
            Err(_) => {}
        }
    }
}

/// Writes the lock; `None` where something else is there than expected.
async fn put(
    storage: &Storage,
    path: &Path,
    sign: &Sign,
    mode: PutMode,
) -> Result<Option<UpdateVersion>, Error> {
    let text = serde_json::to_string(sign).unwrap_or_default();
    storage.put(path, PutPayload::from(text), mode).await
}

/// Reads the lock; what is in it may be of nobody who is known.
async fn read(
    storage: &Storage,
    path: &Path,
) -> Result<Option<(Option<Sign>, UpdateVersion)>, Error> {
    let found = storage.read(path).await?;
    Ok(found.map(|(bytes, version)| (serde_json::from_slice(&bytes).ok(), version)))
}

impl Place for ObjectPlace {
    fn describe(&self) -> String {
        self.storage.describe()
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Option<String>, Error>> {
        Box::pin(self.read_document())
    }

    fn replace<'a>(&'a mut self, text: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.write_document(text))
    }

    fn keep(&mut self, number: u64) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.keep_generation(number))
    }

    fn lock<'a>(&'a mut self, holder: &'a Holder) -> BoxFuture<'a, Result<Lock, Error>> {
        Box::pin(self.try_lock(holder))
    }

    fn unlock(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.give_back())
    }

    fn break_lock(&mut self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            self.storage.delete(&self.lock_path()).await?;
            Ok(true)
        })
    }

    fn set_aside(&mut self) -> BoxFuture<'_, Result<String, Error>> {
        Box::pin(self.move_aside())
    }

    fn is_forbidden(&self, error: &Error) -> bool {
        storage::is_forbidden(error)
    }
}
