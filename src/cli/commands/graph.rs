//! `estate graph`.

use std::collections::BTreeSet;

use model::Address;
use provider::Desired;

use crate::args::{Global, GraphArgs};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::picture::{Drawing, Line};
use crate::project::Project;
use crate::screen::Screen;
use crate::{offline, picture, project};

/// Draws what is declared and what it stands on, without connecting to anything.
pub(super) fn run(global: &Global, args: &GraphArgs, screen: Screen) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let (mut desired, _) = offline::offline(&project)?;
    if !args.kind.is_empty() {
        only(&mut desired, &project, &args.kind)?;
    }
    let nodes: Vec<(String, String)> = desired
        .origins
        .values()
        .map(|origin| (origin.id.kind.clone(), origin.id.to_string()))
        .collect();
    let mut lines = Vec::new();
    for object in desired.catalog.iter() {
        let Some(from) = desired.origins.get(&object.address) else {
            continue;
        };
        let mut targets: Vec<_> = object
            .stands_on()
            .into_iter()
            .filter_map(|edge| desired.origins.get(&edge.on))
            .map(|origin| origin.id.to_string())
            .collect();
        targets.dedup();
        let line = |to| Line::plain(from.id.to_string(), to);
        lines.extend(targets.into_iter().map(line));
    }
    lines.sort();
    lines.dedup();
    let drawing = Drawing { nodes, lines };
    let text = picture::draw(args.format, args.all, &drawing, || {
        picture::of_desired(&desired)
    });
    if screen.json {
        screen.say_json(&serde_json::json!({
            "format": crate::report::FORMAT,
            "nodes": drawing.nodes.iter().map(|(_, id)| id).collect::<Vec<_>>(),
            "edges": drawing.lines.iter().map(|line| [&line.from, &line.to]).collect::<Vec<_>>(),
        }));
    } else {
        screen.say(text.trim_end());
    }
    Ok(Exit::Done)
}

/// Leaves out what is of no kind that is asked for.
fn only(desired: &mut Desired, project: &Project, kinds: &[String]) -> Result<(), Failure> {
    let instances = project.instances.values();
    let all = instances.flat_map(|instance| instance.provider.kinds());
    let known: BTreeSet<&str> = all.map(|rules| rules.name()).collect();
    if let Some(kind) = kinds.iter().find(|kind| !known.contains(kind.as_str())) {
        let near = model::diagnostic::did_you_mean(kind, known.iter().copied());
        return Err(Plain::usage(format!("there is no kind `{kind}`"))
            .help(near.unwrap_or_else(|| "`estate explain` lists the kinds.".to_owned()))
            .into());
    }
    let others: Vec<Address> = desired
        .catalog
        .addresses()
        .filter(|address| !kinds.iter().any(|kind| kind == address.kind()))
        .cloned()
        .collect();
    for address in others {
        desired.catalog.remove(&address);
        desired.origins.remove(&address);
    }
    Ok(())
}
