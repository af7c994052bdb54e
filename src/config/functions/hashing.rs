//! Hashes of texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::arguments::{Arguments, Failure, refuse};
use super::{Function, Takes, parameter};
use crate::value::Value;

const TEXT: &[super::Parameter] = &[parameter("text", Takes::Text)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "base64sha256",
        TEXT,
        "Returns the SHA-256 hash in Base64.",
        |a| Ok(STANDARD.encode(Sha256::digest(a.text(0))).into()),
    ),
    Function::pure(
        "base64sha512",
        TEXT,
        "Returns the SHA-512 hash in Base64.",
        |a| Ok(STANDARD.encode(Sha512::digest(a.text(0))).into()),
    ),
    Function::pure("md5", TEXT, "Returns the MD5 hash in hexadecimal.", |a| {
        Ok(md5(a.text(0).as_bytes()).into())
    }),
    Function::pure(
        "sha1",
        TEXT,
        "Returns the SHA-1 hash in hexadecimal.",
        |a| Ok(sha1(a.text(0).as_bytes()).into()),
    ),
    Function::pure(
        "sha256",
        TEXT,
        "Returns the SHA-256 hash in hexadecimal.",
        |a| Ok(sha256(a.text(0).as_bytes()).into()),
    ),
    Function::pure(
        "sha512",
        TEXT,
        "Returns the SHA-512 hash in hexadecimal.",
        |a| Ok(sha512(a.text(0).as_bytes()).into()),
    ),
    Function::pure(
        "uuidv5",
        &[
            parameter("namespace", Takes::Text),
            parameter("name", Takes::Text),
        ],
        "Returns the identifier of a name in a namespace.",
        uuid,
    ),
];

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the MD5 hash in hexadecimal.
pub(super) fn md5(bytes: &[u8]) -> String {
    hexadecimal(&Md5::digest(bytes))
}

/// Returns the SHA-1 hash in hexadecimal.
pub(super) fn sha1(bytes: &[u8]) -> String {
    hexadecimal(&Sha1::digest(bytes))
}

/// Returns the SHA-256 hash in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Returns the SHA-512 hash in hexadecimal.
pub(super) fn sha512(bytes: &[u8]) -> String {
    hexadecimal(&Sha512::digest(bytes))
}

fn uuid(arguments: &Arguments) -> Result<Value, Failure> {
    let namespace = match arguments.text(0) {
        "dns" => "6ba7b8109dad11d180b400c04fd430c8".to_owned(),
        "url" => "6ba7b8119dad11d180b400c04fd430c8".to_owned(),
        "oid" => "6ba7b8129dad11d180b400c04fd430c8".to_owned(),
        "x500" => "6ba7b8149dad11d180b400c04fd430c8".to_owned(),
        other => other.replace('-', ""),
    };
    let wrong = || refuse(0, "this is neither `dns`, `url`, `oid`, `x500` nor a UUID");
    if namespace.len() != 32 || !namespace.is_ascii() {
        return Err(wrong());
    }
    let namespace = u128::from_str_radix(&namespace, 16).map_err(|_| wrong())?;
    let hash = Sha1::new()
        .chain_update(namespace.to_be_bytes())
        .chain_update(arguments.text(1))
        .finalize();
    let mut id: Vec<u8> = hash.iter().take(16).copied().collect();
    id[6] = (id[6] & 0x0f) | 0x50;
    id[8] = (id[8] & 0x3f) | 0x80;
    let id = hexadecimal(&id);
    Ok(format!(
        "{}-{}-{}-{}-{}",
        &id[..8],
        &id[8..12],
        &id[12..16],
        &id[16..20],
        &id[20..]
    )
    .into())
}
