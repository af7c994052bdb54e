//! Scheduled tasks: jobs of pg_cron.
//!
//! Jobs live in the one database that pg_cron is installed in, whatever database they run in; their names
//! are unique for each role on the whole server.
//!
//! A job that is no longer active is cancelled while it runs; worse, without background workers only its
//! connection is given up, and the server goes on. So a job is suspended in two steps: first it gets a schedule that
//! never comes, and only when no run is in progress, it is no longer active.
//!
//! Source: pg_cron 1.4 to 1.6, `cron.schedule_in_database`, `cron.alter_job`, `cron.unschedule`; `RefreshTaskHash`
//! and `jobCanceled` in its code.

use std::time::Duration;

use model::{Address, Reference, Statement, Wait, duration};
use provider::{Alter, At, Kind, Problem, Settling, Suspension};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::quote::literal;

/// A scheduled task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// The database it runs in; when absent, the declared one if there is only one, or that of the url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["database"]), with = "Option<String>")]
    pub database: Option<Reference>,
    /// When it runs: five fields as in cron, or `30 seconds` (pg_cron 1.5).
    pub schedule: String,
    /// What it runs.
    pub sql: String,
    /// The role it runs as; whoever makes it when absent. Another role needs a superuser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub run_as: Option<Reference>,
    /// Whether it runs at all. True by default.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// How long a run in progress may take to end, before the task or something it stands on changes: `30s`,
    /// `10m`. As the `estate` block says when absent, or else 5 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain_timeout: Option<String>,
}

/// The 31st of February: when a task runs that is suspended for a while.
const NEVER: &str = "0 0 31 2 *";

/// How long no run must have been seen, so that none is about to begin: one that had to wait for the run before
/// begins at once when that has ended.
const QUIET: Duration = Duration::from_millis(500);

fn yes() -> bool {
    true
}

impl Task {
    /// Returns the condition for the job.
    fn is_it(&self, job: &str, at: &At<'_>) -> String {
        let user = match &self.run_as {
            Some(role) => literal(role.0.name()),
            None => "current_user".to_owned(),
        };
        let name = literal(at.address.name());
        format!("{job}jobname = {name} and {job}username = {user}")
    }

    /// Returns the query for the job's number.
    fn job(&self, at: &At<'_>) -> String {
        format!("(select jobid from cron.job where {})", self.is_it("", at))
    }

    /// Returns a query for a run in progress: the process and since when. pg_cron writes down what it runs, where it
    /// is not told otherwise; but what it thinks it has cancelled may still run. A process that is gone, as after
    /// a crash, runs nothing.
    fn runs(&self, at: &At<'_>) -> String {
        format!(
            "select concat_ws(', ', 'process ' || pid, \
               'since ' || to_char(began at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')) \
             from ( \
               select d.job_pid, coalesce(d.start_time, a.backend_start) \
               from cron.job j join cron.job_run_details d using (jobid) \
               left join pg_stat_activity a on a.pid = d.job_pid \
               where {it} and d.status in ('starting', 'connecting', 'sending', 'running') \
                 and (d.job_pid is null or a.backend_start <= coalesce(d.start_time, 'infinity')) \
               union \
               select a.pid, a.query_start \
               from cron.job j join pg_stat_activity a on a.datname = j.database and a.usename = j.username \
               where {it} and 'pg_cron' in (a.application_name, a.backend_type) and a.state = 'active' \
                 and (a.query = j.command or starts_with(j.command, a.query) \
                   and octet_length(a.query) > pg_size_bytes(current_setting('track_activity_query_size')) - 5)) \
             as run (pid, began) order by began limit 1",
            it = self.is_it("j.", at)
        )
    }

    fn database_name(&self, at: &At<'_>) -> String {
        let name = self
            .database
            .as_ref()
            .map_or("", |database| database.0.name());
        if name.is_empty() {
            literal(&at.platform.place)
        } else {
            literal(name)
        }
    }
}

