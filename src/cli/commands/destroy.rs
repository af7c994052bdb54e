//! `estate destroy`.

use super::apply::{Consent, carry_out, check_protection};
use crate::approval::Approvals;
use crate::args::{DestroyArgs, Global, Scope};
use crate::connect::{Connected, connect, holder, locked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::notify;
use crate::recover::recover;
use crate::screen::Screen;
use crate::{project, survey};

/// Removes everything that is ours.
pub(super) async fn run(
    global: &Global,
    args: &DestroyArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let consent = Consent {
        question: "Do you really want to destroy all of this?",
        auto_approve: args.auto_approve,
        approvals: Approvals::default(),
        // Whoever says "destroy" means it.
        allow_data_loss: true,
        reviewed: false,
        command: "destroy",
        sql: args.sql,
    };
    check_protection(&project, &consent)?;
    let scope = Scope {
        target: args.target.clone(),
        ..Scope::default()
    };
    let wishes = survey::wishes(&project, &scope, true)?;
    let mut connected = connect(&project).await?;
    let work = async |connected: &mut Connected| {
        recover(connected, screen).await?;
        let mut survey = survey::survey(&project, connected, wishes).await?;
        let plan = survey.plan(&project, connected).await?;
        carry_out(&project, connected, &survey, &plan, &consent, screen).await
    };
    let me = holder("destroy");
    let ended = locked(&mut connected, &me, &args.lock_timeout, &screen, work).await;
    if let Err(failure) = &ended {
        notify::failed(&project.config, "destroy", failure, screen).await;
    }
    ended
}
