//! Recording what needs no statement: what is adopted, and what is forgotten.

use model::Address;
use state::{Begun, Done, Ended, Entry, Outcome, Put};

use crate::commit::Commit;
use crate::connect::{Connected, holder};
use crate::failure::Failure;
use crate::project::Project;

/// Records objects as ours and others as no longer ours, as a version of its own.
///
/// # Errors
/// When the state cannot be written.
pub(crate) async fn record(
    project: &Project,
    connected: &mut Connected,
    (serial, command, digest): (u64, &str, &str),
    puts: Vec<Put>,
    gone: Vec<Address>,
) -> Result<(), Failure> {
    let Commit { id, dirty } = Commit::of(&project.config.dir);
    let begun = Begun {
        serial,
        by: holder(command),
        estate: env!("CARGO_PKG_VERSION").to_owned(),
        digest: digest.to_owned(),
        approvals: Vec::new(),
        commit: id,
        dirty,
        summary: [0, 0, 0],
    };
    let done = Done {
        serial,
        batch: None,
        puts,
        gone,
        took_ms: 0,
        steps: Vec::new(),
    };
    let ended = Ended {
        serial,
        outcome: Outcome::Succeeded,
        at: Some(state::now()),
    };
    for entry in [Entry::Begun(begun), Entry::Done(done), Entry::Ended(ended)] {
        connected.store.append(&connected.realm, &entry).await?;
    }
    Ok(())
}
