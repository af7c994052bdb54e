//! Who is connected and changed the catalog last.
//!
//! PostgreSQL does not remember who changed what; of those who are still connected it knows the last statement.
//! Source: PostgreSQL manual, `pg_stat_activity`: what others run is seen by superusers and members of
//! `pg_read_all_stats`.

use provider::deed::words;
use provider::{Activity, Error};

use crate::link::Link;
use crate::read::{Cells, rows};

/// What begins a statement that changes the catalog.
const VERBS: &str = "^\\s*(alter|comment|create|drop|grant|reassign|revoke|security|truncate)\\s";

/// Returns whose last statement changed the catalog of any database, the latest first.
pub(crate) async fn activities(link: &mut Link) -> Result<Vec<Activity>, Error> {
    let sql = format!(
        "select usename::text, coalesce(application_name, ''), \
           to_char(query_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"'), query, coalesce(datname, '') \
         from pg_stat_activity \
         where pid <> pg_backend_pid() and backend_type = 'client backend' and usename is not null \
           and query ~* '{VERBS}' \
         order by query_start desc nulls last, pid"
    );
    let connection = link.at("").await?;
    let found = rows(connection, &sql).await?;
    Ok(found
        .iter()
        .map(|row| Activity {
            login: row.text(0),
            program: row.text(1),
            when: row.text(2),
            place: row.text(4),
            words: words(&row.text(3)),
        })
        .collect())
}
