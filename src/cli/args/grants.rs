//! The command line of `grants`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::GraphFormat;

/// Asking who can do what.
#[derive(Debug, Subcommand)]
pub enum GrantsCommand {
    /// Shows everything that a role can do, or every role, and by which path.
    Show(GrantsShowArgs),
    /// Shows everybody who can do something with an object, and by which path.
    Who(GrantsWhoArgs),
    /// Shows who can do what on one side and not on the other; exits with 2 when they differ.
    Diff(GrantsDiffArgs),
    /// Writes down who can do what, dated and sealed, to be compared later.
    Snapshot(GrantsSnapshotArgs),
    /// Draws who is a member of what; dashes where a member must become the role first.
    Members(GrantsMembersArgs),
}

/// Where it is read.
#[derive(Debug, Clone, Args)]
pub struct GrantsFrom {
    /// Where: an environment, a version of the project such as `version:7`, a url, or a file that `grants snapshot`
    /// wrote; the project, or `--url`, when absent.
    #[arg(long, value_name = "SOURCE")]
    pub from: Option<String>,
    /// Which of several servers of a project: the name of its provider with alias, such as `postgres.eu`.
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// Every database of the server, not only those of the project.
    #[arg(long)]
    pub cluster: bool,
}

/// What is looked at.
#[derive(Debug, Clone, Default, Args)]
pub struct GrantsFilter {
    /// Only this role, `*` for any text, `?` for a character; may be repeated.
    #[arg(long, value_name = "ROLE")]
    pub role: Vec<String>,
    /// Only this object, such as `table.sales.orders` or `sales.*`; may be repeated.
    #[arg(long, value_name = "OBJECT")]
    pub object: Vec<String>,
    /// Only this privilege, such as `select`; may be repeated.
    #[arg(long, value_name = "PRIVILEGE")]
    pub privilege: Vec<String>,
    /// Only this schema; may be repeated.
    #[arg(long, value_name = "SCHEMA")]
    pub schema: Vec<String>,
}

/// How it is said.
#[derive(Debug, Clone, Args)]
pub struct GrantsSaid {
    /// What is stored, as it was granted, and not what follows from it.
    #[arg(long)]
    pub direct: bool,
    /// How to say it.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: GrantsFormat,
}

/// How to say who can do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GrantsFormat {
    /// For people, what is alike in one line.
    Text,
    /// For programs; `--json` does the same.
    Json,
    /// For spreadsheets, one right in each row.
    Csv,
    /// For comments and wikis.
    Markdown,
    /// One page that needs nothing else: to sort, to search, to sign.
    Html,
}

/// Arguments of `grants show`.
#[derive(Debug, Args)]
pub struct GrantsShowArgs {
    /// The role, such as `analyst`; all when absent.
    #[arg(value_name = "ROLE")]
    pub who: Option<String>,
    /// Where it is read.
    #[command(flatten)]
    pub from: GrantsFrom,
    /// Only this object, such as `table.sales.orders` or `sales.*`; may be repeated.
    #[arg(long, value_name = "OBJECT")]
    pub object: Vec<String>,
    /// Only this privilege, such as `select`; may be repeated.
    #[arg(long, value_name = "PRIVILEGE")]
    pub privilege: Vec<String>,
    /// Only this schema; may be repeated.
    #[arg(long, value_name = "SCHEMA")]
    pub schema: Vec<String>,
    /// How it is said.
    #[command(flatten)]
    pub said: GrantsSaid,
}

/// Arguments of `grants who`.
#[derive(Debug, Args)]
pub struct GrantsWhoArgs {
    /// The object: an address such as `table.orders`, or a name such as `sales.orders`, `database.shop`, `role.analyst`.
    #[arg(value_name = "OBJECT")]
    pub what: String,
    /// Where it is read.
    #[command(flatten)]
    pub from: GrantsFrom,
    /// Only this role, `*` for any text, `?` for a character; may be repeated.
    #[arg(long, value_name = "ROLE")]
    pub role: Vec<String>,
    /// Only this privilege, such as `select`; may be repeated.
    #[arg(long, value_name = "PRIVILEGE")]
    pub privilege: Vec<String>,
    /// How it is said.
    #[command(flatten)]
    pub said: GrantsSaid,
}

/// Arguments of `grants diff`.
#[derive(Debug, Args)]
pub struct GrantsDiffArgs {
    /// One side: an environment, a url, a file that `grants snapshot` wrote, or a version of the project, such as
    /// `version:7`. Of a version, what it recorded is compared: what was given on objects that Estate managed then.
    #[arg(value_name = "A")]
    pub a: String,
    /// The other side.
    #[arg(value_name = "B")]
    pub b: String,
    /// What is called FROM on side A is called TO on side B; `*` stands for any text, `role:`, `database:` or `schema:`
    /// before it says what is meant. Names that end in the names of the environments need none. May be repeated.
    #[arg(long, value_name = "FROM=TO")]
    pub map: Vec<String>,
    /// Differences that are accepted, beside those of `accept` blocks of the project: a CSV file with the columns `name`, `role`, `on`, `privileges`, `reason`, `ticket`
    /// and `expires`. They are shown and not counted, until the day they expire. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub accept: Vec<PathBuf>,
    /// Lists what is the same, too.
    #[arg(long)]
    pub same: bool,
    /// Which of several servers of a project: the name of its provider with alias, such as `postgres.eu`.
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// Every database of the servers, not only those of the project.
    #[arg(long)]
    pub cluster: bool,
    /// What is compared.
    #[command(flatten)]
    pub filter: GrantsFilter,
    /// How it is said.
    #[command(flatten)]
    pub said: GrantsSaid,
}

/// Arguments of `grants snapshot`.
#[derive(Debug, Args)]
pub struct GrantsSnapshotArgs {
    /// The file to write.
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: PathBuf,
    /// Where it is read.
    #[command(flatten)]
    pub from: GrantsFrom,
}

/// Arguments of `grants members`.
#[derive(Debug, Args)]
pub struct GrantsMembersArgs {
    /// Only this role, with everything it is a member of and everybody who is a member of it, however indirectly;
    /// `*` for any text, `?` for a character.
    #[arg(value_name = "ROLE")]
    pub role: Vec<String>,
    /// Where it is read.
    #[command(flatten)]
    pub from: GrantsFrom,
    /// How to draw it.
    #[arg(long, value_name = "FORMAT", default_value = "dot")]
    pub format: GraphFormat,
    /// Draws every role, however many there are: `svg` folds those with the same memberships otherwise.
    #[arg(long)]
    pub all: bool,
}
