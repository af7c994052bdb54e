//! Project folders for tests, removed afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use config::{Inputs, Loaded};

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A folder that is there as long as the value is.
pub(crate) struct Scratch {
    /// Where it is.
    pub(crate) dir: PathBuf,
}

impl Scratch {
    /// Makes an empty folder.
    pub(crate) fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("config-{}-{number}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&dir).unwrap();
        Self { dir }
    }

    /// Writes a file, with the folders it needs.
    pub(crate) fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// Reads the project in the folder.
    pub(crate) fn load(&self, inputs: &Inputs) -> Loaded {
        config::load(&Inputs {
            dir: self.dir.clone(),
            ..inputs.clone()
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is in the build folder and harms nobody.
        let _ = fs::remove_dir_all(&self.dir);
    }
}
