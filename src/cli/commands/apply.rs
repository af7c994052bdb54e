//! `estate apply`.

use std::io::{BufRead, Write};

use apply::{Run, execute};
use model::Plan;

use crate::approval::Approvals;
use crate::args::{ApplyArgs, Global};
use crate::commit::Commit;
use crate::connect::{Connected, connect, holder, locked};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::interrupts;
use crate::notify;
use crate::place;
use crate::project::{self, Project};
use crate::recover::recover;
use crate::report::{ApplyReport, FORMAT};
use crate::screen::{Screen, Style};
use crate::survey::{self, Survey};
use crate::view;

/// How an apply is agreed to.
pub(super) struct Consent {
    /// What is asked, as a person reads it.
    pub question: &'static str,
    /// Whether nobody is asked.
    pub auto_approve: bool,
    /// Who approved it.
    pub approvals: Approvals,
    /// Whether losing rows is agreed to.
    pub allow_data_loss: bool,
    /// Whether the plan was saved and reviewed.
    pub reviewed: bool,
    /// The command, for history.
    pub command: &'static str,
    /// Whether statements are shown.
    pub sql: bool,
}

/// Makes it so.
pub(super) async fn run(
    global: &Global,
    args: &ApplyArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let saved = args.plan.as_deref().map(super::saved::read).transpose()?;
    if saved.is_some() && !args.scope.rebuild.is_empty() {
        let why = "a saved plan says itself what is rebuilt: give `--rebuild` to `estate plan`";
        return Err(Plain::usage(why).into());
    }
    let mut global = global.clone();
    if let Some(plan) = saved.as_ref().filter(|plan| !plan.environment.is_empty()) {
        // A saved plan knows its environment.
        global.env.get_or_insert_with(|| plan.environment.clone());
    }
    let project = project::load(&global)?;
    let consent = Consent {
        question: "Do you want to perform these actions?",
        auto_approve: args.auto_approve,
        approvals: Approvals {
            digests: args.approve.clone(),
            files: args.approval.clone(),
        },
        allow_data_loss: args.allow_data_loss,
        reviewed: saved.is_some(),
        command: "apply",
        sql: args.sql,
    };
    check_protection(&project, &consent)?;
    let wishes = survey::wishes(&project, &args.scope, false)?;
    let mut connected = connect(&project).await?;
    let me = holder("apply");
    let work = async |connected: &mut Connected| {
        recover(connected, screen).await?;
        let mut survey = survey::survey(&project, connected, wishes).await?;
        let plan = match saved {
            Some(plan) => {
                check_realm(&plan, connected)?;
                super::saved::check_fresh(&plan, &survey, project.config.fingerprint)?;
                plan
            }
            None => {
                super::warn(&project, &survey.warnings, screen);
                survey.plan(&project, connected).await?
            }
        };
        let done = carry_out(&project, connected, &survey, &plan, &consent, screen).await;
        match done {
            Err(failure) if args.rollback_on_failure => {
                Err(super::rollback::after(&project, connected, failure, screen).await)
            }
            done => done,
        }
    };
    let ended = locked(&mut connected, &me, &args.lock_timeout, &screen, work).await;
    if let Err(failure) = &ended {
        notify::failed(&project.config, "apply", failure, screen).await;
    }
    ended
}

/// A protected environment takes nothing but approved plans.
pub(super) fn check_protection(project: &Project, consent: &Consent) -> Result<(), Failure> {
    let protected = project
        .config
        .environment
        .as_ref()
        .filter(|environment| environment.protected);
    let Some(environment) = protected else {
        return Ok(());
    };
    if consent.reviewed && !consent.approvals.is_empty() {
        return Ok(());
    }
    let saving = match consent.command {
        "rollback" | "snapshots restore" => consent.command,
        _ => "plan",
    };
    Err(Plain::refused(
        "cli::protected",
        format!(
            "environment `{}` is protected: it takes only approved plans",
            environment.name
        ),
    )
    .help(format!(
        "Save a plan with `estate {saving} --out FILE`, have it reviewed, and apply it with \
         `estate apply FILE --approve DIGEST`."
    ))
    .into())
}

fn check_realm(plan: &Plan, connected: &Connected) -> Result<(), Failure> {
    let realm = &connected.realm;
    if plan.project == realm.project && plan.environment == realm.environment {
        return Ok(());
    }
    let made_for = state::Realm {
        project: plan.project.clone(),
        environment: plan.environment.clone(),
    };
    Err(Plain::refused(
        "cli::other_realm",
        format!("the plan was made for {made_for}, not for {realm}"),
    )
    .help("Give the environment it was made for with `--env`.")
    .into())
}

/// Shows a plan, asks, and runs it.
pub(super) async fn carry_out(
    project: &Project,
    connected: &mut Connected,
    survey: &Survey,
    plan: &Plan,
    consent: &Consent,
    screen: Screen,
) -> Result<Exit, Failure> {
    if !screen.json {
        let options = view::plan::Options {
            color: screen.color,
            sql: consent.sql,
        };
        screen.say(view::plan::write(plan, options));
    }
    let done = carry_out_shown(project, connected, survey, plan, consent, screen).await;
    if done.is_err() && !screen.json {
        // What went wrong stands apart from the plan.
        screen.complain("");
    }
    done
}

