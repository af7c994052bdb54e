//! `estate init`.

use crate::args::{Global, InitArgs};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::project;
use crate::screen::Screen;

/// The files of a new project.
const FILES: [(&str, &str); 3] = [
    ("main.hcl", include_str!("init/main.hcl")),
    (
        "sql/active_customers.sql",
        include_str!("init/active_customers.sql"),
    ),
    (".gitignore", ".estate/\n"),
];

/// Writes a small commented starter project. Nothing that exists is touched.
pub(super) fn run(global: &Global, args: &InitArgs, screen: Screen) -> Result<Exit, Failure> {
    let base = project::folder(global);
    let dir = args.dir.as_ref().map_or(base.clone(), |dir| base.join(dir));
    if project::has_files(&dir) {
        return Err(Plain::failed(
            "cli::not_empty",
            format!("{} has .hcl files already", project::shown(&dir)),
        )
        .help("Name another folder: `estate init DIR`.")
        .into());
    }
    let mut written = Vec::new();
    for (name, text) in FILES {
        let path = dir.join(name);
        if path.exists() {
            continue;
        }
        let made = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, text));
        made.map_err(|error| {
            Plain::failed(
                "cli::file",
                format!("{} cannot be written: {error}", project::shown(&path)),
            )
        })?;
        written.push(name);
    }
    if screen.json {
        screen
            .say_json(&serde_json::json!({ "format": crate::report::FORMAT, "written": written }));
    } else {
        for name in &written {
            screen.say(format!("wrote {}", project::shown(&dir.join(name))));
        }
        let here = match project::shown(&dir) {
            dir if dir == "." => String::new(),
            dir => format!(" -C {dir}"),
        };
        screen.say(format!(
            "\nNext:\n  estate{here} plan     shows what would be made\n  estate{here} apply    makes it"
        ));
    }
    Ok(Exit::Done)
}
