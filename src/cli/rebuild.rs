//! What `--rebuild` names must be declared.

use model::{Selector, diagnostic};
use provider::Desired;

use crate::failure::{Failure, Plain};

/// Finds what is to be made anew among what is declared.
///
/// # Errors
/// When one of them is not declared.
pub(crate) fn find(wanted: &[Selector], desired: &Desired) -> Result<(), Failure> {
    let ids = || desired.origins.values().map(|origin| &origin.id);
    let unknown = wanted.iter().find(|one| !ids().any(|id| one.matches(id)));
    let Some(unknown) = unknown else {
        return Ok(());
    };
    let name = unknown.to_string();
    let names: Vec<_> = ids().map(ToString::to_string).collect();
    let near = diagnostic::did_you_mean(&name, names.iter().map(String::as_str));
    Err(Plain::failed(
        "cli::not_declared",
        format!("`{name}` cannot be rebuilt: no file declares it"),
    )
    .help(near.unwrap_or_else(|| "Name a block of the files, such as `table.daily`.".to_owned()))
    .into())
}
