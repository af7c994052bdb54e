//! Runs a page: in a folder and a database of its own, on one of the servers it names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::RwLock;
use std::time::{Duration, Instant};

use crate::embedded;
use crate::normal::normal;
use crate::script::{Command, Page};
use crate::servers::{self, PASSWORD, Server};
use crate::target::Target;
use crate::{bucket, client, dump, hook};

/// Drops the subscriptions of a database, with which it could not be dropped, without asking anybody.
const WITHOUT_SUBSCRIPTIONS: &str = "\
do $$
declare
  name text;
begin
  for name in select s.subname from pg_subscription s join pg_database d on d.oid = s.subdbid
    where d.datname = current_database()
  loop
    execute format('alter subscription %I disable', name);
    execute format('alter subscription %I set (slot_name = none)', name);
    execute format('drop subscription %I', name);
  end loop;
end
$$";

/// How long one command may take: only a hanging one takes longer.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs a page and returns it with what it really shows.
///
/// # Errors
/// When the page is wrong in itself.
pub(crate) fn run(page: &Page, name: &str, target: Target) -> Result<Page, String> {
    static QUIET: RwLock<()> = RwLock::new(());
    let (_alone, _among) = match page.is_alone {
        true => (Some(QUIET.write()), None),
        false => (None, Some(QUIET.read())),
    };
    let room = Room::new(page, name, target)?;
    let mut variables = room.variables(page);
    let mut shown = page.clone();
    for step in &mut shown.steps {
        let (output, exit) = match step.command()? {
            Command::Let {
                name,
                file,
                pointer,
            } => {
                let value = room.json(&file, &pointer)?;
                variables.push((name, value));
                (String::new(), 0)
            }
            command => room.command(&command, &variables)?,
        };
        step.output = room.normal(&output);
        step.exit = exit;
    }
    Ok(shown)
}

/// Where one page runs.
pub(crate) struct Room {
    folder: tempfile::TempDir,
    pub(crate) database: String,
    server: Option<&'static Server>,
    major: u16,
    /// Whether the page runs on no newer server.
    is_newest: bool,
}

