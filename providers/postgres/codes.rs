//! Every code that this platform gives.

use model::Code;

/// Every code, with its explanation.
pub const CODES: &[Code] = &[
    Code {
        name: "postgres::no_cron",
        explanation: "A task is declared, but the server has no pg_cron to run it.",
    },
    Code {
        name: "postgres::no_effect",
        explanation: "Default privileges of a schema only add to the built-in default. What everybody \
            may do by default can only be taken away for the whole database.",
    },
    Code {
        name: "postgres::rejected",
        explanation: "PostgreSQL does not accept a query or an expression of the files.",
    },
    Code {
        name: "postgres::unclear_grant",
        explanation: "A grant does not say clearly what it is on, or to whom.",
    },
    Code {
        name: "postgres::unknown_object",
        explanation: "A grant names an object that is neither declared nor live.",
    },
    Code {
        name: "postgres::unknown_privilege",
        explanation: "There is no such privilege on objects of that sort.",
    },
    Code {
        name: "postgres::unseen_tasks",
        explanation: "pg_cron shows a login that is no superuser only its own tasks. A task that another role has \
            under a declared name is not found, and a second one is made.",
    },
];
