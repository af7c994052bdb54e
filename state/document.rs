//! State as one document: JSON for all realms, with a checksum of its own, so that damage is seen.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Claim, Fingerprint, Map, PartRename, Record, Records};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::FORMAT;
use crate::entry::{Audited, Entry, Intended, Leftover, Put, StepRecord};
use crate::error::Error;
use crate::realm::Realm;
use crate::store::{Loaded, Others, Recorded, Renamed, VersionSummary};

/// The whole document.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
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
    /// What was ours once, or looked otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    past: Vec<Past>,
    /// Intentions of the last apply that nothing was heard of since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    intended: Vec<Intended>,
    /// The last applies, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    versions: Vec<VersionSummary>,
    /// The statements that the last of them ran, by their numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    steps: BTreeMap<u64, Vec<StepRecord>>,
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
    /// The apply since which it is as it is; 0 where that was not kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    since: u64,
    /// The name it had before that, where a declared rename gave it another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Address>,
    /// Parts of it that a declared rename gave other names then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartRename>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A record that was replaced or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Past {
    /// The apply that replaced or removed it.
    until: u64,
    /// What was recorded until then.
    record: Stored,
}

/// How many applies a document remembers, and how many times audits ran.
const REMEMBERED: usize = 100;

/// Of how many applies it remembers the statements.
const DETAILED: usize = 20;

impl Document {
    /// Makes an empty one.
    pub(crate) fn new(lineage: &str) -> Self {
        Self {
            format: FORMAT,
            checksum: String::new(),
            lineage: lineage.to_owned(),
            realms: Vec::new(),
        }
    }

    /// Reads one that lies at a place.
    pub(crate) fn parse(text: &str, place: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let damaged = |reason: String| Error::Damaged {
            place: place.to_owned(),
            reason,
        };
        let head: Head = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        if head.format > FORMAT {
            return Err(Error::Newer {
                place: place.to_owned(),
                format: head.format,
            });
        }
        let mut parsed: Self =
            serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        let written = std::mem::take(&mut parsed.checksum);
        if parsed.checksum() != written {
            return Err(damaged("its checksum does not fit its contents".to_owned()));
        }
        Ok(parsed)
    }

    /// Writes it, with its checksum.
    pub(crate) fn write(mut self) -> String {
        self.checksum = String::new();
        self.checksum = self.checksum();
        serde_json::to_string_pretty(&self).unwrap_or_default()
    }

    /// Computes the checksum of one that has none. Fields that an earlier version did not know are left out where
    /// they say nothing, so that what it wrote has the checksum it gave.
    fn checksum(&self) -> String {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Fingerprint::of_bytes(&bytes).to_string()
    }

    /// Folds an entry into the state of a realm.
    pub(crate) fn fold(&mut self, realm: &Realm, entry: &Entry) {
        let mut chapters = self.realms.iter();
        let at = chapters.position(|chapter| chapter.realm == *realm);
        let at = at.unwrap_or_else(|| {
            self.realms.push(Chapter::new(realm));
            self.realms.len() - 1
        });
        self.realms[at].fold(entry);
    }

    /// Removes the state of a realm.
    pub(crate) fn remove(&mut self, realm: &Realm) {
        self.realms.retain(|chapter| chapter.realm != *realm);
    }

    /// Returns a number that grows with every apply of any realm.
    pub(crate) fn generation(&self) -> u64 {
        self.realms.iter().map(|chapter| chapter.serial).sum()
    }

    fn chapter(&self, realm: &Realm) -> Option<&Chapter> {
        self.realms.iter().find(|chapter| chapter.realm == *realm)
    }

    pub(crate) fn loaded(&self, realm: &Realm) -> Loaded {
        let chapter = self.chapter(realm);
        let loaded = chapter.map(|chapter| chapter.loaded(&self.lineage));
        loaded.unwrap_or_default()
    }

    pub(crate) fn leftovers(&self, realm: &Realm) -> Vec<Leftover> {
        let intended = self
            .chapter(realm)
            .into_iter()
            .flat_map(|one| &one.intended);
        intended.flat_map(|one| one.leftovers.clone()).collect()
    }

    pub(crate) fn contents(&self, realm: &Realm, of: &BTreeSet<Address>) -> BTreeMap<Address, Map> {
        let records = self.chapter(realm).into_iter().flat_map(|one| &one.records);
        records
            .filter(|record| of.contains(&record.address))
            .map(|record| (record.address.clone(), record.content.clone()))
            .collect()
    }

    pub(crate) fn others(&self, realm: &Realm, of: &BTreeSet<Address>) -> Others {
        let mut others = Others::new();
        for chapter in self.realms.iter().filter(|one| one.realm != *realm) {
            for record in &chapter.records {
                if of.contains(&record.address) {
                    let realms = others.entry(record.address.clone()).or_default();
                    realms.push(chapter.realm.clone());
                }
            }
        }
        others
    }

    pub(crate) fn history(&self, realm: &Realm, limit: usize) -> Vec<VersionSummary> {
        let chapters = self.chapter(realm).into_iter();
        let versions = chapters.flat_map(|chapter| chapter.versions.iter().rev());
        versions.take(limit).cloned().collect()
    }

    pub(crate) fn recorded(&self, realm: &Realm, serial: u64) -> Option<Recorded> {
        let chapter = self.chapter(realm)?;
        let mut versions = chapter.versions.iter();
        versions.find(|version| version.serial == serial)?;
        let present = chapter.records.iter();
        let past = chapter.past.iter().filter(|past| past.until > serial);
        let all = present.chain(past.map(|past| &past.record));
        let then = all.filter(|record| record.since <= serial);
        Some(
            then.map(|record| (record.address.clone(), record.put()))
                .collect(),
        )
    }

