//! What a statement endangers, in data and in words.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Address, duration};

/// One danger of one statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Hazard {
    /// Rows or values that nothing else holds are gone afterwards.
    DeletesData {
        /// What is lost, as people call it.
        what: String,
        /// Estimated number of rows; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
    },
    /// Nobody can read it until the transaction ends.
    BlocksReads {
        /// The locked object.
        on: Address,
        /// Estimated number of rows; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
    },
    /// Nobody can write to it until the transaction ends.
    BlocksWrites {
        /// The locked object.
        on: Address,
        /// Estimated number of rows; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
    },
    /// Every row is written anew.
    RewritesTable {
        /// The table.
        on: Address,
        /// Estimated number of rows; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
    },
    /// Every row is read to prove something.
    ScansTable {
        /// The table.
        on: Address,
        /// Estimated number of rows; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
    },
    /// Somebody can do less afterwards.
    TakesAccess {
        /// Who loses what.
        what: String,
    },
    /// Somebody outside can do more afterwards.
    GivesPublicAccess {
        /// What everybody may do.
        what: String,
    },
    /// Something that runs by itself does not for a while.
    Suspends {
        /// What does not run.
        on: Address,
        /// What happens meanwhile, in words: `view shop.totals changes`.
        meanwhile: String,
        /// How long a run in progress is waited for, in milliseconds; absent where nothing runs by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_ms: Option<u64>,
    },
    /// It cannot be part of a transaction, so a failure later on does not take it back.
    OutsideTransaction {
        /// What is made, changed or dropped.
        on: Address,
    },
}

fn thing(address: &Address) -> String {
    format!(
        "{} {}",
        address.kind().replace('_', " "),
        address.qualified_name()
    )
}

fn about(rows: Option<u64>) -> String {
    match rows {
        None => String::new(),
        Some(1) => " (1 row)".to_owned(),
        Some(rows) if rows < 1_000 => format!(" ({rows} rows)"),
        Some(rows) if rows < 1_000_000 => format!(" (about {} thousand rows)", rows / 1_000),
        #[expect(clippy::cast_precision_loss, reason = "words for people, one decimal")]
        Some(rows) => format!(" (about {:.1} million rows)", rows as f64 / 1e6),
    }
}

impl Hazard {
    /// Nobody can read `on` for a while.
    #[must_use]
    pub fn blocks_reads(on: &Address) -> Self {
        let (on, rows) = (on.clone(), None);
        Self::BlocksReads { on, rows }
    }

    /// Nobody can write to `on` for a while.
    #[must_use]
    pub fn blocks_writes(on: &Address) -> Self {
        let (on, rows) = (on.clone(), None);
        Self::BlocksWrites { on, rows }
    }

    /// Every row of `on` is written anew.
    #[must_use]
    pub fn rewrites(on: &Address) -> Self {
        let (on, rows) = (on.clone(), None);
        Self::RewritesTable { on, rows }
    }

    /// Every row of `on` is read.
    #[must_use]
    pub fn scans(on: &Address) -> Self {
        let (on, rows) = (on.clone(), None);
        Self::ScansTable { on, rows }
    }

    /// Returns the object that is not at hand for a while, and its size, which the planner knows.
    pub fn busy(&mut self) -> Option<(&Address, &mut Option<u64>)> {
        match self {
            Self::BlocksReads { on, rows }
            | Self::BlocksWrites { on, rows }
            | Self::RewritesTable { on, rows }
            | Self::ScansTable { on, rows } => Some((on, rows)),
            Self::DeletesData { .. }
            | Self::TakesAccess { .. }
            | Self::GivesPublicAccess { .. }
            | Self::Suspends { .. }
            | Self::OutsideTransaction { .. } => None,
        }
    }

    /// Returns the object that is not at hand for a while.
    #[must_use]
    pub fn busy_on(&self) -> Option<&Address> {
        match self {
            Self::BlocksReads { on, .. }
            | Self::BlocksWrites { on, .. }
            | Self::RewritesTable { on, .. }
            | Self::ScansTable { on, .. } => Some(on),
            Self::DeletesData { .. }
            | Self::TakesAccess { .. }
            | Self::GivesPublicAccess { .. }
            | Self::Suspends { .. }
            | Self::OutsideTransaction { .. } => None,
        }
    }

    /// Says the danger in words, without a period.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::DeletesData { what, rows } => format!("deletes {what}{}", about(*rows)),
            Self::BlocksReads { on, rows } => {
                format!(
                    "locks {} against reads and writes until it commits{}",
                    thing(on),
                    about(*rows)
                )
            }
            Self::BlocksWrites { on, rows } => {
                format!(
                    "locks {} against writes until it commits{}",
                    thing(on),
                    about(*rows)
                )
            }
            Self::RewritesTable { on, rows } => {
                format!("rewrites every row of {}{}", thing(on), about(*rows))
            }
            Self::ScansTable { on, rows } => {
                format!("reads every row of {}{}", thing(on), about(*rows))
            }
            Self::TakesAccess { what } => format!("takes away {what}"),
            Self::GivesPublicAccess { what } => format!("lets everybody {what}"),
            Self::Suspends {
                on,
                meanwhile,
                timeout_ms,
            } => {
                let waits = timeout_ms.map_or_else(String::new, |timeout| {
                    let timeout = duration::words(Duration::from_millis(timeout));
                    format!(", and waits up to {timeout} for a run in progress")
                });
                format!("suspends {} while {meanwhile}{waits}", thing(on))
            }
            Self::OutsideTransaction { on } => {
                format!(
                    "works on {} outside a transaction, so that a failure later on does not take it back",
                    thing(on)
                )
            }
        }
    }

    /// Reports whether something is lost that cannot be made again.
    #[must_use]
    pub fn loses_data(&self) -> bool {
        matches!(self, Self::DeletesData { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_taken_back_is_named() {
        let on = Address::new("postgres", "database", ["YOUTUBE_DEV"]);
        assert_eq!(
            Hazard::OutsideTransaction { on }.words(),
            "works on database YOUTUBE_DEV outside a transaction, so that a failure later on does not \
             take it back"
        );
    }

    #[test]
    fn sizes_are_said_as_people_say_them() {
        let locks = |rows| {
            Hazard::BlocksWrites {
                on: Address::new("postgres", "table", ["shop", "orders"]),
                rows,
            }
            .words()
        };
        assert_eq!(
            locks(None),
            "locks table shop.orders against writes until it commits"
        );
        assert_eq!(
            locks(Some(1_234_567)),
            "locks table shop.orders against writes until it commits (about 1.2 million rows)"
        );
    }
}
