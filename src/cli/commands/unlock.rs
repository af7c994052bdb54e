//! `estate unlock`.

use state::Lock;

use super::apply::ask;
use crate::args::{Global, UnlockArgs};
use crate::connect::{connect, holder};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::project;
use crate::report::FORMAT;
use crate::screen::Screen;

/// Ends whoever holds the lock. A dead holder holds nothing, so this is for one that lives and hangs.
pub(super) async fn run(
    global: &Global,
    args: &UnlockArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let mut connected = connect(&project).await?;
    let realm = &connected.realm;
    let busy = match connected.store.lock(realm, &holder("unlock")).await? {
        Lock::Held => {
            connected.store.unlock(realm).await?;
            say(screen, None, &format!("Nobody holds the lock of {realm}."));
            return Ok(Exit::Done);
        }
        Lock::Busy(holder) => holder,
    };
    let who = state::who(busy.as_ref());
    if !args.auto_approve {
        screen.say(format!("{realm} is locked by {who}."));
        ask("Do you want to end it?", screen)?;
    }
    if !connected.store.break_lock(realm).await? {
        return Err(Plain::failed(
            "cli::locked",
            format!("{realm} is locked by {who}, which cannot be ended from here"),
        )
        .help("End that process on its machine; the lock goes with it.")
        .into());
    }
    let words = format!(
        "Ended {who}. What it was doing is taken back or recorded; `estate plan` shows where things \
         stand."
    );
    say(screen, Some(&who), &words);
    Ok(Exit::Done)
}

fn say(screen: Screen, ended: Option<&str>, words: &str) {
    if screen.json {
        screen.say_json(&serde_json::json!({ "format": FORMAT, "ended": ended }));
    } else {
        screen.say(words);
    }
}
