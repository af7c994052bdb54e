//! Files of the project.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use globset::GlobBuilder;

use super::arguments::{Arguments, Failure, refuse};
use super::{Action, Function, Takes, hashing, parameter};
use crate::files::{FileError, Files};
use crate::value::Value;
use crate::value_type::Type;

const PATH: &[super::Parameter] = &[parameter("path", Takes::Text)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "basename",
        PATH,
        "Returns the last part of a path.",
        base_name,
    ),
    Function::pure(
        "dirname",
        PATH,
        "Returns a path without its last part.",
        folder_name,
    ),
    Function::new(
        "file",
        PATH,
        "Returns the text of a file.",
        Action::Files(text),
    ),
    Function::new(
        "filebase64",
        PATH,
        "Returns the bytes of a file as Base64.",
        Action::Files(|files, a| Ok(STANDARD.encode(bytes(files, a)?).into())),
    ),
    Function::new(
        "fileexists",
        PATH,
        "Reports whether there is a file.",
        Action::Files(exists),
    ),
    Function::new(
        "filemd5",
        PATH,
        "Returns the MD5 hash of a file.",
        Action::Files(|files, a| Ok(hashing::md5(&bytes(files, a)?).into())),
    ),
    Function::new(
        "fileset",
        &[
            parameter("path", Takes::Text),
            parameter("pattern", Takes::Text),
        ],
        "Returns the files below a folder that match a pattern.",
        Action::Files(matching),
    ),
    Function::new(
        "filesha1",
        PATH,
        "Returns the SHA-1 hash of a file.",
        Action::Files(|files, a| Ok(hashing::sha1(&bytes(files, a)?).into())),
    ),
    Function::new(
        "filesha256",
        PATH,
        "Returns the SHA-256 hash of a file.",
        Action::Files(|files, a| Ok(hashing::sha256(&bytes(files, a)?).into())),
    ),
    Function::new(
        "filesha512",
        PATH,
        "Returns the SHA-512 hash of a file.",
        Action::Files(|files, a| Ok(hashing::sha512(&bytes(files, a)?).into())),
    ),
];

/// Blames a path.
pub(super) fn unreadable(path: &str, error: FileError) -> Failure {
    Failure {
        help: error.hint,
        is_file: true,
        ..refuse(0, format!("{path:?} cannot be read: {}", error.reason))
    }
}

fn text(files: &Files, arguments: &Arguments) -> Result<Value, Failure> {
    let path = arguments.text(0);
    Ok(files
        .text(path)
        .map_err(|error| unreadable(path, error))?
        .into())
}

fn bytes(files: &Files, arguments: &Arguments) -> Result<Arc<[u8]>, Failure> {
    let path = arguments.text(0);
    files.bytes(path).map_err(|error| unreadable(path, error))
}

fn exists(files: &Files, arguments: &Arguments) -> Result<Value, Failure> {
    let path = arguments.text(0);
    Ok(files
        .exists(path)
        .map_err(|error| unreadable(path, error))?
        .into())
}

fn matching(files: &Files, arguments: &Arguments) -> Result<Value, Failure> {
    let (path, pattern) = (arguments.text(0), arguments.text(1));
    let matcher = GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| refuse(1, format!("not a pattern: {}", error.kind())))?
        .compile_matcher();
    let found = files.below(path).map_err(|error| unreadable(path, error))?;
    let found = found
        .iter()
        .filter(|path| matcher.is_match(path))
        .map(|path| path.as_str().into());
    Ok(Value::set(Type::Text, found.collect()))
}

fn base_name(arguments: &Arguments) -> Result<Value, Failure> {
    let path = arguments.text(0);
    let trimmed = path.trim_end_matches('/');
    Ok(match (path, trimmed) {
        ("", _) => ".".into(),
        (_, "") => "/".into(),
        (_, trimmed) => trimmed.rsplit('/').next().unwrap_or_default().into(),
    })
}

fn folder_name(arguments: &Arguments) -> Result<Value, Failure> {
    Ok(match arguments.text(0).rsplit_once('/') {
        None => ".".into(),
        Some((folder, _)) => {
            let is_absolute = folder.starts_with('/') || folder.is_empty();
            let normal = Files::normal(folder);
            match (normal.as_str(), is_absolute) {
                ("", true) => "/".into(),
                ("", false) => ".".into(),
                (normal, _) => normal.into(),
            }
        }
    })
}
