//! Roles: logins and groups, their settings and memberships.
//!
//! Source: PostgreSQL manual, CREATE ROLE, ALTER ROLE, GRANT; `pg_authid`, `pg_auth_members`,
//! `pg_db_role_setting`.

use std::collections::BTreeMap;

use model::{Address, Hazard, Reference, Secret, SecretUse, Statement};
use provider::{Alter, At, Kind, Problem, Settling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::Handle;
use super::settings;
use crate::text::quote::{ident, literal};

/// The first version with options on memberships.
const MEMBERSHIP_OPTIONS: u32 = 160_000;

/// A membership of one role in another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The role it is a member of.
    #[schemars(extend("x-reference" = ["role"]), with = "String")]
    pub of: Reference,
    /// Whether it may make others members.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub admin: bool,
    /// Whether it has the other role's privileges without `SET ROLE`. PostgreSQL 16 and later; by
    /// default what `inherit` of the member says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherit: Option<bool>,
    /// Whether it may `SET ROLE` to the other role. PostgreSQL 16 and later; true by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<bool>,
    /// Who granted the membership. PostgreSQL 16 and later; by default whoever applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub granted_by: Option<Reference>,
}

/// A role of the server, shared by all its databases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Role {
    /// Whether it may log in.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub login: bool,
    /// Whether it may do everything.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub superuser: bool,
    /// Whether it may make databases.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub createdb: bool,
    /// Whether it may make roles.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub createrole: bool,
    /// Whether it has the privileges of the roles it is a member of.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub inherit: bool,
    /// Whether it may replicate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replication: bool,
    /// Whether row level security does not apply to it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bypassrls: bool,
    /// How many connections it may have at once; -1 for no limit.
    #[serde(skip_serializing_if = "is_unlimited")]
    pub connection_limit: i64,
    /// Its password, or a ready SCRAM or MD5 verifier. Sent as a SCRAM verifier, stored nowhere.
    /// Left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-secret" = true, "x-left-alone" = true), with = "Option<String>")]
    pub password: Option<Secret>,
    /// Until when the password is valid, as PostgreSQL reads a timestamp with time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// Configuration for its sessions, by parameter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// Configuration for its sessions in one database, by database and parameter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub database_settings: BTreeMap<String, BTreeMap<String, String>>,
    /// Roles it is a member of.
    #[schemars(extend("x-reference" = ["role"], "x-one-or-many" = true), with = "Vec<String>")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub member_of: Vec<Reference>,
    /// Memberships with options.
    #[schemars(extend("x-block" = "plain"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub membership: Vec<Membership>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_unlimited(limit: &i64) -> bool {
    *limit == -1
}

impl Default for Role {
    fn default() -> Self {
        Self {
            login: false,
            superuser: false,
            createdb: false,
            createrole: false,
            inherit: true,
            replication: false,
            bypassrls: false,
            connection_limit: -1,
            password: None,
            valid_until: None,
            settings: BTreeMap::new(),
            database_settings: BTreeMap::new(),
            member_of: Vec::new(),
            membership: Vec::new(),
            comment: None,
        }
    }
}

/// What stands for the password in a statement until it runs.
pub(crate) const PASSWORD: &str = "$estate$password$estate$";

