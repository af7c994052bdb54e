//! One message to one address.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait before each further attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1_200)];

/// Posts JSON. It is tried again where that may help.
///
/// # Errors
/// Why nobody took it, in words without the address.
pub(crate) fn post(url: &str, headers: &[(String, String)], body: &[u8]) -> Result<(), String> {
    let mut trouble = String::new();
    for attempt in 0..=PAUSES.len() {
        match once(url, headers, body) {
            Ok(()) => return Ok(()),
            Err((words, may_help)) => {
                trouble = words;
                let pause = PAUSES.get(attempt).filter(|_| may_help);
                let Some(pause) = pause else { break };
                std::thread::sleep(*pause);
            }
        }
    }
    Err(trouble)
}

/// Tries once; says whether trying again may help.
fn once(url: &str, headers: &[(String, String)], body: &[u8]) -> Result<(), (String, bool)> {
    let mut request = agent().post(url).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let sent = request.send(body);
    match sent.map(|answer| answer.status().as_u16()) {
        Ok(200..=299) => Ok(()),
        Ok(status) => {
            let may_help = status == 429 || status >= 500;
            Err((format!("it answered with status {status}"), may_help))
        }
        Err(error) => Err(words(&error)),
    }
}

/// Says what is wrong. What the library says may have the address in it.
fn words(error: &ureq::Error) -> (String, bool) {
    match error {
        ureq::Error::Timeout(_) => (
            format!("it did not answer within {} s", PATIENCE.as_secs()),
            true,
        ),
        ureq::Error::HostNotFound => ("its host is unknown".to_owned(), true),
        ureq::Error::ConnectionFailed => ("no connection".to_owned(), true),
        ureq::Error::Io(error) => (format!("no connection: {}", error.kind()), true),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => (
            "its certificate is not trusted, or it speaks no TLS".to_owned(),
            false,
        ),
        _ => ("its url cannot be used".to_owned(), false),
    }
}

/// Returns what sends everything: with the certificates that this machine trusts, and through its proxy.
fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs().certs;
        let certificates: Vec<_> = found
            .iter()
            .map(|one| Certificate::from_der(one).to_owned())
            .collect();
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::Specific(Arc::new(certificates)))
            .build();
        Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("estate/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build()
            .into()
    })
}
