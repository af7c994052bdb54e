//! Who can do what as one page that needs nothing else: it opens from the attachment of a mail.
//!
//! Everything is in the text of the page; the script only sorts and searches. Names come from databases, so nothing is
//! put into the page without `escape`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use access::{Group, PUBLIC_NAME, Status, counted};

use super::table::{how, status};
use super::{Answer, Question};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Letters for privileges in the matrix: PostgreSQL's own where it has one.
const LETTERS: [(&str, &str); 26] = [
    ("own", "O"),
    ("select", "r"),
    ("insert", "a"),
    ("update", "w"),
    ("delete", "d"),
    ("truncate", "D"),
    ("references", "x"),
    ("trigger", "t"),
    ("maintain", "m"),
    ("execute", "X"),
    ("usage", "U"),
    ("create", "C"),
    ("connect", "c"),
    ("temporary", "T"),
    ("set", "s"),
    ("alter system", "A"),
    ("superuser", "superuser"),
    ("createrole", "createrole"),
    ("createdb", "createdb"),
    ("bypassrls", "bypassrls"),
    ("replication", "replication"),
    ("login", "login"),
    ("inherit", "i"),
    ("admin", "admin"),
    ("use", "u"),
    ("all", "*"),
];

/// Writes an answer as a page.
#[must_use]
pub fn write(answer: &Answer<'_>) -> String {
    let mut page = String::new();
    let title = escape(&answer.title());
    // Writing to a text cannot fail, here and below.
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    head(answer, &mut page);
    page.push_str(
        "<p><input type=\"search\" id=\"search\" placeholder=\"Search roles, objects, privileges\" \
         aria-label=\"Search\"> <span id=\"shown\" class=\"dim\"></span></p>\n",
    );
    privileged(answer, &mut page);
    matrix(answer, &mut page);
    rights(answer, &mut page);
    accepted(answer, &mut page);
    let _ = write!(page, "<script>\n{SCRIPT}</script>\n</body>\n</html>");
    page
}

fn head(answer: &Answer<'_>, page: &mut String) {
    for what in answer.unseen() {
        let _ = writeln!(
            page,
            "<p class=\"warn\"><strong>Incomplete.</strong> Not seen is {}.</p>",
            escape(&what)
        );
    }
    page.push_str("<table>\n<tbody>\n");
    for side in &answer.sides {
        let head = &side.head;
        let _ = writeln!(
            page,
            "<tr><th>{}</th><td>{}<br><span class=\"dim\">server {}, digest <code>{}</code>, Estate {}</span></td></tr>",
            escape(&side.label),
            escape(&side.origin()),
            escape(&head.server.identity),
            escape(&head.digest),
            escape(&head.tool),
        );
    }
    page.push_str("</tbody>\n</table>\n");
    let names = answer.other_names();
    if !names.is_empty() {
        let _ = writeln!(
            page,
            "<p class=\"dim\">The same by other names: {}.</p>",
            escape(&names.join(", "))
        );
    }
    if answer.is_difference() {
        let _ = writeln!(
            page,
            "<p><strong>{}.</strong></p>",
            escape(&answer.summary())
        );
    }
    let _ = writeln!(
        page,
        "<p class=\"dim\">Asked at {}. The platform does not keep when a role was last used.</p>",
        escape(&answer.asked_at)
    );
}

/// Lists who can do what most cannot.
fn privileged(answer: &Answer<'_>, page: &mut String) {
    let comparison = &answer.comparison;
    let accesses = [Some(comparison.a), comparison.b];
    let mut lines = Vec::new();
    for (side, access) in answer.sides.iter().zip(accesses.into_iter().flatten()) {
        for role in access.roles().filter(|role| access.is_privileged(*role)) {
            let name = access.role_name(role);
            if matches!(answer.question, Question::Role(asked) if asked != name) {
                continue;
            }
            let mut rights = access.powers(role);
            let roles = access.population().roles.iter();
            for found in roles.filter(|one| one.name == name) {
                rights.extend(
                    found
                        .valid_until
                        .iter()
                        .map(|until| format!("valid until {until}")),
                );
            }
            lines.push((
                !access.is_superuser(role),
                name.to_owned(),
                side.label.clone(),
                rights.join(", "),
            ));
        }
    }
    if lines.is_empty() {
        return;
    }
    lines.sort();
    page.push_str(
        "<h2>Privileged accounts</h2>\n<p class=\"dim\">Attributes beside logging in, of their own or after set role, \
         or the rights of a predefined role.</p>\n<table>\n<thead><tr><th data-sort>Role</th><th data-sort>In</th>\
         <th data-sort>Powers</th><th>Reviewer</th><th>Decision</th><th>Date</th></tr></thead>\n<tbody>\n",
    );
    for (_, name, label, rights) in lines {
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td>{EDIT}</tr>",
            escape(&name),
            escape(&label),
            escape(&rights)
        );
    }
    page.push_str("</tbody>\n</table>\n");
}

