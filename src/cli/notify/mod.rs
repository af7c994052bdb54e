//! Telling people how runs end: a short message, where to read more, and the digest of the plan.
//!
//! It never makes a run fail and never holds it up for long: each message is tried a few times for some seconds, and
//! where nobody takes it, there is one warning, without the address, which is a secret.

pub(crate) mod post;

use config::Project;
use model::notify::{Notify, Occasion, Way};
use model::{Plan, Summary};
use schemars::JsonSchema;
use serde::Serialize;
use state::now;

use crate::connect::holder;
use crate::drift::Found;
use crate::failure::Failure;
use crate::report::FORMAT;
use crate::screen::{Screen, Style};
use crate::view;

/// What Slack takes of one section, in characters, and some room.
const SLACK: usize = 2_800;

/// What is told: what a webhook gets.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Notice {
    /// Version of this format.
    pub format: u32,
    /// `applied`, `failed`, `drift` or `approval_needed`.
    pub event: String,
    /// Project.
    pub project: String,
    /// Environment; empty where there is none.
    pub environment: String,
    /// What happened, in a sentence or a few lines.
    pub message: String,
    /// How many objects the plan adds, changes, destroys.
    pub summary: Option<Summary>,
    /// The digest of the plan.
    pub digest: Option<String>,
    /// The number of the apply.
    pub version: Option<u64>,
    /// Who ran it, where.
    pub by: String,
    /// When, in RFC 3339, UTC.
    pub at: String,
    /// Where to read more.
    pub link: Option<String>,
}

impl Notice {
    fn new(project: &Project, event: Occasion, message: String) -> Self {
        let me = holder(event.name());
        let environment = project.environment.as_ref();
        Self {
            format: FORMAT,
            event: event.name().to_owned(),
            project: project.name.clone(),
            environment: environment.map_or_else(String::new, |one| one.name.clone()),
            message,
            summary: None,
            digest: None,
            version: None,
            by: format!("{}@{}", me.user, me.host),
            at: now(),
            link: None,
        }
    }

    fn of_plan(mut self, plan: &Plan) -> Self {
        self.summary = Some(plan.summary());
        self.digest = Some(plan.digest.clone());
        self
    }

    /// Names the project and its environment.
    fn realm(&self) -> String {
        match self.environment.as_str() {
            "" => self.project.clone(),
            environment => format!("{}/{environment}", self.project),
        }
    }
}

/// Tells that an apply ended well.
pub async fn applied(
    project: &Project,
    plan: &Plan,
    version: Option<u64>,
    command: &str,
    screen: Screen,
) {
    if !plan.has_changes() {
        return;
    }
    let (complete, counts) = view::done::completion(command, plan.summary());
    let message = format!("{complete} Objects: {counts}.");
    let mut notice = Notice::new(project, Occasion::Applied, message).of_plan(plan);
    notice.version = version;
    tell(project, Occasion::Applied, notice, screen).await;
}

/// Tells that a run failed. What a person declined or a rule refused is no failure.
pub async fn failed(project: &Project, command: &str, failure: &Failure, screen: Screen) {
    if is_refusal(failure) {
        return;
    }
    let words = match failure {
        Failure::Diagnostics { .. } => "the files are wrong".to_owned(),
        Failure::Findings(_) => "the plan must not be carried out".to_owned(),
        Failure::Platform(error) => error.message.clone(),
        Failure::State(error) => error.to_string(),
        Failure::Apply { failure, .. } => failure.error.to_string(),
        Failure::Other(plain) => plain.message.clone(),
    };
    let notice = Notice::new(
        project,
        Occasion::Failed,
        format!("{command} failed: {words}"),
    );
    tell(project, Occasion::Failed, notice, screen).await;
}

fn is_refusal(failure: &Failure) -> bool {
    let declined = matches!(failure, Failure::Other(plain) if plain.code == "cli::declined");
    declined || failure.exit() != crate::exit::Exit::Failed
}

/// Tells that something is not as the last apply left it.
pub async fn drifted(project: &Project, found: &Found, screen: Screen) {
    const SHOWN: usize = 5;
    let told: Vec<String> = found
        .counted()
        .map(|told| format!("- {}", told.sentence()))
        .collect();
    if told.is_empty() {
        return;
    }
    let objects = match found.objects() {
        1 => "1 object has drifted:".to_owned(),
        count => format!("{count} objects have drifted:"),
    };
    let mut lines = vec![objects];
    lines.extend(told.iter().take(SHOWN).cloned());
    if told.len() > SHOWN {
        lines.push(format!("and {} more", told.len() - SHOWN));
    }
    let notice = Notice::new(project, Occasion::Drift, lines.join("\n"));
    tell(project, Occasion::Drift, notice, screen).await;
}

