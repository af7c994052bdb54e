//! Reports in files.

use std::path::Path;

use crate::failure::{Failure, Plain};

/// Writes a report to a file, all of it or nothing: whoever reads it meanwhile sees the one before.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| cannot(format!("{} cannot be written: {error}", path.display()));
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = Path::new(&beside);
    std::fs::write(beside, format!("{text}\n")).map_err(failed)?;
    std::fs::rename(beside, path).map_err(|error| {
        // What is left of it helps nobody.
        let _ = std::fs::remove_file(beside);
        failed(error)
    })
}

/// Says that a report cannot be written.
pub(crate) fn cannot(message: String) -> Failure {
    Plain::failed("cli::file", message)
        .help("Check the folder, or name another file.")
        .into()
}
