//! The command line.

pub mod grants;
mod snapshots;
mod state;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use model::Strategy;

pub use self::snapshots::{PruneArgs, RestoreArgs, RollbackArgs, SnapshotsCommand};
pub use self::state::{
    HistoryArgs, MoveArgs, OneArgs, RecoverArgs, ShowArgs, StateCommand, UnlockArgs,
};
pub use crate::drift::args::{DriftArgs, DriftFormat};

/// What the help of the program ends with.
const AFTER: &str = "\
New here:
  estate init           writes a small project; with no url, it uses a PostgreSQL of its own
  estate plan           shows what would be made
  estate explain table  lists every field of a table

Exit codes:
  0   done, or nothing to do
  1   failed
  2   differences: `plan --detailed-exitcode`, `drift`, `grants diff`, `fmt --check`; an `audit` that found rows
  3   refused: policy, data loss, protection, a plan that is stale or not approved
  64  the command line was wrong
  70  a bug in Estate";

/// Keeps a data estate the way its files say: databases, roles and grants, schemas, tables, views,
/// scheduled tasks.
#[derive(Debug, Parser)]
#[command(
    name = "estate",
    version,
    after_help = AFTER,
    max_term_width = 100,
    disable_version_flag = true
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The project folder; the present one when absent.
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub chdir: Option<PathBuf>,
    /// The environment, such as `dev`; needed where the files declare environments.
    #[arg(long, global = true, value_name = "NAME", env = "ESTATE_ENV")]
    pub env: Option<String>,
    /// Gives a variable a value; may be repeated.
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    pub var: Vec<String>,
    /// Reads values of variables from a file; may be repeated.
    #[arg(long, global = true, value_name = "FILE")]
    pub var_file: Vec<PathBuf>,
    /// The server, such as `postgres://me@host/database`; takes the place of the url in the files.
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    pub url: Option<String>,
    /// Prints JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Writes what happens inside to standard error: `error`, `warn`, `info`, `debug`, `trace`.
    #[arg(long, global = true, value_name = "LEVEL", env = "ESTATE_LOG")]
    pub log: Option<tracing::Level>,
    /// Does not show progress.
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Whether the command only looks at platforms.
    #[arg(skip)]
    pub only_reads: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes a small commented starter project.
    Init(InitArgs),
    /// Checks the files, without connecting to anything.
    Validate,
    /// Formats files; never changes a value.
    Fmt(FmtArgs),
    /// Shows what differs from the platform, and the statements that would close the gap.
    Plan(PlanArgs),
    /// Carries out the changes that `plan` shows, after asking.
    Apply(ApplyArgs),
    /// Removes everything that the project manages, after asking.
    Destroy(DestroyArgs),
    /// Says what somebody changed by hand since the last apply.
    Drift(DriftArgs),
    /// Says who can do what, by which path, and how that differs between two places.
    #[command(subcommand)]
    Grants(grants::GrantsCommand),
    /// Runs audits against what is live: queries that must return no row.
    Audit(AuditArgs),
    /// Writes HCL for what is live, and records nothing.
    Import(ImportArgs),
    /// Takes over objects that exist already and that the files declare; changes none of them.
    Adopt(AdoptArgs),
    /// Shows a saved plan, or a version.
    Show(ShowArgs),
    /// Lists the applies of the project: who, when, what, how they ended.
    History(HistoryArgs),
    /// Signs that you approve a saved plan, for `apply --approval`.
    Approve(ApproveArgs),
    /// Goes back to what an earlier version left, after asking.
    Rollback(RollbackArgs),
    /// Lists what was kept of rows and columns that went, brings it back, or drops it.
    #[command(subcommand)]
    Snapshots(SnapshotsCommand),
    /// Shows what the project manages, or stops managing something.
    #[command(subcommand)]
    State(StateCommand),
    /// Ends an apply that holds the lock and does not come to an end, after asking.
    Unlock(UnlockArgs),
    /// Lists tasks, runs one now, suspends or resumes one.
    #[command(subcommand)]
    Task(TaskCommand),
    /// Draws which object depends on which.
    Graph(GraphArgs),
    /// Explains a kind of block, or what an error code means.
    Explain(ExplainArgs),
    /// Writes a completion script for a shell.
    Completions(CompletionsArgs),
    /// Says which version this is.
    Version,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where; the present folder when absent.
    pub dir: Option<PathBuf>,
}

