//! A plan as one page for a browser: what changes, why, what to know, the graph, the statements.
//!
//! The page needs nothing else: it opens from a mail, and may load nothing. Everything in it that comes from files or
//! platforms is text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use model::{Action, Address, Change, Plan, Severity, Statement};

use super::{change, plan as view};
use crate::picture::{self, Graph, escape};

/// The page around it all.
const FRAME: &str = include_str!("page.html");

/// How many objects are shown opened.
const OPEN: usize = 12;

/// Writes the page. `place` says where an object is declared, as `main.hcl:12`.
#[must_use]
pub fn write(plan: &Plan, graph: Graph, place: &dyn Fn(&Address) -> Option<String>) -> String {
    let realm = match plan.environment.as_str() {
        "" => plan.project.clone(),
        environment => format!("{} in {environment}", plan.project),
    };
    let mut body = head(plan, &realm);
    body.push_str(&warnings(plan));
    body.push_str(&changes(plan, place));
    if !graph.nodes.is_empty() && plan.has_changes() {
        let svg = picture::write(&picture::fold(graph, picture::MOST));
        // Writing to a text cannot fail.
        let _ = write!(
            body,
            "<h2>What stands on what</h2>\n<p class=\"facts\">What changes, and what stands next to it. An arrow leads \
             from an object to what it stands on; dashed boxes hold several, which are named when pointed at.</p>\n\
             <div class=\"picture\">{svg}</div>\n"
        );
    }
    if !plan.batches.is_empty() {
        let sql = view::statements(plan, false);
        let _ = write!(
            body,
            "<h2>Statements</h2>\n<pre class=\"sql\">{}</pre>\n",
            colored_sql(&sql)
        );
    }
    body.push_str(&unmanaged(plan));
    let title = format!("Plan for {realm}");
    // The title first: what is put in later is not looked at again.
    let (before, after) = FRAME.split_once("{{body}}").unwrap_or((FRAME, ""));
    format!(
        "{}{body}{after}",
        before.replace("{{title}}", &escape(&title))
    )
}

fn head(plan: &Plan, realm: &str) -> String {
    let summary = plan.summary();
    let servers: Vec<String> = plan
        .basis
        .platforms
        .iter()
        .map(|(key, platform)| format!("{key} {}, database {}", platform.version, platform.place))
        .collect();
    let mut text = format!(
        "<h1>Plan for {}</h1>\n<p class=\"facts\">made {} by Estate {} for {}</p>\n\
         <p class=\"facts\">digest <code>{}</code></p>\n<ul class=\"counts\">\n",
        escape(realm),
        escape(&plan.created),
        escape(&plan.estate),
        escape(&servers.join("; ")),
        escape(&plan.digest),
    );
    let counts = [
        ("import", "to import", summary.import),
        ("add", "to add", summary.add),
        ("change", "to change", summary.change),
        ("destroy", "to destroy", summary.destroy),
    ];
    for (class, words, count) in counts {
        if class != "import" || count > 0 {
            let _ = writeln!(text, "<li class=\"{class}\"><b>{count}</b>{words}</li>");
        }
    }
    text.push_str("</ul>\n");
    if !plan.has_changes() {
        text.push_str("<p>No changes. The platform is as the files say.</p>\n");
    }
    text
}

/// Says what stops the plan, and what to know of it.
fn warnings(plan: &Plan) -> String {
    let mut text = String::new();
    if !plan.findings.is_empty() {
        text.push_str("<h2>Findings</h2>\n");
    }
    for finding in &plan.findings {
        let class = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let words = view::finding(finding, false);
        let _ = writeln!(
            text,
            "<div class=\"finding {class}\">{}</div>",
            escape(&words)
        );
    }
    let dangers: BTreeSet<String> = plan.statements().flat_map(Statement::dangers).collect();
    if !dangers.is_empty() {
        let (count, open) = (
            dangers.len(),
            if dangers.len() <= OPEN { " open" } else { "" },
        );
        let things = if count == 1 { "thing" } else { "things" };
        let _ = write!(
            text,
            "<h2>What to know before applying</h2>\n<details{open}><summary>{count} {things}</summary>\n<ul class=\"warn\">\n"
        );
        for danger in dangers {
            let _ = writeln!(text, "<li>it {}</li>", escape(&danger));
        }
        text.push_str("</ul></details>\n");
    }
    text
}

