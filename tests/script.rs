//! Pages: a behaviour a user would describe, as a script with what it shows. `UPDATE=1` rewrites what
//! is shown.
//!
//! ```text
//! # Why this page exists: one or more lines.
//! servers: 15 18 embedded
//! alone
//! env: NAME=value
//!
//! $ estate plan --detailed-exitcode
//!   what it prints, both streams in order, two spaces to the right
//! ? 2
//!
//! # A remark.
//! sql> select 1 as one
//!   one
//!   1
//!
//! -- main.hcl --
//! schema "shop" {}
//! ```
//!
//! * `servers:` names major versions and `embedded`; 15, which has pg_cron, when absent. The script
//!   runs on each, in a folder and a database of its own, and shows the same on all.
//! * `fails: WHY` is for a page that does not hold yet. It runs with `--ignored` only, and is counted.
//! * `alone` is for a page whose state would disturb others on the same server: none runs meanwhile.
//! * `$ COMMAND` runs in a shell, in the folder with the files. `estate` is the tool with `--url $URL`;
//!   `URL=... estate` uses another, `URL= estate` none. There are `DATABASE`, `HOST` (the socket) and
//!   `PORT` too. `? N` after what it shows is the exit code, where it is not 0.
//! * Where a file speaks of `HOOK`, there is the address of a web server of that name. What is posted to
//!   `$HOOK/ok` and, from the second time on, to `$HOOK/busy` is added to `ok.jsonl` and `busy.jsonl`;
//!   everything else is not found. Where a file speaks of `BUCKET`, there is a bucket of that name, with
//!   all that leads to it, on a server that speaks like S3.
//! * `sql> SQL` runs as superuser in the page's database, `sql NAME> SQL` in another one.
//! * `dump` shows the database as `pg_dump --schema-only` does; `same-as FILE` shows how it differs from
//!   a new database in which FILE, SQL written by hand, ran.
//! * `converge FOLDER` applies `FOLDER/main.hcl` and shows how many objects changed. Where all is well it
//!   shows nothing else: the next plan and `drift` find nothing, and the database is `same-as` what
//!   `FOLDER/main.sql` makes.
//! * `change` turns the database of `old.sql` and `rows.sql` into that of `new.sql` and back, with what is
//!   imported from either. Where all is well it shows nothing: the dumps are equal, the next plans empty,
//!   and what `kept.sql` shows stays. The files may use the roles `alice`, `bob` and `carol`.
//! * `versions` makes a version of each of `1.sql`, `2.sql` and so on, fills the first one with `rows.sql`, and goes
//!   back to each of them, in an order that is drawn. Where all is well it shows nothing: each time the dumps are
//!   equal, and `kept.sql` shows what it did.
//! * `whole FILE` makes the page's database from FILE, imports it and applies the result to a new one. Where
//!   all is well it shows nothing: the dumps are equal, and planning the result against either is empty.
//! * `valid SCHEMA FILE` shows how a file, or each of its lines where it ends in `.jsonl`, breaks a
//!   contract of the folder `schemas`, or a format of others: `sarif`, `junit`, `code-quality`, `annotations`,
//!   `prometheus`.
//! * `let NAME FILE POINTER` sets an environment variable of the following commands from a JSON file.
//! * `> ` begins a line that continues a command.

use std::fmt::Write as _;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Everything above the first command, as it stands.
    head: String,
    /// The servers it runs on, as it names them.
    pub(crate) servers: Vec<String>,
    /// Whether no other page may run meanwhile.
    pub(crate) is_alone: bool,
    /// Why it does not hold yet, where it does not.
    pub(crate) fails: Option<String>,
    /// Environment variables of its commands.
    pub(crate) env: Vec<(String, String)>,
    /// What is done, in order.
    pub(crate) steps: Vec<Step>,
    /// Files by path.
    pub(crate) files: Vec<(String, String)>,
    /// Files that come from elsewhere and are not written with the page.
    pub(crate) borrowed: Vec<(String, String)>,
}

/// One command and what it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// Remarks above the command, as they stand.
    remarks: String,
    /// The command as it stands.
    text: String,
    /// What it shows, without indentation.
    pub(crate) output: String,
    /// How it ends.
    pub(crate) exit: i32,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Runs in a shell.
    Shell(String),
    /// Runs in a database; `None` is that of the page.
    Sql(Option<String>, String),
    /// Shows the page's database.
    Dump,
    /// Compares the page's database with a file.
    SameAs(String),
    /// Applies what lies in a folder, and compares.
    Converge(String),
    /// Turns the database of one file into that of another and back.
    Change,
    /// Makes versions of several files, and goes back to each of them.
    Versions,
    /// Makes a database from a file, and again from what is imported.
    Whole(String),
    /// Holds a file against a schema.
    Valid {
        /// The schema, as its path in `schemas` without the ending.
        schema: String,
        /// The file.
        file: String,
    },
    /// Sets a variable to a part of a JSON file.
    Let {
        /// Name of the variable.
        name: String,
        /// The file.
        file: String,
        /// The part, as a JSON pointer.
        pointer: String,
    },
}

