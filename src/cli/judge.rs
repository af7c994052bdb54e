//! Holding a plan against the policies of its project.

use model::policy::{Broken, Facts};
use plan::Planned;
use plan::policy::{judge as findings, protected_loss};

use crate::failure::Failure;
use crate::project::Project;

/// Adds what the policies say of a plan to its findings. What does nothing is not judged.
///
/// # Errors
/// When the condition of a rule cannot be computed.
pub(crate) fn judge(project: &Project, planned: &mut Planned) -> Result<(), Failure> {
    if planned.batches.is_empty() {
        return Ok(());
    }
    let config = &project.config;
    if !config.policies.is_empty() {
        let facts = Facts::of(&planned.changes, &planned.batches);
        let broken = broken(project, &facts)?;
        let of = (planned.changes.as_slice(), planned.batches.as_slice());
        let found = findings(&config.policies, &broken, &facts, of);
        planned.findings.extend(found);
    }
    let environment = config.environment.as_ref();
    if let Some(environment) = environment.filter(|environment| environment.protected) {
        let found = protected_loss(&environment.name, &planned.batches);
        planned.findings.extend(found);
    }
    Ok(())
}

/// Returns the rules that a plan breaks.
fn broken(project: &Project, facts: &Facts) -> Result<Vec<Broken>, Failure> {
    let Some(judge) = &project.config.judge else {
        return Ok(Vec::new());
    };
    let judged = judge.judge(&project.sources, facts);
    judged.map_err(|(sources, diagnostics)| Failure::Diagnostics {
        sources,
        diagnostics,
    })
}
