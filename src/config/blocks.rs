//! The blocks of the language itself: what each may hold. What is not here is not accepted, and what
//! is here is what `estate explain` shows.

use model::syntax::{Argument, Syntax};

use crate::guards::{ACCEPT, DRIFT_IGNORE, NOTIFY, POLICY};

const FOR_EACH: Argument = Argument::new(
    "for_each",
    "map or set",
    "Repeats it for every element; `each.key` and `each.value` are that of the turn.",
);
const COUNT: Argument = Argument::new(
    "count",
    "number",
    "Repeats it that often; `count.index` counts from 0.",
);
const DEPENDS_ON: Argument = Argument::new(
    "depends_on",
    "list of references",
    "What must be there first, beside what it mentions.",
);
const STRATEGY: Argument = Argument::new(
    "strategy",
    "\"online\" or \"direct\"",
    "How changes run: online, which is the default, holds no lock for long; direct does all in one transaction.",
);
const DESCRIPTION: Argument = Argument::new("description", "text", "For readers.");

pub(crate) const STATE: Syntax = Syntax {
    kind: "state",
    label: Some("store"),
    about: "Where is written down what is ours: `platform`, in the database itself, which is the default; \
        `file`; or `object_store`: S3, Google Cloud Storage, Azure, or what speaks like them. `estate state move` \
        moves it from one to another.",
    arguments: &[
        Argument::new(
            "path",
            "text",
            "The file of the store `file`, which needs it.",
        ),
        Argument::new(
            "url",
            "text",
            "The object of the store `object_store`, which needs it: `s3://BUCKET/PATH`, `gs://BUCKET/PATH`, \
             `az://CONTAINER/PATH`; one that ends with `/` is a folder. Credentials and endpoints come from the \
             environment: `AWS_*`, `GOOGLE_*`, `AZURE_*`.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "state \"file\" { path = \"estate.json\" }",
};

pub(crate) const SNAPSHOTS: Syntax = Syntax {
    kind: "snapshots",
    label: None,
    about: "What is kept of rows before something drops them.",
    arguments: &[Argument::new("keep", "text", "How long, such as `14d`.")],
    others: None,
    blocks: &[],
    example: "snapshots { keep = \"14d\" }",
};

pub(crate) const ESTATE: Syntax = Syntax {
    kind: "estate",
    label: None,
    about: "The project as a whole. There is one at most; values are constants.",
    arguments: &[
        Argument::new(
            "project",
            "text",
            "Its name, under which the state is kept; the name of the folder when absent.",
        ),
        STRATEGY,
        Argument::new(
            "drain_timeout",
            "text",
            "How long a run of a task in progress may take to end, before something it stands on changes: `10m`; 5 \
             minutes when absent.",
        ),
        Argument::new(
            "required_version",
            "text",
            "Which versions of Estate it is for: `>= 0.1, < 2.0`, `~> 1.2`.",
        ),
        Argument::new(
            "grants",
            "\"exact\" or \"additive\"",
            "Whether a declared object has exactly the grants of the files, which is the default, or \
             others may add to them.",
        ),
        Argument::new(
            "owner",
            "text",
            "The role that owns what does not say otherwise; what is new belongs to whoever applies when \
             absent.",
        ),
    ],
    others: None,
    blocks: &[STATE, SNAPSHOTS],
    example: "\
estate {
  project          = \"shop\"
  required_version = \">= 0.1\"
  state \"platform\" {}
}",
};

pub(crate) const ENVIRONMENT: Syntax = Syntax {
    kind: "environment",
    label: Some("name"),
    about: "A stage with a state of its own, such as dev or prod, chosen with `--env NAME`. Expressions \
        know it as `environment.name`.",
    arguments: &[
        Argument::new("variables", "map", "Values of variables in it."),
        Argument::new(
            "protected",
            "true or false",
            "Whether it takes only saved plans whose digest was approved.",
        ),
        Argument::new(
            "approvals",
            "number",
            "How many people have to approve a plan, where it is protected; one when absent.",
        ),
        Argument::new(
            "approvers",
            "map",
            "Whose approvals count: names with public keys of OpenSSH. They sign with `estate approve PLAN`.",
        ),
        DESCRIPTION,
    ],
    others: None,
    blocks: &[],
    example: "\
environment \"prod\" {
  protected = true
  variables = { retention_days = 90 }
}",
};