/// Tells that a plan was saved which somebody must approve.
pub async fn approval_needed(project: &Project, plan: &Plan, screen: Screen) {
    let is_protected = project
        .environment
        .as_ref()
        .is_some_and(|one| one.protected);
    if !is_protected || !plan.has_changes() {
        return;
    }
    let Summary {
        add,
        change,
        destroy,
        ..
    } = plan.summary();
    let message = format!(
        "A plan waits for approval: {add} to add, {change} to change, {destroy} to destroy."
    );
    let notice = Notice::new(project, Occasion::ApprovalNeeded, message).of_plan(plan);
    tell(project, Occasion::ApprovalNeeded, notice, screen).await;
}

/// Tells everybody who wants to be told, all at once.
async fn tell(project: &Project, occasion: Occasion, notice: Notice, screen: Screen) {
    let listening = project
        .notifications
        .iter()
        .filter(|one| one.on.contains(&occasion));
    let mut under_way = Vec::new();
    for one in listening {
        let mut notice = notice.clone();
        notice.link = one.link.clone().or_else(run_of_ci);
        let body = match one.way {
            Way::Webhook => serde_json::to_vec(&notice),
            Way::Slack => serde_json::to_vec(&serde_json::json!({ "text": slack(&notice) })),
        };
        let (Ok(body), Some(url)) = (body, one.url.reveal().map(str::to_owned)) else {
            continue;
        };
        let name = named(one);
        let posted = tokio::task::spawn_blocking(move || post::post(&url, &[], &body));
        under_way.push((name, posted));
    }
    for (name, posted) in under_way {
        let trouble = match posted.await {
            Ok(Ok(())) => continue,
            Ok(Err(trouble)) => trouble,
            Err(_) => "a bug in Estate".to_owned(),
        };
        screen.complain(format!(
            "{}: {name} was not told: {trouble}",
            Style::Yellow.paint(screen.error_color, "Warning")
        ));
    }
}

fn named(notify: &Notify) -> String {
    format!("`notify.{}.{}`", notify.way.name(), notify.name)
}

/// Writes a message for Slack.
fn slack(notice: &Notice) -> String {
    let plain = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let mut message: String = notice.message.chars().take(SLACK).collect();
    if message.len() < notice.message.len() {
        message.push_str(" ...");
    }
    let version = notice
        .version
        .map_or_else(String::new, |version| format!(" (version {version})"));
    let mut lines = vec![format!(
        "*{}*: {}{version}",
        plain(&notice.realm()),
        plain(&message)
    )];
    lines.extend(
        notice
            .digest
            .as_ref()
            .map(|digest| format!("plan `{digest}`")),
    );
    lines.push(format!("by {}", plain(&notice.by)));
    lines.extend(
        notice
            .link
            .as_ref()
            .map(|link| format!("<{}|more>", plain(link))),
    );
    lines.join("\n")
}

/// Returns where the run of CI that this is a part of can be seen.
fn run_of_ci() -> Option<String> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let (Some(server), Some(repository), Some(run)) = (
        set("GITHUB_SERVER_URL"),
        set("GITHUB_REPOSITORY"),
        set("GITHUB_RUN_ID"),
    ) {
        return Some(format!("{server}/{repository}/actions/runs/{run}"));
    }
    set("CI_JOB_URL").or_else(|| set("BUILD_URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_for_slack_is_short_and_means_nothing_else() {
        let notice = Notice {
            format: FORMAT,
            event: "drift".to_owned(),
            project: "a<b".to_owned(),
            environment: "prod".to_owned(),
            message: "x".repeat(10_000),
            summary: None,
            digest: Some("d1".to_owned()),
            version: None,
            by: "me@here".to_owned(),
            at: String::new(),
            link: Some("https://ci/1".to_owned()),
        };
        let text = slack(&notice);
        assert!(text.starts_with("*a&lt;b/prod*: xxx"));
        assert!(text.chars().count() < 3_000, "{}", text.len());
        assert!(text.ends_with("...\nplan `d1`\nby me@here\n<https://ci/1|more>"));
    }
}
