//! A project of which much can be changed, and its database.

use std::fs;
use std::process::{Command, Output};

use crate::client;
use crate::servers::Server;

/// What is turned on and off, in turns.
pub(super) const TURNS: [&str; 13] = [
    "a view gets another expression",
    "the columns of a view are reordered",
    "a materialized view is redefined",
    "an index is replaced",
    "a foreign key",
    "a column refuses null",
    "a check",
    "a unique constraint",
    "a column that nobody reads",
    "a comment and a grant",
    "a column is retyped under views",
    "a view on views",
    "a task that stands on a view",
];

/// What is turned on.
pub(super) type On = [bool; TURNS.len()];

/// Makes it so.
pub(super) const APPLY: [&str; 4] = [
    "apply",
    "--auto-approve",
    "--allow-data-loss",
    "--no-progress",
];

/// The project in a folder, and its database.
pub(super) struct Project {
    folder: tempfile::TempDir,
    database: String,
    /// Where tasks are kept.
    tasks: String,
    pub(super) url: String,
}

impl Project {
    /// Makes an empty folder and an empty database.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) fn new(server: &Server, database: &str) -> Result<Self, String> {
        let create = format!("create database {database} template template0");
        client::run(&server.url("postgres"), &create)?;
        Self::beside(server, database)
    }

    /// Makes an empty folder for a database that is there.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) fn beside(server: &Server, database: &str) -> Result<Self, String> {
        Ok(Self {
            folder: tempfile::tempdir().map_err(|error| error.to_string())?,
            database: database.to_owned(),
            tasks: server.url("postgres"),
            url: server.url(database),
        })
    }

    /// Returns its folder.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Writes its file.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) fn write(&self, on: &On) -> Result<(), String> {
        self.write_text(&text(on, &self.database))
    }

    /// Writes its file as it is to be.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) fn write_text(&self, text: &str) -> Result<(), String> {
        let path = self.folder.path().join("main.hcl");
        fs::write(path, text).map_err(|error| error.to_string())
    }

    /// Gives its tables rows.
    ///
    /// # Errors
    /// What the server says.
    pub(super) fn fill(&self) -> Result<(), String> {
        let sql = "insert into shop.customers select generate_series(1, 500); \
            insert into shop.orders (customer, price) \
              select 1 + n % 500, n from generate_series(1, 20000) n; \
            refresh materialized view shop.totals";
        client::run(&self.url, sql).map(|_| ())
    }

    /// Returns the tool, about to run.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_estate-under-test"));
        command
            .arg("-C")
            .arg(self.folder.path())
            .args(["--url", &self.url])
            .args(arguments);
        command
    }

    /// Runs the tool.
    ///
    /// # Errors
    /// What it says, when it fails.
    pub(super) fn estate(&self, arguments: &[&str]) -> Result<(), String> {
        let ran = self.command(arguments).current_dir(self.folder()).output();
        let Output {
            status,
            stdout,
            stderr,
        } = ran.map_err(|error| error.to_string())?;
        let shown = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        match status.success() {
            true => Ok(()),
            false => Err(format!(
                "estate {}:\n{}",
                arguments.join(" "),
                shown.concat()
            )),
        }
    }

    /// Says what is there that only a change in progress needs.
    ///
    /// # Errors
    /// What the server says.
    pub(super) fn left_behind(&self) -> Result<Option<String>, String> {
        let sql = "select relname from pg_class left join pg_index on indexrelid = oid \
            where relnamespace = 'shop'::regnamespace \
              and (relname like '%\\_new%' or not indisvalid) \
            union all select conname from pg_constraint \
            where connamespace = 'shop'::regnamespace and conname like '%has\\_no\\_null'";
        let left = client::run(&self.url, sql)?;
        let suspended = format!(
            "select jobname from cron.job where database = '{}' and not active",
            self.database
        );
        let suspended = client::run(&self.tasks, &suspended)?;
        if suspended != "(no rows)" {
            return Ok(Some(format!("suspended: {suspended}")));
        }
        Ok((left != "(no rows)").then(|| format!("left behind: {left}")))
    }
}

/// Writes the project with some things turned on.
fn text(on: &On, database: &str) -> String {
    let factor = if on[0] { 3 } else { 2 };
    let daily = match on[1] {
        true => format!("price * {factor} as scaled, {factor} as factor, price, customer, id"),
        false => format!("id, customer, price, {factor} as factor, price * {factor} as scaled"),
    };
    let totals = match on[2] {
        true => "select customer, max(price) as total from shop.daily group by customer",
        false => "select customer, sum(price) as total from shop.daily group by customer",
    };
    let index = if on[3] {
        "[\"price\", \"id\"]"
    } else {
        "[\"price\"]"
    };
    let part = |at: usize, text: &str| {
        if on[at] {
            text.to_owned()
        } else {
            String::new()
        }
    };
    let key = part(
        4,
        "foreign_key \"known_customer\" {\n columns = [\"customer\"]\n references = table.customers\n }",
    );
    let not_null = on[5];
    let check = part(6, "check \"has_price\" { expression = \"price >= 0\" }");
    let unique = part(
        7,
        "unique \"one_by_customer\" { columns = [\"customer\", \"id\"] }",
    );
    let column = part(8, "column \"more\" { type = \"text\" }");
    let comment = part(9, "comment = \"what is sold\"");
    let grant = part(
        9,
        "grant \"all_read\" {\n to = \"public\"\n on = view.best\n privileges = [\"select\"]\n }",
    );
    let price = if on[10] { "bigint" } else { "integer" };
    let more = part(
        11,
        "view \"richest\" {\n schema = schema.shop\n query = \"select max(total) as most from shop.best\"\n }",
    );
    let minute = if on[12] { 30 } else { 15 };
    format!(
        r#"
schema "shop" {{}}

task "tally" {{
  name          = "tally_of_{database}"
  schedule      = "{minute} 3 * * *"
  sql           = "refresh materialized view shop.totals"
  drain_timeout = "30s"
}}

table "customers" {{
  schema = schema.shop
  column "id" {{ type = "integer" }}
  primary_key {{ columns = ["id"] }}
}}

table "orders" {{
  schema = schema.shop
  {comment}
  column "id" {{
    type = "bigint"
    identity {{ generated = "always" }}
  }}
  column "customer" {{
    type     = "integer"
    not_null = {not_null}
  }}
  column "price" {{ type = "{price}" }}
  {column}
  primary_key {{ columns = ["id"] }}
  {key}
  {check}
  {unique}
  index "orders_price" {{ columns = {index} }}
}}

view "daily" {{
  schema = schema.shop
  query  = "select {daily} from shop.orders"
}}

materialized_view "totals" {{
  schema = schema.shop
  query  = "{totals}"
  index "totals_customer" {{
    columns = ["customer"]
    unique  = true
  }}
}}

view "best" {{
  schema = schema.shop
  query  = "select customer, total from shop.totals where total > 0"
}}
{grant}
{more}
"#
    )
}
