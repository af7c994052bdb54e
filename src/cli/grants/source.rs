//! Where it is read who can do what: an environment of the project, a version of it, a url, or a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use access::{Access, Refusal, Server, Snapshot, snapshot};
use model::{AcceptBlock, Address, DeclarationId, Map};
use provider::{Capabilities, Population, Reach, Usage};

use crate::args::Global;
use crate::args::grants::GrantsFrom;
use crate::connect::connect;
use crate::failure::{Failure, Plain};
use crate::project::{self, Instance, Project};
use crate::{offline, providers, versions};
use state::now;

/// One side: who can do what at one place and time.
pub struct Side {
    /// How it is called.
    pub label: String,
    /// Where and when it was read; without who can do what, which is in `access`.
    pub head: Snapshot,
    /// Who can do what.
    pub access: Access,
    /// What the project calls its objects, where there is a project.
    pub named: Vec<Named>,
    /// Differences that the project accepts; `None` where it was not read from a project.
    pub accepts: Option<Vec<AcceptBlock>>,
}

/// What a project calls an object.
pub struct Named {
    /// Its declaration.
    pub id: DeclarationId,
    /// Its kind.
    pub kind: String,
    /// Its path, with the name of the database.
    pub path: Vec<String>,
}

impl Named {
    pub(super) fn new(id: &DeclarationId, address: &Address, place: &str) -> Self {
        let mut path = address.path().to_vec();
        if path.len() > 1 && path[0].is_empty() {
            place.clone_into(&mut path[0]);
        }
        Self {
            id: id.clone(),
            kind: address.kind().to_owned(),
            path,
        }
    }

    /// Returns a pattern that means it.
    #[must_use]
    pub fn pattern(&self) -> String {
        format!("{}.{}", self.kind, self.path.join("."))
    }
}

/// Reads one side.
///
/// # Errors
/// When it cannot be reached or read, or is none.
pub async fn read(global: &Global, from: &GrantsFrom) -> Result<Side, Failure> {
    let Some(source) = &from.from else {
        let folder = project::folder(global);
        if project::has_files(&folder) || global.url.is_none() {
            return of_project(global, from).await;
        }
        let url = global.url.clone().unwrap_or_default();
        return of_url(&url, global, from).await;
    };
    if source.contains("://") {
        return of_url(source, global, from).await;
    }
    let path = Path::new(source);
    if path.is_file() {
        return of_file(path);
    }
    let is_path = path.extension().is_some_and(|end| end == "json") || source.contains('/');
    if is_path {
        return Err(no_file(source, "there is no such file"));
    }
    if !project::has_files(&project::folder(global)) {
        return Err(Plain::failed(
            "cli::grants_source",
            format!("there is nothing called `{source}`"),
        )
        .note("it is no file, no url, and there is no project that could have such an environment or version")
        .help("Name an environment or a version of a project (`-C DIR`), a url, or a file of `grants snapshot`.")
        .into());
    }
    if let Some(number) = source.strip_prefix("version:") {
        let serial = number.parse().map_err(|_| {
            Plain::usage(format!("`{source}` does not name a version"))
                .help("Write `version:` and its number; `estate history` lists what there is.")
        })?;
        return of_version(serial, source, global, from).await;
    }
    let global = Global {
        env: Some(source.clone()),
        ..global.clone()
    };
    of_project(&global, from)
        .await
        .map_err(|failure| match failure {
            Failure::Platform(error) => {
                Failure::Platform(error.during(format!("environment `{source}` cannot be read")))
            }
            other => other,
        })
}

fn no_file(place: &str, why: &str) -> Failure {
    Plain::failed(
        "cli::grants_snapshot",
        format!("{place} cannot be read: {why}"),
    )
    .help("Name an environment, a version, a url, or a file that `estate grants snapshot --out FILE` wrote.")
    .into()
}

