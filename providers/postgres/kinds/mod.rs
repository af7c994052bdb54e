//! The kinds of PostgreSQL, in the order in which they are documented and, where nothing else
//! decides, made.

pub mod access_method;
pub mod aggregate;
pub(crate) mod attached;
pub mod cast;
pub mod collation;
pub(crate) mod companions;
pub mod conversion;
pub mod database;
pub mod database_settings;
pub mod default_privileges;
pub mod event_trigger;
pub mod extension;
pub mod foreign;
pub mod foreign_key;
pub mod given;
pub mod grant;
pub mod identity_sequence;
pub mod index;
pub mod language;
pub(crate) mod marks;
pub mod materialized_view;
pub mod operator;
mod options;
pub(crate) mod order;
pub mod policy;
pub(crate) mod references;
pub mod replication;
pub mod role;
pub mod routine;
pub mod rule;
pub mod schema;
pub mod security_label;
pub mod sequence;
mod settings;
pub mod statistics;
pub mod table;
pub mod tablespace;
pub mod task;
pub mod text_search;
pub mod transform;
pub mod trigger;
pub mod types;
pub mod view;

use provider::{Rules, Within, rules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use options::read as read_options;

/// Every kind. Bodies of functions are not read when they are made, but when they are called: by an
/// index or a materialized view that is made, which therefore come after all functions.
pub static KINDS: &[&dyn Rules] = &[
    &rules::<role::Role>(),
    &rules::<tablespace::Tablespace>(),
    &rules::<database::Database>(),
    &rules::<database_settings::DatabaseSettings>(),
    &rules::<schema::Schema>(),
    &rules::<extension::Extension>(),
    &rules::<default_privileges::DefaultPrivileges>(),
    &rules::<collation::Collation>(),
    &rules::<types::enumeration::Enum>(),
    &rules::<types::domain::Domain>(),
    &rules::<types::composite::CompositeType>(),
    &rules::<types::range::RangeType>(),
    &rules::<types::shell_type::ShellType>(),
    &rules::<types::base::BaseType>(),
    &rules::<operator::Operator>(),
    &rules::<operator::family::OperatorFamily>(),
    &rules::<operator::class::OperatorClass>(),
    &rules::<cast::Cast>(),
    &rules::<conversion::Conversion>(),
    &rules::<text_search::machinery::TextSearchParser>(),
    &rules::<text_search::machinery::TextSearchTemplate>(),
    &rules::<text_search::dictionary::TextSearchDictionary>(),
    &rules::<text_search::configuration::TextSearchConfiguration>(),
    &rules::<sequence::Sequence>(),
    &rules::<routine::Function>(),
    &rules::<routine::Procedure>(),
    &rules::<aggregate::Aggregate>(),
    &rules::<table::Table>(),
    &rules::<view::View>(),
    &rules::<materialized_view::MaterializedView>(),
    &rules::<index::Index>(),
    &rules::<foreign_key::ForeignKey>(),
    &rules::<trigger::Trigger>(),
    &rules::<policy::Policy>(),
    &rules::<rule::Rule>(),
    &rules::<statistics::Statistics>(),
    &rules::<event_trigger::EventTrigger>(),
    &rules::<language::Language>(),
    &rules::<transform::Transform>(),
    &rules::<access_method::AccessMethod>(),
    &rules::<foreign::wrapper::ForeignDataWrapper>(),
    &rules::<foreign::server::ForeignServer>(),
    &rules::<foreign::user_mapping::UserMapping>(),
    &rules::<foreign::table::ForeignTable>(),
    &rules::<replication::publication::Publication>(),
    &rules::<replication::subscription::Subscription>(),
    &rules::<security_label::SecurityLabel>(),
    &rules::<task::Task>(),
    &rules::<grant::Grant>(),
    &rules::<grant::Access>(),
    &rules::<given::Parameter>(),
    &rules::<given::GivenSchema>(),
    &rules::<given::LargeObject>(),
    &rules::<given::GivenType>(),
    &rules::<given::GivenSequence>(),
    &rules::<given::GivenTable>(),
    &rules::<given::GivenRoutine>(),
    &rules::<identity_sequence::IdentitySequence>(),
    &rules::<types::shell::Shell>(),
];

/// The namespace of everything that stands in `pg_class`.
pub(crate) const RELATION: &str = "relation";

/// What stands in a schema.
pub(crate) const IN_SCHEMA: Within = Within {
    attribute: "schema",
    kinds: &["schema"],
    required: true,
    kept: false,
};

/// What stands in a database and in no schema.
pub(crate) const IN_DATABASE: Within = Within {
    attribute: "database",
    kinds: &["database"],
    required: false,
    kept: false,
};

/// Whether grants are exactly what the files say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantsMode {
    /// What is granted and not declared is revoked.
    Exact,
    /// What is granted and was never declared stays.
    Additive,
}
