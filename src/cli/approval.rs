//! Approvals of plans: by whoever applies one, and signed ones that others have written to files.
//!
//! Signatures are those of `ssh-keygen -Y sign`, as git uses them, so keys stay where they are: in a file, in an agent,
//! on a token.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Plain};
use crate::project::Project;

/// The version of the file.
const FORMAT: u32 = 1;

/// What signatures are for, so that none made for something else is taken.
const NAMESPACE: &str = "estate";

/// A signed approval, as it lies in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Version of this format.
    pub format: u32,
    /// Digest of the plan.
    pub digest: String,
    /// Who approves it: a name among the `approvers` of the environment.
    pub by: String,
    /// When, in RFC 3339, UTC.
    pub at: String,
    /// The signature of all that, as `ssh-keygen -Y sign` writes it.
    pub signature: String,
}

impl Approval {
    /// Returns what is signed.
    fn text(&self) -> String {
        let Self { digest, by, at, .. } = self;
        format!("estate approval {FORMAT}\n{digest}\n{by}\n{at}\n")
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the file is none.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let place = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| wrong(format!("{place} cannot be read: {error}")))?;
        let approval: Self = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("{place} is no approval: {error}")))?;
        if approval.format != FORMAT {
            return Err(wrong(format!(
                "{place} has format {}, and this Estate reads format {FORMAT}",
                approval.format
            )));
        }
        Ok(approval)
    }
}

fn wrong(why: String) -> Failure {
    Plain::failed("cli::approval", why)
        .help("`estate approve PLAN` writes one.")
        .into()
}

/// Signs the approval of a plan. Without a key, the first one of the agent signs.
///
/// # Errors
/// When there is no such key, or it does not sign.
pub(crate) fn sign(digest: &str, by: &str, key: Option<&Path>) -> Result<Approval, Failure> {
    let folder = Folder::new()?;
    let key = match key {
        Some(key) => key.to_owned(),
        None => folder.write("key.pub", &first_of_agent()?)?,
    };
    let mut approval = Approval {
        format: FORMAT,
        digest: digest.to_owned(),
        by: by.to_owned(),
        at: state::now(),
        signature: String::new(),
    };
    let text = folder.write("text", &approval.text())?;
    let mut sign = Command::new("ssh-keygen");
    sign.args(["-Y", "sign", "-q", "-n", NAMESPACE, "-f"]);
    sign.arg(&key).arg(&text);
    let output = run(&mut sign)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Plain::failed(
            "cli::approval",
            format!("{} does not sign: {said}", key.display()),
        )
        .help("Give a private key with `--key FILE`, or the public one of a key that `ssh-agent` holds.")
        .into());
    }
    let signature = std::fs::read_to_string(text.with_extension("sig"));
    approval.signature = signature.map_err(|error| wrong(format!("no signature: {error}")))?;
    Ok(approval)
}

/// Returns the first public key of the agent.
fn first_of_agent() -> Result<String, Failure> {
    let output = run(Command::new("ssh-add").arg("-L"))?;
    let keys = String::from_utf8_lossy(&output.stdout).into_owned();
    match keys.lines().next().filter(|_| output.status.success()) {
        Some(key) => Ok(format!("{key}\n")),
        None => Err(Plain::failed("cli::approval", "no `ssh-agent` holds a key")
            .help("Add one with `ssh-add`, or name one with `--key FILE`.")
            .into()),
    }
}

fn run(command: &mut Command) -> Result<std::process::Output, Failure> {
    let ran = command.stdin(Stdio::inherit()).output();
    ran.map_err(|error| not_run(command, &error))
}

/// Says that a program of OpenSSH cannot be run.
fn not_run(command: &Command, error: &std::io::Error) -> Failure {
    let name = command.get_program().to_string_lossy();
    Plain::failed("cli::approval", format!("`{name}` cannot be run: {error}"))
        .help("Approvals are signed and verified with OpenSSH 8.2 or later; install its client.")
        .into()
}

/// Whose approvals a plan has, and how many it needs.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    /// Digests that whoever applies it approves.
    pub(crate) digests: Vec<String>,
    /// Files with signed ones.
    pub(crate) files: Vec<PathBuf>,
}

impl Approvals {
    pub(crate) fn is_empty(&self) -> bool {
        self.digests.is_empty() && self.files.is_empty()
    }

