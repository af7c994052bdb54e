//! Arguments of `rollback` and `snapshots`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The version to go back to; 0 is before the first. The one before the last when absent.
    #[arg(long, value_name = "VERSION")]
    pub to: Option<u64>,
    /// Only writes the plan to a file, for `apply FILE`.
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Does not ask for `yes`.
    #[arg(long)]
    pub auto_approve: bool,
    /// Agrees to lose rows and columns that came since; without it, such a plan is refused with exit code 3.
    #[arg(long)]
    pub allow_data_loss: bool,
    /// How long to wait for another apply to finish, such as `30s` or `5m`.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub lock_timeout: String,
    /// Shows the statements.
    #[arg(long)]
    pub sql: bool,
}

/// What was kept of rows and columns that went.
#[derive(Debug, Subcommand)]
pub enum SnapshotsCommand {
    /// Lists them, with their size and how long they are kept.
    List,
    /// Brings a table or columns back, after asking.
    Restore(RestoreArgs),
    /// Drops those that are kept long enough, after asking.
    Prune(PruneArgs),
}

/// Arguments of `snapshots restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The snapshot, as `snapshots list` calls it.
    pub snapshot: String,
    /// Only writes the plan to a file, for `apply FILE`: a protected environment wants it reviewed.
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
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

/// Arguments of `snapshots prune`.
#[derive(Debug, Args)]
pub struct PruneArgs {
    /// These, however long they were to be kept; those that are kept long enough when absent.
    pub snapshot: Vec<String>,
    /// All of them.
    #[arg(long, conflicts_with = "snapshot")]
    pub all: bool,
    /// Does not ask for `yes`.
    #[arg(long)]
    pub auto_approve: bool,
    /// How long to wait for an apply to finish, such as `30s` or `5m`.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub lock_timeout: String,
}
