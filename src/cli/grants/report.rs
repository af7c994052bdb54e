//! What `grants` says to programs, and the rows of tables.

use access::{Facts, Row, Status};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Answer, Question};
use crate::report::FORMAT;

/// Who can do what, and how that differs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GrantsReport {
    /// Version of this format.
    pub format: u32,
    /// What was asked: `all`, `role`, `object` or `difference`.
    pub question: &'static str,
    /// The role or object that was asked about.
    pub about: Option<String>,
    /// Whether what is stored is told, and not what follows from it.
    pub direct: bool,
    /// When it was asked, in RFC 3339, UTC.
    pub asked_at: String,
    /// Version of the tool.
    pub tool: &'static str,
    /// Whether the logins saw everything.
    pub complete: bool,
    /// Where it was read: one side, or A and B.
    pub sides: Vec<SideReport>,
    /// What is called otherwise on side B.
    pub names: Vec<NameReport>,
    /// How many rows there are of each sort.
    pub summary: SummaryReport,
    /// One right of one role on one object each; what is the same on both sides only where that was asked for.
    pub rows: Vec<RowReport>,
    /// Differences that are accepted.
    pub accepted: Vec<AcceptReport>,
}

/// Where and when it was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SideReport {
    /// How it is called: the environment, the url without login, the file.
    pub name: String,
    /// The environment.
    pub environment: Option<String>,
    /// When it was read, in RFC 3339, UTC.
    pub taken_at: String,
    /// The platform.
    pub platform: String,
    /// What tells the server from every other.
    pub server: String,
    /// Its version.
    pub version: String,
    /// The login that read it.
    pub login: String,
    /// The databases that were looked into.
    pub databases: Vec<String>,
    /// What the login could not see.
    pub unseen: Vec<String>,
    /// blake3 of the snapshot it was made from.
    pub digest: String,
}

/// A name that is another one on side B.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NameReport {
    /// `role`, `database` or `schema`.
    pub kind: &'static str,
    /// On side A.
    pub a: String,
    /// On side B.
    pub b: String,
}

/// How many rows there are of each sort.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SummaryReport {
    /// On side A only.
    pub only_a: usize,
    /// On side B only.
    pub only_b: usize,
    /// On both, and not alike.
    pub differs: usize,
    /// The same.
    pub same: usize,
    /// Differences that are accepted, and in none of the numbers above.
    pub accepted: usize,
}

/// One right of one role on one object.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RowReport {
    /// `only_a`, `only_b`, `differs` or `same`.
    #[schemars(with = "String")]
    pub status: Status,
    /// The role, `PUBLIC` for everybody; its name on side B where it is on that side only.
    pub role: String,
    /// Its name on side B, where that is another one.
    pub role_in_b: Option<String>,
    /// `login`, `group` or `public`.
    pub role_kind: &'static str,
    /// Whether the role can do what most cannot.
    pub privileged: bool,
    /// The kind of the object: also `server`, `role`, and `future_table` for tables that are yet to be made.
    pub object_kind: String,
    /// Its database.
    pub database: Option<String>,
    /// Its schema.
    pub schema: Option<String>,
    /// Its name.
    pub object: String,
    /// The column, where it is only one.
    pub column: Option<String>,
    /// The privilege: also `own`, the attributes of roles on the server, and `inherit`, `set` and `admin` on roles.
    pub privilege: String,
    /// How it is held on side A.
    pub a: Option<HeldReport>,
    /// How it is held on side B.
    pub b: Option<HeldReport>,
    /// What accepts the difference.
    pub accepted: Option<String>,
}

/// How something is held.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HeldReport {
    /// By which paths.
    pub paths: Vec<String>,
    /// Whether only after `set role`.
    pub after_set_role: bool,
    /// Whether it may be passed on.
    pub grant_option: bool,
    /// What is lacking on the way, so that it cannot be used: `usage on schema`.
    pub lacks: Option<String>,
    /// Whether policies decide about which rows.
    pub by_policy: bool,
}

/// A difference that is accepted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AcceptReport {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// The last day it holds.
    pub expires: Option<String>,
    /// Whether that day is over: what it is about counts again then.
    pub expired: bool,
    /// How many differences it is about.
    pub count: usize,
}

