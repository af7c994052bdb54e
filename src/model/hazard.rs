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
        /// Estimated size in bytes; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// Nobody can write to it until the transaction ends.
    BlocksWrites {
        /// The locked object.
        on: Address,
        /// Estimated number of rows; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
        /// Estimated size in bytes; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// Every row is written anew.
    RewritesTable {
        /// The table.
        on: Address,
        /// Estimated number of rows; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
        /// Estimated size in bytes; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// Every row is read to prove something.
    ScansTable {
        /// The table.
        on: Address,
        /// Estimated number of rows; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
        /// Estimated size in bytes; absent where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
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

/// Names something for people.
pub(crate) fn thing(address: &Address) -> String {
    format!(
        "{} {}",
        address.kind().replace('_', " "),
        address.qualified_name()
    )
}

/// Says in parentheses what lock it is and how much it is about, as far as that is known. Small sizes are not worth
/// a word.
fn about(mode: Option<&str>, rows: Option<u64>, bytes: Option<u64>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "words for people, one decimal")]
    let in_units = |number: u64, unit: f64| number as f64 / unit;
    let rows = rows.map(|rows| match rows {
        1 => "1 row".to_owned(),
        rows if rows < 1_000 => format!("{rows} rows"),
        rows if rows < 1_000_000 => format!("about {} thousand rows", rows / 1_000),
        rows => format!("about {:.1} million rows", in_units(rows, 1e6)),
    });
    let bytes = bytes
        .filter(|bytes| *bytes >= 1 << 20)
        .map(|bytes| match bytes {
            bytes if bytes < 1 << 30 => format!("{} MB", bytes >> 20),
            bytes => format!("{:.1} GB", in_units(bytes, (1_u64 << 30) as f64)),
        });
    let parts: Vec<_> = mode
        .map(str::to_owned)
        .into_iter()
        .chain(rows)
        .chain(bytes)
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!(" ({})", parts.join(", ")),
    }
}

impl Hazard {
    /// Nobody can read `on` for a while.
    #[must_use]
    pub fn blocks_reads(on: &Address) -> Self {
        let (on, rows, bytes) = (on.clone(), None, None);
        Self::BlocksReads { on, rows, bytes }
    }

    /// Nobody can write to `on` for a while.
    #[must_use]
    pub fn blocks_writes(on: &Address) -> Self {
        let (on, rows, bytes) = (on.clone(), None, None);
        Self::BlocksWrites { on, rows, bytes }
    }

    /// Every row of `on` is written anew.
    #[must_use]
    pub fn rewrites(on: &Address) -> Self {
        let (on, rows, bytes) = (on.clone(), None, None);
        Self::RewritesTable { on, rows, bytes }
    }

    /// Every row of `on` is read.
    #[must_use]
    pub fn scans(on: &Address) -> Self {
        let (on, rows, bytes) = (on.clone(), None, None);
        Self::ScansTable { on, rows, bytes }
    }

