//! Arguments of what looks at versions and state.

use clap::{Args, Subcommand};

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A plan file, or the number of a version.
    pub what: String,
    /// Shows the statements whole.
    #[arg(long)]
    pub sql: bool,
    /// Shows how what was managed after the version differs from what was after this other one.
    #[arg(long, value_name = "VERSION")]
    pub diff: Option<u64>,
}

/// Arguments of `history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// How many at most, newest first.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub limit: usize,
}

/// Looking at what is ours.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Lists what the project manages.
    List,
    /// Shows what one object looked like after the last apply.
    Show(OneArgs),
    /// Stops managing an object, and leaves it as it is.
    Forget(OneArgs),
    /// Prints the whole state as JSON.
    Pull,
    /// Makes the state anew from the files and what is live; a damaged one is put aside, after asking.
    Recover(RecoverArgs),
    /// Moves the state to where the `state` block says, from where it was before, after asking.
    Move(MoveArgs),
}

/// Arguments of `state recover`.
#[derive(Debug, Args)]
pub struct RecoverArgs {
    /// Does not ask for `yes`.
    #[arg(long)]
    pub auto_approve: bool,
    /// How long to wait for an apply to finish, such as `30s` or `5m`.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub lock_timeout: String,
}

/// Arguments of `state move`.
#[derive(Debug, Args)]
pub struct MoveArgs {
    /// Where the state is now: `platform`, the path of a file as the `state` block had it, or a url such as
    /// `s3://bucket/shop/estate.json`.
    #[arg(long, value_name = "PLACE")]
    pub from: String,
    /// Does not ask for `yes`.
    #[arg(long)]
    pub auto_approve: bool,
    /// How long to wait for an apply to finish, such as `30s` or `5m`.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub lock_timeout: String,
}

/// The address of one object.
#[derive(Debug, Args)]
pub struct OneArgs {
    /// Its address, such as `table.videos`.
    pub address: String,
}

/// Arguments of `unlock`.
#[derive(Debug, Args)]
pub struct UnlockArgs {
    /// Does not ask for `yes`.
    #[arg(long)]
    pub auto_approve: bool,
}