/// Arguments of `fmt`.
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Files or folders, `-` for standard input; the project folder when absent.
    pub paths: Vec<PathBuf>,
    /// Writes nothing; exits with 2 when something is not formatted.
    #[arg(long)]
    pub check: bool,
    /// Shows what changes.
    #[arg(long)]
    pub diff: bool,
}

/// What `plan`, `apply` and `destroy` share.
#[derive(Debug, Clone, Default, Args)]
pub struct Scope {
    /// Only this object and what it needs; may be repeated.
    #[arg(long, value_name = "ADDR")]
    pub target: Vec<String>,
    /// Makes this object anew though nothing has changed, beside the live one where that can be; may be repeated.
    /// For views, materialized views, indexes, and tables with a `query`.
    #[arg(long, value_name = "ADDR")]
    pub rebuild: Vec<String>,
    /// Removes also what is not declared and not ours: everything inside the declared databases and
    /// schemas, with `--prune=cluster` roles of the server too.
    #[arg(long, value_name = "REACH", num_args = 0..=1, require_equals = true, default_missing_value = "declared")]
    pub prune: Option<Reach>,
    /// How changes run: `online`, which is the default, holds no lock for long; `direct` does all in one
    /// transaction. What the block of an object says comes first.
    #[arg(long, value_name = "STRATEGY", value_parser = strategies())]
    pub strategy: Option<Strategy>,
    /// Keeps nothing of the rows and columns that are dropped. Refused in protected environments.
    #[arg(long)]
    pub no_snapshot: bool,
}

/// Reads a strategy.
fn strategies() -> impl TypedValueParser<Value = Strategy> {
    PossibleValuesParser::new(Strategy::WORDS)
        .try_map(|word| Strategy::of(&word).ok_or("this is no strategy"))
}

/// How far pruning reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reach {
    /// Everything inside the declared databases and schemas.
    Declared,
    /// Roles of the server too.
    Cluster,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// What is planned.
    #[command(flatten)]
    pub scope: Scope,
    /// Writes the plan to a file, for `apply FILE`.
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exits with 2 when there are changes.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Plans what `destroy` would do.
    #[arg(long)]
    pub destroy: bool,
    /// Shows the statements.
    #[arg(long)]
    pub sql: bool,
    /// Writes the plan as a page for a browser: what changes, why, the graph of it, the statements.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// A saved plan; without one, a new plan is made and shown.
    pub plan: Option<PathBuf>,
    /// What is planned.
    #[command(flatten)]
    pub scope: Scope,
    /// Does not ask for `yes`.
    #[arg(long)]
    pub auto_approve: bool,
    /// The digest of the plan that was approved, as `plan --out` shows it, or `NAME:DIGEST` where somebody else did;
    /// may be repeated. A protected environment wants it.
    #[arg(long, value_name = "DIGEST")]
    pub approve: Vec<String>,
    /// A signed approval that `approve` wrote; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub approval: Vec<PathBuf>,
    /// Agrees to lose rows and columns; without it, such a plan is refused with exit code 3.
    #[arg(long)]
    pub allow_data_loss: bool,
    /// Goes back to the version before when something fails after other steps have become permanent, such as an
    /// audit or a hook.
    #[arg(long)]
    pub rollback_on_failure: bool,
    /// How long to wait for another apply to finish, such as `30s` or `5m`.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub lock_timeout: String,
    /// Shows the statements.
    #[arg(long)]
    pub sql: bool,
}