    /// Returns the object that is not at hand for a while, and its rows and bytes, which the planner knows.
    pub fn busy(&mut self) -> Option<(&Address, [&mut Option<u64>; 2])> {
        match self {
            Self::BlocksReads { on, rows, bytes }
            | Self::BlocksWrites { on, rows, bytes }
            | Self::RewritesTable { on, rows, bytes }
            | Self::ScansTable { on, rows, bytes } => Some((on, [rows, bytes])),
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

    /// Says the danger in words, without a period. `mode` is the lock behind it, where that is known.
    #[must_use]
    pub fn words(&self, mode: Option<&str>) -> String {
        match self {
            Self::DeletesData { what, rows } => {
                format!("deletes {what}{}", about(None, *rows, None))
            }
            Self::BlocksReads { on, rows, bytes } => format!(
                "locks {} against reads and writes until it commits{}",
                thing(on),
                about(mode, *rows, *bytes)
            ),
            Self::BlocksWrites { on, rows, bytes } => format!(
                "locks {} against writes until it commits{}",
                thing(on),
                about(mode, *rows, *bytes)
            ),
            Self::RewritesTable { on, rows, bytes } => format!(
                "rewrites every row of {}{}",
                thing(on),
                about(None, *rows, *bytes)
            ),
            Self::ScansTable { on, rows, bytes } => format!(
                "reads every row of {}{}",
                thing(on),
                about(None, *rows, *bytes)
            ),
            Self::TakesAccess { what } => format!("takes away {what}"),
            Self::GivesPublicAccess { what } => format!("lets everybody {what}"),
            Self::Suspends {
                on,
                meanwhile,
                timeout_ms,
            } => {
                let waits = timeout_ms.map_or_else(String::new, |timeout| {
                    let timeout = duration::write(Duration::from_millis(timeout));
                    format!(", and waits up to {timeout} for a run in progress")
                });
                format!("suspends {} while {meanwhile}{waits}", thing(on))
            }
            Self::OutsideTransaction { on } => format!(
                "works on {} outside a transaction, so that a failure later on does not take it back",
                thing(on)
            ),
        }
    }

    /// Reports whether something is lost that cannot be made again.
    #[must_use]
    pub fn loses_data(&self) -> bool {
        matches!(self, Self::DeletesData { .. })
    }

    /// Returns the word that policies know it by. What deletes nothing has none.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        Some(match self {
            Self::DeletesData { rows: Some(0), .. } => return None,
            Self::DeletesData { .. } => "data_loss",
            Self::BlocksReads { .. } => "blocks_reads",
            Self::BlocksWrites { .. } => "blocks_writes",
            Self::RewritesTable { .. } => "table_rewrite",
            Self::ScansTable { .. } => "table_scan",
            Self::TakesAccess { .. } => "access_loss",
            Self::GivesPublicAccess { .. } => "public_grant",
            Self::OutsideTransaction { .. } => "outside_transaction",
            Self::Suspends { .. } => "suspends",
        })
    }

    /// Returns the estimated numbers of rows and bytes concerned, as far as they are known.
    #[must_use]
    pub fn size(&self) -> [Option<u64>; 2] {
        match self {
            Self::DeletesData { rows, .. } => [*rows, None],
            Self::BlocksReads { rows, bytes, .. }
            | Self::BlocksWrites { rows, bytes, .. }
            | Self::RewritesTable { rows, bytes, .. }
            | Self::ScansTable { rows, bytes, .. } => [*rows, *bytes],
            Self::TakesAccess { .. }
            | Self::GivesPublicAccess { .. }
            | Self::Suspends { .. }
            | Self::OutsideTransaction { .. } => [None, None],
        }
    }
}

/// The words that policies know hazards by, with what they mean.
pub const WORDS: [(&str, &str); 9] = [
    ("data_loss", "rows or columns with data are deleted"),
    ("table_rewrite", "every row of a table is written anew"),
    ("table_scan", "every row of a table is read"),
    ("blocks_reads", "nobody can read something for a while"),
    ("blocks_writes", "nobody can write to something for a while"),
    ("suspends", "a task does not run for a while"),
    ("public_grant", "everybody can do more"),
    ("access_loss", "somebody can do less"),
    (
        "outside_transaction",
        "a failure later on does not take it back",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_taken_back_is_named() {
        let on = Address::new("postgres", "database", ["YOUTUBE_DEV"]);
        assert_eq!(
            Hazard::OutsideTransaction { on }.words(None),
            "works on database YOUTUBE_DEV outside a transaction, so that a failure later on does not \
             take it back"
        );
    }

    #[test]
    fn policies_know_every_hazard_and_what_deletes_nothing_is_none() {
        let on = Address::new("postgres", "table", ["shop", "orders"]);
        let what = String::new();
        let loses = |rows| Hazard::DeletesData {
            what: String::new(),
            rows,
        };
        let all = [
            loses(None),
            Hazard::rewrites(&on),
            Hazard::scans(&on),
            Hazard::blocks_reads(&on),
            Hazard::blocks_writes(&on),
            Hazard::Suspends {
                on: on.clone(),
                meanwhile: String::new(),
                timeout_ms: None,
            },
            Hazard::GivesPublicAccess { what: what.clone() },
            Hazard::TakesAccess { what },
            Hazard::OutsideTransaction { on },
        ];
        let words: Vec<_> = all.iter().filter_map(Hazard::word).collect();
        assert_eq!(words, WORDS.map(|(word, _)| word));
        assert_eq!(loses(Some(0)).word(), None);
    }

    #[test]
    fn sizes_are_said_as_people_say_them() {
        let locks = |mode, rows, bytes| {
            Hazard::BlocksWrites {
                on: Address::new("postgres", "table", ["shop", "orders"]),
                rows,
                bytes,
            }
            .words(mode)
        };
        let said = "locks table shop.orders against writes until it commits";
        assert_eq!(locks(None, None, Some(8192)), said);
        assert_eq!(
            locks(Some("SHARE"), Some(1_234_567), Some(400 << 20)),
            format!("{said} (SHARE, about 1.2 million rows, 400 MB)")
        );
        assert_eq!(
            locks(None, Some(1), Some(5 << 29)),
            format!("{said} (1 row, 2.5 GB)")
        );
    }
}
