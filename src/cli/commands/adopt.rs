//! `estate adopt`.

use model::{Action, Address, Fingerprint};
use plan::Wishes;
use state::Put;

use crate::args::{AdoptArgs, Global, Scope};
use crate::connect::{Connected, connect, holder, locked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::recording;
use crate::recover::recover;
use crate::report::{ApplyReport, FORMAT};
use crate::screen::Screen;
use crate::{project, survey};

/// Records the live objects that the files describe as ours, whatever they look like.
pub(super) async fn run(
    global: &Global,
    args: &AdoptArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let project = project::load(global)?;
    let wishes = survey::wishes(&project, &Scope::default(), false)?;
    let mut connected = connect(&project).await?;
    let me = holder("adopt");
    let work = async |connected: &mut Connected| {
        recover(connected, screen).await?;
        record(&project, connected, wishes, "adopt", screen).await
    };
    locked(&mut connected, &me, &args.lock_timeout, &screen, work).await
}

/// Records what is live as declared, or could be made so.
pub(super) async fn record(
    project: &Project,
    connected: &mut Connected,
    wishes: Wishes,
    command: &str,
    screen: Screen,
) -> Result<Exit, Failure> {
    let mut survey = survey::survey(project, connected, wishes).await?;
    super::warn(project, &survey.warnings, screen);
    let plan = survey.plan(project, connected).await?;
    let is_new = |address: &Address| !survey.state.records.contains_key(address);
    let adopted: Vec<_> = plan
        .changes
        .iter()
        .filter(|change| is_new(&change.address) && change.claim.is_some())
        .collect();
    let puts: Vec<_> = adopted
        .iter()
        .filter_map(|change| {
            let mut claim = change.claim.clone()?;
            if !matches!(change.action, Action::Adopt) {
                // It was never as it is declared: the next plan has to look.
                claim.declared = Fingerprint::of_bytes(b"never applied");
            }
            let before = change.before.clone()?;
            Some(Put::new(change.address.clone(), claim, before))
        })
        .collect();
    let count = puts.len();
    let serial = survey.state.serial + 1;
    if count > 0 {
        let version = (serial, command, plan.digest.as_str());
        recording::record(project, connected, version, puts, Vec::new()).await?;
    }
    let objects = if count == 1 {
        "object is"
    } else {
        "objects are"
    };
    let words =
        format!("{count} live {objects} now recorded as ours. `estate plan` shows what differs.");
    if screen.json {
        let changes = adopted
            .into_iter()
            .filter(|change| change.before.is_some())
            .cloned()
            .collect();
        screen.say_json(&ApplyReport {
            format: FORMAT,
            version: (count > 0).then_some(serial),
            summary: plan.summary(),
            changes,
            notes: vec![words],
        });
    } else {
        screen.say(words);
    }
    Ok(Exit::Done)
}
