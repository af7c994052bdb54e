//! Who did it, by the audit log of the server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use plan::{Deviation, OWNER, Status};
use provider::deed::{Deed, Does, words};

use crate::failure::{Failure, Plain};
use crate::project::{Project, shown};

/// How Estate calls itself: what it did is no drift.
const ESTATE: &str = "estate";

/// Reads audit logs: what was done, by provider, in the order of the files. `since` is when the last apply ended, in
/// RFC 3339, UTC.
///
/// # Errors
/// When a file cannot be read, or no platform of the project has such logs.
pub fn read(
    paths: &[PathBuf],
    project: &Project,
    since: Option<&str>,
) -> Result<BTreeMap<String, Vec<Deed>>, Failure> {
    let mut all: BTreeMap<String, Vec<Deed>> = BTreeMap::new();
    for path in paths {
        let bytes = std::fs::read(path).map_err(|error| {
            let place = shown(path);
            Plain::failed("cli::file", format!("{place} cannot be read: {error}"))
                .help("Name a log of the server, in which `pgaudit` writes.")
        })?;
        // One character that is none must not hide what everybody did.
        let log = String::from_utf8_lossy(&bytes);
        for (key, instance) in &project.instances {
            let found = instance.provider.deeds(&log).ok_or_else(|| {
                let name = instance.provider.name();
                Plain::usage(format!("`{name}` has no audit log that could be read"))
            })?;
            let by_others = found.into_iter().filter(|deed| {
                deed.program != ESTATE && !since.is_some_and(|since| is_before(&deed.when, since))
            });
            all.entry(key.clone()).or_default().extend(by_others);
        }
    }
    Ok(all)
}

/// Reports whether a time of the log is before another one; false where its zone is not UTC, and nobody knows.
fn is_before(when: &str, since: &str) -> bool {
    let is_utc = [" UTC", " GMT", " Etc/UTC"];
    let seconds = |text: &str| text.get(..19).map(|text| text.replace('T', " "));
    is_utc.iter().any(|zone| when.ends_with(zone))
        && seconds(when)
            .zip(seconds(since))
            .is_some_and(|(when, since)| when < since)
}

/// Says who did something last that could have made a deviation. `place` is where the object is; nothing is the server
/// as a whole.
#[must_use]
pub fn who(deviation: &Deviation, deeds: &[Deed], place: Option<&str>) -> Option<String> {
    let is_there =
        |deed: &Deed| deed.place.is_empty() || place.is_none_or(|place| deed.place == place);
    let mut latest_first = deeds.iter().rev();
    let deed = latest_first.find(|deed| is_there(deed) && fits(deviation, deed))?;
    let login = match deed.login.as_str() {
        "" => "somebody of whom the log does not tell",
        login => login,
    };
    let program = match deed.program.as_str() {
        "" => String::new(),
        program => format!(" with {program}"),
    };
    Some(format!(
        "{login}{program}, by the audit log: {} at {}",
        deed.command, deed.when
    ))
}

/// Reports whether a deed could have made a deviation: it does such a thing, to this object, for this grantee.
fn fits(deviation: &Deviation, deed: &Deed) -> bool {
    let is_owner = deviation.attribute() == Some(OWNER);
    let does = match deviation.status {
        Status::ExtraGrant | Status::MissingGrant => deed.does == Does::Grants,
        Status::Unmanaged if !deviation.rights.is_empty() => {
            matches!(deed.does, Does::Grants | Does::Makes)
        }
        Status::Unmanaged => deed.does == Does::Makes,
        Status::Lost => deed.does == Does::Drops,
        Status::Changed if is_owner => {
            deed.does == Does::Changes
                && (deed.words.contains("owner") || deed.words.contains("reassign"))
        }
        Status::Changed => match deed.does {
            Does::Changes | Does::Makes => true,
            // Memberships are granted, too; words are not.
            Does::Grants => deviation
                .attribute()
                .is_some_and(|one| one.contains("member") || one.contains("privileges")),
            Does::Drops => false,
        },
    };
    let has = |all: BTreeSet<String>| !all.is_empty() && all.is_subset(&deed.words);
    let path = deviation.address.path();
    let is_named = || {
        let name = deviation.address.name();
        // Arguments of a routine are no part of what people write.
        has(words(name.split('(').next().unwrap_or_default()))
    };
    // The log names one object of a statement; what is about another one is not about this, whatever words it has.
    let inside = path.get(1..).unwrap_or_default().join(".");
    let object = deed.object.replace('"', "");
    let is_object = !object.is_empty() && object == inside;
    let is_around = inside
        .strip_prefix(&object)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(']));
    let is_elsewhere = !object.is_empty() && !is_object && !is_around;
    // `on all tables in schema sales`, `reassign owned by ann to bob`.
    let is_of_all = || {
        let schema = path.get(1).filter(|_| path.len() > 2);
        let in_schema = deed.words.contains("all") && schema.is_some_and(|one| has(words(one)));
        deed.does == Does::Grants && in_schema || is_owner && deed.words.contains("reassign")
    };
    let is_for = || match (deviation.grantee(), deed.does) {
        (Some(grantee), Does::Grants) => has(words(grantee)),
        _ => true,
    };
    does && !is_elsewhere && (is_object || is_named() || is_of_all()) && is_for()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_before_the_last_apply_is_known_by_times_in_utc() {
        let since = "2026-05-01T12:03:04Z";
        assert!(is_before("2026-05-01 12:03:03.999 UTC", since));
        assert!(!is_before("2026-05-01 12:03:04.001 UTC", since));
        assert!(!is_before("2026-05-01 11:00:00 CET", since));
        assert!(!is_before("", since));
    }
}
