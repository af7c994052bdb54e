//! `estate grants`.

use access::{Comparison, Filter, Manner, Names, Rule, Suffixes, WrongRule, compare, of_role, one};

use crate::args::Global;
use crate::args::grants::{
    GrantsCommand, GrantsDiffArgs, GrantsFormat, GrantsFrom, GrantsMembersArgs, GrantsSaid,
    GrantsShowArgs, GrantsSnapshotArgs, GrantsWhoArgs,
};
use crate::exit::Exit;
use crate::failure::{Failure, Plain};
use crate::grants::members::Members;
use crate::grants::report::GrantsReport;
use crate::grants::source::{self, Named, Side};
use crate::grants::{Answer, Question, accepts, html, table, text};
use crate::screen::Screen;
use crate::{picture, project};
use state::now;

/// Says who can do what, and changes nothing.
pub(super) async fn run(
    global: &Global,
    command: &GrantsCommand,
    screen: Screen,
) -> Result<Exit, Failure> {
    match command {
        GrantsCommand::Show(args) => show(global, args, screen).await,
        GrantsCommand::Who(args) => who(global, args, screen).await,
        GrantsCommand::Diff(args) => diff(global, args, screen).await,
        GrantsCommand::Snapshot(args) => snapshot(global, args, screen).await,
        GrantsCommand::Members(args) => members(global, args, screen).await,
    }
}

async fn show(global: &Global, args: &GrantsShowArgs, screen: Screen) -> Result<Exit, Failure> {
    let side = source::read(global, &args.from).await?;
    let filter = Filter {
        objects: meant(&args.object, &[&side]),
        privileges: args.privilege.clone(),
        schemas: args.schema.clone(),
        ..Filter::default()
    };
    let role = match &args.who {
        None => None,
        Some(name) => Some(role_of(name, &side)?),
    };
    let question = match &role {
        None => Question::All,
        Some((_, name)) => Question::Role(name),
    };
    let comparison = match &role {
        None => one(&side.access, args.said.direct, &filter),
        Some((role, _)) => of_role(&side.access, *role, args.said.direct, &filter),
    };
    say(
        question,
        &args.said,
        vec![&side],
        comparison,
        Vec::new(),
        screen,
    );
    Ok(Exit::Done)
}

async fn who(global: &Global, args: &GrantsWhoArgs, screen: Screen) -> Result<Exit, Failure> {
    let side = source::read(global, &args.from).await?;
    let objects = object_of(&args.what, &side)?;
    let mut filter = Filter {
        roles: args.role.clone(),
        objects,
        privileges: args.privilege.clone(),
        ..Filter::default()
    };
    let mut comparison = one(&side.access, args.said.direct, &filter);
    let is_found = comparison.same > 0;
    if !args.said.direct && is_found {
        // To superusers, and to whoever can become one, everything is permitted.
        filter.objects = vec!["server".to_owned()];
        filter.privileges = vec!["superuser".to_owned()];
        let superusers = one(&side.access, false, &filter);
        comparison.rows.extend(superusers.rows);
        comparison.same += superusers.same;
    }
    say(
        Question::Object(&args.what),
        &args.said,
        vec![&side],
        comparison,
        Vec::new(),
        screen,
    );
    Ok(Exit::Done)
}

async fn diff(global: &Global, args: &GrantsDiffArgs, screen: Screen) -> Result<Exit, Failure> {
    let rules = rules(&args.map)?;
    let mut accepts = Vec::new();
    for file in &args.accept {
        accepts.extend(accepts::read(file)?);
    }
    let from = |source: &str| GrantsFrom {
        from: Some(source.to_owned()),
        provider: args.provider.clone(),
        cluster: args.cluster,
    };
    let mut a = source::read(global, &from(&args.a)).await?;
    let mut b = source::read(global, &from(&args.b)).await?;
    accepts.extend(accepts::of_project(global, [&a, &b], screen)?);
    if a.label == b.label {
        a.label.push_str(" (A)");
        b.label.push_str(" (B)");
    }
    let filter = Filter {
        roles: args.filter.role.clone(),
        objects: meant(&args.filter.object, &[&a, &b]),
        privileges: args.filter.privilege.clone(),
        schemas: args.filter.schema.clone(),
    };
    let suffixes = suffixes(&a, &b);
    let names = Names::between(&a.access, &b.access, suffixes.as_ref(), &rules)
        .map_err(|wrong| wrong_rules(&wrong, &a, &b))?;
    let manner = Manner {
        direct: args.said.direct,
        keep_same: args.same,
        is_one_server: a.head.server.identity == b.head.server.identity,
    };
    let mut comparison = compare(&a.access, &b.access, names, manner, &filter);
    let today = now();
    let today = today.split('T').next().unwrap_or_default();
    let fared = comparison.accept(&accepts, today);
    let accepts = accepts.into_iter().zip(fared).collect();
    let exit = match comparison.differences() {
        0 => Exit::Done,
        _ => Exit::Differs,
    };
    say(
        Question::Difference,
        &args.said,
        vec![&a, &b],
        comparison,
        accepts,
        screen,
    );
    Ok(exit)
}