impl Role {
    fn attributes(&self) -> [(&'static str, bool); 7] {
        [
            ("login", self.login),
            ("superuser", self.superuser),
            ("createdb", self.createdb),
            ("createrole", self.createrole),
            ("inherit", self.inherit),
            ("replication", self.replication),
            ("bypassrls", self.bypassrls),
        ]
    }

    /// Returns the options in which it differs from another form.
    fn options(&self, from: &Self) -> Vec<String> {
        let mut options: Vec<String> = self
            .attributes()
            .into_iter()
            .zip(from.attributes())
            .filter(|((_, new), (_, old))| new != old)
            .map(|((name, on), _)| {
                if on {
                    name.to_owned()
                } else {
                    format!("no{name}")
                }
            })
            .collect();
        if self.connection_limit != from.connection_limit {
            options.push(format!("connection limit {}", self.connection_limit));
        }
        if self.valid_until != from.valid_until {
            let until = self.valid_until.as_deref().unwrap_or("infinity");
            options.push(format!("valid until {}", literal(until)));
        }
        options
    }

    fn password_statement(at: &At<'_>) -> Statement {
        let mut statement = Statement::new(format!(
            "alter role {} password {PASSWORD}",
            ident(at.address.name())
        ));
        statement.secrets.push(SecretUse {
            marker: PASSWORD.to_owned(),
            address: at.address.clone(),
            attribute: "password".to_owned(),
        });
        statement
    }

    fn settings_statements(&self, from: &Self, at: &At<'_>) -> Vec<Statement> {
        let name = ident(at.address.name());
        settings::change(
            &format!("alter role {name}"),
            &from.settings,
            &self.settings,
        )
    }

    fn membership_statements(&self, from: &Self, at: &At<'_>) -> Vec<Statement> {
        let member = ident(at.address.name());
        let key = |membership: &Membership| (membership.of.clone(), membership.granted_by.clone());
        let old: BTreeMap<_, _> = from.membership.iter().map(|one| (key(one), one)).collect();
        let new: BTreeMap<_, _> = self.membership.iter().map(|one| (key(one), one)).collect();
        let mut statements = Vec::new();
        for (key, membership) in &old {
            if !new.contains_key(key) {
                statements.push(membership.revoke(&member));
            }
        }
        for (key, membership) in &new {
            if old.get(key) != Some(membership) {
                let before = old.get(key).copied();
                statements.extend(membership.grant(&member, before, at.platform.version));
            }
        }
        statements
    }
}

impl Membership {
    fn grantor(&self) -> String {
        self.granted_by
            .as_ref()
            .map(|by| format!(" granted by {}", ident(by.0.name())))
            .unwrap_or_default()
    }

    fn revoke(&self, member: &str) -> Statement {
        let of = ident(self.of.0.name());
        Statement::new(format!("revoke {of} from {member}{}", self.grantor())).hazard(
            Hazard::TakesAccess {
                what: format!("membership of {member} in {of}"),
            },
        )
    }

