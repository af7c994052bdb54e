//! What the files say, without connecting to anything: declarations become what should be, or mistakes.

use std::collections::BTreeMap;

use model::{Address, Diagnostic, Fingerprint, Records, Selector};
use plan::Grounds;
use provider::{Capabilities, Desired};

use crate::failure::Failure;
use crate::project::Project;
use crate::survey::grounds;

/// Resolves declarations, and looks at what else the files say of them.
pub(crate) fn resolve(project: &Project, grounds: &Grounds<'_>) -> (Desired, Vec<Diagnostic>) {
    let config = &project.config;
    let (desired, mut diagnostics) = plan::resolve(&config.declarations, grounds);
    diagnostics.extend(plan::vain_moves(&config.moved, grounds));
    (desired, diagnostics)
}

/// Resolves declarations without connecting to anything.
///
/// # Errors
/// When they are wrong.
pub(crate) fn offline(project: &Project) -> Result<(Desired, Vec<Diagnostic>), Failure> {
    let platforms = platforms_offline(project);
    let grounds = grounds(&project.instances, &platforms);
    let (mut desired, mut diagnostics) = resolve(project, &grounds);
    if !diagnostics.iter().any(Diagnostic::is_error) {
        desired.additive_grants = is_additive(project);
        desired.owner.clone_from(&project.config.settings.owner);
        diagnostics.extend(plan::complete(
            &mut desired,
            &grounds,
            None,
            &Records::new(),
        ));
        diagnostics.extend(plan::cycles(&desired));
    }
    diagnostics.extend(accepted_roles(project));
    let warnings = sort_out(project, diagnostics)?;
    Ok((desired, warnings))
}

/// Finds what `accept` blocks take for a role and is declared as something else.
fn accepted_roles(project: &Project) -> Vec<Diagnostic> {
    let blocks = project.config.accepts.iter();
    let roles = blocks.flat_map(|block| block.roles.iter().map(move |role| (block, role)));
    let is_role = |selector: &Selector| {
        let block = selector.block.as_ref();
        block.is_some_and(|(kind, _)| kind == "role")
    };
    roles
        .filter(|(_, role)| !is_role(role))
        .map(|(block, other)| {
            Diagnostic::error("declaration::wrong_type", "wrong type")
                .at(
                    block.span,
                    format!("`role` names roles, and `{other}` is none"),
                )
                .help("Name objects with `on`, and roles that are not declared here by a text.")
        })
        .collect()
}

/// Mistakes that a block shows by itself: whatever else is wrong, they are real.
const OF_BLOCKS: [&str; 8] = [
    "declaration::duplicate_block",
    "declaration::missing_attribute",
    "declaration::unknown_attribute",
    "declaration::unknown_block",
    "declaration::unknown_choice",
    "declaration::wrong_label",
    "declaration::wrong_type",
    "plan::unknown_kind",
];

/// Finds the mistakes that blocks show by themselves, in a project of which not everything is known.
pub(crate) fn mistakes_of_blocks(project: &Project) -> Vec<Diagnostic> {
    let platforms = platforms_offline(project);
    let grounds = grounds(&project.instances, &platforms);
    let (_, mut diagnostics) = plan::resolve(&project.config.declarations, &grounds);
    diagnostics.retain(|one| OF_BLOCKS.contains(&one.code));
    diagnostics
}

fn platforms_offline(project: &Project) -> BTreeMap<String, Capabilities> {
    let keys = project.instances.keys();
    keys.map(|key| (key.clone(), Capabilities::offline()))
        .collect()
}

fn is_additive(project: &Project) -> bool {
    project.config.settings.grants == config::Grants::Additive
}

/// Returns the warnings, or fails with everything when there is an error.
pub(crate) fn sort_out(
    project: &Project,
    found: Vec<Diagnostic>,
) -> Result<Vec<Diagnostic>, Failure> {
    let mut diagnostics: Vec<_> = project.warnings.iter().cloned().chain(found).collect();
    model::diagnostic::sort(&mut diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Failure::Diagnostics {
            sources: project.sources.clone(),
            diagnostics,
        });
    }
    Ok(diagnostics)
}

/// What should be.
pub(crate) struct Resolved {
    /// The objects.
    pub(crate) desired: Desired,
    /// Warnings.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Fingerprints of what is declared, where they are known from elsewhere.
    pub(crate) declared: BTreeMap<Address, Fingerprint>,
}

/// Returns what was resolved, or what is wrong with it.
pub(crate) fn sound(
    project: &Project,
    (mut desired, diagnostics): (Desired, Vec<Diagnostic>),
) -> Result<Resolved, Failure> {
    desired.additive_grants = is_additive(project);
    desired.owner.clone_from(&project.config.settings.owner);
    if diagnostics.iter().any(Diagnostic::is_error) {
        sort_out(project, diagnostics)?;
        return Err(Failure::Diagnostics {
            sources: project.sources.clone(),
            diagnostics: Vec::new(),
        });
    }
    Ok(Resolved {
        desired,
        diagnostics,
        declared: BTreeMap::new(),
    })
}
