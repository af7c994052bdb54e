//! Connecting and reading while the files are still being computed: both take their time.
//!
//! What is read this way is looked at only once the files turn out to be right, and a mistake in them is
//! reported without waiting for any server. Where it is not yet clear what to connect to, or the embedded
//! server would be started, everything happens one after the other.

use std::collections::BTreeMap;
use std::sync::Mutex;

use config::Ahead;
use model::Catalog;
use plan::Grounds;
use provider::{Capabilities, Desired, Scope};
use state::Loaded;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::args::Global;
use crate::connect::{Connected, connect, open, realm_of};
use crate::failure::Failure;
use crate::project::{self, Instance, Project, own_folder};
use crate::scope::scope;
use crate::stores::PLATFORM;
use crate::survey::grounds;

/// What is known before the declarations are.
pub struct Early {
    /// What is ours.
    pub state: Loaded,
    /// By provider: what was read, and what is there.
    pub seen: BTreeMap<String, (Scope, Catalog)>,
}

/// A look at the platforms that is under way.
pub struct Look {
    /// What is known of each server.
    pub platforms: BTreeMap<String, Capabilities>,
    reading: JoinHandle<Result<(Connected, Early), Failure>>,
}

/// How a look begins that may turn out to be none.
type Beginning = JoinHandle<Option<Result<(Connected, Early), Failure>>>;

impl Look {
    /// Waits for what was read.
    ///
    /// # Errors
    /// When a platform or the state fails.
    pub async fn arrive(self) -> Result<(Connected, Early), Failure> {
        joined(self.reading.await)
    }
}

/// Loads the files for a command that only looks at the platforms, and begins to look.
///
/// # Errors
/// When the files are wrong, or a platform cannot be reached.
pub async fn look(global: &Global) -> Result<(Project, Look), Failure> {
    let (tell, told) = oneshot::channel();
    let (say, heard) = oneshot::channel();
    let dir = project::folder(global);
    let known = global.clone();
    let beginning: Beginning = tokio::spawn(async move {
        let ahead: Ahead = told.await.ok()?;
        let mut instances = instances(&ahead, known.url.as_deref())?;
        project::only_read(&mut instances, &known);
        let opened = match open(&instances, &own_folder(&dir)).await {
            Ok(opened) => opened,
            Err(failure) => return Some(Err(failure)),
        };
        let realm = realm_of(&ahead.name, ahead.environment.as_ref());
        Some(begin(&instances, opened.with_own_store(realm), say).await)
    });
    let files = global.clone();
    let tell = Mutex::new(Some(tell));
    let loading = spawn_blocking(move || {
        project::load_telling(&files, &|ahead| {
            let tell = tell.lock().ok().and_then(|mut tell| tell.take());
            // Nobody listens any more where the look has failed.
            tell.map(|tell| tell.send(ahead));
        })
    });
    let project = match joined(loading.await) {
        Ok(project) => project,
        Err(failure) => {
            beginning.abort();
            return Err(failure);
        }
    };
    if let Ok(platforms) = heard.await {
        let reading = tokio::spawn(async move {
            let read = joined(beginning.await);
            read.unwrap_or_else(|| unreachable!("it has said that it looks"))
        });
        return Ok((project, Look { platforms, reading }));
    }
    if let Some(read) = joined(beginning.await) {
        read?;
    }
    let connected = connect(&project).await;
    let (say, heard) = oneshot::channel();
    let instances = project.instances.clone();
    let reading = tokio::spawn(async move { begin(&instances, connected, say).await });
    let Ok(platforms) = heard.await else {
        // Then it has failed before it said anything.
        match joined(reading.await) {
            Ok(_) => unreachable!("it says on what it looks before it does"),
            Err(failure) => return Err(failure),
        }
    };
    Ok((project, Look { platforms, reading }))
}

/// Returns what to connect to, where that is clear enough before everything is computed.
fn instances(ahead: &Ahead, url: Option<&str>) -> Option<BTreeMap<String, Instance>> {
    let mut problems = Vec::new();
    let instances = project::instances(&ahead.providers, url, &mut problems);
    let is_clear = ahead.state.kind == PLATFORM
        && problems.is_empty()
        && !instances.is_empty()
        && instances.values().all(|instance| instance.url.is_some());
    is_clear.then_some(instances)
}

/// Says what the connections lead to, and reads.
async fn begin(
    instances: &BTreeMap<String, Instance>,
    connected: Result<Connected, Failure>,
    say: oneshot::Sender<BTreeMap<String, Capabilities>>,
) -> Result<(Connected, Early), Failure> {
    let mut connected = connected?;
    // Where nobody listens any more, nobody will ask for what is read.
    let _ = say.send(connected.platforms.clone());
    let platforms = connected.platforms.clone();
    let grounds = grounds(instances, &platforms);
    let early = read(&mut connected, &grounds).await?;
    Ok((connected, early))
}

/// Loads the state, and reads the places that it knows of: mostly those that are declared.
///
/// # Errors
/// When a platform or the state fails.
pub async fn read(connected: &mut Connected, grounds: &Grounds<'_>) -> Result<Early, Failure> {
    let state = connected.store.load(&connected.realm).await?;
    let mut seen = BTreeMap::new();
    if !state.records.is_empty() {
        for (key, session) in &mut connected.sessions {
            let scope = scope(key, &Desired::default(), &state.records, grounds);
            let catalog = session.read(&scope).await?;
            seen.insert(key.clone(), (scope, catalog));
        }
    }
    Ok(Early { state, seen })
}

/// Returns what a task came to; a panic in it goes on here.
fn joined<T>(ended: Result<T, tokio::task::JoinError>) -> T {
    ended.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(error) => unreachable!("nobody ends it early: {error}"),
    })
}