    fn grant(&self, member: &str, before: Option<&Self>, version: u32) -> Vec<Statement> {
        let of = ident(self.of.0.name());
        if version >= MEMBERSHIP_OPTIONS {
            let options = [
                Some(("admin", self.admin)),
                self.inherit.map(|inherit| ("inherit", inherit)),
                self.set.map(|set| ("set", set)),
            ];
            let words: Vec<_> = options
                .into_iter()
                .flatten()
                .map(|(name, on)| format!("{name} {on}"))
                .collect();
            return vec![Statement::new(format!(
                "grant {of} to {member} with {}{}",
                words.join(", "),
                self.grantor()
            ))];
        }
        if before.is_some_and(|before| before.admin && !self.admin) {
            return vec![Statement::new(format!(
                "revoke admin option for {of} from {member}"
            ))];
        }
        let option = if self.admin { " with admin option" } else { "" };
        vec![Statement::new(format!("grant {of} to {member}{option}"))]
    }
}

impl Kind for Role {
    const NAME: &'static str = "role";
    const RENDERED: bool = true;
    // Memberships go with the role they are in.
    const OUTLIVES: &'static [&'static str] = &["role"];

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let name = at.address.name();
        if name.starts_with("pg_") || matches!(name, "public" | "none") {
            problems.push(
                Problem::new(
                    [],
                    "reserved name",
                    format!("PostgreSQL reserves the role name `{name}`"),
                )
                .help("Refer to roles that PostgreSQL brings along by their name, as a text."),
            );
        }
        let newer = at.platform.version >= MEMBERSHIP_OPTIONS;
        let plain = std::mem::take(&mut self.member_of)
            .into_iter()
            .map(|of| Membership {
                of,
                admin: false,
                inherit: None,
                set: None,
                granted_by: None,
            });
        self.membership.extend(plain);
        for membership in &mut self.membership {
            if membership.of.0 == *at.address {
                problems.push(Problem::new(
                    ["member_of"],
                    "circle of memberships",
                    format!("`{name}` cannot be a member of itself"),
                ));
            }
            let wants_newer = membership.set.is_some_and(|set| !set)
                || membership
                    .inherit
                    .is_some_and(|inherit| inherit != self.inherit)
                || membership.granted_by.is_some();
            if newer {
                membership.inherit.get_or_insert(self.inherit);
                membership.set.get_or_insert(true);
            } else if wants_newer {
                problems.push(
                    Problem::new(
                        ["membership"],
                        "the server is too old for this",
                        "`inherit`, `set` and `granted_by` of a membership need PostgreSQL 16",
                    )
                    .help("Leave them out; before PostgreSQL 16 the role's own `inherit` decides."),
                );
            } else {
                membership.inherit = None;
                membership.set = None;
            }
        }
        self.membership.sort();
        let before = self.membership.len();
        self.membership
            .dedup_by(|a, b| a.of == b.of && a.granted_by == b.granted_by);
        if self.membership.len() < before {
            problems.push(Problem::new(
                ["member_of"],
                "two memberships in one role",
                "the same role is named twice",
            ));
        }
        if self.connection_limit < -1 {
            problems.push(Problem::new(
                ["connection_limit"],
                "impossible limit",
                "this must be 0 or more, or -1 for no limit",
            ));
        }
        settings::normalize(&mut self.settings);
        self.database_settings
            .values_mut()
            .for_each(settings::normalize);
        self.database_settings
            .retain(|_, settings| !settings.is_empty());
        if self.valid_until.as_deref() == Some("infinity") {
            self.valid_until = None;
        }
        problems
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        settle_password(self, live, with);
        for membership in self
            .membership
            .iter_mut()
            .filter(|one| one.granted_by.is_none())
        {
            // Whoever granted it: one membership is as good as another.
            let same = |other: &&Membership| {
                other.of == membership.of
                    && other.admin == membership.admin
                    && other.inherit == membership.inherit
                    && other.set == membership.set
            };
            let theirs = live.membership.iter().find(same);
            let theirs = theirs.or_else(|| {
                live.membership
                    .iter()
                    .find(|other| other.of == membership.of)
            });
            membership.granted_by = theirs.and_then(|theirs| theirs.granted_by.clone());
        }
        self.membership.sort();
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let name = ident(at.address.name());
        let fresh = Self::default();
        let options = self.options(&fresh);
        let mut create = format!("create role {name}");
        if !options.is_empty() {
            create.push_str(" with ");
            create.push_str(&options.join(" "));
        }
        let mut statements = vec![Statement::new(create)];
        if self.password.is_some() {
            statements.push(Self::password_statement(at));
        }
        statements.extend(self.settings_statements(&fresh, at));
        statements.extend(self.membership_statements(&fresh, at));
        if self.comment.is_some() {
            statements.push(Handle::new("role", at.address).comment(self.comment.as_deref()));
        }
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Handle::new("role", at.address);
        let mut statements = Vec::new();
        let options = next.options(self);
        if !options.is_empty() {
            statements.push(handle.alter(&format!("with {}", options.join(" "))));
        }
        if next.password.is_some() && next.password != self.password {
            statements.push(Self::password_statement(at));
        }
        statements.extend(next.settings_statements(self, at));
        statements.extend(next.membership_statements(self, at));
        if next.comment != self.comment {
            statements.push(handle.comment(next.comment.as_deref()));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("role", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Some(vec![Handle::new("role", at.address).rename(to.name())])
    }
}

/// Takes the live password for the declared one where they are the same, or where that cannot be
/// known and the declaration has not changed.
fn settle_password(role: &mut Role, live: &Role, with: &Settling<'_>) {
    let Some(declared) = (with.secret)("password") else {
        role.password.clone_from(&live.password);
        return;
    };
    let verifier = with
        .facts
        .notes
        .get("verifier")
        .and_then(model::Value::as_text);
    let same = match (verifier, declared.reveal()) {
        (Some(verifier), Some(text)) => {
            text == verifier
                || crate::scram::matches(text, with.address.name(), verifier) == Some(true)
        }
        // The login may not see passwords: trust what was applied last.
        (None, _) if !with.facts.notes.contains_key("sees_passwords") => {
            with.standing.declared_unchanged
        }
        _ => false,
    };
    if same {
        role.password.clone_from(&live.password);
    }
}