    pub(crate) fn renamed(&self, realm: &Realm, since: u64) -> Vec<Renamed> {
        let Some(chapter) = self.chapter(realm) else {
            return Vec::new();
        };
        let past = chapter.past.iter().map(|past| &past.record);
        let all = chapter.records.iter().chain(past);
        let mut renamed: Vec<_> = all
            .filter(|record| record.since > since)
            .filter(|record| record.previous.is_some() || !record.parts.is_empty())
            .map(|record| {
                let to = record.address.clone();
                let renamed = Renamed {
                    from: record.previous.clone().unwrap_or_else(|| to.clone()),
                    to,
                    parts: record.parts.clone(),
                };
                (record.since, renamed)
            })
            .collect();
        renamed.sort();
        renamed.into_iter().map(|(_, renamed)| renamed).collect()
    }

    pub(crate) fn steps(&self, realm: &Realm, serial: u64) -> Vec<StepRecord> {
        let chapter = self.chapter(realm);
        let steps = chapter.and_then(|chapter| chapter.steps.get(&serial));
        steps.cloned().unwrap_or_default()
    }
}

impl Stored {
    fn new(put: &Put, since: u64) -> Self {
        let Put {
            address,
            claim,
            live,
            content,
            previous,
            parts,
        } = put.clone();
        Self {
            address,
            claim,
            live,
            content,
            since,
            previous,
            parts,
        }
    }

    fn put(&self) -> Put {
        Put {
            address: self.address.clone(),
            claim: self.claim.clone(),
            live: self.live,
            content: self.content.clone(),
            previous: self.previous.clone(),
            parts: self.parts.clone(),
        }
    }
}

impl Chapter {
    fn new(realm: &Realm) -> Self {
        Self {
            realm: realm.clone(),
            serial: 0,
            records: Vec::new(),
            past: Vec::new(),
            intended: Vec::new(),
            versions: Vec::new(),
            steps: BTreeMap::new(),
            audits: Vec::new(),
        }
    }

    fn fold(&mut self, entry: &Entry) {
        match entry {
            Entry::Begun(begun) => {
                self.serial = begun.serial;
                self.versions.push(VersionSummary {
                    serial: begun.serial,
                    by: begun.by.clone(),
                    estate: begun.estate.clone(),
                    digest: begun.digest.clone(),
                    summary: begun.summary,
                    outcome: None,
                    ended: None,
                    login: None,
                    commit: begun.commit.clone(),
                    dirty: begun.dirty,
                    approvals: begun.approvals.clone(),
                });
                self.forget();
            }
            Entry::Audited(audited) => {
                self.audits.push(audited.clone());
                let surplus = self.audits.len().saturating_sub(REMEMBERED);
                self.audits.drain(..surplus);
            }
            Entry::Brought(brought) => {
                let serial = brought.version.serial;
                self.serial = serial;
                self.versions.push(brought.version.clone());
                self.record(serial, &brought.puts, &brought.gone);
                self.note(serial, &brought.steps);
                self.forget();
            }
            Entry::Intended(intended) => self.intended.push(intended.clone()),
            Entry::Done(done) => {
                self.intended
                    .retain(|intended| Some(intended.batch) != done.batch);
                self.record(done.serial, &done.puts, &done.gone);
                self.note(done.serial, &done.steps);
            }
            Entry::Failed(failed) => {
                if failed.taken_back {
                    self.intended
                        .retain(|intended| intended.batch != failed.batch);
                }
                self.note(failed.serial, &failed.steps);
            }
            Entry::Ended(ended) => {
                if let Some(version) = self.versions.last_mut() {
                    version.outcome = Some(ended.outcome.word().to_owned());
                    version.ended.clone_from(&ended.at);
                }
                if ended.outcome == crate::Outcome::Succeeded {
                    self.intended.clear();
                }
            }
        }
    }

    /// Replaces and removes records, and keeps what was there before.
    fn record(&mut self, serial: u64, puts: &[Put], gone: &[Address]) {
        let put = puts.iter().map(|put| &put.address);
        let touched: BTreeSet<&Address> = gone.iter().chain(put).collect();
        let records = std::mem::take(&mut self.records);
        let (before, stay): (Vec<_>, Vec<_>) = records
            .into_iter()
            .partition(|record| touched.contains(&record.address));
        self.records = stay;
        // What this very apply has recorded and replaces again was never the end of a version.
        let before = before.into_iter().filter(|record| record.since < serial);
        self.past.extend(before.map(|record| Past {
            until: serial,
            record,
        }));
        self.records
            .extend(puts.iter().map(|put| Stored::new(put, serial)));
        self.records.sort_by(|a, b| a.address.cmp(&b.address));
    }

    fn note(&mut self, serial: u64, steps: &[StepRecord]) {
        if !steps.is_empty() {
            let known = self.steps.entry(serial).or_default();
            known.extend(steps.iter().cloned());
        }
    }

    /// Forgets what is too long ago.
    fn forget(&mut self) {
        let surplus = self.versions.len().saturating_sub(REMEMBERED);
        self.versions.drain(..surplus);
        let oldest = self.versions.first().map_or(0, |version| version.serial);
        self.past.retain(|past| past.until > oldest);
        let detailed = self.serial.saturating_sub(DETAILED as u64);
        self.steps.retain(|serial, _| *serial > detailed);
    }

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
