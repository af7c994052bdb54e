//! A store whose state is one document for all realms, replaced as a whole, wherever that lies.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Map};

use crate::document::Document;
use crate::entry::{Audited, Entry, Leftover, StepRecord};
use crate::error::Error;
use crate::realm::{Holder, Realm};
use crate::store::{
    BoxFuture, Loaded, Lock, NO_STATE, Others, Recorded, Renamed, Store, VersionSummary,
};

/// Where a document lies.
pub trait Place: Send + Sync {
    /// Names it for people.
    fn describe(&self) -> String;

    /// Reads the document; `None` where there is none yet.
    fn read(&mut self) -> BoxFuture<'_, Result<Option<String>, Error>>;

    /// Puts another document in the place of the one that was read last.
    fn replace<'a>(&'a mut self, text: &'a str) -> BoxFuture<'a, Result<(), Error>>;

    /// Keeps the document as it is, under a number that grows. Nothing where there is none yet.
    fn keep(&mut self, number: u64) -> BoxFuture<'_, Result<(), Error>>;

    /// Tries to take the lock, without waiting. Whoever has it gets it again.
    fn lock<'a>(&'a mut self, holder: &'a Holder) -> BoxFuture<'a, Result<Lock, Error>>;

    /// Gives the lock back.
    fn unlock(&mut self) -> BoxFuture<'_, Result<(), Error>>;

    /// Takes the lock from whoever has it. Returns false where only its own machine can end it.
    fn break_lock(&mut self) -> BoxFuture<'_, Result<bool, Error>>;

    /// Puts the document out of the way, and says where it is then.
    fn set_aside(&mut self) -> BoxFuture<'_, Result<String, Error>>;

    /// Reports whether something failed for want of rights to write.
    fn is_forbidden(&self, error: &Error) -> bool;
}

/// How many earlier forms of a document are kept: one for each apply.
pub(crate) const GENERATIONS: usize = 20;

/// A store of one document.
#[derive(Debug)]
pub struct DocumentStore<P> {
    pub(crate) place: P,
    /// Makes the lineage of a new document: what tells it from every other.
    pub(crate) lineage: String,
}

impl<P: Place> DocumentStore<P> {
    async fn read(&mut self) -> Result<Option<Document>, Error> {
        let text = self.place.read().await?;
        text.map(|text| Document::parse(&text, &self.place.describe()))
            .transpose()
    }

    /// Answers from the document; an absent one knows nothing.
    fn ask<'a, T: Default + Send + 'a>(
        &'a mut self,
        answer: impl FnOnce(Document) -> T + Send + 'a,
    ) -> BoxFuture<'a, Result<T, Error>> {
        Box::pin(async move { Ok(self.read().await?.map(answer).unwrap_or_default()) })
    }

    async fn change(&mut self, realm: &Realm, entry: &Entry) -> Result<(), Error> {
        let document = self.read().await?;
        let mut document = document.unwrap_or_else(|| Document::new(&self.lineage));
        if matches!(entry, Entry::Begun(_)) {
            self.place.keep(document.generation()).await?;
        }
        document.fold(realm, entry);
        self.place.replace(&document.write()).await
    }

    /// Adds to the document while nobody else replaces it.
    async fn note(&mut self, realm: &Realm, audited: &Audited) -> Result<Option<String>, Error> {
        if self.read().await?.is_none() {
            return Ok(Some(NO_STATE.to_owned()));
        }
        match self.place.lock(&audited.by).await? {
            Lock::Held => {}
            Lock::Busy(_) => return Ok(Some("an apply is writing the state".to_owned())),
        }
        let noted = self.change(realm, &Entry::Audited(audited.clone())).await;
        self.place.unlock().await?;
        noted.map(|()| None)
    }
}

impl<P: Place> Store for DocumentStore<P> {
    fn describe(&self) -> String {
        self.place.describe()
    }

    fn load<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<Loaded, Error>> {
        self.ask(move |document| document.loaded(realm))
    }

    fn leftovers<'a>(
        &'a mut self,
        realm: &'a Realm,
    ) -> BoxFuture<'a, Result<Vec<Leftover>, Error>> {
        self.ask(move |document| document.leftovers(realm))
    }

    fn contents<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<BTreeMap<Address, Map>, Error>> {
        self.ask(move |document| document.contents(realm, of))
    }

    fn others<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<Others, Error>> {
        self.ask(move |document| document.others(realm, of))
    }

    fn lock<'a>(
        &'a mut self,
        _realm: &'a Realm,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<Lock, Error>> {
        self.place.lock(holder)
    }

    fn unlock<'a>(&'a mut self, _realm: &'a Realm) -> BoxFuture<'a, Result<(), Error>> {
        self.place.unlock()
    }

    fn break_lock<'a>(&'a mut self, _realm: &'a Realm) -> BoxFuture<'a, Result<bool, Error>> {
        self.place.break_lock()
    }

    fn set_aside(&mut self) -> BoxFuture<'_, Result<String, Error>> {
        self.place.set_aside()
    }

    fn remove<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            let Some(mut document) = self.read().await? else {
                return Ok(());
            };
            self.place.keep(document.generation()).await?;
            document.remove(realm);
            self.place.replace(&document.write()).await
        })
    }

    fn append<'a>(
        &'a mut self,
        realm: &'a Realm,
        entry: &'a Entry,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.change(realm, entry))
    }

    fn note_audits<'a>(
        &'a mut self,
        realm: &'a Realm,
        audited: &'a Audited,
    ) -> BoxFuture<'a, Result<Option<String>, Error>> {
        Box::pin(async move {
            match self.note(realm, audited).await {
                Err(error) if self.place.is_forbidden(&error) => Ok(Some(error.with_cause())),
                noted => noted,
            }
        })
    }

    fn joins(&self, _provider: &str, _place: &str) -> bool {
        false
    }

    fn history<'a>(
        &'a mut self,
        realm: &'a Realm,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<VersionSummary>, Error>> {
        self.ask(move |document| document.history(realm, limit))
    }

    fn recorded<'a>(
        &'a mut self,
        realm: &'a Realm,
        serial: u64,
    ) -> BoxFuture<'a, Result<Option<Recorded>, Error>> {
        self.ask(move |document| document.recorded(realm, serial))
    }

    fn renamed<'a>(
        &'a mut self,
        realm: &'a Realm,
        since: u64,
    ) -> BoxFuture<'a, Result<Vec<Renamed>, Error>> {
        self.ask(move |document| document.renamed(realm, since))
    }

    fn steps<'a>(
        &'a mut self,
        realm: &'a Realm,
        serial: u64,
    ) -> BoxFuture<'a, Result<Vec<StepRecord>, Error>> {
        self.ask(move |document| document.steps(realm, serial))
    }
}
