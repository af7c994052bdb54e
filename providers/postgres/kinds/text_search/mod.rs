//! Text search: how texts are cut into words, and words into what is searched for.
//!
//! Source: PostgreSQL manual, "Full Text Search" (12), CREATE TEXT SEARCH CONFIGURATION, DICTIONARY,
//! PARSER, TEMPLATE; `pg_ts_config`, `pg_ts_config_map`, `pg_ts_dict`, `pg_ts_parser`, `pg_ts_template`.

pub mod configuration;
pub mod dictionary;
pub mod machinery;