/// A `provider` block.
pub const PROVIDER: Syntax = Syntax {
    kind: "provider",
    label: Some("platform"),
    about: "A server. Without any, there is one PostgreSQL, embedded or that of `--url`.",
    arguments: &[
        Argument::new(
            "url",
            "text",
            "Where it is: `postgres://user@host:5432/database`; the embedded one when absent. Keep the \
             password out of the files: `env(\"DATABASE_URL\")`.",
        ),
        Argument::new(
            "alias",
            "name",
            "Tells it from another one of the same platform: `provider = postgres.eu`.",
        ),
        Argument::new(
            "lock_timeout",
            "time",
            "How long a statement waits for a lock before its part is tried again: `500ms`, `3s`, `1m`; `3s` \
             when absent. Others wait behind it meanwhile.",
        ),
        Argument::new(
            "statement_timeout",
            "time",
            "How long a statement may take that others have to wait for; as long as it takes when absent. \
             Indexes that are built and constraints that are validated while people write are not bound by it.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "provider \"postgres\" { url = env(\"DATABASE_URL\") }",
};

pub(crate) const VALIDATION: Syntax = Syntax {
    kind: "validation",
    label: None,
    about: "What must hold for the value; there may be several.",
    arguments: &[
        Argument::new("condition", "true or false", "What must be true.").required(),
        Argument::new("message", "text", "What to tell otherwise."),
        Argument::new("error_message", "text", "The same, as Terraform calls it."),
    ],
    others: None,
    blocks: &[],
    example: "\
validation {
  condition = var.retention_days > 0
  message   = \"keep at least one day\"
}",
};

pub(crate) const VARIABLE: Syntax = Syntax {
    kind: "variable",
    label: Some("name"),
    about: "A value that comes from outside, `var.NAME` in expressions. From low to high: the default, \
        the environment, `ESTATE_VAR_name`, `*.auto.vars.hcl`, `--var-file`, `--var`. In a module, the \
        block that calls it gives the value.",
    arguments: &[
        Argument::new(
            "type",
            "type",
            "`string`, `number`, `bool`, `any`, `list()`, `map()`, `set()` or `object({})`.",
        ),
        Argument::new("default", "any", "The value where none is given."),
        DESCRIPTION,
        Argument::new(
            "sensitive",
            "true or false",
            "Whether the value is never shown.",
        ),
        Argument::new(
            "nullable",
            "true or false",
            "Whether null is a value; it is when absent.",
        ),
    ],
    others: None,
    blocks: &[VALIDATION],
    example: "\
variable \"retention_days\" {
  type    = number
  default = 30
  validation {
    condition = var.retention_days > 0
    message   = \"keep at least one day\"
  }
}",
};

pub(crate) const LOCALS: Syntax = Syntax {
    kind: "locals",
    label: None,
    about: "Names for values, `local.NAME` in expressions. There may be several such blocks.",
    arguments: &[],
    others: Some(Argument::new("NAME", "any", "A value; it may use others.")),
    blocks: &[],
    example: "locals { suffix = upper(environment.name) }",
};

pub(crate) const OUTPUT: Syntax = Syntax {
    kind: "output",
    label: Some("name"),
    about: "A value that a module hands to whoever calls it, as `module.LABEL.NAME`.",
    arguments: &[
        Argument::new("value", "any", "The value; a reference is one.").required(),
        DESCRIPTION,
        Argument::new(
            "sensitive",
            "true or false",
            "Whether the value is never shown.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "output \"schema\" { value = schema.marts }",
};

pub(crate) const MODULE: Syntax = Syntax {
    kind: "module",
    label: Some("name"),
    about: "Everything that another folder declares, with values for its variables.",
    arguments: &[
        Argument::new(
            "source",
            "text",
            "The folder, beginning with `./` or `../`; a constant.",
        )
        .required(),
        FOR_EACH,
        COUNT,
        DEPENDS_ON,
    ],
    others: Some(Argument::new(
        "NAME",
        "any",
        "The value of a variable of the module.",
    )),
    blocks: &[],
    example: "\
module \"sales\" {
  source = \"./team\"
  team   = \"sales\"
}",
};

pub(crate) const MOVED: Syntax = Syntax {
    kind: "moved",
    label: None,
    about: "A declaration or a module has another name in the files now. Nothing is dropped; renames are \
        never guessed.",
    arguments: &[
        Argument::new("from", "reference", "The former name.").required(),
        Argument::new("to", "reference", "The present name.").required(),
    ],
    others: None,
    blocks: &[],
    example: "\
moved {
  from = table.movies
  to   = table.videos
}",
};

