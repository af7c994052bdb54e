//! Subscriptions: which publications of another database are followed.
//!
//! A subscription has a half on the publisher: a replication slot that remembers how far it is. Making
//! and dropping it happens there, outside of any transaction here. `connect = false` makes only the
//! half that is here, asks nobody, and leaves it disabled.
//!
//! Source: PostgreSQL manual, CREATE SUBSCRIPTION, ALTER SUBSCRIPTION, DROP SUBSCRIPTION;
//! `pg_subscription`.

use std::collections::BTreeSet;

use model::{Address, Hazard, Reference, Secret, SecretUse, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::IN_DATABASE;
use crate::kinds::attached::{Handle, dress, redress};
use crate::text::quote::{ident, literal};

/// When changes of a transaction in progress are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Streaming {
    /// When it commits.
    Off,
    /// At once, kept in files until it commits.
    On,
    /// At once, applied by workers of their own. PostgreSQL 16.
    Parallel,
}

impl Streaming {
    /// Returns what PostgreSQL takes when nothing is said.
    #[must_use]
    pub fn usual(version: u32) -> Self {
        if version >= 180_000 {
            Self::Parallel
        } else {
            Self::Off
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Parallel => "parallel",
        }
    }
}

/// Which changes are asked for, by where they come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// All.
    #[default]
    Any,
    /// Those that the publisher does not have from elsewhere.
    None,
}

impl Origin {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::None => "none",
        }
    }
}

/// A slot name that stands for no slot, as it does for PostgreSQL.
pub(crate) const NO_SLOT: &str = "none";

/// What stands for the connection string in a statement until it runs.
const CONNECTION: &str = "$estate$connection$estate$";

/// The note that says that the login sees connection strings.
pub(crate) const SEEN: &str = "sees_connection";

/// A subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Subscription {
    /// Where the publisher is, as libpq reads it: `host=... dbname=... password=...`. Stored and shown
    /// nowhere. Needed to make it; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-secret" = true, "x-left-alone" = true), with = "Option<String>")]
    pub connection: Option<Secret>,
    /// The publications, by their names there.
    #[schemars(extend("x-one-or-many" = true))]
    pub publications: Vec<String>,
    /// Whether it follows; true by default. Where `connect` is false, it does not at first, and is left
    /// alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether the publisher is asked when it is made: to make the slot and to copy rows. False for one
    /// that is made again elsewhere, or whose slot is made by hand. Of no effect later.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub connect: bool,
    /// Whether rows that are there already are copied when it is made. Of no effect later, but for
    /// publications that are added.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub copy_data: bool,
    /// Whether the slot is made along with it. Of no effect later.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub create_slot: bool,
    /// The slot on the publisher, called like the subscription by default and left alone when absent;
    /// `none` for no slot, so that it can be dropped without the publisher. The publisher keeps the
    /// slot then, with all changes since, until it is dropped there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot_name: Option<String>,
    /// Whether values are sent in binary form.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub binary: bool,
    /// When changes of a transaction in progress are sent; `off` by default, from PostgreSQL 18 on
    /// `parallel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streaming: Option<Streaming>,
    /// `synchronous_commit` of its workers; `off` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synchronous_commit: Option<String>,
    /// Whether prepared transactions are sent when they are prepared. PostgreSQL 15; fixed before 18.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub two_phase: bool,
    /// Whether an error disables it, instead of being tried again and again. PostgreSQL 15.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disable_on_error: bool,
    /// Whether its owner, if no superuser, must connect with a password. PostgreSQL 16.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub password_required: bool,
    /// Whether changes are made as its owner, and not as the owner of each table. PostgreSQL 16.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub run_as_owner: bool,
    /// Which changes are asked for, by where they come from. PostgreSQL 16.
    #[serde(skip_serializing_if = "Origin::is_default")]
    pub origin: Origin,
    /// Whether standbys of the publisher keep the slot, too. PostgreSQL 17.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub failover: bool,
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Default for Subscription {
    fn default() -> Self {
        Self {
            connection: None,
            publications: Vec::new(),
            enabled: None,
            connect: true,
            copy_data: true,
            create_slot: true,
            slot_name: None,
            binary: false,
            streaming: None,
            synchronous_commit: None,
            two_phase: false,
            disable_on_error: false,
            password_required: true,
            run_as_owner: false,
            origin: Origin::Any,
            failover: false,
            owner: None,
            comment: None,
        }
    }
}

impl Subscription {
    /// Reports whether it can be what another one becomes, which need not be made anew then.
    pub(crate) fn succeeds(&self, former: &Self, version: u32) -> bool {
        self.two_phase == former.two_phase || version >= 180_000
    }