/// Asks, and runs a plan that was shown.
async fn carry_out_shown(
    project: &Project,
    connected: &mut Connected,
    survey: &Survey,
    plan: &Plan,
    consent: &Consent,
    screen: Screen,
) -> Result<Exit, Failure> {
    if plan.is_refused() {
        return Err(Failure::Findings(plan.refusals()));
    }
    let approvals = consent.approvals.check(project, &plan.digest)?;
    check_data_loss(plan, consent)?;
    if plan.has_changes() && !consent.auto_approve && !consent.reviewed {
        ask(consent.question, screen)?;
    }
    let is_idle = plan.changes.is_empty();
    let version = if is_idle {
        None
    } else {
        Some(
            execute_plan(
                project,
                connected,
                survey,
                plan,
                approvals,
                consent.command,
                screen,
            )
            .await?,
        )
    };
    say_done(plan, version, connected, consent.command, screen);
    notify::applied(&project.config, plan, version, consent.command, screen).await;
    Ok(Exit::Done)
}

fn check_data_loss(plan: &Plan, consent: &Consent) -> Result<(), Failure> {
    if consent.allow_data_loss {
        return Ok(());
    }
    let losses: Vec<_> = plan
        .statements()
        .flat_map(|statement| &statement.hazards)
        .filter(|hazard| hazard.word() == Some("data_loss"))
        .map(|hazard| hazard.words(None))
        .collect();
    if losses.is_empty() {
        return Ok(());
    }
    let mut refusal = Plain::refused("cli::data_loss", "this would lose data");
    for loss in losses {
        refusal = refusal.note(format!("- it {loss}"));
    }
    Err(refusal
        .help("If that is meant, add `--allow-data-loss`.")
        .into())
}

/// Asks for the word `yes`.
pub(super) fn ask(question: &str, screen: Screen) -> Result<(), Failure> {
    let declined = |why: &str| -> Failure {
        Plain::failed("cli::declined", why)
            .help("Answer `yes`, or give `--auto-approve` where nobody can answer.")
            .into()
    };
    let bold = Style::Bold.paint(screen.color, question);
    screen.say(format!(
        "\n{bold}\n  Only 'yes' will be accepted to approve.\n"
    ));
    let mut out = std::io::stdout();
    let _ = write!(
        out,
        "  {} ",
        Style::Bold.paint(screen.color, "Enter a value:")
    );
    let _ = out.flush();
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(0) | Err(_) => Err(declined("nobody answered, so nothing was done")),
        Ok(_) if answer.trim() == "yes" => Ok(()),
        Ok(_) => Err(declined("the plan was not approved, so nothing was done")),
    }
}

pub(super) async fn execute_plan(
    project: &Project,
    connected: &mut Connected,
    survey: &Survey,
    plan: &Plan,
    approvals: Vec<String>,
    command: &str,
    screen: Screen,
) -> Result<u64, Failure> {
    let mut progress = view::progress::Lines::new(screen);
    let reveal = |secret: &model::SecretUse| survey.reveal(secret);
    let mut jitter = jitter;
    let settled = survey.settled();
    let (stopper, stop) = apply::stop();
    let listening = interrupts::listen(stopper, screen);
    let commit = Commit::of(&project.config.dir);
    let mut run = Run {
        sessions: &mut connected.sessions,
        store: connected.store.as_mut(),
        realm: &connected.realm,
        settled: &settled,
        holder: holder(command),
        approvals,
        commit: commit.id,
        dirty: commit.dirty,
        serial: survey.state.serial + 1,
        reveal: &reveal,
        progress: &mut progress,
        jitter: &mut jitter,
        stop,
    };
    let ended = execute(plan, &mut run).await;
    drop(listening);
    let success = ended.map_err(|failure| {
        let declared = place::of_apply(project, &survey.desired, &failure);
        Failure::Apply { failure, declared }
    })?;
    for warning in success.warnings {
        screen.complain(format!(
            "{}: audit `{}` found {} rows that should not be there",
            Style::Yellow.paint(screen.error_color, "Warning"),
            warning.name,
            warning.rows.found
        ));
        for line in view::audit::rows(&warning.rows) {
            screen.complain(format!("  {line}"));
        }
    }
    Ok(success.serial)
}

/// Gives a number from 0 to 1.
fn jitter() -> f64 {
    let mut bytes = [0_u8; 2];
    // Without random numbers two applies may meet again, and try once more.
    let _ = getrandom::fill(&mut bytes);
    f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX)
}

fn say_done(
    plan: &Plan,
    version: Option<u64>,
    connected: &Connected,
    command: &str,
    screen: Screen,
) {
    let summary = plan.summary();
    let mut notes = Vec::new();
    let imports = if plan.has_changes() {
        0
    } else {
        summary.import
    };
    let recorded = summary.adopt + imports;
    if recorded > 0 {
        let objects = if recorded == 1 {
            "object that was as declared is"
        } else {
            "objects that were as declared are"
        };
        notes.push(format!("{recorded} {objects} now recorded as ours."));
    }
    let idle_tasks = plan.changes.iter().any(|change| {
        change.address.kind() == "task"
            && change.after.is_some()
            && change.action.touches_platform()
    });
    let embedded = connected
        .platforms
        .values()
        .any(|platform| platform.notes.contains_key("embedded"));
    if idle_tasks && embedded {
        notes.push(
            "Tasks are kept, but the embedded server runs nothing by itself: `estate task run NAME` \
             runs one now."
                .to_owned(),
        );
    }
    if screen.json {
        screen.say_json(&ApplyReport {
            format: FORMAT,
            version,
            summary,
            changes: plan.changes.clone(),
            notes,
        });
        return;
    }
    if plan.has_changes() {
        let (complete, counts) = view::done::completion(command, summary);
        let complete = Style::Green.paint(screen.color, complete);
        screen.say(format!("\n{complete} Objects: {counts}."));
    }
    for note in notes {
        screen.say(note);
    }
}
