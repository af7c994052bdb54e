//! What `moved` blocks say of parts that cannot get other names.

use model::{Code, Diagnostic, Moved};

use crate::ground::Grounds;

/// The code of it.
pub(crate) const CODES: &[Code] = &[Code {
    name: "plan::vain_move",
    explanation: "A `moved` block is about a part of an object that gets no other name by itself, such as a check of a \
        table, or about two parts of different sorts. What is called otherwise in the block of the object is dropped \
        under its former name and made under the next one.",
}];

/// Finds `moved` blocks that would do nothing: what they are about has no address of its own, and its platform gives
/// it no other name either.
#[must_use]
pub fn vain_moves(moved: &[Moved], grounds: &Grounds<'_>) -> Vec<Diagnostic> {
    let vain = moved.iter().filter_map(|moved| {
        let (kind, _) = moved.from.block.as_ref()?;
        let (part, _) = moved.from.part.as_ref()?;
        let (next, _) = moved.to.part.as_ref()?;
        let (_, ground, rules) = grounds.default_for(kind)?;
        let is_object = |part: &str| {
            grounds.kinds().any(|kind| kind == part)
                || rules.nested().iter().any(|nested| nested.block == part)
        };
        let parts = ground.provider.renamed_parts(kind);
        if part == next && (is_object(part) || parts.contains(&part.as_str())) {
            return None;
        }
        let help = match parts.as_slice() {
            [] => format!("Parts of a `{kind}` keep their names, or are made anew."),
            parts => format!(
                "Of a `{kind}`, what gets another name is: `{}`.",
                parts.join("`, `")
            ),
        };
        Some(
            Diagnostic::error("plan::vain_move", "nothing that gets another name")
                .at(
                    moved.span,
                    format!("a `{part}` of a `{kind}` does not become a `{next}` by this"),
                )
                .help(help),
        )
    });
    vain.collect()
}
