//! Databases: encoding and locale, settings, privileges.
//!
//! Source: PostgreSQL manual, CREATE DATABASE, ALTER DATABASE; `pg_database`.

use std::collections::BTreeMap;

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::{self, Handle};
use super::{GrantsMode, settings};
use crate::acl::{Class, Privilege};
use crate::text::quote::{ident, literal};

/// A database of the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// The database it is copied from when it is made; `template0` when encoding or locale differ
    /// from the server's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Its character set, such as `UTF8`; that of the template when absent. Fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Sort order and character classes at once, such as `C.UTF-8`. Fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Sort order (`LC_COLLATE`). Fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lc_collate: Option<String>,
    /// Character classes (`LC_CTYPE`). Fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lc_ctype: Option<String>,
    /// Who provides the default collation: `libc`, `icu` (PostgreSQL 15), `builtin` (17). Fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale_provider: Option<String>,
    /// The locale of that provider, for `icu` and `builtin`. Fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_locale: Option<String>,
    /// Its tablespace; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// How many connections it may have at once; -1 for no limit.
    #[serde(skip_serializing_if = "is_unlimited")]
    pub connection_limit: i64,
    /// Whether anybody may connect.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub allow_connections: bool,
    /// Whether everybody who may make databases may copy it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_template: bool,
    /// Configuration for sessions in it, by parameter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub privileges: Vec<Privilege>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_unlimited(limit: &i64) -> bool {
    *limit == -1
}

impl Default for Database {
    fn default() -> Self {
        Self {
            owner: None,
            template: None,
            encoding: None,
            locale: None,
            lc_collate: None,
            lc_ctype: None,
            locale_provider: None,
            provider_locale: None,
            tablespace: None,
            connection_limit: -1,
            allow_connections: true,
            is_template: false,
            settings: BTreeMap::new(),
            comment: None,
            grants: None,
            privileges: Vec::new(),
        }
    }
}

