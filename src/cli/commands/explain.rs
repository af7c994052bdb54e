//! `estate explain`.

use model::Code;
use model::syntax::Syntax;
use serde_json::Value as Json;

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::providers;
use crate::screen::{Screen, Style};
use crate::view;

/// Returns every code there is.
#[must_use]
pub fn codes() -> Vec<Code> {
    let mut codes = [config::CODES, CODES].concat();
    codes.extend(plan::codes());
    #[cfg(feature = "postgres")]
    codes.extend(postgres::CODES);
    codes.sort_by_key(|code| code.name);
    codes
}

/// Codes that the command line gives itself.
const CODES: &[Code] = &[
    Code {
        name: "cli::accept_file",
        explanation: "A file of `grants diff --accept` is no CSV with the columns it needs, or a line in it has no reason or \
            a day that is none.",
    },
    Code {
        name: "cli::ambiguous_url",
        explanation: "`--url` takes the place of the url of the only provider, and there are several.",
    },
    Code {
        name: "cli::apply_failed",
        explanation: "A step of an apply failed. What is done is recorded; running `apply` again \
            continues.",
    },
    Code {
        name: "cli::changed_plan",
        explanation: "A saved plan is not the one whose digest it carries: somebody changed the file.",
    },
    Code {
        name: "cli::approval",
        explanation: "An approval cannot be signed, read or verified. `estate approve PLAN` writes one, with a key \
            of a file or of `ssh-agent`.",
    },
    Code {
        name: "cli::approvals",
        explanation: "The environment wants more approvals, by different people, than the plan has.",
    },
    Code {
        name: "cli::in_the_way",
        explanation: "A snapshot cannot be restored: there is something else by now, or nothing to bring it back to.",
    },
    Code {
        name: "cli::no_files",
        explanation: "There is no project in the folder.",
    },
    Code {
        name: "cli::no_snapshot",
        explanation: "There is no snapshot of that name. `estate snapshots list` says what there is.",
    },
    Code {
        name: "cli::rolled_back",
        explanation: "An apply with `--rollback-on-failure` failed after some of its steps had become permanent, and \
            everything is as it was before.",
    },
    Code {
        name: "cli::data_loss",
        explanation: "The plan drops rows or columns that hold data. `--allow-data-loss` agrees to it.",
    },
    Code {
        name: "cli::file",
        explanation: "A file cannot be read or written.",
    },
    Code {
        name: "cli::nothing_to_import",
        explanation: "There is no schema or object of the name that `import` was given. Names of objects \
            have their schema in front, such as `sales.orders`.",
    },
    Code {
        name: "cli::not_empty",
        explanation: "`estate init` writes only where there are no .hcl files yet.",
    },
    Code {
        name: "cli::declined",
        explanation: "The plan was not approved with the word `yes`.",
    },
    Code {
        name: "cli::empty_url",
        explanation: "The url of a provider is written but comes out as nothing, for example because \
            an environment variable is not set. The embedded PostgreSQL is only used where no url is \
            written.",
    },
    Code {
        name: "cli::grants_map",
        explanation: "`--map FROM=TO` names a role, database or schema that is not on its side. FROM is a name on the \
            first side of `grants diff`, TO one on the second.",
    },
    Code {
        name: "cli::grants_of_version",
        explanation: "What a version recorded cannot be read as who could do what, because the platform does not say who \
            was given what.",
    },
    Code {
        name: "cli::grants_snapshot",
        explanation: "A file that `grants snapshot` wrote cannot be read: it is something else, of another version, cut \
            off, or changed since, so that its digest is no longer that of its contents.",
    },
    Code {
        name: "cli::grants_source",
        explanation: "What `grants` shall read is neither a file, nor a url, nor an environment or a version of a project.",
    },
    Code {
        name: "cli::left_behind",
        explanation: "An apply was cut off, or is under way. What it left behind, such as a task that does not \
            run or an index that is not valid, is no change and no drift; the next apply takes it back.",
    },
    Code {
        name: "cli::locked",
        explanation: "Another apply is working on the same environment. A dead one holds nothing.",
    },
    Code {
        name: "cli::no_audit",
        explanation: "`estate audit` was given an address that is neither that of an audit nor that of an object \
            that an audit is about.",
    },
    Code {
        name: "cli::no_folder",
        explanation: "The project folder does not exist.",
    },
    Code {
        name: "cli::no_object",
        explanation: "Nothing that rights can be given on has that name. Names have their schema in front, such as \
            `sales.orders`; what is in no schema has its kind, such as `database.shop`.",
    },
    Code {
        name: "cli::no_project",
        explanation: "The project folder has no .hcl files.",
    },
    Code {
        name: "cli::no_provider",
        explanation: "The project has no provider to keep state in.",
    },
    Code {
        name: "cli::no_role",
        explanation: "The server has no role of that name.",
    },
    Code {
        name: "cli::no_task",
        explanation: "No task has that name.",
    },
    Code {
        name: "cli::no_version",
        explanation: "No apply has that number.",
    },
    Code {
        name: "cli::not_declared",
        explanation: "The command names something that no file declares. Check its address: the kind of its \
            block and its label, such as `table.daily`.",
    },
    Code {
        name: "cli::no_state",
        explanation: "Where `state move` is to bring the state from, there is none of this project and environment.",
    },
    Code {
        name: "cli::not_ours",
        explanation: "The state has no object of that name.",
    },
    Code {
        name: "cli::other_realm",
        explanation: "The plan was made for another project or environment.",
    },
    Code {
        name: "cli::plan_file",
        explanation: "The plan file cannot be written or read.",
    },
    Code {
        name: "cli::platform",
        explanation: "A platform failed or cannot be reached.",
    },
    Code {
        name: "cli::protected",
        explanation: "The environment has `protected = true`: it takes only saved plans whose digest \
            is approved.",
    },
    Code {
        name: "cli::stale_plan",
        explanation: "What a saved plan was made from has changed since: files, state, server, or \
            one of the objects it touches. Make a new plan.",
    },
    Code {
        name: "cli::state",
        explanation: "The state cannot be read or written.",
    },
    Code {
        name: "cli::state_there",
        explanation: "Where the state is to be moved to, there is another one of the same project and environment.",
    },
    Code {
        name: "cli::unknown_platform",
        explanation: "This build of Estate does not know the platform of a provider block.",
    },
    Code {
        name: "cli::unknown_store",
        explanation: "The `state` block names a store that there is not.",
    },
    Code {
        name: "cli::unknown_word",
        explanation: "There is no block and no code of that name.",
    },
    Code {
        name: "cli::usage",
        explanation: "The command line itself was wrong.",
    },
    Code {
        name: "cli::wrong_approval",
        explanation: "What was approved is another plan, or the approval is by somebody whose approval does not \
            count, or was changed after it was signed.",
    },
    Code {
        name: "cli::wrong_files",
        explanation: "The files have errors; each is listed.",
    },
];

