//! The fingerprint of a project changes with everything that decides what it says, and only then.

use config::{Inputs, Project};

use crate::scratch::Scratch;

const MAIN: &str = "environment \"dev\" {}\nenvironment \"prod\" {}\n\
    variable \"size\" {\n  type    = number\n  default = 1\n}\n\
    variable \"secret\" {\n  default   = \"x\"\n  sensitive = true\n}\n\
    role \"r\" {\n  sql = file(\"r.sql\")\n  url = env(\"URL\", \"none\")\n  \
    files = fileset(\"data\", \"*.csv\")\n}\n";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("main.hcl", MAIN);
    scratch.write("r.sql", "select 1");
    scratch.write("data/a.csv", "");
    scratch
}

fn project(scratch: &Scratch, change: impl Fn(&mut Inputs)) -> Project {
    let mut inputs = Inputs {
        environment: Some("dev".to_owned()),
        ..Inputs::default()
    };
    change(&mut inputs);
    scratch.load(&inputs).project.unwrap()
}

#[test]
fn the_same_project_has_the_same_fingerprint() {
    let (one, two) = (scratch(), scratch());
    let first = project(&one, |_| {});
    let other = project(&two, |inputs| {
        inputs.env.insert("UNRELATED".to_owned(), "x".to_owned());
        inputs.vars.push("size=1".to_owned());
    });
    assert_eq!(first.fingerprint, other.fingerprint);
    assert_eq!(first.files, ["main.hcl", "r.sql"]);
}

#[test]
fn whatever_decides_about_a_project_changes_its_fingerprint() {
    let original = scratch();
    let mut seen = vec![project(&original, |_| {}).fingerprint];
    let changes: [fn(&mut Inputs); 4] = [
        |inputs| inputs.vars.push("size=2".to_owned()),
        |inputs| inputs.vars.push("secret=y".to_owned()),
        |inputs| inputs.environment = Some("prod".to_owned()),
        |inputs| drop(inputs.env.insert("URL".to_owned(), "x".to_owned())),
    ];
    for change in changes {
        seen.push(project(&original, change).fingerprint);
    }
    for (path, contents) in [("r.sql", "select 2"), ("data/b.csv", ""), ("more.hcl", "")] {
        let scratch = scratch();
        scratch.write(path, contents);
        seen.push(project(&scratch, |_| {}).fingerprint);
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
}

#[test]
fn settings_have_defaults() {
    let scratch = Scratch::new();
    scratch.write("main.hcl", "role \"r\" {}\n");
    let project = scratch.load(&Inputs::default()).project.unwrap();
    assert_eq!(
        project.name,
        scratch.dir.file_name().unwrap().to_str().unwrap()
    );
    assert_eq!(project.settings.state.kind, "platform");
    assert_eq!(project.settings.grants, config::Grants::Exact);
    assert!(project.environment.is_none() && project.environments.is_empty());
}

#[test]
fn settings_are_read() {
    let scratch = Scratch::new();
    scratch.write(
        "main.hcl",
        "estate {\n  project = \"p\"\n  grants  = \"additive\"\n  state \"file\" { path = \"x\" }\n  \
         snapshots { keep = \"14d\" }\n}\nenvironment \"prod\" { protected = true }\n",
    );
    let inputs = Inputs {
        environment: Some("prod".to_owned()),
        ..Inputs::default()
    };
    let project = scratch.load(&inputs).project.unwrap();
    assert_eq!(project.name, "p");
    assert_eq!(project.settings.state.kind, "file");
    assert_eq!(
        project.settings.state.body.unwrap().attributes[0].name,
        "path"
    );
    assert_eq!(project.settings.grants, config::Grants::Additive);
    assert_eq!(
        project.settings.snapshots_keep,
        Some(std::time::Duration::from_hours(14 * 24))
    );
    assert!(project.environment.unwrap().protected);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let scratch = Scratch::new();
    let loaded = scratch.load(&Inputs::default());
    assert_eq!(loaded.diagnostics[0].code, "config::no_files");
    let loaded = config::load(&Inputs {
        dir: scratch.dir.join("none"),
        ..Inputs::default()
    });
    assert_eq!(loaded.diagnostics[0].code, "config::unreadable_file");
}