impl GrantsReport {
    /// Says an answer to programs.
    #[must_use]
    pub fn of(answer: &Answer<'_>) -> Self {
        let comparison = &answer.comparison;
        let (question, about) = match answer.question {
            Question::All => ("all", None),
            Question::Role(role) => ("role", Some(role.to_owned())),
            Question::Object(object) => ("object", Some(object.to_owned())),
            Question::Difference => ("difference", None),
        };
        let count = |status: Status| {
            let rows = comparison.rows.iter();
            rows.filter(|row| row.status == status && row.accepted.is_none())
                .count()
        };
        let sides: Vec<SideReport> = answer
            .sides
            .iter()
            .map(|side| SideReport {
                name: side.label.clone(),
                environment: side.head.environment.clone(),
                taken_at: side.head.taken_at.clone(),
                platform: side.head.server.platform.clone(),
                server: side.head.server.identity.clone(),
                version: side.head.server.version.clone(),
                login: side.head.server.login.clone(),
                databases: side
                    .access
                    .databases()
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                unseen: side.access.population().unseen.clone(),
                digest: side.head.digest.clone(),
            })
            .collect();
        Self {
            format: FORMAT,
            question,
            about,
            direct: answer.direct,
            asked_at: answer.asked_at.clone(),
            tool: env!("CARGO_PKG_VERSION"),
            complete: sides.iter().all(|side| side.unseen.is_empty()),
            sides,
            names: comparison
                .other_names
                .iter()
                .map(|(kind, a, b)| NameReport {
                    kind,
                    a: a.clone(),
                    b: b.clone(),
                })
                .collect(),
            summary: SummaryReport {
                only_a: count(Status::OnlyA),
                only_b: count(Status::OnlyB),
                differs: count(Status::Differs),
                same: comparison.same,
                accepted: comparison
                    .rows
                    .iter()
                    .filter(|row| row.accepted.is_some())
                    .count(),
            },
            rows: comparison
                .rows
                .iter()
                .map(|row| row_of(answer, row))
                .collect(),
            accepted: answer
                .accepts
                .iter()
                .map(|(accept, fared)| AcceptReport {
                    name: accept.name.clone(),
                    reason: accept.reason.clone(),
                    ticket: accept.ticket.clone(),
                    expires: accept.expires.clone(),
                    expired: fared.is_expired,
                    count: fared.count,
                })
                .collect(),
        }
    }
}

fn row_of(answer: &Answer<'_>, row: &Row) -> RowReport {
    let comparison = &answer.comparison;
    let target = comparison.target_in(row.status, row.target);
    let (a, b) = comparison.role_names(row.role);
    let name = a.or(b).unwrap_or_default();
    let is_login = |side: usize, name: Option<&str>| {
        let access = comparison.access(side);
        access.zip(name).is_some_and(|(access, name)| {
            access.role(name).is_some_and(|role| access.is_login(role))
        })
    };
    let held = |side: usize, held: &access::Held| {
        let Facts {
            after,
            option,
            lacks,
            by_row,
            by: _,
        } = &held.facts;
        HeldReport {
            paths: comparison.said(side, held).paths,
            after_set_role: *after,
            grant_option: *option,
            lacks: lacks
                .as_ref()
                .map(|(privilege, kind)| format!("{privilege} on {kind}")),
            by_policy: *by_row,
        }
    };
    let skip = match (target.database(), target.schema()) {
        (Some(_), Some(_)) if target.path.len() == 3 => 2,
        (Some(_), _) if target.path.len() > 1 => 1,
        _ => 0,
    };
    RowReport {
        status: row.status,
        role: name.to_owned(),
        role_in_b: b.filter(|other| *other != name).map(str::to_owned),
        role_kind: match name {
            access::PUBLIC_NAME => "public",
            _ if is_login(0, a) || is_login(1, b) => "login",
            _ => "group",
        },
        privileged: comparison.is_privileged(row.role),
        object_kind: target.kind.clone(),
        database: target.database().map(str::to_owned),
        schema: target.schema().map(str::to_owned),
        object: match target.path.is_empty() {
            true => target.kind.clone(),
            false => target.path[skip..].join("."),
        },
        column: (!row.column.is_empty()).then(|| row.column.clone()),
        privilege: row.privilege.clone(),
        a: row.a.as_ref().map(|one| held(0, one)),
        b: row.b.as_ref().map(|one| held(1, one)),
        accepted: row
            .accepted
            .and_then(|number| answer.accepts.get(number))
            .map(|(accept, _)| accept.name.clone()),
    }
}
