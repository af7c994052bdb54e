//! From settings to a session.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use provider::{Error, ErrorKind, Usage};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::Mutex;

use crate::link::Link;
use crate::service;
use crate::session::PgSession;
use crate::tls;

/// Where the server is.
#[derive(Clone)]
pub enum Server {
    /// At a url. Holds a secret.
    Url(String),
    /// Inside the process, with its data in a folder.
    Embedded(PathBuf),
}

/// Connects to a server; `provider` is the name of the provider with its alias, which addresses have.
///
/// # Errors
/// When the server cannot be reached, refuses the login, or is too old.
pub async fn open(provider: &str, server: &Server, usage: Usage) -> Result<PgSession, Error> {
    let mut link = match server {
        Server::Url(url) => {
            let unreadable = |reason: String| {
                Error::new(
                    ErrorKind::Permanent,
                    format!("the url cannot be read: {reason}"),
                )
                .help("Write `postgres://user:password@host:port/database`.")
            };
            let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
            if !["postgres", "postgresql"].contains(&scheme) {
                return Err(unreadable(
                    "it does not begin with `postgres://`".to_owned(),
                ));
            }
            let env = |name: &str| std::env::var(name).ok();
            let url = service::resolved(url, &env)?;
            let options =
                PgConnectOptions::from_str(&url).map_err(|error| unreadable(error.to_string()))?;
            let options = tls::settled(options, &url, &env)?;
            Link::new(options.application_name("estate"))
        }
        Server::Embedded(folder) => start_embedded(folder).await?,
    };
    link.usage = usage;
    PgSession::open(Arc::new(Mutex::new(link)), provider).await
}

#[cfg(feature = "embedded")]
async fn start_embedded(folder: &std::path::Path) -> Result<Link, Error> {
    crate::embedded::start(folder).await
}

#[cfg(not(feature = "embedded"))]
#[expect(
    clippy::unused_async,
    reason = "the same signature as with the feature"
)]
async fn start_embedded(_folder: &std::path::Path) -> Result<Link, Error> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "this Estate was built without the embedded PostgreSQL",
    )
    .help("Give the provider a `url`, or use a build with the feature `embedded`."))
}
