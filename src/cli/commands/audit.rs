//! `estate audit`.

use std::collections::BTreeSet;

use model::{Audit, Selector, diagnostic};
use provider::Desired;
use state::{AuditOutcome, Audited};

use crate::args::{AuditArgs, Global};
use crate::connect::{Connected, connect, holder};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::project::{self, Project};
use crate::report::AuditReport;
use crate::screen::Screen;
use crate::{offline, survey, view};

/// Runs audits against what is live, in transactions that can change nothing, and writes down what they found.
pub(super) async fn run(
    global: &Global,
    args: &AuditArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    offline::offline(&project)?;
    let wanted = selectors(&args.address)?;
    let mut connected = connect(&project).await?;
    let desired = declared(&project, &connected);
    let audits = chosen(&desired, &wanted)?;
    let mut results = Vec::new();
    for audit in audits {
        results.push(look(&project, &mut connected, audit).await?);
    }
    let note = match results.is_empty() {
        true => None,
        false => {
            let audited = Audited {
                serial: None,
                by: holder("audit"),
                audits: results.iter().map(apply::AuditResult::record).collect(),
            };
            let Connected { store, realm, .. } = &mut connected;
            store.note_audits(realm, &audited).await?
        }
    };
    let report = AuditReport::of(&results, note);
    if screen.json {
        screen.say_json(&report);
    } else {
        screen.say(view::audit::write(&results, screen.color));
        if let Some(note) = &report.not_recorded {
            screen.complain(format!("These results are not recorded: {note}."));
        }
    }
    let came_to = |outcome| results.iter().any(|one| one.outcome() == outcome);
    Ok(match () {
        () if came_to(AuditOutcome::Broken) => Exit::Failed,
        () if came_to(AuditOutcome::Failed) => Exit::Differs,
        () => Exit::Done,
    })
}

fn selectors(addresses: &[String]) -> Result<Vec<(&str, Selector)>, Failure> {
    let parsed = addresses.iter().map(|text| {
        let selector = text.parse().map_err(|error: String| Plain::usage(error))?;
        Ok((text.as_str(), selector))
    });
    parsed.collect()
}

/// Returns what the files declare, as the servers that are there know it.
fn declared(project: &Project, connected: &Connected) -> Desired {
    let grounds = survey::grounds(&project.instances, &connected.platforms);
    plan::resolve(&project.config.declarations, &grounds).0
}

/// Returns the audits that are meant: by their own names, or by those of what they are about.
fn chosen<'a>(
    desired: &'a Desired,
    wanted: &[(&str, Selector)],
) -> Result<Vec<&'a Audit>, Failure> {
    let about = |audit: &Audit| desired.origins.get(&audit.on).map(|origin| &origin.id);
    for (text, selector) in wanted {
        let is_of = |audit: &&Audit| is_meant(audit, about(audit), selector);
        if !desired.audits.iter().any(|audit| is_of(&audit)) {
            return Err(unknown(desired, text, selector));
        }
    }
    let is_chosen = |audit: &&Audit| {
        let mut wanted_ones = wanted.iter();
        wanted.is_empty() || wanted_ones.any(|(_, one)| is_meant(audit, about(audit), one))
    };
    Ok(desired.audits.iter().filter(is_chosen).collect())
}

fn is_meant(audit: &Audit, about: Option<&model::DeclarationId>, selector: &Selector) -> bool {
    let own = audit.name.parse::<Selector>();
    let own = own
        .ok()
        .and_then(|own| model::DeclarationId::try_from(own).ok());
    own.is_some_and(|own| selector.matches(&own))
        || about.is_some_and(|about| selector.matches(about))
}

/// Says that nothing is meant by an address, with the nearest one that means something.
fn unknown(desired: &Desired, text: &str, selector: &Selector) -> Failure {
    let mut origins = desired.origins.values();
    if origins.any(|origin| selector.matches(&origin.id)) {
        return Plain::failed("cli::no_audit", format!("no audit is about `{text}`"))
            .help(format!(
                "Write one: audit \"name\" {{ on = {text}  query = \"...\" }}."
            ))
            .into();
    }
    let names: BTreeSet<String> = desired
        .audits
        .iter()
        .flat_map(|audit| {
            let about = desired.origins.get(&audit.on);
            [
                Some(audit.name.clone()),
                about.map(|one| one.id.to_string()),
            ]
        })
        .flatten()
        .collect();
    let near = diagnostic::did_you_mean(text, names.iter().map(String::as_str));
    Plain::failed(
        "cli::no_audit",
        format!("there is no audit `{text}`, and nothing of that name that one is about"),
    )
    .help(near.unwrap_or_else(|| "`estate audit` without an address runs all of them.".to_owned()))
    .into()
}

/// Runs one audit.
async fn look(
    project: &Project,
    connected: &mut Connected,
    audit: &Audit,
) -> Result<apply::AuditResult, Failure> {
    let provider = audit.on.provider();
    let instance = project.instances.get(provider);
    let platform = connected.platforms.get(provider);
    let (Some(instance), Some(platform)) = (instance, platform) else {
        unreachable!("an audit is about an object of a provider of the project")
    };
    let place = instance.provider.place(&audit.on, platform);
    let session = connected.sessions.get_mut(provider);
    let session = session.unwrap_or_else(|| unreachable!("every provider is connected"));
    session.begin_reading(&place).await?;
    let result = apply::audit(&mut **session, audit).await;
    session.rollback().await?;
    Ok(result)
}
