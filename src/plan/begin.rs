//! What new objects begin with, where others decide that: known only when it is known what becomes of those.

use model::{Action, Address, Map};

use crate::draft::Drafts;
use crate::situation::Situation;

/// Notes on everything that will be made what it begins with.
pub(crate) fn note(situation: &Situation<'_>, drafts: &mut Drafts) {
    let will_be = |address: &Address| will_be(situation, drafts, address);
    let mut found: Vec<(Address, Map)> = Vec::new();
    for (address, draft) in &*drafts {
        let is_made = matches!(draft.action, Action::Create | Action::Replace { .. });
        let (Some(object), Some(ground), true) =
            (&draft.desired, situation.grounds.of(address), is_made)
        else {
            continue;
        };
        let notes = ground.provider.begin(object, &will_be, ground.platform);
        if !notes.is_empty() {
            found.push((address.clone(), notes));
        }
    }
    for (address, notes) in found {
        if let Some(object) = drafts
            .get_mut(&address)
            .and_then(|draft| draft.desired.as_mut())
        {
            object.facts.notes.extend(notes);
        }
    }
}

/// Returns the contents of an object as they will be in the end; `None` where it will not be there.
fn will_be(situation: &Situation<'_>, drafts: &Drafts, address: &Address) -> Option<Map> {
    let stays = || situation.live.get(address);
    let object = match drafts.get(address) {
        None => stays(),
        Some(draft) => match draft.action {
            Action::Create | Action::Update | Action::Replace { .. } => draft.desired.as_ref(),
            Action::Adopt | Action::Forget { .. } => stays(),
            Action::Delete { .. } => None,
        },
    };
    object.map(|object| object.attributes.clone())
}