async fn members(
    global: &Global,
    args: &GrantsMembersArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let side = source::read(global, &args.from).await?;
    let members = Members::of(side.access.population(), &args.role);
    if members.is_empty() && !args.role.is_empty() {
        let all = args.role.join("`, `");
        return Err(Plain::usage(format!("there is no role `{all}` in {}", side.label)).into());
    }
    if screen.json {
        screen.say_json(&members.report());
        return Ok(Exit::Done);
    }
    let text = picture::draw(args.format, args.all, &members.drawing(), || {
        members.graph()
    });
    screen.say(text.trim_end());
    Ok(Exit::Done)
}

async fn snapshot(
    global: &Global,
    args: &GrantsSnapshotArgs,
    screen: Screen,
) -> Result<Exit, Failure> {
    let side = source::read(global, &args.from).await?;
    let place = project::shown(&args.out);
    let snapshot = side.snapshot();
    std::fs::write(&args.out, snapshot.text()).map_err(|error| {
        Plain::failed("cli::file", format!("{place} cannot be written: {error}"))
            .help("Check the folder, or name another file.")
    })?;
    if screen.json {
        screen.say_json(&serde_json::json!({
            "format": crate::report::FORMAT,
            "file": place,
            "taken_at": snapshot.taken_at,
            "complete": snapshot.complete,
            "unseen": snapshot.population.unseen,
            "digest": snapshot.digest,
        }));
        return Ok(Exit::Done);
    }
    let counted = access::counted;
    let population = &snapshot.population;
    let mut lines = vec![format!(
        "{place} holds who can do what: {} roles, {} memberships, {} objects.",
        counted(population.roles.len()),
        counted(population.memberships.len()),
        counted(population.things.len())
    )];
    lines.push(format!("  {}: {}", side.label, side.origin()));
    for what in &population.unseen {
        lines.push(format!("  Incomplete, not seen is {what}"));
    }
    lines.push(format!("  digest {}", snapshot.digest));
    screen.say(lines.join("\n"));
    Ok(Exit::Done)
}

fn say(
    question: Question<'_>,
    said: &GrantsSaid,
    sides: Vec<&Side>,
    comparison: Comparison<'_>,
    accepts: Vec<(access::Accept, access::Accepted)>,
    screen: Screen,
) {
    let answer = Answer {
        question,
        direct: said.direct,
        sides,
        groups: comparison.groups(),
        comparison,
        accepts,
        asked_at: now(),
    };
    let format = match screen.json {
        true => GrantsFormat::Json,
        false => said.format,
    };
    match format {
        GrantsFormat::Text => screen.say(text::write(&answer, screen.color)),
        GrantsFormat::Json => screen.say_json(&GrantsReport::of(&answer)),
        GrantsFormat::Csv => screen.say(table::csv(&answer)),
        GrantsFormat::Markdown => screen.say(table::markdown(&answer)),
        GrantsFormat::Html => screen.say(html::write(&answer)),
    }
}

/// Returns the role that is meant: by its name, or by its address.
fn role_of(name: &str, side: &Side) -> Result<(access::RoleId, String), Failure> {
    let access = &side.access;
    if let Some(role) = access.role(name) {
        return Ok((role, name.to_owned()));
    }
    if name.eq_ignore_ascii_case(access::PUBLIC_NAME) {
        return Ok((access::PUBLIC, access::PUBLIC_NAME.to_owned()));
    }
    let declared = side.named.iter().find(|one| one.id.to_string() == name);
    let by_address = declared.and_then(|one| one.path.last().cloned());
    let by_address = by_address.or_else(|| name.strip_prefix("role.").map(str::to_owned));
    let by_address = by_address.and_then(|found| Some((access.role(&found)?, found)));
    if let Some(found) = by_address {
        return Ok(found);
    }
    let names: Vec<&str> = access.roles().map(|role| access.role_name(role)).collect();
    Err(Plain::failed(
        "cli::no_role",
        format!("there is no role `{name}` in {}", side.label),
    )
    .help(
        model::diagnostic::did_you_mean(name, names)
            .unwrap_or_else(|| "`estate grants show` without a role shows all.".to_owned()),
    )
    .into())
}

