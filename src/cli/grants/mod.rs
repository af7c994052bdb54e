//! Who can do what: where it is read, and how it is said.
//!
//! What follows from what, and what differs, is decided by the crate `access`; here are sources and formats.

pub mod accepts;
pub mod html;
pub mod members;
pub mod report;
pub mod rows;
pub mod source;
pub mod table;
pub mod text;

use access::{Accepted, Comparison, Group};

use source::Side;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question<'a> {
    /// Everything, of everybody.
    All,
    /// What a role can do.
    Role(&'a str),
    /// Who can do something with an object.
    Object(&'a str),
    /// How two sides differ.
    Difference,
}

/// An answer, before it is said.
pub struct Answer<'a> {
    /// What was asked.
    pub question: Question<'a>,
    /// Whether what is stored is told, and not what follows from it.
    pub direct: bool,
    /// Where it was read: one side or two.
    pub sides: Vec<&'a Side>,
    /// What was found.
    pub comparison: Comparison<'a>,
    /// The same, folded.
    pub groups: Vec<Group>,
    /// Differences that somebody accepted, and what became of it.
    pub accepts: Vec<(access::Accept, Accepted)>,
    /// When it was asked, in RFC 3339.
    pub asked_at: String,
}

impl Answer<'_> {
    /// Reports whether two sides are compared.
    #[must_use]
    pub fn is_difference(&self) -> bool {
        self.question == Question::Difference
    }

    /// Says what is called otherwise on the other side.
    #[must_use]
    pub fn other_names(&self) -> Vec<String> {
        let names = self.comparison.other_names.iter();
        names
            .map(|(kind, a, b)| format!("{kind} {a} = {b}"))
            .collect()
    }

    /// Says what the answer is about.
    #[must_use]
    pub fn title(&self) -> String {
        let label = |at: usize| self.sides.get(at).map_or("", |side| side.label.as_str());
        let of = match self.direct {
            true => "Stored grants",
            false => "Effective access",
        };
        match self.question {
            Question::All => format!("{of} of every role in {}", label(0)),
            Question::Role(role) => format!("{of} of {role} in {}", label(0)),
            Question::Object(object) => format!("{of} to {object} in {}", label(0)),
            Question::Difference => format!("{of} in {} against {}", label(0), label(1)),
        }
    }

    /// Returns what the logins could not see, with the side where there are two.
    #[must_use]
    pub fn unseen(&self) -> Vec<String> {
        let several = self.sides.len() > 1;
        let mut all = Vec::new();
        for side in &self.sides {
            for what in &side.access.population().unseen {
                all.push(match several {
                    true => format!("{}: {what}", side.label),
                    false => what.clone(),
                });
            }
        }
        all
    }

    /// Says how many differences there are.
    #[must_use]
    pub fn summary(&self) -> String {
        use access::Status;
        let count = |status: Status| {
            let rows = self.comparison.rows.iter();
            rows.filter(|row| row.status == status && row.accepted.is_none())
                .count()
        };
        let label = |at: usize| self.sides.get(at).map_or("", |side| side.label.as_str());
        let counted = access::counted;
        let accepted = self
            .comparison
            .rows
            .iter()
            .filter(|row| row.accepted.is_some());
        let mut text = match self.comparison.differences() {
            0 => "No differences".to_owned(),
            1 => "1 difference".to_owned(),
            number => format!("{} differences", counted(number)),
        };
        if self.comparison.differences() > 0 {
            text = format!(
                "{text}: {} only in {}, {} only in {}, {} not alike",
                counted(count(Status::OnlyA)),
                label(0),
                counted(count(Status::OnlyB)),
                label(1),
                counted(count(Status::Differs)),
            );
        }
        text = format!("{text}; {} the same", counted(self.comparison.same));
        match accepted.count() {
            0 => text,
            number => format!("{text}, {} accepted", counted(number)),
        }
    }
}
