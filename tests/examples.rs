//! Examples: each has a `plan.txt`, a page that says what happens when somebody tries it.

use std::fs;
use std::path::Path;

use crate::folder::{Story, files};

/// Returns the page of every folder in `examples`, with the files of the folder.
///
/// # Errors
/// When an example has no `plan.txt`, or a file cannot be read.
pub(crate) fn stories() -> Result<Vec<Story>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let Ok(entries) = fs::read_dir(&root) else {
        return Ok(Vec::new());
    };
    let mut folders: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders.iter().map(|folder| story(folder)).collect()
}

/// Files of the repository that an example speaks of.
const BESIDE: &[(&str, &str)] = &[("ci", ".pre-commit-hooks.yaml")];

fn story(folder: &Path) -> Result<Story, String> {
    let name = folder.file_name().unwrap_or_default().display().to_string();
    let plan = folder.join("plan.txt");
    if !plan.is_file() {
        return Err(format!(
            "example `{name}` has no plan.txt: the page that shows its plan"
        ));
    }
    let mut paths = Vec::new();
    files(folder, &mut paths)?;
    let mut contents: Vec<(String, String)> = paths
        .iter()
        .map(|path| path.strip_prefix(folder).unwrap_or(path))
        .filter(|path| !path.starts_with(".estate") && *path != Path::new("plan.txt"))
        .map(|path| {
            let text = fs::read_to_string(folder.join(path))
                .map_err(|error| format!("{name}/{}: {error}", path.display()))?;
            Ok((path.display().to_string(), text))
        })
        .collect::<Result<_, String>>()?;
    for (example, beside) in BESIDE {
        if *example == name {
            let path = folder.join("../..").join(beside);
            let text = fs::read_to_string(&path).map_err(|error| format!("{beside}: {error}"))?;
            contents.push(((*beside).to_owned(), text));
        }
    }
    Story::read(format!("examples/{name}"), plan, contents)
}