/// Returns patterns with the names that the files have for objects in place of their addresses.
fn meant(patterns: &[String], sides: &[&Side]) -> Vec<String> {
    let mut all = Vec::new();
    for pattern in patterns {
        let named = sides.iter().flat_map(|side| &side.named);
        let found = named.filter(|one| one.id.to_string() == *pattern);
        let before = all.len();
        all.extend(found.map(Named::pattern));
        if all.len() == before {
            all.push(pattern.clone());
        }
    }
    all
}

/// Returns patterns for the object that is meant: its address, its name, or the last part of its name.
fn object_of(what: &str, side: &Side) -> Result<Vec<String>, Failure> {
    let access = &side.access;
    let is_there = |patterns: &[String]| {
        access
            .targets()
            .any(|id| access::accept::is_meant(patterns, access.target(id)))
    };
    let named = meant(&[what.to_owned()], &[side]);
    if is_there(&named) {
        return Ok(named);
    }
    let last: Vec<String> = access
        .targets()
        .map(|id| access.target(id))
        .filter(|target| {
            let name = target.path.last().map_or("", String::as_str);
            let bare = name.split('(').next().unwrap_or_default();
            let of_kind = what.strip_prefix(target.kind.as_str());
            let of_kind = of_kind.and_then(|rest| rest.strip_prefix('.'));
            [Some(what), of_kind]
                .into_iter()
                .flatten()
                .any(|what| what == name || what == bare)
        })
        .map(|target| format!("{}.{}", target.kind, target.path.join(".")))
        .collect();
    if !last.is_empty() {
        return Ok(last);
    }
    let names: Vec<String> = access
        .targets()
        .map(|id| access.target(id))
        .map(|target| target.name(false))
        .collect();
    Err(Plain::failed(
        "cli::no_object",
        format!("there is no object `{what}` in {}", side.label),
    )
    .help(
        model::diagnostic::did_you_mean(what, names.iter().map(String::as_str)).unwrap_or_else(
            || {
                "Write its name with its schema, such as `sales.orders`, or `database.shop`."
                    .to_owned()
            },
        ),
    )
    .into())
}

/// Reads rules of names.
fn rules(map: &[String]) -> Result<Vec<Rule>, Failure> {
    let mut rules = Vec::new();
    for text in map {
        let rule = Rule::parse(text).ok_or_else(|| {
            Plain::usage(format!("`--map {text}` does not say what stands for what")).help(
                "Write `FROM=TO`, such as `app_test=app_prod` or `role:*_t=*_p`; both sides have one `*` or none.",
            )
        })?;
        rules.push(rule);
    }
    Ok(rules)
}

fn wrong_rules(wrong: &[WrongRule], a: &Side, b: &Side) -> Failure {
    let mut notes = Vec::new();
    for one in wrong {
        notes.push(match one {
            WrongRule::NoFrom(rule) => {
                let kind = rule.kind.as_deref().unwrap_or("role, database or schema");
                format!("there is no {kind} `{}` in {}", rule.from, a.label)
            }
            WrongRule::NoTo(rule, kind) => {
                format!(
                    "there is no {kind} `{}` in {}, or it stands for another",
                    rule.to, b.label
                )
            }
        });
    }
    let mut plain = Plain::failed("cli::grants_map", "`--map` names what is not there");
    plain.notes = notes;
    plain
        .help("FROM is a name on the first side, TO one on the second.")
        .into()
}

/// Finds what both sides put at the end of names: the names of environments, or ends of the names of databases.
fn suffixes(a: &Side, b: &Side) -> Option<Suffixes> {
    let environments = a.head.environment.as_ref().zip(b.head.environment.as_ref());
    if let Some((one, other)) = environments.filter(|(one, other)| one != other) {
        return Some(Suffixes {
            a: one.clone(),
            b: other.clone(),
        });
    }
    let only = |side: &Side| {
        let databases = side.access.databases();
        let mut all = databases.iter();
        match (all.next(), all.next()) {
            (Some(only), None) => Some((*only).to_owned()),
            _ => None,
        }
    };
    Suffixes::between(&only(a)?, &only(b)?)
}
