//! PostgreSQL servers of our own: found, started when first needed, private, gone with this process.
//!
//! A server lives in a temporary folder, in memory where there is much of it, under a shell of its own
//! that stops it and removes the folder as soon as this process ends, however it ends. Nobody else's
//! server is ever touched. One server of each major version serves a whole run; whoever uses it makes a
//! database of their own.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::client;

/// The supported major versions.
pub(crate) const MAJORS: [u16; 5] = [14, 15, 16, 17, 18];

/// The one with pg_cron.
pub(crate) const WITH_CRON: u16 = 15;

/// The password of the superuser; asked for over TCP only.
pub(crate) const PASSWORD: &str = "open sesame";

/// What a server runs with: room for large transactions, no care for a power failure, and nobody who visits
/// every database of every page all the time.
const SETTINGS: &[&str] = &[
    "autovacuum=off",
    "fsync=off",
    "allow_in_place_tablespaces=on",
    "full_page_writes=off",
    "jit=off",
    "listen_addresses=127.0.0.1",
    "max_connections=50",
    "max_locks_per_transaction=4096",
    "max_wal_size=256MB",
    "max_worker_processes=16",
    "min_wal_size=32MB",
    "shared_buffers=128MB",
    "synchronous_commit=off",
    "wal_level=logical",
];

/// What the one with pg_cron runs with besides.
const CRON_SETTINGS: &[&str] = &[
    "shared_preload_libraries=pg_cron",
    "cron.use_background_workers=on",
];

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its version, such as `15.18`.
    pub(crate) version: String,
    /// The folder of its socket.
    pub(crate) socket: PathBuf,
    /// Its port.
    pub(crate) port: u16,
    /// Lives as long as its standard input is open, and the server with it.
    _keeper: Child,
}

impl Server {
    /// Returns the superuser's url of a database, over the socket, without a password.
    #[must_use]
    pub(crate) fn url(&self, database: &str) -> String {
        let socket = self.socket.display();
        format!(
            "postgres:///{database}?host={socket}&port={}&user=postgres",
            self.port
        )
    }
}

/// Returns the folder where `tests/run` puts programs.
pub(crate) fn installed() -> PathBuf {
    let folder = match std::env::var_os("ESTATE_TEST_SERVERS") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("../servers"),
    };
    // The folder may be a link to where the server's user can read.
    folder.canonicalize().unwrap_or(folder)
}

/// Returns the programs of a major version, or why there are none.
pub(crate) fn programs(major: u16) -> Result<PathBuf, String> {
    let debian = PathBuf::from(format!("/usr/lib/postgresql/{major}"));
    let places = [debian, installed().join(major.to_string())];
    let found = places
        .iter()
        .find(|place| place.join("bin/postgres").is_file());
    let Some(place) = found else {
        return Err(format!(
            "no PostgreSQL {major} is installed; `tests/run` installs it"
        ));
    };
    if major == WITH_CRON {
        let shared = format!("/usr/share/postgresql/{major}");
        let shares = [PathBuf::from(shared), place.join("share/postgresql")];
        let has_cron = |share: &PathBuf| share.join("extension/pg_cron.control").is_file();
        if !shares.iter().any(has_cron) {
            return Err(format!(
                "PostgreSQL {major} has no pg_cron; `tests/run` installs it"
            ));
        }
    }
    Ok(place.join("bin"))
}

/// Returns a `pg_dump` that can read servers of a major version, or why there is none.
pub(crate) fn pg_dump(major: u16) -> Result<PathBuf, String> {
    let own = PathBuf::from(format!("/usr/lib/postgresql/{major}/bin/pg_dump"));
    let newest = installed().join("client/pg_dump");
    [own, newest]
        .into_iter()
        .find(|program| program.is_file())
        .ok_or_else(|| {
            format!("no pg_dump for PostgreSQL {major} is installed; `tests/run` installs it")
        })
}

/// Returns the server of a major version, starting it when it is asked for first.
///
/// # Panics
/// When it does not start: a version that is installed must work.
pub(crate) fn server(major: u16) -> &'static Server {
    static SERVERS: [OnceLock<Server>; MAJORS.len()] = [const { OnceLock::new() }; MAJORS.len()];
    let position = MAJORS.iter().position(|known| *known == major);
    let position = position.unwrap_or_else(|| panic!("PostgreSQL {major} is not supported"));
    SERVERS[position].get_or_init(|| {
        let bin = programs(major).unwrap_or_else(|reason| panic!("{reason}"));
        let mut server = start(&bin, major, &[]);
        let version = client::run(&server.url("postgres"), "show server_version");
        server.version = match version.as_deref().map(|table| table.lines().last()) {
            Ok(Some(version)) if version.starts_with(&major.to_string()) => version.to_owned(),
            other => panic!(
                "the server in {} is not PostgreSQL {major}: {other:?}",
                bin.display()
            ),
        };
        bring_cron(&server, major);
        server
    })
}

