//! `estate import`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use import::{File, Head};
use model::Catalog;
use provider::outline::LeftOut;
use provider::{Outline, Provider, Scope, Session, Usage, Wanted};

use crate::args::{Global, ImportArgs};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::report::{FORMAT, ImportReport};
use crate::screen::Screen;
use crate::{project, providers};

/// The environment variable that the url of the new project comes from.
const URL: &str = "DATABASE_URL";

/// Where objects are read from.
struct Source {
    provider: &'static dyn Provider,
    url: Option<String>,
    /// Where an embedded server has its data.
    folder: PathBuf,
}

/// Writes HCL for what is live, and records nothing.
pub(super) async fn run(
    global: &Global,
    args: &ImportArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let source = source(global)?;
    let folder = project::folder(global);
    let dir = args
        .out
        .as_ref()
        .map_or_else(|| folder.clone(), |out| folder.join(out));
    let to_screen = !args.object.is_empty() && args.out.is_none();
    if !to_screen {
        check_empty(&dir)?;
    }
    let wanted = Wanted {
        schemas: args.schema.iter().cloned().collect(),
        objects: args.object.iter().cloned().collect(),
        roles: args.roles,
        cluster: args.cluster,
    };
    let (outline, place) = read(&source, &wanted).await?;
    if outline.blocks.is_empty()
        && let Some(missing) = outline.left_out.first()
    {
        return Err(nothing(missing).into());
    }
    let name = project_name(&dir, args.out.is_some(), &place);
    let head = Head {
        project: &name,
        url: source.url.as_ref().map(|_| URL),
    };
    let files = import::files(&outline, source.provider, head);
    if to_screen {
        show(&files, screen);
    } else {
        write(&dir, &files)?;
    }
    tell(&dir, &outline, &files, screen, to_screen);
    let is_broken = outline.left_out.iter().any(|one| one.is_broken);
    Ok(
        if is_broken || (args.strict && !outline.left_out.is_empty()) {
            Exit::Failed
        } else {
            Exit::Done
        },
    )
}

/// Finds the server: that of `--url`, or that of the project in the folder.
fn source(global: &Global) -> Result<Source, Failure> {
    let folder = project::own_folder(&project::folder(global));
    if let Some(url) = &global.url {
        let provider = providers::all().into_iter().next();
        let provider =
            provider.ok_or_else(|| Plain::failed("cli::no_provider", "there is no provider"))?;
        return Ok(Source {
            provider,
            url: Some(url.clone()),
            folder,
        });
    }
    let project = project::load(global).map_err(|failure| match failure {
        Failure::Other(plain) if plain.code == "cli::no_project" => {
            Failure::from(Plain::usage("there is nothing to import from").help(
                "Say where the server is: `estate import --url postgres://me@host/database --out DIR`.",
            ))
        }
        other => other,
    })?;
    let mut instances = project.instances.into_values();
    match (instances.next(), instances.next()) {
        (Some(instance), None) => Ok(Source {
            provider: instance.provider,
            url: instance.url,
            folder,
        }),
        _ => Err(Plain::usage("the project has several providers")
            .help("Say which server is meant: `--url URL`.")
            .into()),
    }
}

/// Refuses to write where a project is already.
fn check_empty(dir: &Path) -> Result<(), Failure> {
    if !project::has_files(dir) {
        return Ok(());
    }
    Err(Plain::failed(
        "cli::not_empty",
        format!("{} has .hcl files already", project::shown(dir)),
    )
    .help("Name another folder: `--out DIR`. Nothing was written.")
    .into())
}

/// Reads what is live.
async fn read(source: &Source, wanted: &Wanted) -> Result<(Outline, String), Failure> {
    let name = source.provider.name();
    // Nothing is applied.
    let to = (source.url.as_deref(), Usage::default());
    let connection = providers::connect(name, name, to, &source.folder, "").await?;
    let mut session = connection.session;
    let live = catalog(session.as_mut(), source.provider, wanted).await?;
    let platform = session.capabilities();
    let outline = source.provider.outline(&live, platform, wanted);
    let place = platform.place.clone();
    // The process ends soon; taking its memory apart piece by piece would only delay that.
    std::mem::forget(live);
    Ok((outline, place))
}

async fn catalog(
    session: &mut dyn Session,
    provider: &dyn Provider,
    wanted: &Wanted,
) -> Result<Catalog, Failure> {
    let here = Scope {
        places: BTreeSet::from([String::new()]),
        ..Scope::default()
    };
    let live = session.read(&here).await?;
    if !wanted.cluster {
        return Ok(live);
    }
    let places = live
        .addresses()
        .filter(|address| provider.is_place(address))
        .map(|address| address.name().to_owned())
        .collect();
    let everywhere = Scope {
        places,
        ..Scope::default()
    };
    Ok(session.read(&everywhere).await?)
}

fn nothing(missing: &LeftOut) -> Plain {
    Plain::failed(
        "cli::nothing_to_import",
        format!("{}: {}", missing.what, missing.why),
    )
    .help("Check the name; names of objects have their schema in front, such as `sales.orders`.")
}

/// Names the new project: like the folder it is in, or like the database.
fn project_name(dir: &Path, is_named: bool, place: &str) -> String {
    let folder = dir.file_name().filter(|_| is_named);
    folder.map_or_else(
        || place.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn write(dir: &Path, files: &[File]) -> Result<(), Failure> {
    for File { path, text } in files {
        let path = dir.join(path);
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
    }
    Ok(())
}

/// Prints the blocks of single objects.
fn show(files: &[File], screen: Screen) {
    if screen.json {
        return;
    }
    for File { path, text } in files {
        if path == "main.hcl" {
            continue;
        }
        if path.starts_with("sql/") {
            screen.say(format!("# {path}:"));
        }
        screen.say(text.trim_end());
    }
}

fn tell(dir: &Path, outline: &Outline, files: &[File], screen: Screen, to_screen: bool) {
    let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
    let mut kinds = std::collections::BTreeMap::new();
    for block in &outline.blocks {
        *kinds.entry(block.kind).or_insert(0_usize) += 1;
    }
    if screen.json {
        let texts = to_screen.then(|| files.iter().map(|file| file.text.clone()).collect());
        screen.say_json(&ImportReport {
            format: FORMAT,
            files: paths,
            texts,
            blocks: kinds
                .into_iter()
                .map(|(kind, count)| (kind.to_owned(), count))
                .collect(),
            left_out: outline.left_out.iter().map(Into::into).collect(),
        });
        return;
    }
    if !outline.left_out.is_empty() {
        let mut text = String::from("Not written:\n");
        for LeftOut { what, why, .. } in &outline.left_out {
            text.push_str(&format!("  - {what}: {why}\n"));
        }
        screen.complain(text);
    }
    if to_screen {
        return;
    }
    for path in &paths {
        screen.say(format!("wrote {}", project::shown(&dir.join(path))));
    }
    let counts: Vec<_> = kinds
        .iter()
        .map(|(kind, count)| format!("{count} {}", kind.replace('_', " ")))
        .collect();
    let here = match project::shown(dir) {
        dir if dir == "." => String::new(),
        dir => format!(" -C {dir}"),
    };
    screen.say(format!(
        "\nImported: {}.\n\nNext:\n  estate{here} plan     shows that nothing differs\n  estate{here} adopt    records it as ours, \
         and changes nothing",
        counts.join(", ")
    ));
}