/// Reads a file.
fn of_file(path: &Path) -> Result<Side, Failure> {
    let place = project::shown(path);
    let text =
        std::fs::read_to_string(path).map_err(|error| no_file(&place, &error.to_string()))?;
    let snapshot = Snapshot::read(&text).map_err(|refusal| {
        let help = match &refusal {
            Refusal::Version(_) => "Use the version of Estate that wrote it, or take it anew.",
            Refusal::Digest => "Take the file from where it was kept, or take it anew.",
            Refusal::Other | Refusal::Torn(_) => {
                "Write one with `estate grants snapshot --out FILE`."
            }
        };
        Plain::failed("cli::grants_snapshot", format!("{place}: {refusal}")).help(help)
    })?;
    Ok(Side::of(place, snapshot))
}

/// Reads the server at a url: the database of the url.
async fn of_url(url: &str, global: &Global, from: &GrantsFrom) -> Result<Side, Failure> {
    let Some(provider) = providers::all().into_iter().next() else {
        return Err(Plain::failed("cli::no_provider", "this Estate knows no platform").into());
    };
    let instance = Instance {
        provider,
        url: Some(url.to_owned()),
        usage: Usage::default(),
    };
    let reach = Reach {
        places: BTreeSet::from([String::new()]),
        all: from.cluster,
    };
    let folder = project::own_folder(&project::folder(global));
    let (platform, population) = look(provider.name(), &instance, &folder, &reach).await?;
    let label = shown_url(url);
    Ok(Side::of(
        label,
        sealed(provider.name(), &platform, population, None),
    ))
}

/// Returns a url without the login, the password and the parameters; with a parameter that names the server.
fn shown_url(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split('?').next().unwrap_or_default();
    let place = rest.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{place}")
}

/// Reads the server of a project: its databases.
async fn of_project(global: &Global, from: &GrantsFrom) -> Result<Side, Failure> {
    let project = project::load(global)?;
    let (key, instance) = chosen(&project, from.provider.as_deref())?;
    let (desired, _) = offline::offline(&project)?;
    let addresses = desired.catalog.addresses();
    let ours = addresses.filter(|address| address.provider() == key);
    let mut places: BTreeSet<String> = ours
        .filter_map(|address| instance.provider.holds(address))
        .collect();
    if places.is_empty() {
        places.insert(String::new());
    }
    let reach = Reach {
        places,
        all: from.cluster,
    };
    let folder = project.own_folder();
    let name = instance.provider.name();
    let (platform, population) = look(name, instance, &folder, &reach).await?;
    let environment = project.config.environment.as_ref();
    let environment = environment.map(|one| one.name.clone());
    let label = environment
        .clone()
        .unwrap_or_else(|| project.config.name.clone());
    let of = (project.config.name.clone(), environment);
    let mut side = Side::of(label, sealed(name, &platform, population, Some(of)));
    let origins = desired.origins.iter();
    side.named = origins
        .filter(|(address, _)| address.provider() == key)
        .map(|(address, origin)| Named::new(&origin.id, address, &platform.place))
        .collect();
    side.accepts = Some(project.config.accepts);
    Ok(side)
}

/// Returns what a version of a project recorded.
async fn of_version(
    serial: u64,
    label: &str,
    global: &Global,
    from: &GrantsFrom,
) -> Result<Side, Failure> {
    let global = Global {
        only_reads: true,
        ..global.clone()
    };
    let project = project::load(&global)?;
    let (key, instance) = chosen(&project, from.provider.as_deref())?;
    let mut connected = connect(&project).await?;
    let version = versions::find(&mut connected, serial).await?;
    let recorded = versions::left_by(&mut connected, serial).await?;
    let puts = recorded
        .values()
        .filter(|put| put.address.provider() == key);
    let platform = &connected.platforms[key];
    let contents: BTreeMap<Address, Map> = puts
        .clone()
        .map(|put| (put.address.clone(), put.content.clone()))
        .collect();
    let name = instance.provider.name();
    let population = instance.provider.recalled(&contents, platform);
    let population = population.ok_or_else(|| {
        let why = format!("`{name}` does not say who was given what");
        Plain::failed("cli::grants_of_version", why)
    })?;
    let environment = project.config.environment.as_ref();
    let environment = environment.map(|one| one.name.clone());
    let of = (project.config.name.clone(), environment);
    let mut snapshot = sealed(name, platform, population, Some(of));
    snapshot.version = Some(serial);
    snapshot.taken_at = version.ended.unwrap_or(version.by.since);
    snapshot.server.login = version.login.unwrap_or(version.by.user);
    snapshot.seal();
    let mut side = Side::of(label.to_owned(), snapshot);
    side.named = puts
        .map(|put| Named::new(&put.claim.id, &put.address, &platform.place))
        .collect();
    side.accepts = Some(project.config.accepts);
    Ok(side)
}

