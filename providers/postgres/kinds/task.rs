//! Scheduled tasks: jobs of pg_cron.
//!
//! A change suspends the job, updates it, and resumes it to what is declared. Jobs live in the one
//! database that pg_cron is installed in, whatever database they run in; their names are unique for
//! each role on the whole server.
//!
//! Source: pg_cron 1.4 to 1.6, `cron.schedule_in_database`, `cron.alter_job`, `cron.unschedule`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling};
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
}

fn yes() -> bool {
    true
}

impl Task {
    /// Returns the query for the job's number.
    fn job(&self, at: &At<'_>) -> String {
        let user = match &self.run_as {
            Some(role) => literal(role.0.name()),
            None => "current_user".to_owned(),
        };
        format!(
            "(select jobid from cron.job where jobname = {} and username = {user})",
            literal(at.address.name())
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
        let mut statements = Vec::new();
        let alter = |job: &str, arguments: &str| {
            Statement::new(format!("select cron.alter_job({job}, {arguments})"))
        };
        let job = self.job(at);
        if self.enabled && (!arguments.is_empty() || !next.enabled || self.run_as != next.run_as) {
            statements.push(alter(&job, "active := false"));
        }
        if !arguments.is_empty() {
            statements.push(alter(&job, &arguments.join(", ")));
        }
        let mut resumed = job;
        if let Some(role) = next.run_as.as_ref().filter(|_| self.run_as != next.run_as) {
            statements.push(alter(
                &resumed,
                &format!("username := {}", literal(role.0.name())),
            ));
            resumed = next.job(at);
        }
        if next.enabled && (!statements.is_empty() || !self.enabled) {
            statements.push(alter(&resumed, "active := true"));
        }
        Alter::in_place(statements)
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