    fn has_slot(&self) -> bool {
        self.slot_name.as_deref() != Some(NO_SLOT)
    }

    /// Reports whether a new one would follow at once.
    fn begins_enabled(&self) -> bool {
        self.enabled.unwrap_or(self.connect)
    }

    fn list(&self) -> String {
        let names: Vec<_> = self.publications.iter().map(|name| ident(name)).collect();
        names.join(", ")
    }

    fn slot(&self) -> Option<String> {
        self.slot_name.as_deref().map(|name| match name {
            NO_SLOT => "slot_name = none".to_owned(),
            name => format!("slot_name = {}", literal(name)),
        })
    }

    /// Returns the parameters that can be altered at any time and differ from another form.
    fn parameters(&self, from: &Self, version: u32) -> Vec<String> {
        let mut parameters = Vec::new();
        if self.streaming != from.streaming {
            let streaming = self.streaming.unwrap_or_else(|| Streaming::usual(version));
            parameters.push(format!("streaming = {}", streaming.word()));
        }
        if self.synchronous_commit != from.synchronous_commit {
            let commit = self.synchronous_commit.as_deref().unwrap_or("off");
            parameters.push(format!("synchronous_commit = {}", literal(commit)));
        }
        let flags = [
            ("binary", self.binary, from.binary),
            (
                "disable_on_error",
                self.disable_on_error,
                from.disable_on_error,
            ),
            (
                "password_required",
                self.password_required,
                from.password_required,
            ),
            ("run_as_owner", self.run_as_owner, from.run_as_owner),
        ];
        for (name, next, old) in flags {
            if next != old {
                parameters.push(format!("{name} = {next}"));
            }
        }
        if self.origin != from.origin {
            parameters.push(format!("origin = {}", self.origin.word()));
        }
        parameters
    }

    /// Returns the parameters that the publisher has to know of and that differ from another form.
    fn shared_parameters(&self, from: &Self) -> Vec<String> {
        let flags = [
            ("two_phase", self.two_phase, from.two_phase),
            ("failover", self.failover, from.failover),
        ];
        flags
            .into_iter()
            .filter(|(_, next, old)| next != old)
            .map(|(name, next, _)| format!("{name} = {next}"))
            .collect()
    }

    fn with_connection(sql: String, at: &At<'_>) -> Statement {
        let mut statement = Statement::new(sql);
        statement.secrets.push(SecretUse {
            marker: CONNECTION.to_owned(),
            address: at.address.clone(),
            attribute: "connection".to_owned(),
        });
        statement
    }

    fn create_statement(&self, at: &At<'_>) -> Statement {
        let fresh = Self::default();
        let mut options = Vec::new();
        if self.connect {
            if !self.copy_data {
                options.push("copy_data = false".to_owned());
            }
            if !self.create_slot || !self.has_slot() {
                options.push("create_slot = false".to_owned());
            }
            if !self.begins_enabled() {
                options.push("enabled = false".to_owned());
            }
        } else {
            options.push("connect = false".to_owned());
        }
        options.extend(self.slot());
        options.extend(self.parameters(&fresh, at.platform.version));
        options.extend(self.shared_parameters(&fresh));
        let mut sql = format!(
            "create subscription {} connection {CONNECTION} publication {}",
            ident(at.address.name()),
            self.list()
        );
        if !options.is_empty() {
            sql.push_str(&format!(" with ({})", options.join(", ")));
        }
        let statement = Self::with_connection(sql, at);
        if self.connect && self.create_slot && self.has_slot() {
            statement.alone(at.address)
        } else {
            statement
        }
    }

    fn version_problems(&self, version: u32) -> Vec<Problem> {
        let needs = [
            ("two_phase", 150_000, self.two_phase),
            ("disable_on_error", 150_000, self.disable_on_error),
            ("password_required", 160_000, !self.password_required),
            ("run_as_owner", 160_000, self.run_as_owner),
            ("origin", 160_000, !self.origin.is_default()),
            (
                "streaming",
                160_000,
                self.streaming == Some(Streaming::Parallel),
            ),
            ("failover", 170_000, self.failover),
        ];
        needs
            .into_iter()
            .filter(|(_, needs, said)| *said && version < *needs)
            .map(|(name, needs, _)| {
                Problem::new(
                    [name],
                    "the server is too old for this",
                    format!(
                        "`{name}` of a subscription needs PostgreSQL {}",
                        needs / 10_000
                    ),
                )
            })
            .collect()
    }
}