/// Returns the server of a project that is meant.
fn chosen<'a>(
    project: &'a Project,
    wanted: Option<&str>,
) -> Result<(&'a str, &'a Instance), Failure> {
    let mut all = project.instances.iter();
    let names: Vec<&str> = project.instances.keys().map(String::as_str).collect();
    let found = match (wanted, names.len()) {
        (Some(wanted), _) => all.find(|(key, _)| *key == wanted),
        (None, 1) => all.next(),
        (None, 0) => {
            return Err(Plain::failed("cli::no_provider", "there is no provider").into());
        }
        (None, _) => {
            return Err(Plain::usage("the project has several servers")
                .help(format!(
                    "Choose one with `--provider`: {}.",
                    names.join(", ")
                ))
                .into());
        }
    };
    let (key, instance) = found.ok_or_else(|| {
        Plain::usage(format!(
            "there is no provider `{}`",
            wanted.unwrap_or_default()
        ))
        .help(format!("There is {}.", names.join(", ")))
    })?;
    Ok((key, instance))
}

/// Connects, and reads who was given what.
async fn look(
    name: &str,
    instance: &Instance,
    folder: &Path,
    reach: &Reach,
) -> Result<(Capabilities, Population), Failure> {
    let usage = Usage {
        only_reads: true,
        ..instance.usage
    };
    let to = (instance.url.as_deref(), usage);
    let connection = providers::connect(name, name, to, folder, "").await?;
    let mut session = connection.session;
    let population = session.access(reach).await?;
    Ok((session.capabilities().clone(), population))
}

fn sealed(
    name: &str,
    platform: &Capabilities,
    population: Population,
    of: Option<(String, Option<String>)>,
) -> Snapshot {
    let (project, environment) = of.map_or((None, None), |(project, environment)| {
        (Some(project), environment)
    });
    let mut snapshot = Snapshot {
        kind: snapshot::KIND.to_owned(),
        format: snapshot::FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: now(),
        project,
        environment,
        version: None,
        server: Server {
            platform: name.to_owned(),
            identity: platform.identity.clone(),
            version: platform.version_text.clone(),
            place: platform.place.clone(),
            login: platform.login.clone(),
            is_superuser: platform.is_superuser,
        },
        complete: population.unseen.is_empty(),
        population,
        digest: String::new(),
    };
    snapshot.seal();
    snapshot
}

impl Side {
    fn of(label: String, mut snapshot: Snapshot) -> Self {
        let population = std::mem::take(&mut snapshot.population);
        Self {
            label,
            head: snapshot,
            access: Access::of(population),
            named: Vec::new(),
            accepts: None,
        }
    }

    /// Returns it as it is written to a file.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            population: self.access.population().clone(),
            ..self.head.clone()
        }
    }

    /// Says where and when it was read.
    #[must_use]
    pub fn origin(&self) -> String {
        let Server {
            platform,
            version,
            place,
            login,
            ..
        } = &self.head.server;
        let platform = match platform.as_str() {
            "postgres" => "PostgreSQL",
            other => other,
        };
        let databases = self.access.databases();
        let database = match databases.len() {
            0 => format!("database {place}"),
            1 => format!("database {}", databases.iter().copied().collect::<String>()),
            number => format!("{number} databases"),
        };
        let at = &self.head.taken_at;
        match self.head.version {
            Some(serial) => {
                format!(
                    "{database}, {platform}, as version {serial} left it at {at}, applied as {login}"
                )
            }
            None => format!("{database}, {platform} {version}, read at {at} as {login}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_secrets() {
        let shown = shown_url("postgres://me:secret@host:5432/shop?password=x");
        assert_eq!(shown, "postgres://host:5432/shop");
        assert_eq!(shown_url("postgres:///shop?host=/tmp"), "postgres:///shop");
        assert_eq!(shown_url("postgres://u:p@a@host/x"), "postgres://host/x");
    }
}
