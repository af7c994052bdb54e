//! What `change` and `whole` do: a database of one shape becomes one of another shape and goes back, or
//! is made again, with what was imported.

use crate::client;
use crate::pages::{Room, difference};

/// Roles that the files of a page may use.
const ROLES: [&str; 3] = ["alice", "bob", "carol"];

impl Room {
    /// Makes the page's database from `old.sql` and `rows.sql`, and one beside it from `new.sql`; applies
    /// what is imported from the second to the first, and then what was imported from the first. Each
    /// time the dumps must be equal, the next plan empty, and `kept.sql` must show what it did before.
    ///
    /// # Errors
    /// When the files are wrong.
    pub(crate) fn change(&self, variables: &[(String, String)]) -> Result<(String, i32), String> {
        self.roles()?;
        let beside = format!("{}_new", self.database);
        self.make_database(&beside)?;
        self.by_hand(&self.database, "old.sql")?;
        self.by_hand(&beside, "new.sql")?;
        if self.has("rows.sql") {
            self.by_hand(&self.database, "rows.sql")?;
        }
        let mut shown = Vec::new();
        for (database, folder) in [(&self.database, "old"), (&beside, "new")] {
            let (output, exit) = self.import(database, folder, variables)?;
            if exit != 0 {
                shown.push(format!("$ estate import ({folder})\n{output}"));
            }
        }
        let (old, new) = (self.dump(&self.database)?, self.dump(&beside)?);
        let kept = self.kept()?;
        let wanted_again = unordered(&new);
        for (folder, wanted) in [("new", new), ("old", old)] {
            let apply = format!(
                "estate -C {folder} apply --prune --auto-approve --allow-data-loss --no-progress"
            );
            let (output, exit) = self.shell(&apply, variables)?;
            if exit != 0 {
                shown.push(format!("$ {apply}\n{output}"));
                break;
            }
            let plan = format!("estate -C {folder} plan --prune --detailed-exitcode --sql");
            let (output, exit) = self.shell(&plan, variables)?;
            if exit != 0 || !output.contains("No changes.") {
                shown.push(format!("$ {plan}\n{output}"));
            }
            let (wanted, ours) = (unordered(&wanted), unordered(&self.dump(&self.database)?));
            shown.push(difference(folder, "the database", &wanted, &ours));
            shown.push(difference("kept", folder, &kept, &self.kept()?));
        }
        shown.retain(|part| !part.is_empty());
        if shown.is_empty() && self.goes_back() {
            // The first version was the new database.
            let back =
                "estate -C old rollback --to 1 --auto-approve --allow-data-loss --no-progress";
            let plan = "estate -C new plan --prune --detailed-exitcode --sql";
            for command in [back, plan] {
                let (output, exit) = self.shell(command, variables)?;
                if exit != 0 {
                    shown.push(format!("$ {command}\n{output}"));
                }
            }
            let ours = unordered(&self.dump(&self.database)?);
            shown.push(difference("rollback", "the database", &wanted_again, &ours));
            shown.push(difference("kept", "rollback", &kept, &self.kept()?));
        }
        shown.retain(|part| !part.is_empty());
        if shown.is_empty() {
            for database in [&beside, &self.database] {
                // To save room; where a connection is still going away, it stays.
                let drop = format!("drop database \"{database}\"");
                let _ = self.with_url("postgres", |url| client::run(url, &drop));
            }
        }
        Ok((shown.join("\n"), 0))
    }

    /// Imports a database into a folder. All are to be one project: what the first one made, the next one may drop.
    pub(crate) fn import(
        &self,
        database: &str,
        folder: &str,
        variables: &[(String, String)],
    ) -> Result<(String, i32), String> {
        let url = self.with_url(database, |url| Ok(url.to_owned()))?;
        let import = format!(
            "URL='{url}' estate import --strict --out {folder} && \
             sed -i '0,/project = .*/s//project = \"change\"/' {folder}/main.hcl"
        );
        self.shell(&import, variables)
    }

    /// Reports whether the page's database is rolled back in the end: some are every time, all of them where
    /// `ESTATE_ROLL_BACK_ALL` is set.
    fn goes_back(&self) -> bool {
        let sum: usize = self.database.bytes().map(usize::from).sum();
        // What is drawn at random has other names each time.
        let is_drawn = self.database.starts_with("page_random");
        sum.is_multiple_of(8) && !is_drawn || std::env::var_os("ESTATE_ROLL_BACK_ALL").is_some()
    }

    /// Makes the page's database from a file, imports it, and applies the result to a new database.
    ///
    /// # Errors
    /// When the file is wrong.
    pub(crate) fn whole(
        &self,
        file: &str,
        variables: &[(String, String)],
    ) -> Result<(String, i32), String> {
        self.roles()?;
        self.by_hand(&self.database, file)?;
        Ok((self.round_trip(variables)?.join("\n"), 0))
    }

    /// Makes sure that the roles are there: others may be doing so at the same time.
    pub(crate) fn roles(&self) -> Result<(), String> {
        let roles = ROLES.map(|role| {
            format!(
                "do $$ begin create role {role}; \
                 exception when duplicate_object or unique_violation then null; end $$"
            )
        });
        self.with_url("postgres", |url| client::run(url, &roles.join("; ")))
            .map(|_| ())
    }

    pub(crate) fn by_hand(&self, database: &str, file: &str) -> Result<(), String> {
        let sql = self.read(file)?;
        self.with_url(database, |url| client::run(url, &sql))
            .map(|_| ())
            .map_err(|error| format!("{file}: {error}"))
    }

    pub(crate) fn kept(&self) -> Result<String, String> {
        if !self.has("kept.sql") {
            return Ok(String::new());
        }
        let sql = self.read("kept.sql")?;
        let shown = self.with_url(&self.database, |url| client::run(url, &sql));
        Ok(shown.unwrap_or_else(|said| format!("ERROR: {said}")))
    }

    pub(crate) fn has(&self, file: &str) -> bool {
        self.project().join(file).is_file()
    }
}

/// Sorts the columns of every table: a column that is added comes last, and that is well.
pub(crate) fn unordered(dump: &str) -> String {
    let mut lines: Vec<_> = dump.lines().map(str::to_owned).collect();
    let mut at = 0;
    while at < lines.len() {
        let begins = [
            "CREATE TABLE ",
            "CREATE UNLOGGED TABLE ",
            "CREATE FOREIGN TABLE ",
        ];
        let first = at + 1;
        at = first;
        if !begins
            .iter()
            .any(|begin| lines[first - 1].starts_with(begin))
        {
            continue;
        }
        while at < lines.len() && lines[at].starts_with("    ") {
            at += 1;
        }
        for line in &mut lines[first..at] {
            *line = line.trim_end_matches(',').to_owned();
        }
        lines[first..at].sort();
    }
    lines.join("\n")
}
