//! Collations: orders of texts.
//!
//! Nothing of one can be altered but its name, schema and owner. The version that the library had when
//! it was made is the server's business.
//!
//! Source: PostgreSQL manual, CREATE COLLATION, ALTER COLLATION; `pg_collation`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::{Handle, dress, redress};
use super::routine::is_default;
use crate::text::quote::literal;

/// Who compares texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CollationProvider {
    /// The C library of the operating system.
    #[default]
    Libc,
    /// The library ICU.
    Icu,
    /// PostgreSQL itself. PostgreSQL 17.
    Builtin,
}

impl CollationProvider {
    fn word(self) -> &'static str {
        match self {
            Self::Libc => "libc",
            Self::Icu => "icu",
            Self::Builtin => "builtin",
        }
    }

    /// Reads `pg_collation.collprovider`; `None` for the collation called `default`.
    pub(crate) fn of(code: &str) -> Option<Self> {
        match code {
            "c" => Some(Self::Libc),
            "i" => Some(Self::Icu),
            "b" => Some(Self::Builtin),
            _ => None,
        }
    }
}

fn is_true(value: &bool) -> bool {
    *value
}

fn yes() -> bool {
    true
}

/// A collation: an order of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Collation {
    /// Who compares texts. `libc` by default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub locale_provider: CollationProvider,
    /// The locale: `en_US.utf8`, `de-u-co-phonebk`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The locale by which texts are sorted, where that for letters is another: `libc` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lc_collate: Option<String>,
    /// The locale that says what a letter is: `libc` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lc_ctype: Option<String>,
    /// Whether only texts of the same bytes are equal. `true` by default.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    #[schemars(with = "Option<bool>")]
    pub deterministic: bool,
    /// Rules beside those of the locale: `icu` only. PostgreSQL 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Collation {
    fn problems(&self, version: u32) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut unclear = |path: Option<&'static str>, text: &str| {
            problems.push(Problem::new(path, "unclear collation", text));
        };
        let is_libc = self.locale_provider == CollationProvider::Libc;
        let is_icu = self.locale_provider == CollationProvider::Icu;
        let halves = (self.lc_collate.is_some(), self.lc_ctype.is_some());
        let half = if halves.0 { "lc_collate" } else { "lc_ctype" };
        match halves {
            (false, false) if self.locale.is_none() => unclear(None, "`locale` is missing"),
            (false, false) => {}
            _ if !is_libc => unclear(Some(half), "this is for `libc`: say `locale`"),
            (true, true) if self.locale.is_some() => {
                unclear(
                    Some(half),
                    "this must have either `locale` or the two `lc_` ones",
                );
            }
            (true, true) => {}
            _ => unclear(
                Some(half),
                "`lc_collate` and `lc_ctype` must be given together",
            ),
        }
        if !self.deterministic && !is_icu {
            unclear(
                Some("deterministic"),
                "only `icu` knows texts that are equal and differ",
            );
        }
        if self.rules.is_some() && !is_icu {
            unclear(Some("rules"), "only `icu` knows rules");
        }
        let mut newer = |path: &'static str, text: &str| {
            problems.push(Problem::new([path], "the server is too old for this", text));
        };
        if self.rules.is_some() && version < 160_000 {
            newer("rules", "rules need PostgreSQL 16");
        }
        if self.locale_provider == CollationProvider::Builtin && version < 170_000 {
            newer("locale_provider", "built-in collations need PostgreSQL 17");
        }
        problems
    }

    fn define(&self, name: &str) -> Statement {
        let text = |name: &str, text: &Option<String>| {
            text.as_ref()
                .map(|text| format!("{name} = {}", literal(text)))
        };
        let options = [
            Some(format!("provider = {}", self.locale_provider.word())),
            text("locale", &self.locale),
            text("lc_collate", &self.lc_collate),
            text("lc_ctype", &self.lc_ctype),
            (!self.deterministic).then(|| "deterministic = false".to_owned()),
            text("rules", &self.rules),
        ];
        let options: Vec<_> = options.into_iter().flatten().collect();
        Statement::new(format!("create collation {name} ({})", options.join(", ")))
    }
}

impl Kind for Collation {
    const NAME: &'static str = "collation";
    const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;
    const MAKES_ROOM: bool = true;

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let problems = self.problems(at.platform.version);
        if problems.is_empty() && self.lc_collate == self.lc_ctype && self.lc_collate.is_some() {
            self.locale = self.lc_collate.take();
            self.lc_ctype = None;
        }
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("collation", at.address);
        let mut statements = vec![self.define(&handle.name)];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let definition = |one: &Self| Self {
            owner: None,
            comment: None,
            ..one.clone()
        };
        if definition(self) != definition(next) {
            return Alter::replace("the definition of a collation cannot be altered");
        }
        Alter::in_place(redress(
            &Handle::new("collation", at.address),
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ))
    }

    fn aside(&self, next: Option<&Self>, is_on_aside: bool, at: &At<'_>) -> Option<Address> {
        let alter = next.map(|next| self.alter(next, at));
        super::types::room(alter.as_ref(), is_on_aside, at)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("collation", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("collation", at.address).relocate(at.address, to)
    }
}
