//! Password verifiers: what PostgreSQL stores in place of a password.
//!
//! A verifier made here is the text that the server would have made, so the password itself never has
//! to be part of a statement, where logs could keep it. A verifier that the server stores tells whether
//! a password is still the one that is declared; that is how drift of passwords is seen.
//!
//! The format is that of RFC 5803 with SHA-256. A password is prepared by SASLprep (RFC 4013) in the
//! way of the server, which differs from the letter of the standard in three points, each checked
//! against PostgreSQL 14 to 18 for every character: ASCII is never looked at; what is forbidden is looked
//! for before normalization, not after; and a password that must not be prepared is used as it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};
use stringprep::tables;
use unicode_normalization::UnicodeNormalization;

/// How often the server hashes by default, up to PostgreSQL 18.
const ITERATIONS: u32 = 4096;

/// How long the salt of the server is, in bytes.
const SALT_LENGTH: usize = 16;

/// How often we are willing to hash to find out whether a password is the one of a verifier. Anybody
/// who may set a password may ask for two billion rounds.
const MOST_ITERATIONS: u32 = 1_000_000;

const SCRAM: &str = "SCRAM-SHA-256";

/// Returns the SCRAM verifier of a password: `SCRAM-SHA-256$4096:salt$stored:server`.
#[must_use]
pub fn verifier(password: &str, salt: &[u8], iterations: u32) -> String {
    let mut salted = [0; 32];
    let prepared = prepared(password);
    let rounds = iterations.max(1);
    pbkdf2::pbkdf2_hmac::<Sha256>(prepared.as_bytes(), salt, rounds, &mut salted);
    let client = keyed_hash(&salted, b"Client Key");
    let stored = STANDARD.encode(Sha256::digest(client));
    let server = STANDARD.encode(keyed_hash(&salted, b"Server Key"));
    let salt = STANDARD.encode(salt);
    format!("{SCRAM}${rounds}:{salt}${stored}:{server}")
}

/// Returns a SCRAM verifier of a password with a salt of its own, as the server would make one.
///
/// Fails when the operating system has no random numbers.
pub fn fresh(password: &str) -> Result<String, getrandom::Error> {
    let mut salt = [0; SALT_LENGTH];
    getrandom::fill(&mut salt)?;
    Ok(verifier(password, &salt, ITERATIONS))
}

/// Tells whether a stored verifier is that of a password, which may be a ready verifier itself.
///
/// The role is part of the verifiers that begin with `md5`. Returns nothing where the stored text is
/// of a format that is not known, or would take too long to check.
#[must_use]
pub fn matches(password: &str, role: &str, stored: &str) -> Option<bool> {
    let format = Format::of(stored)?;
    if is_verifier(password) {
        return Some(password == stored);
    }
    match format {
        Format::Md5 => Some(md5(password, role) == stored),
        Format::Scram { iterations, .. } if iterations > MOST_ITERATIONS => None,
        Format::Scram {
            iterations,
            salt,
            keys,
        } => {
            let expected = verifier(password, &salt, iterations);
            Some(expected.ends_with(&format!("${keys}")))
        }
    }
}

/// Tells whether a text is a verifier, which the server stores as it is instead of hashing it.
#[must_use]
pub fn is_verifier(text: &str) -> bool {
    Format::of(text).is_some()
}

/// A verifier by its format.
enum Format<'a> {
    Md5,
    Scram {
        iterations: u32,
        salt: Vec<u8>,
        /// Stored and server key, as they are written.
        keys: &'a str,
    },
}

impl<'a> Format<'a> {
    fn of(text: &'a str) -> Option<Self> {
        if let Some(hash) = text.strip_prefix("md5") {
            let is_digit = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
            return (hash.len() == 32 && hash.bytes().all(is_digit)).then_some(Self::Md5);
        }
        let rest = text.strip_prefix(SCRAM)?.strip_prefix('$')?;
        let (head, keys) = rest.split_once('$')?;
        let (iterations, salt) = head.split_once(':')?;
        let (stored, server) = keys.split_once(':')?;
        for key in [stored, server] {
            STANDARD.decode(key).ok().filter(|key| key.len() == 32)?;
        }
        Some(Self::Scram {
            iterations: iterations.parse().ok()?,
            salt: STANDARD.decode(salt).ok()?,
            keys,
        })
    }
}

fn keyed_hash(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut hash = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    hash.update(text);
    hash.finalize().into_bytes().into()
}

fn md5(password: &str, role: &str) -> String {
    let hash = Md5::new()
        .chain_update(password)
        .chain_update(role)
        .finalize();
    let digits = hash.iter().map(|byte| format!("{byte:02x}"));
    format!("md5{}", digits.collect::<String>())
}

