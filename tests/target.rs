//! Where a page runs, and what it lacks there.

use crate::script::{Command, Page};
use crate::{bucket, embedded, servers};

/// Where a page runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// On a server of a major version.
    Server(u16),
    /// On the server inside the tool.
    Embedded,
}

impl Target {
    /// Reads a name of the `servers:` line.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        match name.parse() {
            Ok(major) if servers::MAJORS.contains(&major) => Ok(Self::Server(major)),
            _ if name == "embedded" => Ok(Self::Embedded),
            _ => Err(format!("there is no server `{name}`")),
        }
    }

    /// Returns why a page cannot run here, if so.
    #[must_use]
    pub(crate) fn lacks(self, page: &Page) -> Option<String> {
        let dumps = page.steps.iter().any(|step| {
            let command = step.command();
            matches!(
                command,
                Ok(Command::Dump
                    | Command::SameAs(_)
                    | Command::Converge(_)
                    | Command::Change
                    | Command::Whole(_))
            )
        });
        let major = match self {
            Self::Server(major) => {
                if let Err(reason) = servers::programs(major) {
                    return Some(reason);
                }
                major
            }
            Self::Embedded => embedded::MAJOR,
        };
        let client = dumps.then(|| servers::pg_dump(major).err()).flatten();
        client.or_else(|| bucket::lacks(page))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(major) => write!(f, "{major}"),
            Self::Embedded => f.write_str("embedded"),
        }
    }
}
