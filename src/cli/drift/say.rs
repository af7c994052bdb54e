//! Which way to say drift is written where.

use std::io::Write as _;
use std::path::Path;

use super::args::DriftFormat;
use super::report::DriftReport;
use super::{Found, github, gitlab, junit, markdown, sarif};
use crate::failure::Failure;
use crate::file::cannot;
use crate::view;

/// What GitHub takes of a summary at most, in bytes, and some room.
const SUMMARY: usize = 1_000_000;

/// Says what was found in a format, without a line break at the end.
///
/// # Errors
/// When it has no such form.
pub fn say(found: &Found, format: DriftFormat, color: bool) -> Result<String, Failure> {
    let json = |value: serde_json::Result<String>| {
        value.map_err(|error| cannot(format!("drift has no JSON form: {error}")))
    };
    Ok(match format {
        DriftFormat::Text => view::drift::write(found, color),
        DriftFormat::Json => json(serde_json::to_string_pretty(&DriftReport::of(found)))?,
        DriftFormat::Junit => junit::write(found)
            .map_err(|error| cannot(format!("drift has no XML form: {error}")))?,
        DriftFormat::Sarif => json(serde_json::to_string_pretty(&sarif::log(found)))?,
        DriftFormat::Github => github::annotations(found),
        DriftFormat::Gitlab => json(serde_json::to_string_pretty(&gitlab::code_quality(found)))?,
        DriftFormat::GitlabTerraform => json(serde_json::to_string(&gitlab::terraform(found)))?,
        DriftFormat::Markdown => markdown::write(found),
    })
}

/// Adds what was found to the summary of a step of a GitHub workflow.
///
/// # Errors
/// When the file cannot be written to.
pub fn summarize(found: &Found, path: &Path) -> Result<(), Failure> {
    let mut text = markdown::within(found, SUMMARY);
    text.push('\n');
    let mut open = std::fs::OpenOptions::new();
    let file = open.append(true).create(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| cannot(format!("{} cannot be written: {error}", path.display())))
}