impl Step {
    /// Reads the command.
    ///
    /// # Errors
    /// When there is no such command.
    pub(crate) fn command(&self) -> Result<Command, String> {
        let text = self.text.replace("\n> ", "\n");
        if let Some(rest) = text.strip_prefix("$ ") {
            return Ok(Command::Shell(rest.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("sql")
            && let Some((database, sql)) = rest.split_once("> ")
        {
            let database = database.trim();
            let database = (!database.is_empty()).then(|| database.to_owned());
            return Ok(Command::Sql(database, sql.to_owned()));
        }
        let words: Vec<_> = text.split_whitespace().collect();
        match words[..] {
            ["dump"] => Ok(Command::Dump),
            ["same-as", file] => Ok(Command::SameAs(file.to_owned())),
            ["whole", file] => Ok(Command::Whole(file.to_owned())),
            ["change"] => Ok(Command::Change),
            ["versions"] => Ok(Command::Versions),
            ["converge", folder] => Ok(Command::Converge(folder.to_owned())),
            ["valid", schema, file] => Ok(Command::Valid {
                schema: schema.to_owned(),
                file: file.to_owned(),
            }),
            ["let", name, file, pointer] => Ok(Command::Let {
                name: name.to_owned(),
                file: file.to_owned(),
                pointer: pointer.to_owned(),
            }),
            _ => Err(format!("not a command: {text}")),
        }
    }
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let (script, files) = parts(text);
        let mut lines = script.lines().peekable();
        let mut page = Self {
            head: String::new(),
            servers: Vec::new(),
            is_alone: false,
            fails: None,
            env: Vec::new(),
            steps: Vec::new(),
            files,
            borrowed: Vec::new(),
        };
        while let Some(line) = lines.next_if(|line| !line.is_empty()) {
            if let Some(servers) = line.strip_prefix("servers:") {
                page.servers = servers.split_whitespace().map(str::to_owned).collect();
            } else if line == "alone" {
                page.is_alone = true;
            } else if let Some(reason) = line.strip_prefix("fails: ") {
                page.fails = Some(reason.to_owned());
            } else if let Some((name, value)) = line
                .strip_prefix("env: ")
                .and_then(|env| env.split_once('='))
            {
                page.env.push((name.to_owned(), value.to_owned()));
            } else if !line.starts_with("# ") {
                return Err(format!("neither a comment nor a header: {line}"));
            }
            page.head.push_str(line);
            page.head.push('\n');
        }
        if !page.head.starts_with("# ") {
            return Err("a page begins with the reason it exists".to_owned());
        }
        if page.servers.is_empty() {
            page.servers.push(crate::servers::WITH_CRON.to_string());
        }
        let mut step = Step::default();
        for line in lines {
            let is_shown = line.starts_with("  ") || line.is_empty();
            if is_shown && !step.text.is_empty() {
                step.output
                    .push_str(line.strip_prefix("  ").unwrap_or(line));
                step.output.push('\n');
            } else if let Some(code) = line.strip_prefix("? ") {
                step.exit = code
                    .parse()
                    .map_err(|_| format!("not an exit code: {code}"))?;
            } else if line.starts_with("> ") {
                step.text = format!("{}\n{line}", step.text);
            } else if !line.is_empty() {
                if !step.text.is_empty() {
                    page.steps.push(std::mem::take(&mut step).tidy());
                }
                if line.starts_with('#') {
                    step.remarks = format!("{}{line}\n", step.remarks);
                } else {
                    step.text = line.to_owned();
                    step.command()?;
                }
            }
        }
        if step.text.is_empty() {
            return Err("a page ends with a command".to_owned());
        }
        page.steps.push(step.tidy());
        Ok(page)
    }

    /// Writes the page.
    #[must_use]
    pub(crate) fn write(&self) -> String {
        let mut text = self.head.clone();
        for step in &self.steps {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "\n{}{}", step.remarks, step.text);
            for line in step.output.lines() {
                let indent = if line.is_empty() { "" } else { "  " };
                let _ = writeln!(text, "{indent}{line}");
            }
            if step.exit != 0 {
                let _ = writeln!(text, "? {}", step.exit);
            }
        }
        for (at, (name, contents)) in self.files.iter().enumerate() {
            let gap = if at == 0 { "\n" } else { "" };
            let _ = write!(text, "{gap}-- {name} --\n{contents}");
        }
        text
    }
}

impl Step {
    fn tidy(mut self) -> Self {
        self.output.truncate(self.output.trim_end().len());
        self
    }
}

/// Takes the script and the files apart.
fn parts(text: &str) -> (String, Vec<(String, String)>) {
    let (mut script, mut files) = (String::new(), Vec::<(String, String)>::new());
    for line in text.lines() {
        let name = line
            .strip_prefix("-- ")
            .and_then(|line| line.strip_suffix(" --"));
        if let Some(name) = name {
            files.push((name.to_owned(), String::new()));
            continue;
        }
        let part = files
            .last_mut()
            .map_or(&mut script, |(_, contents)| contents);
        part.push_str(line);
        part.push('\n');
    }
    (script, files)
}

/// A page is written as it was read.
pub(crate) fn pages_survive() -> Result<(), String> {
    let text = "# Why.\nservers: 15 embedded\nenv: A=b\n\n# First.\n$ echo a\n> echo b\n  a\n\n  b\n? 2\n\n\
                sql other> select 1\n  1\n\n-- a.hcl --\nx\n\ny\n-- b/c.sql --\nz\n";
    let page = Page::read(text)?;
    let commands: Result<Vec<_>, _> = page.steps.iter().map(Step::command).collect();
    let wanted = [
        Command::Shell("echo a\necho b".to_owned()),
        Command::Sql(Some("other".to_owned()), "select 1".to_owned()),
    ];
    if page.write() != text || commands? != wanted || page.steps[0].exit != 2 {
        return Err(format!("{page:#?}\n{}", page.write()));
    }
    match Page::read("# Why.\n\nestate plan\n") {
        Err(_) => Ok(()),
        Ok(page) => Err(format!("this is no page: {page:?}")),
    }
}