fn bring_cron(server: &Server, major: u16) {
    if major == WITH_CRON {
        client::run(&server.url("postgres"), "create extension pg_cron").expect("pg_cron works");
    }
}

/// Starts a server that nobody else uses, and that may be crashed.
///
/// # Panics
/// When it does not start.
pub(crate) fn another(major: u16) -> Server {
    another_for(major, &[])
}

/// Starts a server that nobody else uses, with settings of its own.
///
/// # Panics
/// When it does not start.
pub(crate) fn another_for(major: u16, settings: &[&str]) -> Server {
    let bin = programs(major).unwrap_or_else(|reason| panic!("{reason}"));
    let server = start(&bin, major, settings);
    bring_cron(&server, major);
    server
}

/// Starts a server on a free port. Another program may take the port in between, hence the attempts.
fn start(bin: &Path, major: u16, settings: &[&str]) -> Server {
    let mut log = String::new();
    for _ in 0..3 {
        match attempt(bin, major, settings) {
            Ok(server) => return server,
            Err(said) => log = said,
        }
    }
    panic!("PostgreSQL {major} does not start:\n{log}");
}

/// How much room in memory servers may take: what all tests together leave there is a third of it.
const IN_MEMORY: u64 = 6 << 30;

/// Returns where servers keep their data: in memory where there is much of it, since most of what pages do is
/// to make databases, which takes ten times as long on a disk.
fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let has_room = free(memory).is_some_and(|free| free >= IN_MEMORY)
        && available_memory().is_some_and(|free| free >= 2 * IN_MEMORY);
    match has_room {
        true => memory.to_owned(),
        false => std::env::temp_dir(),
    }
}

/// Returns how many bytes are free in a file system, as `df` says it.
fn free(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    let kilobytes: u64 = said
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()?;
    Some(kilobytes * 1024)
}

/// Returns how many bytes of memory are available, as Linux says it.
fn available_memory() -> Option<u64> {
    let said = fs::read_to_string("/proc/meminfo").ok()?;
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn attempt(bin: &Path, major: u16, settings: &[&str]) -> Result<Server, String> {
    let folder = tempfile::Builder::new()
        .prefix("estate-pg-")
        .tempdir_in(place())
        .expect("a folder")
        .keep();
    fs::write(folder.join("password"), PASSWORD).expect("a password file");
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let extra = if major == WITH_CRON {
        CRON_SETTINGS
    } else {
        &[]
    };
    let mut keeper = Command::new("sh");
    keeper
        .args(["-c", include_str!("keeper.sh"), "keeper"])
        .args(
            SETTINGS
                .iter()
                .chain(extra)
                .chain(settings)
                .flat_map(|setting| ["-c", setting]),
        )
        .env("BIN", bin)
        .env("DIR", &folder)
        .env("PORT", port.to_string())
        .env_remove("PGDATA")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A key that interrupts the tests must leave it alive, to clean up.
        .process_group(0);
    if let Some((user, group)) = other_user(&folder) {
        chown(&folder, Some(user), Some(group)).expect("root may give a folder away");
        keeper.uid(user).gid(group);
    }
    let mut server = Server {
        version: String::new(),
        socket: folder.clone(),
        port,
        _keeper: keeper.spawn().expect("sh runs"),
    };
    let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
    // Whoever comes while it starts up is told so, and that in the log, too.
    let has_failed = || {
        let log = log();
        let mut lines = log.lines().filter(|line| line.contains("FATAL"));
        lines.any(|line| !line.contains("is starting up"))
    };
    let patience = Instant::now();
    loop {
        match client::run(&server.url("postgres"), "select 1") {
            Ok(_) => return Ok(server),
            Err(_) if patience.elapsed() < Duration::from_secs(90) && !has_failed() => {
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(error) => {
                let said = format!("{error}\n{}", log());
                // Without its standard input the keeper cleans up and ends.
                drop(server._keeper.stdin.take());
                let _ = server._keeper.wait();
                return Err(said);
            }
        }
    }
}

/// PostgreSQL refuses to run as root: returns the user to run as instead, where we are root.
fn other_user(ours: &Path) -> Option<(u32, u32)> {
    let is_root = fs::metadata(ours).is_ok_and(|metadata| metadata.uid() == 0);
    if !is_root {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let id = |wanted: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(wanted))?;
        let mut fields = line.split(':').skip(2).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    };
    id("postgres").or_else(|| id("nobody"))
}