impl Kind for Subscription {
    const NAME: &'static str = "subscription";
    const WITHIN: Option<Within> = Some(IN_DATABASE);

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut seen = BTreeSet::new();
        self.publications.retain(|name| seen.insert(name.clone()));
        let version = at.platform.version;
        let mut problems = self.version_problems(version);
        self.streaming = self
            .streaming
            .filter(|streaming| *streaming != Streaming::usual(version));
        self.synchronous_commit = self
            .synchronous_commit
            .take()
            .map(|commit| commit.to_lowercase())
            .filter(|commit| commit != "off");
        if self.publications.is_empty() {
            problems.push(Problem::new(
                ["publications"],
                "unclear subscription",
                "`publications` must name what it follows",
            ));
        }
        if !self.has_slot() {
            if self.enabled == Some(true) {
                problems.push(Problem::new(
                    ["enabled"],
                    "unclear subscription",
                    "a subscription without a slot cannot follow",
                ));
            }
            self.enabled = Some(false);
        }
        problems
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        let is_open = self.enabled.is_none() && !self.connect;
        if is_open || (self.enabled == Some(true) && live.enabled.is_none()) {
            self.enabled = live.enabled;
        }
        // Their order means nothing.
        let (mine, theirs): (BTreeSet<_>, BTreeSet<_>) = (
            self.publications.iter().collect(),
            live.publications.iter().collect(),
        );
        if mine == theirs {
            self.publications.clone_from(&live.publications);
        }
        // Only the publisher knows how it began.
        self.connect = live.connect;
        self.copy_data = live.copy_data;
        self.create_slot = live.create_slot;
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        if self.slot_name.is_none() || self.slot_name.as_deref() == Some(with.address.name()) {
            let is_usual = live.slot_name.is_none();
            if is_usual || self.slot_name.is_none() {
                self.slot_name.clone_from(&live.slot_name);
            }
        }
        if self.connection.is_none() {
            self.connection.clone_from(&live.connection);
        }
        if with.standing.declared_unchanged && !with.facts.notes.contains_key(SEEN) {
            self.connection.clone_from(&live.connection);
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("subscription", at.address);
        let mut statements = vec![self.create_statement(at)];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        if !self.connect && self.begins_enabled() {
            statements.push(handle.alter("enable"));
        }
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let version = at.platform.version;
        if !next.succeeds(self, version) {
            return Alter::replace("before PostgreSQL 18, `two_phase` of a subscription is fixed");
        }
        let handle = Handle::new("subscription", at.address);
        // A live one that is enabled says nothing of it.
        let (was, is) = (self.enabled != Some(false), next.enabled != Some(false));
        let shared = next.shared_parameters(self);
        let slot = next
            .slot()
            .filter(|_| next.slot_name != self.slot_name)
            .or_else(|| {
                // Called like the subscription again.
                let usual = format!("slot_name = {}", literal(at.address.name()));
                (next.slot_name != self.slot_name).then_some(usual)
            });
        let pauses = was && (slot.is_some() || !shared.is_empty());
        let mut statements = Vec::new();
        if was && (!is || pauses) {
            statements.push(handle.alter("disable"));
        }
        if let Some(slot) = slot {
            statements.push(handle.alter(&format!("set ({slot})")));
        }
        let moves = next.connection.is_some() && next.connection != self.connection;
        if moves {
            let sql = format!("alter subscription {} connection {CONNECTION}", handle.name);
            statements.push(Self::with_connection(sql, at));
        }
        let parameters = next.parameters(self, version);
        if !parameters.is_empty() {
            statements.push(handle.alter(&format!("set ({})", parameters.join(", "))));
        }
        // The slot is altered on the publisher, which no transaction here can take back.
        for parameter in shared {
            let statement = handle.alter(&format!("set ({parameter})"));
            statements.push(if next.has_slot() {
                statement.alone(at.address)
            } else {
                statement
            });
        }
        if is && (!was || pauses) {
            statements.push(handle.alter("enable"));
        }
        if next.publications != self.publications {
            let set = format!("set publication {}", next.list());
            // The publisher is asked which tables there are, unless it is not followed anyway.
            statements.push(if is {
                handle.alter(&set).alone(at.address)
            } else {
                handle.alter(&format!("{set} with (refresh = false)"))
            });
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        let drop = Handle::new("subscription", at.address).drop();
        if !self.has_slot() {
            return vec![drop];
        }
        let what = format!(
            "how far subscription {} is in the changes of its publisher",
            at.address.qualified_name()
        );
        let drop = drop.hazard(Hazard::DeletesData { what, rows: None });
        vec![drop.alone(at.address)]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("subscription", at.address).renamed(at.address, to)
    }
}
