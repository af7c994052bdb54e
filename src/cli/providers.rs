//! Which platforms this build knows: one line each.

use std::path::Path;

use provider::{Provider, Session, Usage};
use state::Store;

use crate::failure::{Failure, Plain};

/// A connection with everything that is done over it.
pub struct Connection {
    /// The platform.
    pub session: Box<dyn Session>,
    /// The state inside it.
    pub store: Box<dyn Store>,
}

/// Returns the platform with a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Provider> {
    all().into_iter().find(|provider| provider.name() == name)
}

/// Returns every platform.
#[must_use]
pub fn all() -> Vec<&'static dyn Provider> {
    vec![
        #[cfg(feature = "postgres")]
        &postgres::Postgres,
    ]
}

/// Connects to a platform. `url` is a secret; without one the embedded server is used, whose data lies
/// in `folder`.
///
/// # Errors
/// When the platform cannot be reached.
#[cfg(feature = "postgres")]
pub async fn connect(
    name: &str,
    key: &str,
    (url, usage): (Option<&str>, Usage),
    folder: &Path,
    lineage: &str,
) -> Result<Connection, Failure> {
    if name != "postgres" {
        return Err(unknown(name));
    }
    let server = match url {
        Some(url) => postgres::Server::Url(url.to_owned()),
        None => postgres::Server::Embedded(folder.to_owned()),
    };
    let session = postgres::open(key, &server, usage).await?;
    let store = postgres::PgStore::new(&session, key, lineage).await;
    Ok(Connection {
        session: Box::new(session),
        store: Box::new(store),
    })
}

/// Connects to a platform.
///
/// # Errors
/// Always: this build knows no platform.
#[cfg(not(feature = "postgres"))]
pub async fn connect(
    name: &str,
    _key: &str,
    _to: (Option<&str>, Usage),
    _folder: &Path,
    _lineage: &str,
) -> Result<Connection, Failure> {
    Err(unknown(name))
}

fn unknown(name: &str) -> Failure {
    Plain::failed(
        "cli::unknown_platform",
        format!("this Estate knows no platform `{name}`"),
    )
    .help("Check the name of the provider block.")
    .into()
}