    /// Checks that they approve a plan and are as many as its environment wants, by different people; returns what is
    /// recorded of each.
    ///
    /// # Errors
    /// When one is for another plan, is not by an approver, or there are too few.
    pub(crate) fn check(&self, project: &Project, digest: &str) -> Result<Vec<String>, Failure> {
        let wanted = project.config.environment.as_ref();
        let approvers = wanted
            .map(|one| one.approvers.as_slice())
            .unwrap_or_default();
        let mut people: Vec<(String, String)> = Vec::new();
        for approved in &self.digests {
            let me = crate::connect::holder("apply");
            let (by, approved) = match approved.rsplit_once(':') {
                Some((by, digest)) => (by.to_owned(), digest),
                None => (me.user, approved.as_str()),
            };
            same(approved, digest)?;
            let how = format!("{by}, {}", state::now());
            people.push((by, how));
        }
        if !approvers.is_empty() {
            // Anybody can say that somebody approves.
            people.clear();
        }
        for path in &self.files {
            let approval = Approval::read(path)?;
            same(&approval.digest, digest)?;
            verify(&approval, approvers, path)?;
            let how = format!("{}, {}, signed", approval.by, approval.at);
            people.push((approval.by, how));
        }
        people.sort();
        people.dedup_by(|a, b| a.0 == b.0);
        let Some(environment) = wanted.filter(|one| one.protected) else {
            return Ok(people.into_iter().map(|(_, how)| how).collect());
        };
        if people.len() < environment.approvals {
            let names: Vec<_> = people.iter().map(|(by, _)| by.as_str()).collect();
            let so_far = match names.as_slice() {
                [] => "nobody whose approval counts has approved it".to_owned(),
                names => format!("only {} approved it", names.join(", ")),
            };
            let help = match approvers {
                [] => "Everybody who approves it gives `--approve NAME:DIGEST`.".to_owned(),
                approvers => {
                    let names: Vec<_> = approvers.iter().map(|(name, _)| name.as_str()).collect();
                    format!(
                        "These can sign one with `estate approve PLAN`: {}. Give the files to `apply` with \
                         `--approval FILE`.",
                        names.join(", ")
                    )
                }
            };
            return Err(Plain::refused(
                "cli::approvals",
                format!(
                    "environment `{}` wants {} approvals by different people, and {so_far}",
                    environment.name, environment.approvals
                ),
            )
            .help(help)
            .into());
        }
        Ok(people.into_iter().map(|(_, how)| how).collect())
    }
}

fn same(approved: &str, digest: &str) -> Result<(), Failure> {
    if approved == digest {
        return Ok(());
    }
    Err(Plain::refused(
        "cli::wrong_approval",
        format!("what was approved is {approved}, but this plan is {digest}"),
    )
    .help("Review this plan, and approve its digest.")
    .into())
}

/// Verifies a signature against the keys of the approvers.
fn verify(approval: &Approval, approvers: &[(String, String)], path: &Path) -> Result<(), Failure> {
    let place = path.display();
    let refused = |why: String| -> Failure {
        Plain::refused("cli::wrong_approval", why)
            .help(
                "The `approvers` of the environment say whose approvals count, and by which keys.",
            )
            .into()
    };
    let Some((name, key)) = approvers.iter().find(|(name, _)| *name == approval.by) else {
        return Err(refused(format!(
            "{place} is by `{}`, who is no approver of this environment",
            approval.by
        )));
    };
    let folder = Folder::new()?;
    let allowed = folder.write(
        "allowed",
        &format!("approver namespaces=\"{NAMESPACE}\" {key}\n"),
    )?;
    let signature = folder.write("text.sig", &approval.signature)?;
    let mut verify = Command::new("ssh-keygen");
    verify
        .args([
            "-Y", "verify", "-q", "-I", "approver", "-n", NAMESPACE, "-f",
        ])
        .arg(&allowed)
        .arg("-s")
        .arg(&signature)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = verify.spawn().map_err(|error| not_run(&verify, &error))?;
    if let Some(mut input) = child.stdin.take() {
        // Where it does not listen, its answer says so.
        let _ = input.write_all(approval.text().as_bytes());
    }
    let status = child.wait().map_err(|error| not_run(&verify, &error))?;
    if !status.success() {
        return Err(refused(format!(
            "{place} is not signed by the key of `{name}`, or was changed after it was"
        )));
    }
    Ok(())
}

/// A folder of files for a program, gone afterwards.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let made = tempfile::tempdir();
        made.map(Self)
            .map_err(|error| wrong(format!("no folder can be made: {error}")))
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.0.path().join(name);
        let written = std::fs::write(&path, text);
        written.map_err(|error| wrong(format!("{} cannot be written: {error}", path.display())))?;
        Ok(path)
    }
}