/// Explains a kind or a code.
pub(super) fn run(args: &ExplainArgs, screen: Screen) -> Result<Exit, Failure> {
    let Some(word) = &args.what else {
        list(screen);
        return Ok(Exit::Done);
    };
    let found = blocks_called(word, screen.color);
    if !found.is_empty() {
        let (texts, mut schemas): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        match (screen.json, schemas.len()) {
            (true, 1) => screen.say_json(&schemas.remove(0)),
            (true, _) => screen.say_json(&schemas),
            (false, _) => screen.say(texts.join("\n\n")),
        }
        return Ok(Exit::Done);
    }
    if let Some(code) = codes().iter().find(|code| code.name == word) {
        if screen.json {
            screen.say_json(
                &serde_json::json!({ "code": code.name, "explanation": code.explanation }),
            );
        } else {
            screen.say(format!(
                "{}\n\n{}",
                Style::Bold.paint(screen.color, code.name),
                code.explanation
            ));
        }
        return Ok(Exit::Done);
    }
    let names = known();
    let near = model::diagnostic::did_you_mean(word, names.iter().map(String::as_str));
    Err(Plain::failed(
        "cli::unknown_word",
        format!("there is no block and no code `{word}`"),
    )
    .help(near.unwrap_or_else(|| "`estate explain` lists everything there is.".to_owned()))
    .into())
}