/// Arguments of `approve`.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The saved plan.
    pub plan: PathBuf,
    /// A private key, or the public one of a key that `ssh-agent` holds; the first one of that when absent.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Your name among the `approvers` of the environment; that of your login when absent.
    #[arg(long = "as", value_name = "NAME")]
    pub by: Option<String>,
    /// Where the approval goes; beside the plan when absent.
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Arguments of `destroy`.
#[derive(Debug, Args)]
pub struct DestroyArgs {
    /// Only this object and what stands on it; may be repeated.
    #[arg(long, value_name = "ADDR")]
    pub target: Vec<String>,
    /// Does not ask for `yes`.
    #[arg(long)]
    pub auto_approve: bool,
    /// How long to wait for another apply to finish, such as `30s` or `5m`.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub lock_timeout: String,
    /// Shows the statements.
    #[arg(long)]
    pub sql: bool,
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Only these audits, such as `audit.no_future_days`, or those about these objects, such as
    /// `view.channel_daily`; all when absent.
    #[arg(value_name = "ADDR")]
    pub address: Vec<String>,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Only these objects, by name with schema, such as `sales.orders`; printed unless `--out` is given.
    pub object: Vec<String>,
    /// Where the files go; the project folder when absent. Nothing that exists is touched.
    #[arg(long, short = 'o', value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Only this schema; may be repeated.
    #[arg(long, value_name = "SCHEMA", conflicts_with = "object")]
    pub schema: Vec<String>,
    /// Roles, too, with their memberships and settings.
    #[arg(long)]
    pub roles: bool,
    /// Every database of the server, too, and roles.
    #[arg(long, conflicts_with_all = ["schema", "object"])]
    pub cluster: bool,
    /// Exits with 1 when something live cannot be written.
    #[arg(long)]
    pub strict: bool,
}

/// Arguments of `adopt`.
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// How long to wait for an apply to finish, such as `30s` or `5m`.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub lock_timeout: String,
}

/// Looking at tasks.
#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// Lists the tasks of the server.
    List,
    /// Runs a task now, once, and waits for it.
    Run(TaskArgs),
    /// Suspends a task; a run in progress may end before.
    Suspend(TaskArgs),
    /// Resumes a task.
    Resume(TaskArgs),
}

/// The name of one task.
#[derive(Debug, Args)]
pub struct TaskArgs {
    /// Its name, or its address such as `task.refresh`.
    pub name: String,
}

/// Arguments of `graph`.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// How to draw it.
    #[arg(long, value_name = "FORMAT", default_value = "dot")]
    pub format: GraphFormat,
    /// Draws objects of this kind only, such as `role` for who is a member of what; may be repeated.
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<String>,
    /// Draws every object, however many there are: `svg` folds them otherwise.
    #[arg(long)]
    pub all: bool,
}

/// How to draw a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Graphviz.
    Dot,
    /// Mermaid.
    Mermaid,
    /// A picture.
    Svg,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A block, such as `table` or `variable`, or an error code, such as `config::unknown_attribute`;
    /// lists both when absent.
    pub what: Option<String>,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// Makes `-out x` work as `--out x` does: what begins with one dash and is the name of a long flag.
#[must_use]
pub fn with_single_dashes(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let command = Cli::command();
    let mut known = std::collections::BTreeSet::new();
    collect_flags(&command, &mut known);
    let mut plain = false;
    args.into_iter()
        .map(|arg| {
            plain |= arg == "--";
            let Some(text) = arg.to_str().filter(|_| !plain) else {
                return arg;
            };
            let name = text.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
            let name = name.map(|rest| rest.split('=').next().unwrap_or(rest));
            match name {
                Some(name) if name.len() > 1 && known.contains(name) => format!("-{text}").into(),
                _ => arg,
            }
        })
        .collect()
}

fn collect_flags(command: &clap::Command, known: &mut std::collections::BTreeSet<String>) {
    known.extend(
        command
            .get_arguments()
            .filter_map(|arg| arg.get_long())
            .map(str::to_owned),
    );
    known.insert("help".to_owned());
    for inner in command.get_subcommands() {
        collect_flags(inner, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn one_dash_is_as_good_as_two() {
        let args = [
            "estate",
            "-C",
            "x",
            "plan",
            "-out=p",
            "-detailed-exitcode",
            "--",
            "-out",
        ];
        let fixed = with_single_dashes(args.map(OsString::from));
        let expected = [
            "estate",
            "-C",
            "x",
            "plan",
            "--out=p",
            "--detailed-exitcode",
            "--",
            "-out",
        ];
        assert_eq!(fixed, expected.map(OsString::from));
    }
}
