//! Plans in files: written once, refused when they no longer fit the world.

use std::path::Path;

use model::{Plan, plan};

use crate::failure::{Failure, Plain};
use crate::survey::Survey;

/// Writes a plan.
pub(super) fn write(plan: &Plan, path: &Path) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(plan).map_err(|error| {
        Plain::failed(
            "cli::plan_file",
            format!("the plan has no JSON form: {error}"),
        )
    })?;
    std::fs::write(path, text + "\n").map_err(|error| {
        Plain::failed(
            "cli::plan_file",
            format!("{} cannot be written: {error}", path.display()),
        )
        .help("Check the folder, or name another file.")
        .into()
    })
}

/// Reads a plan, and refuses one that was changed since.
pub(super) fn read(path: &Path) -> Result<Plan, Failure> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: u32,
    }
    let place = path.display();
    let unreadable = |why: String| {
        Failure::from(
            Plain::failed("cli::plan_file", format!("{place} is not a plan: {why}"))
                .help("Make it again with `estate plan --out FILE`."),
        )
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::from(Plain::failed(
            "cli::plan_file",
            format!("{place} cannot be read: {error}"),
        ))
    })?;
    let head: Head = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    if head.format != plan::FORMAT {
        return Err(unreadable(format!(
            "it has format {}, and this Estate reads format {}",
            head.format,
            plan::FORMAT
        )));
    }
    let plan: Plan = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    if plan.compute_digest() != plan.digest {
        return Err(Plain::refused(
            "cli::changed_plan",
            format!("{place} was changed after it was made"),
        )
        .help("Make it again with `estate plan --out FILE`, and review that.")
        .into());
    }
    Ok(plan)
}

/// Compares what a saved plan was made from with what is found now, and names what differs.
pub(super) fn check_fresh(
    saved: &Plan,
    now: &Survey,
    files: model::Fingerprint,
) -> Result<(), Failure> {
    let basis = &saved.basis;
    let mut changed = Vec::new();
    if basis.files != files {
        changed.push("the files or the values of variables".to_owned());
    }
    for (key, platform) in &basis.platforms {
        match now.platforms.get(key) {
            Some(found) if found.identity == platform.identity && found.place == platform.place => {
                if found.version_text != platform.version {
                    changed.push(format!(
                        "the version of {key}: {} was {}",
                        found.version_text, platform.version
                    ));
                }
            }
            Some(_) => changed.push(format!("the server of {key}: it is another one")),
            None => changed.push(format!("provider {key}: it is gone")),
        }
    }
    if basis.lineage != now.state.lineage || basis.serial != now.state.serial {
        changed.push(format!(
            "the state: it is at version {}, the plan was made at version {}",
            now.state.serial, basis.serial
        ));
    }
    for (address, fingerprint) in &basis.live {
        let found = now.live.get(address).map(model::Object::fingerprint);
        if found != *fingerprint {
            changed.push(format!("{} {}", address.kind(), address.qualified_name()));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let mut refusal = Plain::refused(
        "cli::stale_plan",
        "the plan is stale: what it was made from has changed",
    );
    for one in changed {
        refusal = refusal.note(format!("- {one}"));
    }
    Err(refusal.help("Make a new plan, and review that.").into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{Address, Basis, Batch, Fingerprint, Phase, Statement, Step};

    use super::*;

    fn plan() -> Plan {
        let mut plan = Plan {
            format: plan::FORMAT,
            estate: "0.1.0".to_owned(),
            project: "shop".to_owned(),
            environment: String::new(),
            created: "2026-01-01T00:00:00Z".to_owned(),
            basis: Basis {
                files: Fingerprint::of_bytes(b"files"),
                lineage: "a".to_owned(),
                serial: 1,
                platforms: BTreeMap::new(),
                live: BTreeMap::new(),
            },
            changes: Vec::new(),
            batches: vec![Batch {
                provider: "fake".to_owned(),
                place: String::new(),
                atomic: true,
                waits: Vec::new(),
                steps: vec![Step {
                    address: Address::new("fake", "thing", ["a"]),
                    phase: Phase::Build,
                    statements: vec![Statement::new("drop table a")],
                }],
                audits: Vec::new(),
            }],
            findings: Vec::new(),
            unmanaged: Vec::new(),
            digest: String::new(),
        };
        plan.digest = plan.compute_digest();
        plan
    }

    #[test]
    fn whichever_byte_of_a_plan_is_wrong_it_is_refused_or_the_same_plan() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plan.json");
        let whole = plan();
        write(&whole, &path).expect("written");
        let bytes = std::fs::read(&path).expect("readable");
        for (at, flip) in (0..bytes.len()).flat_map(|at| [(at, 1), (at, 0x20), (at, 0x80)]) {
            let mut wrong = bytes.clone();
            wrong[at] ^= flip;
            std::fs::write(&path, &wrong).expect("writable");
            if let Ok(mut found) = read(&path) {
                // When it was made is no part of what is approved.
                found.created.clone_from(&whole.created);
                assert_eq!(found, whole, "byte {at} changed by {flip:#x} is not seen");
            }
        }
    }
}