impl Kind for Task {
    const NAME: &'static str = "task";
    const RUNS: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.schedule = self
            .schedule
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if let Some(problem) = schedule_problem(&self.schedule) {
            problems.push(
                Problem::new(["schedule"], "impossible schedule", problem).help(
                    "Write five fields: minute, hour, day of month, month, day of week; such as \
                 `0 */6 * * *`.",
                ),
            );
        }
        if let Some(timeout) = &self.drain_timeout
            && duration::parse(timeout).is_none()
        {
            let text = format!("`{timeout}` is not a time");
            problems.push(Problem::new(["drain_timeout"], "not a time", text).help(duration::HELP));
        }
        if self.sql.trim().is_empty() {
            problems.push(Problem::new(
                ["sql"],
                "empty task",
                "`sql` says nothing to run",
            ));
        }
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.run_as.is_none() {
            self.run_as.clone_from(&live.run_as);
        }
        // Nothing that the platform knows of.
        self.drain_timeout = None;
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let user = self
            .run_as
            .as_ref()
            .filter(|role| role.0.name() != at.platform.login)
            .map(|role| literal(role.0.name()));
        let note = |name: &str| {
            at.platform
                .notes
                .get(name)
                .is_some_and(|value| value == "true")
        };
        let mut statements = Vec::new();
        if !note(crate::session::HAS_CRON) && note(crate::session::CAN_CRON) {
            statements.push(Statement::new("create extension if not exists pg_cron"));
        }
        statements.push(Statement::new(format!(
            "select cron.schedule_in_database({}, {}, {}, {}, {}, {})",
            literal(at.address.name()),
            literal(&self.schedule),
            literal(&self.sql),
            self.database_name(at),
            user.as_deref().unwrap_or("null"),
            self.enabled
        )));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.run_as != next.run_as && next.run_as.is_some() && !at.platform.is_superuser {
            return Alter::replace("only a superuser can give a task to another role");
        }
        let mut arguments = Vec::new();
        if self.schedule != next.schedule {
            arguments.push(format!("schedule := {}", literal(&next.schedule)));
        }
        if self.sql != next.sql {
            arguments.push(format!("command := {}", literal(&next.sql)));
        }
        if self.database != next.database {
            arguments.push(format!("database := {}", next.database_name(at)));
        }
        if let Some(role) = next.run_as.as_ref().filter(|_| self.run_as != next.run_as) {
            arguments.push(format!("username := {}", literal(role.0.name())));
        }
        if self.enabled != next.enabled {
            arguments.push(format!("active := {}", next.enabled));
        }
        if arguments.is_empty() {
            return Alter::in_place(Vec::new());
        }
        let sql = format!(
            "select cron.alter_job({}, {})",
            self.job(at),
            arguments.join(", ")
        );
        Alter::in_place(vec![Statement::new(sql)])
    }

    fn suspended(
        &self,
        declared: Option<&Self>,
        usual: Duration,
        at: &At<'_>,
    ) -> Option<Suspension<Self>> {
        if !self.enabled || self.schedule == NEVER {
            return None;
        }
        let parked = Self {
            schedule: NEVER.to_owned(),
            ..self.clone()
        };
        let stopped = Self {
            enabled: false,
            ..parked.clone()
        };
        let own = declared.and_then(|task| duration::parse(task.drain_timeout.as_deref()?));
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let wait = Wait {
            on: at.address.clone(),
            what: format!("a run of task {}", at.address.name()),
            query: self.runs(at),
            timeout_ms: milliseconds(own.unwrap_or(usual)),
            quiet_ms: milliseconds(QUIET),
            help: "Apply again when it has ended; end its process with `pg_terminate_backend`; or give it more \
                   time by `drain_timeout` in the block of the task or of `estate`."
                .to_owned(),
        };
        let when = format!(
            "select 1 from cron.job where {} and schedule = {}",
            self.is_it("", at),
            literal(NEVER)
        );
        let is_embedded = at.platform.notes.contains_key(crate::session::EMBEDDED);
        Some(Suspension {
            parked: (!is_embedded).then_some((parked, wait)),
            stopped,
            when,
        })
    }

    fn unlike(&self, at: &At<'_>) -> Option<String> {
        Some(format!(
            "select j.schedule, j.command, j.database, j.active from (values (1)) one \
             left join cron.job j on {} \
             where (j.schedule, j.command, j.database, j.active) is distinct from ({}, {}, {}, {})",
            self.is_it("j.", at),
            literal(&self.schedule),
            literal(&self.sql),
            self.database_name(at),
            self.enabled
        ))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Statement::new(format!(
            "select cron.unschedule({})",
            self.job(at)
        ))]
    }

    fn rename(&self, _at: &At<'_>, _to: &Address) -> Option<Vec<Statement>> {
        // pg_cron has no function for it, and its table may be written by superusers only.
        None
    }
}

/// Says what is wrong with a schedule, as far as that can be told without asking pg_cron.
fn schedule_problem(schedule: &str) -> Option<String> {
    let fields: Vec<_> = schedule.split(' ').collect();
    if let [number, "second" | "seconds"] = fields.as_slice() {
        let seconds: Option<u32> = number.parse().ok();
        return match seconds {
            Some(1..=59) => None,
            _ => Some("an interval is 1 to 59 seconds".to_owned()),
        };
    }
    if let [word] = fields.as_slice() {
        let known = [
            "@hourly",
            "@daily",
            "@midnight",
            "@weekly",
            "@monthly",
            "@yearly",
            "@annually",
        ];
        if known.contains(word) || *word == "@reboot" {
            return None;
        }
    }
    if fields.len() != 5 {
        return Some(format!("this has {} fields instead of five", fields.len()));
    }
    let limits = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
    for (field, (least, most)) in fields.iter().zip(limits) {
        for number in field
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty())
        {
            // What follows a slash is a step, and may be anything.
            let is_step = field.contains(&format!("/{number}"));
            let value: u32 = number.parse().unwrap_or(u32::MAX);
            if !is_step && !(least..=most).contains(&value) {
                return Some(format!(
                    "`{number}` in `{field}` is not between {least} and {most}"
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_looked_at_before_pg_cron_sees_them() {
        for fine in [
            "0 */6 * * *",
            "*/5 8-18 * * 1-5",
            "30 seconds",
            "@daily",
            "0 0 1,15 jan mon",
            "0 0 $ * *",
        ] {
            assert_eq!(schedule_problem(fine), None, "{fine}");
        }
        for wrong in ["", "0 25 * * *", "* * * *", "61 * * * *", "90 seconds"] {
            assert!(schedule_problem(wrong).is_some(), "{wrong}");
        }
    }
}
