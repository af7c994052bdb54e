//! The embedded server, opened from outside the tool: while no tool is running, tests may look into
//! the data it left.

use std::path::Path;

use pglite_oxide::PgliteServer;

/// Its major version.
pub(crate) const MAJOR: u16 = 17;

/// Starts the server of a project and calls a function with its url.
///
/// # Errors
/// When it does not start, or the function fails.
pub(crate) fn with_url<T>(
    project: &Path,
    database: &str,
    call: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, String> {
    let data = project.join(".estate/postgres");
    std::fs::create_dir_all(&data).map_err(|error| error.to_string())?;
    let server = PgliteServer::builder()
        .path(&data)
        .database(database)
        .start()
        .map_err(|error| format!("the embedded server does not start: {error:#}"))?;
    call(&server.database_url())
}