/// Describes the blocks of a type, in words and in JSON: that of the language first, where an object has the same.
fn blocks_called(word: &str, color: bool) -> Vec<(String, Json)> {
    let syntax = blocks().filter(|syntax| syntax.kind == word);
    let mut found: Vec<_> = syntax
        .map(|syntax| {
            let text = view::syntax::write(syntax, color);
            (text, view::syntax::json(syntax))
        })
        .collect();
    for provider in providers::all() {
        let kinds = provider.kinds().iter().filter(|rules| !rules.is_internal());
        found.extend(kinds.filter(|rules| rules.name() == word).map(|rules| {
            let schema = rules.schema();
            let text = kind(word, &schema, rules.within(), rules.nested(), color);
            (text, schema)
        }));
    }
    found
}

/// Returns every block that is no kind of object.
fn blocks() -> impl Iterator<Item = &'static Syntax> {
    config::BLOCKS.iter().chain(plan::BLOCKS)
}

fn known() -> Vec<String> {
    let kinds = providers::all()
        .into_iter()
        .flat_map(|provider| provider.kinds().iter());
    kinds
        .filter(|rules| !rules.is_internal())
        .map(|rules| rules.name().to_owned())
        .chain(blocks().map(|syntax| syntax.kind.to_owned()))
        .chain(codes().iter().map(|code| code.name.to_owned()))
        .collect()
}

fn list(screen: Screen) {
    if screen.json {
        screen.say_json(&known());
        return;
    }
    screen.say("Blocks of the language:");
    for syntax in blocks() {
        let about = syntax
            .about
            .split_once(". ")
            .map_or(syntax.about, |(first, _)| first);
        screen.say(format!(
            "  {:<20} {}.",
            syntax.kind,
            about.trim_end_matches('.')
        ));
    }
    for provider in providers::all() {
        screen.say(format!("\nBlocks of {}:", provider.name()));
        for rules in provider.kinds().iter().filter(|rules| !rules.is_internal()) {
            let schema = rules.schema();
            let words = first_sentence(&schema);
            screen.say(format!("  {:<20} {words}", rules.name()));
        }
    }
    screen.say("\nCodes:");
    for code in codes() {
        screen.say(format!("  {}", code.name));
    }
}

fn first_sentence(schema: &Json) -> String {
    let text = schema["description"]
        .as_str()
        .unwrap_or_default()
        .replace('\n', " ");
    text.split_once(". ")
        .map_or(text.clone(), |(first, _)| format!("{first}."))
}

fn kind(
    name: &str,
    schema: &Json,
    within: Option<provider::Within>,
    nested: &[provider::Nested],
    color: bool,
) -> String {
    let mut lines = vec![
        Style::Bold.paint(color, format!("{name} \"label\" {{ ... }}")),
        String::new(),
        schema["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        String::new(),
        "  name (text)".to_owned(),
        "      Its name; the label when absent.".to_owned(),
    ];
    if let Some(within) = within.filter(|within| !within.kept) {
        let required = if within.required { ", required" } else { "" };
        lines.push(format!(
            "  {} (reference to a {}{required})",
            within.attribute,
            within.kinds.join(" or a ")
        ));
        lines.push("      What it stands in.".to_owned());
    }
    fields(schema, 1, &mut lines, color);
    for nested in nested {
        lines.push(format!("  {} \"name\" {{ ... }}", nested.block));
        lines.push(format!("      See `estate explain {}`.", nested.kind));
    }
    lines.push("\nAs every such block:".to_owned());
    view::syntax::arguments(config::EVERYWHERE, 1, &mut lines, color);
    lines.push("  lifecycle { ... }".to_owned());
    lines.push("      See `estate explain lifecycle`.".to_owned());
    lines.join("\n")
}

fn fields(schema: &Json, depth: usize, lines: &mut Vec<String>, color: bool) {
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let indent = "  ".repeat(depth);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if property.get("x-derived").is_some() {
            continue;
        }
        let words = property["description"]
            .as_str()
            .unwrap_or_default()
            .replace('\n', " ");
        let block = property.get("x-block").and_then(Json::as_str);
        let head = match block {
            Some("labelled") => format!("{name} \"name\" {{ ... }}"),
            Some(_) => format!("{name} {{ ... }}"),
            None => {
                let mut kind = provider::decode::words(property);
                if required.contains(&name.as_str()) {
                    kind.push_str(", required");
                }
                format!("{name} ({kind})")
            }
        };
        lines.push(format!("{indent}{}", Style::Bold.paint(color, head)));
        lines.push(format!("{indent}    {words}"));
        if block.is_some() {
            let inner = provider::decode::inside(property);
            fields(inner, depth + 2, lines, color);
        }
    }
}
