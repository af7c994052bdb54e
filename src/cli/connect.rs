//! From a project to live connections, the state, and the lock on it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use apply::Sessions;
use provider::Capabilities;
use state::{FileStore, Holder, Lock, ObjectStore, Realm, Store};

use crate::failure::{Failure, Plain};
use crate::project::{Instance, Project};
use crate::providers;
use crate::screen::Screen;
use crate::stores::StatePlace;

/// Live connections to everything a project speaks of.
pub struct Connected {
    /// Sessions by provider name with alias.
    pub sessions: Sessions,
    /// What is known of each server.
    pub platforms: BTreeMap<String, Capabilities>,
    /// Where the state is.
    pub store: Box<dyn Store>,
    /// Whose state it is.
    pub realm: Realm,
}

/// Returns the realm of a project.
#[must_use]
pub fn realm(project: &Project) -> Realm {
    realm_of(&project.config.name, project.config.environment.as_ref())
}

/// Returns the realm of a project with a name in an environment.
pub(crate) fn realm_of(project: &str, environment: Option<&config::Environment>) -> Realm {
    Realm {
        project: project.to_owned(),
        environment: environment.map_or_else(String::new, |environment| environment.name.clone()),
    }
}

/// Connects to every platform of a project.
///
/// # Errors
/// When one cannot be reached, or the `state` block makes no sense.
pub async fn connect(project: &Project) -> Result<Connected, Failure> {
    let place = StatePlace::declared(project)?;
    let mut opened = open(&project.instances, &project.own_folder()).await?;
    let store = opened.store(&place)?;
    Ok(opened.with(store, realm(project)))
}

/// Connections, before it is clear where the state is.
pub(crate) struct Opened {
    sessions: Sessions,
    platforms: BTreeMap<String, Capabilities>,
    /// The state inside each platform.
    stores: Vec<Box<dyn Store>>,
    /// The name of a new history.
    lineage: String,
}

/// Connects to servers, by provider name with alias. What belongs to this machine only lies in `own_folder`.
pub(crate) async fn open(
    instances: &BTreeMap<String, Instance>,
    own_folder: &Path,
) -> Result<Opened, Failure> {
    let mut opened = Opened {
        sessions: Sessions::new(),
        platforms: BTreeMap::new(),
        stores: Vec::new(),
        lineage: lineage(),
    };
    for (key, instance) in instances {
        let name = instance.provider.name();
        let to = (instance.url.as_deref(), instance.usage);
        let connection = providers::connect(name, key, to, own_folder, &opened.lineage).await?;
        let capabilities = connection.session.capabilities().clone();
        opened.platforms.insert(key.clone(), capabilities);
        opened.sessions.insert(key.clone(), connection.session);
        opened.stores.push(connection.store);
    }
    Ok(opened)
}

impl Opened {
    /// Returns the store at a place; that of the platform once.
    pub(crate) fn store(&mut self, place: &StatePlace) -> Result<Box<dyn Store>, Failure> {
        Ok(match place {
            StatePlace::Platform if self.stores.is_empty() => {
                return Err(Plain::failed("cli::no_provider", "there is no provider").into());
            }
            StatePlace::Platform => self.stores.remove(0),
            StatePlace::File(path) => Box::new(FileStore::new(path, self.lineage.clone())),
            StatePlace::Objects(url) => Box::new(ObjectStore::open(url, self.lineage.clone())?),
        })
    }

    /// Keeps the state in the first platform.
    pub(crate) fn with_own_store(mut self, realm: Realm) -> Result<Connected, Failure> {
        let store = self.store(&StatePlace::Platform)?;
        Ok(self.with(store, realm))
    }

    pub(crate) fn with(self, store: Box<dyn Store>, realm: Realm) -> Connected {
        Connected {
            sessions: self.sessions,
            platforms: self.platforms,
            store,
            realm,
        }
    }
}

/// Makes the name of a new history.
fn lineage() -> String {
    let mut bytes = [0_u8; 16];
    // Without random numbers the clock has to do: a lineage is a name, not a secret.
    if getrandom::fill(&mut bytes).is_err() {
        let now = time::OffsetDateTime::now_utc().unix_timestamp_nanos();
        bytes = now.to_le_bytes();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says who runs a command.
#[must_use]
pub fn holder(command: &str) -> Holder {
    Holder {
        user: whoami::username().unwrap_or_else(|_| "unknown".to_owned()),
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        process: std::process::id(),
        since: state::now(),
        command: command.to_owned(),
    }
}

/// Does something under the lock, and gives the lock back however that ends. That a connection ends
/// does not suffice: the server hears of it a moment later, and until then the lock is held.
///
/// # Errors
/// When somebody else keeps the lock, or what is done fails.
pub async fn locked<T>(
    connected: &mut Connected,
    holder: &Holder,
    timeout: &str,
    screen: &Screen,
    work: impl AsyncFnOnce(&mut Connected) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (store, realm) = (connected.store.as_mut(), &connected.realm);
    lock(store, realm, holder, timeout, screen).await?;
    let done = work(connected).await;
    // A lock that cannot be given back goes with the connection.
    let _ = connected.store.unlock(&connected.realm).await;
    done
}

/// Takes the lock of a realm in a store, waiting for it as long as asked.
///
/// # Errors
/// When somebody else keeps it.
pub(crate) async fn lock(
    store: &mut dyn Store,
    realm: &Realm,
    holder: &Holder,
    timeout: &str,
    screen: &Screen,
) -> Result<(), Failure> {
    let timeout = duration(timeout)?;
    let began = std::time::Instant::now();
    let mut said = false;
    loop {
        let busy = match store.lock(realm, holder).await? {
            Lock::Held => return Ok(()),
            Lock::Busy(holder) => holder,
        };
        if began.elapsed() >= timeout {
            let who = state::who(busy.as_ref());
            return Err(Plain::failed(
                "cli::locked",
                format!("{realm} is locked by {who}"),
            )
            .help("Wait until it has finished, or give `--lock-timeout 5m` to wait for it; `estate unlock` ends one \
                 that hangs.")
            .into());
        }
        if !said {
            screen.complain("Waiting for another apply to finish...");
            said = true;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Reads a time such as `30s`, `5m`, `1h`.
///
/// # Errors
/// When it is not one.
pub fn duration(text: &str) -> Result<Duration, Failure> {
    let seconds = text.parse().ok().map(Duration::from_secs);
    let found = seconds.or_else(|| model::duration::parse(text));
    found.ok_or_else(|| {
        Plain::usage(format!("`{text}` is not a time"))
            .help("Write a number of seconds, minutes or hours: `30s`, `5m`, `1h`.")
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("90s").ok(), Some(Duration::from_secs(90)));
        assert_eq!(duration("2m").ok(), Some(Duration::from_secs(120)));
        assert_eq!(duration("7").ok(), Some(Duration::from_secs(7)));
        assert!(duration("soon").is_err());
    }
}