impl Database {
    /// Returns what can only be said when the database is made.
    fn fixed(&self) -> [(&'static str, &Option<String>); 5] {
        [
            ("encoding", &self.encoding),
            ("lc_collate", &self.lc_collate),
            ("lc_ctype", &self.lc_ctype),
            ("locale_provider", &self.locale_provider),
            ("provider_locale", &self.provider_locale),
        ]
    }

    fn create_statement(&self, at: &At<'_>) -> Statement {
        let mut sql = format!("create database {}", ident(at.address.name()));
        let has_fixed = self.fixed().iter().any(|(_, value)| value.is_some());
        let template = self
            .template
            .as_deref()
            .or(has_fixed.then_some("template0"));
        let provider = self.locale_provider.as_deref();
        let provider_locale = match provider {
            Some("builtin") => "builtin_locale",
            _ => "icu_locale",
        };
        let options = [
            ("template", template.map(ident)),
            ("encoding", self.encoding.as_deref().map(literal)),
            ("locale_provider", provider.map(ident)),
            (
                provider_locale,
                self.provider_locale.as_deref().map(literal),
            ),
            ("lc_collate", self.lc_collate.as_deref().map(literal)),
            ("lc_ctype", self.lc_ctype.as_deref().map(literal)),
            ("tablespace", self.tablespace.as_deref().map(ident)),
        ];
        for (name, value) in options {
            if let Some(value) = value {
                sql.push_str(&format!(" {name} {value}"));
            }
        }
        Statement::new(sql).alone(at.address)
    }

    /// Returns the options that can be changed and differ from another form.
    fn options(&self, from: &Self) -> Vec<String> {
        let mut options = Vec::new();
        if self.is_template != from.is_template {
            options.push(format!("is_template {}", self.is_template));
        }
        if self.allow_connections != from.allow_connections {
            options.push(format!("allow_connections {}", self.allow_connections));
        }
        if self.connection_limit != from.connection_limit {
            options.push(format!("connection limit {}", self.connection_limit));
        }
        options
    }
}

impl Kind for Database {
    const NAME: &'static str = "database";

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(locale) = self.locale.take() {
            if self.lc_collate.is_some() || self.lc_ctype.is_some() {
                problems.push(Problem::new(
                    ["locale"],
                    "locale is said twice",
                    "`locale` sets `lc_collate` and `lc_ctype`; leave one or the other out",
                ));
            }
            self.lc_collate = Some(locale.clone());
            self.lc_ctype = Some(locale);
        }
        if let Some(encoding) = &mut self.encoding {
            let plain: String = encoding.to_uppercase().replace(['-', '_'], "");
            // pg_encoding_to_char() gives these spellings.
            *encoding = match plain.as_str() {
                "UTF8" | "UNICODE" => "UTF8".to_owned(),
                "SQLASCII" => "SQL_ASCII".to_owned(),
                _ => encoding.to_uppercase(),
            };
        }
        if at.platform.version < 150_000
            && self
                .locale_provider
                .as_deref()
                .is_some_and(|provider| provider != "libc")
        {
            problems.push(Problem::new(
                ["locale_provider"],
                "the server is too old for this",
                "locale providers of databases need PostgreSQL 15",
            ));
        }
        settings::normalize(&mut self.settings);
        problems
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        self.template = None;
        for (mine, theirs) in [
            (&mut self.encoding, &live.encoding),
            (&mut self.lc_collate, &live.lc_collate),
            (&mut self.lc_ctype, &live.lc_ctype),
            (&mut self.locale_provider, &live.locale_provider),
            (&mut self.provider_locale, &live.provider_locale),
            (&mut self.tablespace, &live.tablespace),
        ] {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        }
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        attached::settle_grants(
            Class::Database,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        attached::give_back(
            Class::Database,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("database", at.address);
        let mut statements = vec![self.create_statement(at)];
        let options = self.options(&Self::default());
        if !options.is_empty() {
            statements.push(handle.alter(&format!("with {}", options.join(" "))));
        }
        statements.extend(self.owner.as_ref().map(|owner| handle.owner(owner)));
        let alter = format!("alter database {}", handle.name);
        statements.extend(settings::change(&alter, &BTreeMap::new(), &self.settings));
        if self.comment.is_some() {
            statements.push(handle.comment(self.comment.as_deref()));
        }
        statements.extend(attached::grant_new(
            Class::Database,
            self.owner.as_ref(),
            &self.privileges,
            at,
        ));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let changed: Vec<_> = self
            .fixed()
            .into_iter()
            .zip(next.fixed())
            .filter(|((_, old), (_, new))| old != new)
            .map(|((name, old), (_, new))| {
                let words =
                    |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
                format!(
                    "`{name}` cannot be altered ({} to {})",
                    words(old),
                    words(new)
                )
            })
            .collect();
        if !changed.is_empty() {
            return Alter::Replace(changed);
        }
        let handle = Handle::new("database", at.address);
        let mut statements = Vec::new();
        let options = next.options(self);
        if !options.is_empty() {
            statements.push(handle.alter(&format!("with {}", options.join(" "))));
        }
        if let Some(tablespace) = next
            .tablespace
            .as_ref()
            .filter(|_| next.tablespace != self.tablespace)
        {
            statements.push(
                handle
                    .alter(&format!("set tablespace {}", ident(tablespace)))
                    .alone(at.address),
            );
        }
        if let Some(owner) = next.owner.as_ref().filter(|_| next.owner != self.owner) {
            statements.push(handle.owner(owner));
        }
        let alter = format!("alter database {}", handle.name);
        statements.extend(settings::change(&alter, &self.settings, &next.settings));
        if next.comment != self.comment {
            statements.push(handle.comment(next.comment.as_deref()));
        }
        statements.extend(attached::regrant(
            Class::Database,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        // What lies in it is dropped object by object before, with the hazards of each.
        let handle = Handle::new("database", at.address);
        let template = self.is_template.then(|| handle.alter("is_template false"));
        let drop = handle.drop().alone(at.address);
        template.into_iter().chain([drop]).collect()
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Some(vec![Handle::new("database", at.address).rename(to.name())])
    }
}
