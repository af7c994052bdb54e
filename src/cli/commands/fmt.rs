//! `estate fmt`.

use std::io::Read;
use std::path::{Path, PathBuf};

use model::Sources;
use similar::TextDiff;

use crate::args::{FmtArgs, Global};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::project;
use crate::screen::Screen;

/// Formats files; never changes a value.
pub(super) fn run(global: &Global, args: &FmtArgs, screen: Screen) -> Result<Exit, Failure> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return standard_input(args, screen);
    }
    let dir = project::folder(global);
    let wanted = if args.paths.is_empty() {
        vec![dir]
    } else {
        args.paths.iter().map(|path| dir.join(path)).collect()
    };
    let mut files = Vec::new();
    for path in wanted {
        collect(&path, &mut files)?;
    }
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let mut changed = Vec::new();
    for file in files {
        let name = project::shown(&file);
        let text = std::fs::read_to_string(&file).map_err(|error| {
            Plain::failed("cli::file", format!("{name} cannot be read: {error}"))
        })?;
        let source = sources.add(&name, &text);
        match config::format(&sources, source) {
            Ok(formatted) if formatted != text => changed.push((file, name, text, formatted)),
            Ok(_) => {}
            Err(mut found) => diagnostics.append(&mut found),
        }
    }
    for (file, name, before, after) in &changed {
        if !args.check {
            std::fs::write(file, after).map_err(|error| {
                Plain::failed("cli::file", format!("{name} cannot be written: {error}"))
            })?;
        }
        if args.diff {
            screen.say(difference(name, before, after));
        } else if !screen.json {
            screen.say(name);
        }
    }
    if screen.json {
        let names: Vec<_> = changed.iter().map(|(_, name, ..)| name).collect();
        screen.say_json(&serde_json::json!({ "format": crate::report::FORMAT, "changed": names }));
    }
    if !diagnostics.is_empty() {
        return Err(Failure::Diagnostics {
            sources,
            diagnostics,
        });
    }
    Ok(if args.check && !changed.is_empty() {
        Exit::Differs
    } else {
        Exit::Done
    })
}

fn difference(name: &str, before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after)
        .unified_diff()
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
        .trim_end()
        .to_owned()
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| {
        Plain::failed(
            "cli::file",
            format!("{} cannot be read: {error}", project::shown(path)),
        )
    })?;
    let mut found: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && path.extension().is_some_and(|end| end == "hcl"))
        .collect();
    found.sort();
    files.append(&mut found);
    Ok(())
}

fn standard_input(args: &FmtArgs, screen: Screen) -> Result<Exit, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| {
            Plain::failed(
                "cli::file",
                format!("standard input cannot be read: {error}"),
            )
        })?;
    let mut sources = Sources::default();
    let source = sources.add("standard input", &text);
    match config::format(&sources, source) {
        Ok(formatted) => {
            if args.diff {
                screen.say(difference("standard input", &text, &formatted));
            } else if !args.check {
                screen.say(formatted.strip_suffix('\n').unwrap_or(&formatted));
            }
            Ok(if args.check && formatted != text {
                Exit::Differs
            } else {
                Exit::Done
            })
        }
        Err(diagnostics) => Err(Failure::Diagnostics {
            sources,
            diagnostics,
        }),
    }
}
