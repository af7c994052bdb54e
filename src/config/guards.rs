//! The blocks about what must not happen, what is accepted, and who is told: `policy`, `drift_ignore`, `accept`,
//! `notify`. What each may hold.

use model::syntax::{Argument, Syntax};

pub(crate) const RULE: Syntax = Syntax {
    kind: "rule",
    label: Some("name"),
    about: "A condition about a plan, computed when the plan is made. It may use `plan`, which has `changes` and \
        `statements`; or `change`, then it must hold for every change (`declaration`, `kind`, `name`, `action`, \
        `because`, `before`, `after`, `drift`); or `statement`, then for every statement (`sql`, `declaration`, \
        `kind`, `name`, `phase`, `hazards`, `locks`, `rows`, `bytes`, `rewrites`, `loses_data`, `reversible`, \
        `in_transaction`).",
    arguments: &[
        Argument::new("condition", "true or false", "What must be true.").required(),
        Argument::new("message", "text", "What to tell otherwise."),
        Argument::new(
            "severity",
            "\"deny\" or \"warn\"",
            "Whether the plan is refused where it does not hold, which is the default, or only told.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "\
rule \"small_rewrites\" {
  condition = !statement.rewrites || statement.rows < 1000000
  message   = \"rewrite large tables on a Sunday\"
}",
};

/// What tells a policy about plans from a policy of a table, which has `on`.
pub(crate) const OF_PLANS: [&str; 4] = ["deny", "warn", "environments", "message"];

pub(crate) const POLICY: Syntax = Syntax {
    kind: "policy",
    label: Some("name"),
    about: "What a plan must not do: `plan` and `apply` end with exit code 3 and name the statements. The words of \
        hazards are `data_loss`, `table_rewrite`, `table_scan`, `blocks_reads`, `blocks_writes`, `suspends`, \
        `public_grant`, `access_loss` and `outside_transaction`. With `on`, a block of this type is a policy of a \
        table instead.",
    arguments: &[
        Argument::new(
            "environments",
            "list of names",
            "The environments it is for; all when absent.",
        ),
        Argument::new(
            "deny",
            "list of words",
            "Hazards that no statement may have.",
        ),
        Argument::new("warn", "list of words", "Hazards that are told."),
        Argument::new("message", "text", "What to do about it."),
    ],
    others: None,
    blocks: &[RULE],
    example: "\
policy \"no_surprises\" {
  environments = [\"prod\"]
  deny         = [\"data_loss\", \"public_grant\"]
  warn         = [\"table_rewrite\"]
  message      = \"ask the data team first\"

  rule \"tables_stay\" {
    condition = change.kind != \"table\" || change.action != \"delete\"
  }
}",
};

pub(crate) const DRIFT_IGNORE: Syntax = Syntax {
    kind: "drift_ignore",
    label: Some("name"),
    about: "Drift that is accepted: `drift` shows it with the reason, and does not count it. What it is about must fit \
        everything that is written here.",
    arguments: &[
        Argument::new(
            "on",
            "references or texts",
            "The declarations, or the qualified names of live objects, in which `*` stands for any characters: \
             `\"sales.tmp_*\"`; everything when absent.",
        ),
        Argument::new(
            "kinds",
            "list of names",
            "Kinds of objects; all when absent.",
        ),
        Argument::new(
            "attributes",
            "list of names",
            "Attributes, such as `comment` or `privileges`; all when absent.",
        ),
        Argument::new("reason", "text", "Why it is accepted.").required(),
        Argument::new("ticket", "text", "Where that was decided."),
        Argument::new(
            "expires",
            "day",
            "The last day on which it counts, such as `2027-01-31`; then it is drift again.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "\
drift_ignore \"comments_of_the_app\" {
  on         = [table.videos]
  attributes = [\"comment\"]
  reason     = \"the application writes them\"
  ticket     = \"OPS-7\"
  expires    = \"2027-01-31\"
}",
};

pub(crate) const ACCEPT: Syntax = Syntax {
    kind: "accept",
    label: Some("name"),
    about: "Who may do what on one side of `grants diff` and not on the other, and is to: it is shown with the reason, and \
        not counted. What it is about must fit everything that is written here.",
    arguments: &[
        Argument::new(
            "role",
            "references or texts",
            "The roles, or their names, in which `*` stands for any characters: `\"app_*\"`; `\"public\"` is \
             everybody. All when absent.",
        ),
        Argument::new(
            "on",
            "references or texts",
            "The declarations, or the names of objects, such as `\"sales.*\"` or `\"table.sales.orders\"`; everything \
             when absent.",
        ),
        Argument::new(
            "privileges",
            "list of names",
            "Privileges, such as `select`; all when absent.",
        ),
        Argument::new("reason", "text", "Why it is accepted.").required(),
        Argument::new("ticket", "text", "Where that was decided."),
        Argument::new(
            "expires",
            "day",
            "The last day on which it counts, such as `2027-03-31`; then it is a difference again.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "\
accept \"support_reads\" {
  role       = [\"support_*\"]
  on         = [table.videos, \"sales.*\"]
  privileges = [\"select\"]
  reason     = \"support answers customers in prod only\"
  ticket     = \"OPS-7\"
  expires    = \"2027-03-31\"
}",
};

pub(crate) const NOTIFY: Syntax = Syntax {
    kind: "notify",
    label: Some("name"),
    about: "Who is told how runs end. Before the name stands how: `slack`, or `webhook`, which gets JSON. It never \
        makes a run fail: where nobody answers, there is a warning.",
    arguments: &[
        Argument::new(
            "url",
            "text",
            "Where. It is a secret, and shown nowhere; nobody is told where it is null or empty.",
        )
        .required(),
        Argument::new(
            "on",
            "list of words",
            "Of what: `applied`, `failed`, `drift`, and `approval_needed` when a plan for a protected environment \
             is saved; all of them when absent.",
        ),
        Argument::new(
            "environments",
            "list of names",
            "The environments it is for; all when absent.",
        ),
        Argument::new(
            "link",
            "text",
            "What a message leads to; the run of GitHub, GitLab or Jenkins when absent.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "\
notify \"slack\" \"data_team\" {
  url          = env(\"SLACK_WEBHOOK_URL\", \"\")
  on           = [\"failed\", \"drift\", \"approval_needed\"]
  environments = [\"prod\"]
}",
};
