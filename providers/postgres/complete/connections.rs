//! Subscriptions that are to be made, by whatever says where their publishers are: nobody else knows.

use model::Diagnostic;
use provider::{Desired, Surroundings, typed};

use super::declared;
use super::marks::problem;
use crate::kinds::replication::subscription::Subscription;

/// Adds those that do not say it, and are not there or cannot stay.
pub(super) fn check(
    desired: &Desired,
    around: Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(live) = around.live else {
        return;
    };
    for address in declared(desired, around.provider, "subscription") {
        let Some(object) = desired.catalog.get(&address) else {
            continue;
        };
        let next: Subscription = typed(&object.attributes);
        let present = live.get(&address);
        let present = present.map(|live| typed::<Subscription>(&live.attributes));
        let stays = present.is_some_and(|present| next.succeeds(&present, around.platform.version));
        if next.connection.is_none() && !stays {
            let text = "`connection` is missing, and it has yet to be made".to_owned();
            let help = "Say where the publisher is, as a secret: `connection = env(\"...\")`.";
            let path = ["connection".to_owned()];
            diagnostics
                .push(problem(desired, &address, &path, "missing attribute", text).help(help));
        }
    }
}
