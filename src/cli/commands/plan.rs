//! `estate plan`.

use std::path::Path;

use model::Plan;

use crate::args::{Global, PlanArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::PlanReport;
use crate::screen::Screen;
use crate::{ahead, picture, survey, view};

/// Shows what differs, and writes nothing to any platform.
pub(super) async fn run(global: &Global, args: &PlanArgs, screen: Screen) -> Result<Exit, Failure> {
    let (project, look) = ahead::look(global).await?;
    let wishes = survey::wishes(&project, &args.scope, args.destroy)?;
    let (mut survey, mut connected) = survey::survey_begun(&project, look, wishes).await?;
    super::warn(&project, &survey.warnings, screen);
    let plan = survey.plan(&project, &mut connected).await?;
    if let Some(path) = &args.html {
        let graph = picture::of_plan(&plan, &survey.desired, &survey.live);
        let place = |address: &model::Address| {
            let origin = survey.desired.origins.get(address)?;
            let source = project.sources.get(origin.span.source);
            let line = source.position(origin.span.start).line;
            Some(format!("{}:{line}", source.name))
        };
        crate::file::write(path, &view::page::write(&plan, graph, &place))?;
    }
    say(&plan, args.sql, screen);
    if let Some(path) = &args.out {
        save(&project, &plan, path, screen).await?;
    }
    // The process ends here; taking its memory apart piece by piece would only delay that.
    std::mem::forget(survey);
    verdict(&plan, args.detailed_exitcode, screen)
}

/// Shows a plan.
pub(super) fn say(plan: &Plan, sql: bool, screen: Screen) {
    if screen.json {
        screen.say_json(&PlanReport::of(plan));
    } else {
        let options = view::plan::Options {
            color: screen.color,
            sql,
        };
        screen.say(view::plan::write(plan, options));
    }
}

/// Saves a plan that is not refused, and says how to carry it out.
pub(super) async fn save(
    project: &Project,
    plan: &Plan,
    path: &Path,
    screen: Screen,
) -> Result<(), Failure> {
    if plan.is_refused() {
        return Ok(());
    }
    super::saved::write(plan, path)?;
    crate::notify::approval_needed(&project.config, plan, screen).await;
    if screen.json {
        return Ok(());
    }
    let environment = project.config.environment.as_ref();
    let approve = if environment.is_some_and(|environment| environment.protected) {
        " --approve DIGEST"
    } else {
        ""
    };
    screen.say(format!(
        "\nSaved to {path}, digest {}. To carry out exactly this plan:\n  estate apply {path}{approve}",
        plan.digest,
        path = path.display()
    ));
    Ok(())
}

/// Says how a command ends that only shows a plan.
pub(super) fn verdict(plan: &Plan, detailed: bool, screen: Screen) -> Result<Exit, Failure> {
    if plan.is_refused() {
        let failure = Failure::Findings(plan.refusals());
        // The findings are in the JSON of the plan already.
        return if screen.json {
            Ok(failure.exit())
        } else {
            Err(failure)
        };
    }
    Ok(if detailed && plan.has_changes() {
        Exit::Differs
    } else {
        Exit::Done
    })
}
