//! Who could do what at one time, as a file: complete, dated, and sealed by a digest.
//!
//! The digest is that of the text without it, so what somebody changes by hand is found out. A file of another
//! version is named and not guessed at.

use model::Fingerprint;
use provider::Population;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format.
pub const FORMAT: u32 = 1;

/// What the files are called in themselves.
pub const KIND: &str = "estate.grants";

/// Who could do what at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// What this is: `estate.grants`.
    pub kind: String,
    /// Version of this format.
    pub format: u32,
    /// Version of the tool that took it.
    pub tool: String,
    /// When, in RFC 3339, UTC.
    pub taken_at: String,
    /// The project, where it was taken for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The environment, where it was taken of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The version that left it so, where it was not read from the server but is what that recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Where it was taken.
    pub server: Server,
    /// Whether the login saw everything.
    pub complete: bool,
    /// Who could do what.
    pub population: Population,
    /// blake3 of this text without the digest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

/// The server that a snapshot was taken of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The platform.
    pub platform: String,
    /// What tells it from every other.
    pub identity: String,
    /// Its version.
    pub version: String,
    /// The database of the connection.
    pub place: String,
    /// The login.
    pub login: String,
    /// Whether everything was permitted to the login.
    pub is_superuser: bool,
}

/// Why a file is not taken for a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is something else.
    #[error("it is no snapshot of grants")]
    Other,
    /// It has another version.
    #[error("it has version {0} of the format, and this Estate reads version {FORMAT}")]
    Version(u64),
    /// Something in it cannot be read.
    #[error("it cannot be read: {0}")]
    Torn(String),
    /// Its digest is not that of its contents.
    #[error("its digest is not that of its contents: somebody changed it, or it was cut off")]
    Digest,
}

impl Snapshot {
    /// Gives it the digest of what it says.
    pub fn seal(&mut self) {
        self.digest.clear();
        self.digest = Fingerprint::of_bytes(self.text().as_bytes()).to_string();
    }

    /// Writes it.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self)
            .expect("texts, numbers and lists of them have a JSON form")
            + "\n"
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is no snapshot, of another version, or not as it was written.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        /// What every version begins with.
        #[derive(Deserialize)]
        struct Head {
            kind: String,
            format: u64,
        }
        let head: Head = serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Eof if text.contains(KIND) => {
                Refusal::Torn(error.to_string())
            }
            _ => Refusal::Other,
        })?;
        if head.kind != KIND {
            return Err(Refusal::Other);
        }
        if head.format != u64::from(FORMAT) {
            return Err(Refusal::Version(head.format));
        }
        let found: Self =
            serde_json::from_str(text).map_err(|error| Refusal::Torn(error.to_string()))?;
        let mut again = found.clone();
        again.seal();
        if again.digest != found.digest {
            return Err(Refusal::Digest);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Snapshot {
        let mut snapshot = Snapshot {
            kind: KIND.to_owned(),
            format: FORMAT,
            tool: "0.1.0".to_owned(),
            taken_at: "2027-01-01T00:00:00Z".to_owned(),
            project: None,
            environment: None,
            version: None,
            server: Server::default(),
            complete: true,
            population: Population::default(),
            digest: String::new(),
        };
        snapshot.seal();
        snapshot
    }

    #[test]
    fn what_is_written_is_read() {
        let snapshot = sample();
        assert_eq!(Snapshot::read(&snapshot.text()), Ok(snapshot));
    }

    #[test]
    fn what_was_changed_is_refused() {
        let text = sample().text();
        let changed = text.replace("\"complete\": true", "\"complete\": false");
        assert_eq!(Snapshot::read(&changed), Err(Refusal::Digest));
        let newer = text.replace("\"format\": 1", "\"format\": 2");
        assert_eq!(Snapshot::read(&newer), Err(Refusal::Version(2)));
        assert_eq!(Snapshot::read("{}"), Err(Refusal::Other));
        assert_eq!(Snapshot::read("no"), Err(Refusal::Other));
        let torn = Snapshot::read(&text[..text.len() / 2]);
        assert!(matches!(torn, Err(Refusal::Torn(_))), "{torn:?}");
        let more = text.replace("\"complete\"", "\"more\": 1, \"complete\"");
        assert!(matches!(Snapshot::read(&more), Err(Refusal::Torn(_))));
    }
}
