//! What an apply that was cut off has left behind, taken away before the next one looks.

use crate::connect::Connected;
use crate::failure::Failure;
use crate::screen::Screen;

/// Takes it away, under the lock.
///
/// # Errors
/// When the state or a platform fails.
pub(crate) async fn recover(connected: &mut Connected, screen: Screen) -> Result<(), Failure> {
    let leftovers = connected.store.leftovers(&connected.realm).await?;
    for leftover in leftovers.iter().rev() {
        let Some(session) = connected.sessions.get_mut(&leftover.provider) else {
            continue;
        };
        if apply::take_away(&mut **session, leftover).await? {
            let sql = &leftover.undo.sql;
            screen.complain(format!(
                "An earlier apply was cut off. What it left behind is gone: {sql}"
            ));
        }
    }
    Ok(())
}