impl Room {
    fn new(page: &Page, name: &str, target: Target) -> Result<Self, String> {
        let folder = tempfile::Builder::new()
            .prefix("estate-page-")
            .tempdir()
            .map_err(|error| format!("no folder: {error}"))?;
        for (path, contents) in page.borrowed.iter().chain(&page.files) {
            write(&folder.path().join("project").join(path), contents)?;
        }
        fs::create_dir_all(folder.path().join("project")).map_err(|error| error.to_string())?;
        let tool = folder.path().join("bin/estate");
        write(
            &tool,
            "#!/bin/sh\nexec \"$ESTATE\" ${URL:+--url \"$URL\"} \"$@\"\n",
        )?;
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755))
            .map_err(|error| error.to_string())?;
        let (server, major) = match target {
            Target::Server(major) => (Some(servers::server(major)), major),
            Target::Embedded => (None, embedded::MAJOR),
        };
        let database = match server {
            Some(_) => format!("page_{}", name.replace(['/', '.'], "_")),
            None => "postgres".to_owned(),
        };
        let room = Self {
            folder,
            database,
            server,
            major,
            is_newest: page
                .servers
                .iter()
                .filter_map(|name| name.parse::<u16>().ok())
                .all(|other| other <= major),
        };
        room.make_database(&room.database)?;
        Ok(room)
    }

    /// Makes a database on a real server; the embedded one has its own.
    pub(crate) fn make_database(&self, name: &str) -> Result<(), String> {
        match self.server {
            Some(server) => {
                let sql = format!("create database \"{name}\" template template0");
                client::run(&server.url("postgres"), &sql).map(|_| ())
            }
            None => Ok(()),
        }
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn variables(&self, page: &Page) -> Vec<(String, String)> {
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = self.folder.path().join("bin");
        let mut variables = vec![
            ("PATH".to_owned(), format!("{}:{path}", bin.display())),
            ("HOME".to_owned(), self.folder.path().display().to_string()),
            ("XDG_CACHE_HOME".to_owned(), cache().display().to_string()),
            ("LC_ALL".to_owned(), "C.UTF-8".to_owned()),
            (
                "ESTATE".to_owned(),
                env!("CARGO_BIN_EXE_estate-under-test").to_owned(),
            ),
            ("DATABASE".to_owned(), self.database.clone()),
            ("PASSWORD".to_owned(), PASSWORD.replace(' ', "%20")),
        ];
        if let Some(server) = self.server {
            variables.push(("URL".to_owned(), server.url(&self.database)));
            variables.push(("HOST".to_owned(), server.socket.display().to_string()));
            variables.push(("PORT".to_owned(), server.port.to_string()));
        }
        variables.extend(hook::variable(page, self.project()));
        variables.extend(bucket::variables(page, &self.database));
        variables.extend(page.env.iter().cloned());
        variables
    }

    fn normal(&self, output: &str) -> String {
        let socket = self
            .server
            .map(|server| (server.socket.as_path(), server.port));
        normal(output, self.folder.path(), &self.database, socket)
    }

    /// Runs a command and returns what it shows and how it ends.
    fn command(
        &self,
        command: &Command,
        variables: &[(String, String)],
    ) -> Result<(String, i32), String> {
        match command {
            Command::Shell(script) => self.shell(script, variables),
            Command::Sql(database, sql) => {
                let database = database.as_deref().unwrap_or(&self.database);
                let shown = self.with_url(database, |url| client::run(url, sql));
                Ok((shown.unwrap_or_else(|said| format!("ERROR: {said}")), 0))
            }
            Command::Dump => Ok((self.dump(&self.database)?, 0)),
            Command::SameAs(file) => Ok((self.same_as(file)?, 0)),
            Command::Converge(folder) => self.converge(folder, variables),
            Command::Change => self.change(variables),
            Command::Versions => self.versions(variables),
            Command::Whole(file) => self.whole(file, variables),
            Command::Valid { schema, file } => Ok((self.valid(schema, file)?, 0)),
            Command::Let { .. } => unreachable!("it is done by whoever keeps the variables"),
        }
    }

    pub(crate) fn shell(
        &self,
        script: &str,
        variables: &[(String, String)],
    ) -> Result<(String, i32), String> {
        let path = self.folder.path().join("output");
        let output = fs::File::create(&path).map_err(|error| error.to_string())?;
        let both = output.try_clone().map_err(|error| error.to_string())?;
        let mut child = Process::new("sh")
            .args(["-c", script])
            .env_clear()
            .envs(variables.iter().cloned())
            .current_dir(self.project())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(both)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("sh does not run: {error}"))?;
        let began = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
                break status;
            }
            if began.elapsed() > PATIENCE {
                let group = format!("-{}", child.id());
                let _ = Process::new("kill").args(["-KILL", "--", &group]).status();
                let _ = child.wait();
                let so_far = fs::read_to_string(&path).unwrap_or_default();
                return Err(format!("`{script}` hangs; so far it said:\n{so_far}"));
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let output = fs::read(&path).map_err(|error| error.to_string())?;
        let exit = status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        Ok((String::from_utf8_lossy(&output).into_owned(), exit))
    }

    /// Calls a function with the superuser's url of a database.
    pub(crate) fn with_url<T>(
        &self,
        database: &str,
        call: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, String> {
        match self.server {
            Some(server) => call(&server.url(database)),
            None => embedded::with_url(&self.project(), database, call),
        }
    }

    pub(crate) fn dump(&self, database: &str) -> Result<String, String> {
        let program = servers::pg_dump(self.major)?;
        self.with_url(database, |url| dump::dump(&program, url))
    }

    /// Returns the database from which others are made; the embedded server has the page's own for that.
    fn maintenance(&self) -> &str {
        match self.server {
            Some(_) => "postgres",
            None => &self.database,
        }
    }

    /// Runs a file in a new database and says how the page's database differs from it.
    fn same_as(&self, file: &str) -> Result<String, String> {
        let sql = self.read(file)?;
        let other = format!("{}_by_hand", self.database);
        let program = servers::pg_dump(self.major)?;
        // As few connections as possible: the embedded server starts for each.
        let ours = self.with_url(self.maintenance(), |url| {
            client::run(url, &format!("drop database if exists \"{other}\""))?;
            let create = format!("create database \"{other}\" template template0");
            client::run(url, &create)?;
            self.server
                .is_none()
                .then(|| dump::dump(&program, url))
                .transpose()
        })?;
        let by_hand = self.with_url(&other, |url| {
            client::run(url, &sql).map_err(|error| format!("{file}: {error}"))?;
            let by_hand = dump::dump(&program, url)?;
            client::run(url, WITHOUT_SUBSCRIPTIONS)?;
            Ok(by_hand)
        })?;
        let ours = match ours {
            Some(ours) => ours,
            None => self.dump(&self.database)?,
        };
        // Roles that it mentions could not be dropped otherwise.
        self.with_url(self.maintenance(), |url| {
            client::run(url, &format!("drop database \"{other}\""))
        })?;
        Ok(difference(file, "the database", &by_hand, &ours))
    }

    /// Applies what lies in a folder, and says what then is not as it should be.
    fn converge(
        &self,
        folder: &str,
        variables: &[(String, String)],
    ) -> Result<(String, i32), String> {
        let apply = "estate apply --auto-approve --allow-data-loss --no-progress";
        let script = format!("cp {folder}/main.hcl main.hcl && {apply}");
        let (output, exit) = self.shell(&script, variables)?;
        if exit != 0 {
            return Ok((output, exit));
        }
        let is_summary = |line: &&str| line.starts_with("Apply complete!");
        let summary = output.lines().find(is_summary);
        let mut shown = vec![summary.unwrap_or("No changes.").to_owned()];
        let mut looks = vec!["estate plan --detailed-exitcode --sql"];
        // It sees the same everywhere.
        looks.extend(self.is_newest.then_some("estate drift"));
        for look in looks {
            let (output, exit) = self.shell(look, variables)?;
            if exit != 0 {
                shown.push(format!("$ {look}\n{output}"));
            }
        }
        shown.push(self.same_as(&format!("{folder}/main.sql"))?);
        if self.server.is_some() && self.is_newest {
            shown.extend(self.round_trip(variables)?);
        }
        Ok((shown.join("\n"), 0))
    }

    /// Imports the page's database and applies the result to a new one: says where the two differ, and
    /// where planning the result against either is not empty.
    pub(crate) fn round_trip(&self, variables: &[(String, String)]) -> Result<Vec<String>, String> {
        let other = format!("{}_again", self.database);
        self.with_url("postgres", |url| {
            client::run(url, &format!("drop database if exists \"{other}\""))?;
            let create = format!("create database \"{other}\" template template0");
            client::run(url, &create)
        })?;
        let here = self.with_url(&self.database, |url| Ok(url.to_owned()))?;
        let there = self.with_url(&other, |url| Ok(url.to_owned()))?;
        let plan = "estate -C imported plan --detailed-exitcode --sql";
        let looks = [
            format!("rm -rf imported; URL='{here}' estate import --strict --out imported"),
            format!("URL='{here}' {plan} --prune"),
            format!("URL='{there}' estate -C imported apply --auto-approve --no-progress"),
            format!("URL='{there}' {plan} --prune"),
        ];
        let mut shown = Vec::new();
        for look in looks {
            let (output, exit) = self.shell(&look, variables)?;
            if exit != 0 {
                shown.push(format!("round trip: $ {look}\n{output}"));
            }
            // What is secret does not come along: the files ask for it.
            let main = self.read("imported/main.hcl").unwrap_or_default();
            if main.contains("\nvariable ") {
                return Ok(shown);
            }
        }
        let (ours, again) = (self.dump(&self.database)?, self.dump(&other)?);
        if ours != again {
            // Not every text comes back from its own dump as it was, and not every dump comes back.
            let restored = self.restored(&ours).unwrap_or(ours);
            let names = (
                "the database, restored from its dump",
                "imported and applied",
            );
            let difference = difference(names.0, names.1, &restored, &again);
            shown.extend((!difference.is_empty()).then_some(difference));
        }
        self.with_url("postgres", |url| {
            client::run(url, &format!("drop database \"{other}\""))
        })?;
        Ok(shown)
    }

    /// Restores a dump in a new database, and dumps that.
    fn restored(&self, dump: &str) -> Result<String, String> {
        let other = format!("{}_restored", self.database);
        self.with_url("postgres", |url| {
            client::run(url, &format!("drop database if exists \"{other}\""))?;
            let create = format!("create database \"{other}\" template template0");
            client::run(url, &create)
        })?;
        let sql = format!("set search_path = ''; set check_function_bodies = off;\n{dump}");
        self.with_url(&other, |url| client::run(url, &sql))?;
        let restored = self.dump(&other)?;
        self.with_url("postgres", |url| {
            client::run(url, &format!("drop database \"{other}\""))
        })?;
        Ok(restored)
    }

    pub(crate) fn read(&self, file: &str) -> Result<String, String> {
        let path = self.project().join(file);
        fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))
    }

    /// Says how a file breaks a contract; nothing where it keeps it.
    fn valid(&self, schema: &str, file: &str) -> Result<String, String> {
        let text = self.read(file)?;
        let parts = match file.ends_with(".jsonl") {
            true => text.lines().collect(),
            false => vec![text.as_str()],
        };
        if parts.is_empty() {
            return Err(format!("{file} is empty"));
        }
        let broken = parts
            .into_iter()
            .map(|part| crate::contracts::keeps(schema, part));
        Ok(broken
            .filter_map(Result::err)
            .collect::<Vec<_>>()
            .join("\n"))
    }

    /// Returns a part of a JSON file as text.
    fn json(&self, file: &str, pointer: &str) -> Result<String, String> {
        let text = self.read(file)?;
        let json: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
        match json.pointer(pointer) {
            Some(serde_json::Value::String(text)) => Ok(text.clone()),
            Some(other) => Ok(other.to_string()),
            None => Err(format!("{file} has no {pointer}")),
        }
    }
}

/// What a page made would only take room; what cannot go, since something outside stands on it, stays until the
/// server ends.
impl Drop for Room {
    fn drop(&mut self) {
        if let Some(server) = self.server {
            let sql = format!("drop database if exists \"{}\"", self.database);
            let _ = client::run(&server.url("postgres"), &sql);
        }
    }
}

/// Returns where the embedded server keeps its programs, once for all pages.
fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from)
}

fn write(path: &Path, contents: &str) -> Result<(), String> {
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, contents))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Returns how two texts differ, line by line; empty when they do not.
#[must_use]
pub(crate) fn difference(a: &str, b: &str, before: &str, after: &str) -> String {
    similar::TextDiff::from_lines(
        format!("{before}\n").as_str(),
        format!("{after}\n").as_str(),
    )
    .unified_diff()
    .header(a, b)
    .to_string()
}
