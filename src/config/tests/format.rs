//! Formatting: exact texts, and that nothing but whitespace ever changes.

use std::fs;
use std::path::Path;

use model::Sources;

/// Formats a text that is valid.
pub(crate) fn formatted(text: &str) -> Option<String> {
    let mut sources = Sources::default();
    let source = sources.add("main.hcl", text);
    config::format(&sources, source).ok()
}

#[test]
fn files_are_laid_out_as_their_neighbours_say() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/format"));
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(name) = name.strip_suffix(".in.hcl") else {
            continue;
        };
        let given = formatted(&fs::read_to_string(&path).unwrap()).unwrap();
        let expected = folder.join(format!("{name}.out.hcl"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &given).unwrap();
        }
        assert_eq!(given, fs::read_to_string(expected).unwrap(), "{name}");
        assert_eq!(formatted(&given), Some(given), "{name} again");
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn line_endings_and_byte_order_marks_go() {
    let text = "\u{feff}a {\r\n  b=1\r\n}\r\n\r\n\r\n";
    assert_eq!(formatted(text).as_deref(), Some("a {\n  b = 1\n}\n"));
    assert_eq!(formatted("\r\t").as_deref(), Some(""));
}

#[test]
fn an_invalid_text_is_left_alone() {
    assert_eq!(formatted("a {"), None);
    assert_eq!(formatted("").as_deref(), Some(""));
}