pub(crate) const REMOVED_LIFECYCLE: Syntax = Syntax {
    kind: "lifecycle",
    label: None,
    about: "The same, as Terraform writes it.",
    arguments: &[Argument::new("destroy", "true or false", "As above.")],
    others: None,
    blocks: &[],
    example: "lifecycle { destroy = false }",
};

pub(crate) const REMOVED: Syntax = Syntax {
    kind: "removed",
    label: None,
    about: "What is no longer declared is no longer managed either.",
    arguments: &[
        Argument::new("from", "reference", "The former name.").required(),
        Argument::new(
            "destroy",
            "true or false",
            "Whether it is dropped, which is the default; with false it stays as it is.",
        ),
    ],
    others: None,
    blocks: &[REMOVED_LIFECYCLE],
    example: "\
removed {
  from    = table.clips
  destroy = false
}",
};

pub(crate) const IMPORT: Syntax = Syntax {
    kind: "import",
    label: None,
    about: "A declaration takes over an object that exists, which may have another name there.",
    arguments: &[
        Argument::new("to", "reference", "The declaration.").required(),
        Argument::new(
            "id",
            "text",
            "The present name of the object: `raw.videos`.",
        )
        .required(),
    ],
    others: None,
    blocks: &[],
    example: "\
import {
  to = table.videos
  id = \"raw.old_videos\"
}",
};

pub(crate) const LIFECYCLE: Syntax = Syntax {
    kind: "lifecycle",
    label: None,
    about: "What must not happen to an object. It stands in the block of the object.",
    arguments: &[
        Argument::new(
            "prevent_destroy",
            "true or false",
            "Whether it is never dropped, not even when its block is gone.",
        ),
        Argument::new(
            "ignore_changes",
            "list of names",
            "Attributes that others may change: `[owner, comment]`.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "\
table \"videos\" {
  schema = schema.raw
  lifecycle { prevent_destroy = true }
}",
};

const CONTENT: Syntax = Syntax {
    kind: "content",
    label: None,
    about: "What is repeated.",
    arguments: &[],
    others: Some(Argument::new(
        "NAME",
        "any",
        "What the block in question has.",
    )),
    blocks: &[],
    example: "content { type = column.value }",
};

pub(crate) const DYNAMIC: Syntax = Syntax {
    kind: "dynamic",
    label: Some("block"),
    about: "Repeats a block inside of another, once for every element.",
    arguments: &[
        Argument::new("for_each", "collection", "What it is repeated for.").required(),
        Argument::new(
            "iterator",
            "name",
            "What the element is called in expressions; the label when absent.",
        ),
        Argument::new("labels", "list of texts", "The labels of each block."),
    ],
    others: None,
    blocks: &[CONTENT],
    example: "\
table \"films\" {
  schema = schema.raw
  dynamic \"column\" {
    for_each = { title = \"text\", views = \"bigint\" }
    labels   = [column.key]
    content { type = column.value }
  }
}",
};

/// Every block of the language.
pub const BLOCKS: &[Syntax] = &[
    ESTATE,
    ENVIRONMENT,
    PROVIDER,
    VARIABLE,
    LOCALS,
    OUTPUT,
    MODULE,
    MOVED,
    REMOVED,
    IMPORT,
    LIFECYCLE,
    POLICY,
    DRIFT_IGNORE,
    ACCEPT,
    NOTIFY,
    DYNAMIC,
];

/// What every block that declares an object takes beside its own attributes.
pub const EVERYWHERE: &[Argument] = &[
    FOR_EACH,
    COUNT,
    DEPENDS_ON,
    Argument::new(
        "provider",
        "name",
        "The server it is on, where there are several: `postgres.eu`.",
    ),
    STRATEGY,
];