/// Cells for whoever reviews.
const EDIT: &str = "<td class=\"edit\" contenteditable></td><td class=\"edit\" contenteditable></td>\
                    <td class=\"edit\" contenteditable></td>";

/// What stands in one field of the matrix.
#[derive(Default)]
struct Field {
    privileges: BTreeSet<String>,
    counts: BTreeMap<Status, usize>,
}

/// Shows roles against schemas.
fn matrix(answer: &Answer<'_>, page: &mut String) {
    let mut columns: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut fields: BTreeMap<(usize, (usize, String)), Field> = BTreeMap::new();
    for group in &answer.groups {
        let places: Vec<(usize, String)> = match (&group.schema, group.kind.as_str()) {
            (_, "server") => vec![(0, "server".to_owned())],
            (_, "role") => vec![(1, "roles".to_owned()); group.objects.len()],
            (_, "schema") => group.objects.iter().map(|name| (3, name.clone())).collect(),
            (Some(schema), _) => vec![(3, schema.clone()); group.objects.len()],
            (None, _) => vec![(2, "database".to_owned()); group.objects.len()],
        };
        for (pair, column) in group
            .role_pairs
            .iter()
            .flat_map(|pair| places.iter().map(move |place| (pair, place)))
        {
            columns.insert(column.clone());
            let field = fields.entry((*pair, column.clone())).or_default();
            field.privileges.extend(group.privileges.iter().cloned());
            *field.counts.entry(group.status).or_default() += group.privileges.len();
        }
    }
    let pairs: BTreeSet<usize> = fields.keys().map(|(pair, _)| *pair).collect();
    if pairs.len() < 2 && columns.len() < 2 {
        return;
    }
    let comparison = &answer.comparison;
    let mut rows: Vec<(bool, bool, String, usize)> = pairs
        .into_iter()
        .map(|pair| {
            let label = comparison.role_label(pair);
            (
                !comparison.is_privileged(pair),
                label != PUBLIC_NAME,
                label,
                pair,
            )
        })
        .collect();
    rows.sort();
    page.push_str("<h2>Roles and schemas</h2>\n");
    page.push_str(match answer.is_difference() {
        true => "<p class=\"dim\">Differences: &minus; on the first side only, + on the second only, ~ not alike. \
                 Privileged accounts come first.</p>\n",
        false => "<p class=\"dim\">O own, r select, a insert, w update, d delete, D truncate, x references, t trigger, \
                  m maintain, X execute, U usage, C create, c connect, T temporary, i inherit, s set. Of something in \
                  the schema, not of everything. Privileged accounts come first.</p>\n",
    });
    page.push_str("<div class=\"scroll\"><table class=\"matrix\" id=\"matrix\">\n<thead><tr><th data-sort>Role</th>");
    for (_, column) in &columns {
        let _ = write!(page, "<th data-sort>{}</th>", escape(column));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for (is_plain, _, label, pair) in rows {
        let class = if is_plain {
            ""
        } else {
            " class=\"privileged\""
        };
        let _ = write!(page, "<tr{class}><th>{}</th>", escape(&label));
        for column in &columns {
            match fields.get(&(pair, column.clone())) {
                Some(field) => page.push_str(&shown(field, answer.is_difference())),
                None => page.push_str("<td></td>"),
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table></div>\n");
}

fn shown(field: &Field, is_difference: bool) -> String {
    if !is_difference {
        let letters = LETTERS
            .iter()
            .filter(|(word, _)| field.privileges.contains(*word));
        let mut text = String::new();
        for (_, letter) in letters {
            if letter.len() > 1 && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(letter);
        }
        return format!("<td class=\"letters\">{}</td>", escape(&text));
    }
    let signs = [
        (Status::OnlyA, "&minus;"),
        (Status::OnlyB, "+"),
        (Status::Differs, "~"),
    ];
    let parts: Vec<String> = signs
        .iter()
        .filter_map(|(status, sign)| {
            let number = field.counts.get(status)?;
            Some(format!("{sign}{}", counted(*number)))
        })
        .collect();
    let mut statuses = field.counts.keys().filter(|one| **one != Status::Same);
    let class = match (statuses.next(), statuses.next()) {
        (Some(only), None) => class(*only),
        (Some(_), Some(_)) => "differs",
        (None, _) => "",
    };
    format!("<td class=\"letters {class}\">{}</td>", parts.join(" "))
}

fn class(status: Status) -> &'static str {
    match status {
        Status::OnlyA => "only_a",
        Status::OnlyB => "only_b",
        Status::Differs => "differs",
        Status::Same => "same",
    }
}

/// Lists rights, what is alike in one line, privileged roles first.
fn rights(answer: &Answer<'_>, page: &mut String) {
    page.push_str("<h2>Rights</h2>\n<div class=\"scroll\"><table id=\"rights\">\n<thead><tr>");
    let is_difference = answer.is_difference();
    if is_difference {
        page.push_str("<th data-sort>Where</th>");
    }
    for head in ["Role", "Privileges", "On", "Path"] {
        let _ = write!(page, "<th data-sort>{head}</th>");
    }
    if is_difference {
        page.push_str("<th data-sort>Accepted</th>");
    }
    page.push_str(
        "<th data-sort>Reviewer</th><th data-sort>Decision</th><th data-sort>Date</th></tr></thead>\n<tbody>\n",
    );
    let comparison = &answer.comparison;
    let is_privileged = |group: &Group| {
        let mut pairs = group.role_pairs.iter();
        pairs.any(|pair| comparison.is_privileged(*pair))
    };
    let mut groups: Vec<&Group> = answer.groups.iter().collect();
    groups.sort_by_key(|group| !is_privileged(group));
    for group in groups {
        let accepted = if group.accepted.is_some() {
            " accepted"
        } else {
            ""
        };
        let status_class = if is_difference {
            class(group.status)
        } else {
            ""
        };
        let _ = write!(page, "<tr class=\"{status_class}{accepted}\">");
        if is_difference {
            let _ = write!(page, "<td>{}</td>", escape(&status(group, answer)));
        }
        let tag = match is_privileged(group) {
            true => " <span class=\"tag\">privileged</span>",
            false => "",
        };
        let _ = write!(
            page,
            "<td>{}{tag}</td><td>{}</td><td>{}</td><td>{}</td>",
            listed(&group.who(), &group.roles, 5),
            escape(&group.privileges.join(", ")),
            listed(&group.on(), &group.objects, 3),
            escape(&how(group, answer))
        );
        if is_difference {
            let accept = group.accepted.and_then(|number| answer.accepts.get(number));
            let text = accept.map_or_else(String::new, |(accept, _)| {
                format!("{}: {}", accept.name, accept.reason)
            });
            let _ = write!(page, "<td>{}</td>", escape(&text));
        }
        let _ = writeln!(page, "{EDIT}</tr>");
    }
    page.push_str("</tbody>\n</table></div>\n");
}

/// Writes a summary that opens to every name, where it does not name them all.
fn listed(summary: &str, names: &[String], few: usize) -> String {
    if names.len() <= few {
        return escape(summary);
    }
    format!(
        "<details><summary>{}</summary><div>{}</div></details>",
        escape(summary),
        escape(&names.join(", "))
    )
}

fn accepted(answer: &Answer<'_>, page: &mut String) {
    if answer.accepts.is_empty() {
        return;
    }
    page.push_str(
        "<h2>Accepted differences</h2>\n<table>\n<thead><tr><th>Name</th><th>Reason</th><th>Ticket</th>\
         <th>Until</th><th>Differences</th></tr></thead>\n<tbody>\n",
    );
    for (accept, fared) in &answer.accepts {
        let until = match (&accept.expires, fared.is_expired) {
            (Some(day), true) => format!("{day} (expired: counts again)"),
            (Some(day), false) => day.clone(),
            (None, _) => "for good".to_owned(),
        };
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&accept.name),
            escape(&accept.reason),
            escape(accept.ticket.as_deref().unwrap_or_default()),
            escape(&until),
            counted(fared.count)
        );
    }
    page.push_str("</tbody>\n</table>\n");
}

/// Takes the meaning of signs away that HTML would read.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_a_part_of_the_page() {
        let escaped = escape("<img src=x onerror='a'>&\"");
        assert_eq!(escaped, "&lt;img src=x onerror=&#39;a&#39;&gt;&amp;&quot;");
    }
}
