//! Versions of a project, and what each left.

use state::{Recorded, VersionSummary};

use crate::connect::Connected;
use crate::failure::{Failure, Plain};

/// Finds a version.
///
/// # Errors
/// When there is none of that number.
pub(crate) async fn find(
    connected: &mut Connected,
    serial: u64,
) -> Result<VersionSummary, Failure> {
    let (store, realm) = (&mut connected.store, &connected.realm);
    let history = store.history(realm, usize::MAX >> 1).await?;
    let found = history.into_iter().find(|version| version.serial == serial);
    found.ok_or_else(|| {
        Plain::failed(
            "cli::no_version",
            format!("{realm} has no version {serial}"),
        )
        .help("`estate history` lists what there is.")
        .into()
    })
}

/// Returns what was managed after a version.
///
/// # Errors
/// When there is none of that number, or an earlier Estate did not keep what it left.
pub(crate) async fn recorded(connected: &mut Connected, serial: u64) -> Result<Recorded, Failure> {
    find(connected, serial).await?;
    left_by(connected, serial).await
}

/// Returns what was managed after a version that there is.
///
/// # Errors
/// When an earlier Estate did not keep that.
pub(crate) async fn left_by(connected: &mut Connected, serial: u64) -> Result<Recorded, Failure> {
    let recorded = connected.store.recorded(&connected.realm, serial).await?;
    recorded.ok_or_else(|| {
        let why = format!("nobody knows any more what was managed after version {serial}");
        Plain::failed("cli::no_version", why)
            .help("What is managed is kept since this version of Estate applied something for the first time.")
            .into()
    })
}
