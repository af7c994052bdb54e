//! Hooks: statements of the project's own, each before or after the change of something.

use model::hook::{self, Hook, When};
use model::syntax::{Argument, Syntax};
use model::{Address, Content, Hazard, Located, Statement};

use super::blocks::Reader;

/// The block type.
pub(super) const KIND: &str = SYNTAX.kind;

/// What the block may hold.
pub(crate) const SYNTAX: Syntax = Syntax {
    kind: hook::KIND,
    label: Some("name"),
    about: "A statement for the data between two changes: filling a new column, refreshing what was computed. It is \
        part of the plan and runs only when something changes, once for each change; `destroy` runs none.",
    arguments: &[
        Argument::new(
            "when",
            "\"before_apply\", \"after_apply\", \"before_change\" or \"after_change\"",
            "Before or after everything else; right before the first step of an object that is there, once it has \
             its new name, or right after it is built. It is in the transaction of that step.",
        )
        .required(),
        Argument::new(
            "on",
            "reference, or list of references",
            "The objects one of which has to change; `${self}` in the statement is the name of each. Without it, \
             before or after any apply that changes something.",
        ),
        Argument::new("sql", "text", "The statement.").required(),
        Argument::new(
            "database",
            "reference, or name",
            "Where it runs; where the objects are, or in the database of the url, when absent.",
        ),
        Argument::new(
            "transaction",
            "true or false",
            "With false it runs by itself, as `vacuum` must: before the transaction of that step, or after it.",
        ),
        Argument::new(
            "timeout",
            "time",
            "How long it may run, such as `30s`; as long as it takes when absent.",
        ),
    ],
    others: None,
    blocks: &[],
    example: "\
hook \"fill_full_names\" {
  when = \"after_change\"
  on   = table.people
  sql  = \"update ${self} set full_name = first || ' ' || last where full_name is null\"
}",
};

/// Turns one declaration into a hook for each of its objects, or one for all where its text is the same for all.
pub(super) fn resolve(reader: &mut Reader<'_>) -> Vec<Hook> {
    reader.check_names();
    let words = When::ALL.map(|(word, _)| word);
    let when = reader.required("when", "Say when it runs: `when = \"after_change\"`.");
    let (_, when) = When::ALL[when.map_or(0, |_| reader.choice("when", &words))];
    let is_about_change = matches!(when, When::BeforeChange | When::AfterChange);
    let written = match is_about_change {
        true => reader.required("on", "Say the change of what: `on = table.label`."),
        false => reader.attribute("on"),
    };
    let on = written.map_or_else(Vec::new, |on| reader.objects(on, "the object of a hook"));
    let timeout = reader.time("timeout");
    let in_transaction = reader.flag("transaction", true);
    let database = reader.attribute("database");
    let Some(sql) = reader.required("sql", "Add `sql = \"update ${self} set ...\"`.") else {
        return Vec::new();
    };
    let mut hooks: Vec<Hook> = Vec::new();
    let targets: Vec<Option<&Address>> = match (written, on.is_empty()) {
        (None, _) => vec![None],
        (Some(_), _) => on.iter().map(Some).collect(),
    };
    for target in targets {
        let Some(subject) = target.cloned().or_else(|| reader.itself()) else {
            continue;
        };
        let Some(text) = reader.text(sql, &subject, target) else {
            continue;
        };
        let text = text.trim_end().trim_end_matches(';').trim_end().to_owned();
        let Some(place) = place(reader, database, &subject) else {
            continue;
        };
        let provider = subject.provider();
        let known = hooks.iter_mut().find(|hook| {
            hook.statement.sql == text && hook.place == place && hook.provider == provider
        });
        if let Some(hook) = known {
            hook.on.extend(target.cloned());
            continue;
        }
        let lost = reader.loss(&subject, &text);
        let mut statement = Statement::new(text);
        let what = lost.map(|what| format!("{what}, as {} says", reader.declaration.id));
        statement.hazards = what
            .map(|what| Hazard::DeletesData { what, rows: None })
            .into_iter()
            .collect();
        statement.names_in = reader.names_in(&subject);
        statement.timeout_ms = timeout.and_then(|time| u64::try_from(time.as_millis()).ok());
        let id = reader.declaration.id.clone();
        if !in_transaction {
            statement = statement.alone(&hook::address(provider, &id));
        }
        hooks.push(Hook {
            id,
            when,
            on: target.cloned().into_iter().collect(),
            provider: provider.to_owned(),
            place,
            statement,
        });
    }
    hooks
}

/// Returns the place where a hook runs: the one it names, or that of what it is about.
fn place(reader: &mut Reader<'_>, written: Option<&Located>, subject: &Address) -> Option<String> {
    let ground = reader.grounds.of(subject)?;
    let place = match written.map(|written| (&written.content, written)) {
        None if subject.kind() == hook::KIND => return Some(String::new()),
        None => return Some(ground.provider.place(subject, ground.platform)),
        Some((Content::Text(name), _)) => name.clone(),
        Some((Content::Reference(id), written)) => {
            let site = reader.addresses.get(id).flatten();
            let database = site.filter(|site| ground.provider.is_place(&site.address));
            match database {
                Some(site) => site.address.name().to_owned(),
                None => {
                    reader.wrong_type(
                        written,
                        "this must be a reference to a database, or its name",
                    );
                    return None;
                }
            }
        }
        Some((_, written)) => {
            reader.wrong_type(
                written,
                "this must be a reference to a database, or its name",
            );
            return None;
        }
    };
    Some(match place == ground.platform.place {
        true => String::new(),
        false => place,
    })
}
