//! Any bytes as the only file of a project: an answer, never a panic or a hang.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use config::Inputs;
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("config-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written to");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(FOLDER.join("main.hcl"), bytes).expect("the folder can be written to");
    let loaded = config::load(&Inputs { dir: FOLDER.clone(), ..Inputs::default() });
    // Places must lie inside their texts.
    for label in loaded.diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
        let source = loaded.sources.get(label.span.source);
        assert!(label.span.end <= source.text.len());
        assert!(source.text.is_char_boundary(label.span.start));
        assert!(source.text.is_char_boundary(label.span.end));
    }
    assert!(loaded.project.is_some() || !loaded.diagnostics.is_empty());
});