/// Returns a password prepared by SASLprep, or as it is where that cannot be.
fn prepared(password: &str) -> String {
    if password.is_ascii() {
        return password.to_owned();
    }
    let mapped: String = password
        .chars()
        .map(|c| {
            if tables::non_ascii_space_character(c) {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !tables::commonly_mapped_to_nothing(*c))
        .collect();
    if mapped.is_empty() || mapped.chars().any(is_forbidden) || !is_one_way(&mapped) {
        return password.to_owned();
    }
    mapped.nfkc().collect()
}

fn is_forbidden(c: char) -> bool {
    tables::ascii_control_character(c)
        || tables::non_ascii_control_character(c)
        || tables::private_use(c)
        || tables::non_character_code_point(c)
        || tables::inappropriate_for_plain_text(c)
        || tables::inappropriate_for_canonical_representation(c)
        || tables::change_display_properties_or_deprecated(c)
        || tables::tagging_character(c)
        || tables::unassigned_code_point(c)
}

/// Tells whether a text that has letters written from right to left begins and ends with one, and has
/// no others.
fn is_one_way(text: &str) -> bool {
    let is_leftward = |c: Option<char>| c.is_some_and(tables::bidi_r_or_al);
    !text.contains(tables::bidi_r_or_al)
        || !text.contains(tables::bidi_l)
            && is_leftward(text.chars().next())
            && is_leftward(text.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passwords and what PostgreSQL 15.18 made of them, for the role `vec`.
    const STORED: &[(&str, &str)] = &[
        (
            "pencil",
            "SCRAM-SHA-256$4096:6i9M17YPDHv8sohwm9E4DA==$MB3iydp96EUgIW2/YOOJKCcF7CAti6buWoYAnOJRrZw=:xxXF3YGXxTff/0C/NweLX1L5qfZgM47cU+4KprKKpQY=",
        ),
        (
            "it's a \"pass\" \\ word",
            "SCRAM-SHA-256$4096:O0Rg/ESb4cXkkmmtWYbFaQ==$UK8zVsr6WsLq2IcNQjsdSJomaRTRdQxr0VeuIlGJntA=:AstbioVS706HcvU5zNsH698HZlbA+q3kYVzfomI8hXg=",
        ),
        (
            "tab\u{9}bell\u{7}",
            "SCRAM-SHA-256$4096:g0PN7vFA77o/bXFD3dDErA==$pWclOAEezCxOiluWHvAkqXxUS7yhSdbebh6NRhox/jQ=:6Yfkggu4j/y4cwu0RCvjV+okfLanFHFhwQQQs7Y0Sfk=",
        ),
        (
            "größe",
            "SCRAM-SHA-256$4096:G2iC4rmf1s1fKld/QRNW9A==$N0xCylJVm/fTAd8WiNoPa3ilbo/rMVmyVYICpBwGUSw=:yP421G9GTw4XODFMVumm7OirZ/LqdrRywqyAq75jNeE=",
        ),
        (
            "gro\u{308}ße",
            "SCRAM-SHA-256$4096:Ga9SmNvPcNUUeNzG9ELoew==$LljpPvUvWG4mqg+OOkJhWNuaV8nWdinLubMFwSjKFjM=:b8HZYHD4qfaAocHzm3/k3PHlKGq3YfOnYdJGl4BJJxA=",
        ),
        (
            "soft\u{ad}hyphen",
            "SCRAM-SHA-256$4096:W0h3WUn3GvyNtw097eCkEg==$IpB/P2ElQIcC2F1aLR3ZlWJTrAqwdAtJDUxDi7PZoqo=:YoZUgOGXx7ZW1pCe7UvePCOyruGYQ1YIKoKK7xkF+X8=",
        ),
        (
            "no\u{a0}break",
            "SCRAM-SHA-256$4096:L2C8wXxM39kK7kYvZfJNeA==$UvHf26MxWhBV+Snr+e0gma/RRdCS0b5ANU/lYi0OkNI=:9i6+gaSFPWxzT2OQkjHySpi7pXUSQqaZb1Hfbk7R1e4=",
        ),
        (
            "ﬁsh Ⅸ",
            "SCRAM-SHA-256$4096:hgFdELk2mdOv/hpM5nO/yw==$KlgSoR4ww96N5VoFtgcYWxqkUyiPGCr5piubXsUmgHs=:qaBzr+TXTwLrRICE9M5dxT5ccUJDFJFPzk6kYQMBtq0=",
        ),
        (
            "🎬 film",
            "SCRAM-SHA-256$4096:sjYBF59tFyqbnSH+JpOMLA==$g++tTrXKWx94NILL0pLVK0qG7c3clhvUqVdJ6UZiGvE=:jmjkNlcVYa9ea2KQswjO0ydF38h21lXuNEBCAyXE0qc=",
        ),
        (
            "é\u{7}",
            "SCRAM-SHA-256$4096:IqD2ORpEGSCuIxw4GpP+Eg==$meQSJySbD+FmxNWIjHXI8yh8In/vJIEA9Hdn12OsG6E=:xqkf45LU0FdgZ5zBTovv261/WEBOwrXHDZxZyqC7/xA=",
        ),
        (
            "א1ב",
            "SCRAM-SHA-256$4096:EHgNdprqklnMvcdVEAomEw==$d+4gM7Wtm3QtnrBlNfoV+8vN2QzMbLPAFjU//6UJCC8=:mLVEe1W33flqSd0R7hwt322JnV2OWxPMGP6yWOWFmAk=",
        ),
        (
            "אaב",
            "SCRAM-SHA-256$4096:seV8wyq8Ql2imUWaWzSzrA==$TszQ6nmi0uMUDgWcVxOaazOcUAC9gEa4kg8FLxmVxKc=:LG19bERaPzUAdTYEDMO3GwstgBjgKa3Kmf/KHnP11EQ=",
        ),
        (
            "\u{ad}",
            "SCRAM-SHA-256$4096:j6JW0Sc0MvAtgHRWk1GUIg==$Js+Xznff5RRPbhwPwuCr3dqBfjejnEQC1tkQRO+YIWg=:c6rIDpzCtNEn1d92ZkkMaDRtNKzTnD7ijvTh9PyzXhI=",
        ),
        (
            "ª\u{340}",
            "SCRAM-SHA-256$4096:p+AAfUtD/hVk6WmvzuEsSA==$MDtvRhc/JNjIUF0LO1g3nz/LY/7rMeUHR87R/oCQI0g=:kmvDSjaUwRVvLqJnA0XUdqYId8iAMOKapzQ8uYW/NVw=",
        ),
        (
            "ﾊﾟｽﾜｰﾄﾞ",
            "SCRAM-SHA-256$4096:cowo3nKC0eY9espV7BODZg==$54aFsv1xqytSMZv/uZW5iTWoWSpEg9JA5Xt/ojOjaeY=:dG9xivyISefNVfG0hrETnLXHxRS+RDO44eo8EXEqf3Y=",
        ),
        ("pencil", "md58c37186706f73340a485ba77c36a071d"),
        ("größe", "md5a25b9e89f9e57607a6bddf49b4e96c42"),
        ("🎬 film", "md56357dbb34c80366d0322342d0bb10a6e"),
    ];

    #[test]
    fn verifiers_are_those_of_the_server() {
        for (password, stored) in STORED {
            assert_eq!(matches(password, "vec", stored), Some(true), "{password}");
            assert_eq!(matches("other", "vec", stored), Some(false), "{password}");
            assert!(is_verifier(stored));
        }
        for (_, stored) in STORED
            .iter()
            .filter(|(_, stored)| stored.starts_with("md5"))
        {
            assert_eq!(matches("pencil", "other", stored), Some(false));
        }
    }

    #[test]
    fn a_fresh_verifier_is_made_as_the_server_makes_it() {
        let one = fresh("größe").unwrap();
        let two = fresh("größe").unwrap();
        assert_ne!(one, two);
        assert!(one.starts_with("SCRAM-SHA-256$4096:"));
        assert_eq!(one.len(), STORED[0].1.len());
        assert_eq!(matches("gro\u{308}ße", "any", &one), Some(true));
    }

    #[test]
    fn a_ready_verifier_is_compared_as_it_is() {
        let (_, stored) = STORED[0];
        assert_eq!(matches(stored, "vec", stored), Some(true));
        assert_eq!(matches(STORED[1].1, "vec", stored), Some(false));
    }

    #[test]
    fn other_texts_are_no_verifiers() {
        let (_, stored) = STORED[0];
        for text in [
            "",
            "pencil",
            "md5",
            "md58C37186706f73340a485ba77c36a071d",
            "md58c37186706f73340a485ba77c36a071",
            &stored[..stored.len() - 4],
            &stored.replace("4096", "many"),
            &stored.replace("SCRAM-SHA-256", "SCRAM-SHA-512"),
            "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy",
        ] {
            assert!(!is_verifier(text), "{text}");
            assert_eq!(matches("pencil", "vec", text), None);
        }
        let endless = stored.replace("4096", "2000000000");
        assert!(is_verifier(&endless));
        assert_eq!(matches("pencil", "vec", &endless), None);
    }
}