fn changes(plan: &Plan, place: &dyn Fn(&Address) -> Option<String>) -> String {
    let shown: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|one| view::is_shown(one))
        .collect();
    if shown.is_empty() {
        return String::new();
    }
    let mut text = "<h2>What changes</h2>\n".to_owned();
    if shown.len() > OPEN {
        text.push_str("<p><input id=\"find\" placeholder=\"find\" aria-label=\"find\"></p>\n");
    }
    for one in &shown {
        let open = if shown.len() <= OPEN { " open" } else { "" };
        text.push_str(&object(plan, one, place(&one.address), open));
    }
    text
}

fn object(plan: &Plan, one: &Change, place: Option<String>, open: &str) -> String {
    let class = match &one.action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace { .. } => "replace",
        Action::Delete { .. } => "delete",
        Action::Adopt | Action::Forget { .. } => "",
    };
    let place = place.map_or_else(String::new, |place| {
        format!("<span class=\"place\">{}</span>", escape(&place))
    });
    let steps = plan.batches.iter().flat_map(|batch| &batch.steps);
    let own = steps.filter(|step| step.address == one.address);
    let dangers: BTreeSet<String> = own
        .flat_map(|step| &step.statements)
        .flat_map(Statement::dangers)
        .collect();
    let mut why: Vec<String> = match &one.action {
        Action::Replace { because } => because.iter().map(|why| format!("because {why}")).collect(),
        Action::Delete { because } | Action::Forget { because } => {
            vec![format!("because {because}")]
        }
        Action::Create | Action::Update | Action::Adopt => Vec::new(),
    };
    if !one.drift.is_empty() {
        why.push(format!(
            "changed outside of Estate since the last apply: {}",
            one.drift.join(", ")
        ));
    }
    why.extend(dangers.into_iter().map(|danger| format!("it {danger}")));
    let why = why
        .iter()
        .map(|why| format!("<p class=\"why\">{}</p>\n", escape(why)));
    let words = change::write(one, false);
    // The first lines say in words what stands above already.
    let lines = words.lines().filter(|line| !line.starts_with("  # "));
    let lines: Vec<String> = lines.map(colored).collect();
    format!(
        "<details class=\"object\"{open}><summary><span class=\"mark {class}\">{}</span>{}{place}</summary>\n{}<pre>{}</pre></details>\n",
        one.action.symbol(),
        escape(&change::title(one)),
        why.collect::<String>(),
        lines.join("\n")
    )
}

/// Sets a line of a change off by the mark it begins with.
fn colored(line: &str) -> String {
    let class = match line.trim_start().split(' ').next() {
        Some("+") => "p",
        Some("-") => "m",
        Some("~" | "-/+") => "c",
        Some("#") => "q",
        _ => return escape(line),
    };
    format!("<span class=\"{class}\">{}</span>", escape(line))
}

/// Sets comments off.
fn colored_sql(sql: &str) -> String {
    let lines: Vec<String> = sql
        .lines()
        .map(|line| match line.starts_with("-- ") {
            true => format!("<span class=\"q\">{}</span>", escape(line)),
            false => escape(line),
        })
        .collect();
    lines.join("\n")
}

fn unmanaged(plan: &Plan) -> String {
    if plan.unmanaged.is_empty() {
        return String::new();
    }
    let mut text = "<h2>Not managed, and left alone</h2>\n<ul>\n".to_owned();
    for group in &plan.unmanaged {
        let names = group.names.join(", ");
        let kind = view::kinds(&group.kind, group.names.len());
        let _ = writeln!(
            text,
            "<li>{} {}: {}</li>",
            group.names.len(),
            escape(&kind),
            escape(&names)
        );
    }
    text.push_str("</ul>\n");
    text
}
