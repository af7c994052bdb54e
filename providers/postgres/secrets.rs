//! Secrets in statements: put in when they run, taken out of what the server says about them.

use model::{SecretUse, Statement};
use provider::{Error, ErrorKind, Reveal};

use crate::text::quote::literal;

/// Puts secrets in the place of their markers. Returns their texts as well, which nobody may see.
pub(crate) fn with_secrets(
    statement: &Statement,
    reveal: Reveal<'_>,
) -> Result<(String, Vec<String>), Error> {
    let mut sql = statement.sql.clone();
    let mut hidden = Vec::new();
    for secret in &statement.secrets {
        let text = revealed(secret, reveal)?;
        sql = sql.replace(&secret.marker, &literal(&text));
        hidden.push(text);
    }
    Ok((sql, hidden))
}

/// Returns a secret as PostgreSQL is to store it.
fn revealed(secret: &SecretUse, reveal: Reveal<'_>) -> Result<String, Error> {
    let known = reveal(secret);
    let text = known
        .as_ref()
        .and_then(model::Secret::reveal)
        .ok_or_else(|| {
            let what = match secret.attribute.split_once('.') {
                Some((_, option)) => format!("option {option}"),
                None => secret.attribute.clone(),
            };
            let (kind, name) = (secret.address.kind(), secret.address.qualified_name());
            Error::new(
                ErrorKind::Permanent,
                format!(
                    "the {what} of {} {name} is not known here",
                    kind.replace('_', " ")
                ),
            )
            .help("Set the environment variable or variable that it comes from, and apply again.")
        })?;
    if secret.address.kind() != "role" {
        return Ok(text.to_owned());
    }
    if crate::scram::is_verifier(text) {
        return Ok(text.to_owned());
    }
    crate::scram::fresh(text).map_err(|error| {
        Error::new(
            ErrorKind::Permanent,
            format!("no random numbers for a password: {error}"),
        )
    })
}

/// Takes secrets out of what the server says about a statement that holds them: it may quote them, or
/// the place in them that it cannot read.
pub(crate) fn hide(error: &mut Error, hidden: &[String]) {
    if hidden.is_empty() {
        return;
    }
    let malformed = "invalid connection string syntax";
    let hide = |text: &mut String| {
        for secret in hidden.iter().filter(|secret| !secret.is_empty()) {
            *text = text.replace(secret.as_str(), "(sensitive value)");
        }
        if text.starts_with(malformed) {
            malformed.clone_into(text);
        }
    };
    hide(&mut error.message);
    error.notes.iter_mut().for_each(hide);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_quotes_of_a_secret_is_hidden() {
        let hidden = ["host=x pw".to_owned()];
        let mut error = Error::new(
            ErrorKind::Permanent,
            "invalid connection string syntax: missing \"=\" after \"pw\" in connection info string",
        );
        error.notes.push("it was: host=x pw".to_owned());
        hide(&mut error, &hidden);
        assert_eq!(error.message, "invalid connection string syntax");
        assert_eq!(error.notes, ["it was: (sensitive value)"]);
    }
}
