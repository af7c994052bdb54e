//! Certificates that the url or the environment name.
//!
//! Source: PostgreSQL manual, 34.19 SSL Support.

use provider::{Error, ErrorKind};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

/// Parameters that name a file, with the variables that do where the url does not.
const FILES: [(&str, &str); 3] = [
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
];

/// Makes sure that the files are there, and does with `require` and a named authority what libpq does: as with
/// `verify-ca`.
///
/// # Errors
/// When there is no such file.
pub(crate) fn settled(
    options: PgConnectOptions,
    url: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<PgConnectOptions, Error> {
    let parsed = Url::parse(url).ok();
    let said = |parameter: &str, variable: &str| {
        let mut pairs = parsed.iter().flat_map(Url::query_pairs);
        let in_url = pairs.find(|(name, _)| name == parameter);
        let value = in_url.map(|(_, value)| value.into_owned());
        value
            .or_else(|| env(variable))
            .filter(|one| !one.is_empty())
    };
    for (parameter, variable) in FILES {
        if let Some(path) = said(parameter, variable)
            && let Err(error) = std::fs::metadata(&path)
        {
            return Err(Error::new(
                ErrorKind::Permanent,
                format!("the file {path} of `{parameter}` cannot be read: {error}"),
            )
            .help(format!(
                "Paths begin in the present folder; `{parameter}` in the url or `{variable}` says which it is."
            )));
        }
    }
    let mode = said("sslmode", "PGSSLMODE");
    let is_named = said("sslrootcert", "PGSSLROOTCERT").is_some();
    Ok(match mode.as_deref() {
        Some("require") if is_named => options.ssl_mode(PgSslMode::VerifyCa),
        _ => options,
    })
}
