//! Audits: queries that must return no row, each about one or several objects.

use model::syntax::{Argument, Syntax};
use model::{Audit, Statement};

use super::blocks::Reader;

/// The block type.
pub(super) const KIND: &str = SYNTAX.kind;

/// What the block may hold.
pub(crate) const SYNTAX: Syntax = Syntax {
    kind: "audit",
    label: Some("name"),
    about: "A query that must return no row. It runs on the new form of an object, before anybody sees \
        that, and whenever `estate audit` is called.",
    arguments: &[
        Argument::new(
            "on",
            "reference, or list of references",
            "The objects it is about; `${self}` in the query is the name of each.",
        )
        .required(),
        Argument::new("query", "text", "The query.").required(),
        Argument::new(
            "severity",
            "\"error\" or \"warning\"",
            "Whether a row stops the apply, which is the default, or is only told.",
        ),
        Argument::new(
            "timeout",
            "time",
            "How long the query may run, such as `30s`; as long as it takes when absent.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "\
audit \"no_future_days\" {
  on    = view.channel_daily
  query = \"select * from ${self} where day > current_date\"
}",
};

/// Turns one declaration into an audit per object it is about.
pub(super) fn resolve(reader: &mut Reader<'_>) -> Vec<Audit> {
    reader.check_names();
    let on = reader.required("on", "Say which object it is about: `on = view.label`.");
    let on = on.map_or_else(Vec::new, |on| reader.objects(on, "audited"));
    let severity = reader.choice("severity", &["error", "warning"]);
    let timeout = reader.time("timeout");
    let Some(query) = reader.required(
        "query",
        "Add `query = \"select ... from ${self} where ...\"`.",
    ) else {
        return Vec::new();
    };
    let name = reader.declaration.id.to_string();
    on.into_iter()
        .filter_map(|address| {
            let sql = reader.text(query, &address, Some(&address))?;
            let mut query = Statement::new(sql);
            query.names_in = reader.names_in(&address);
            query.timeout_ms = timeout.and_then(|time| u64::try_from(time.as_millis()).ok());
            Some(Audit {
                name: name.clone(),
                on: address,
                query,
                blocks: severity == 0,
            })
        })
        .collect()
}
