//! JUnit XML: one test for every managed object, which fails where the object has drifted.
//!
//! Source: the schema of the xUnit plugin of Jenkins, `junit-10.xsd`, which GitLab and others read, too.

use std::collections::BTreeMap;
use std::io::Write;

use model::Address;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Found, Told, acceptance, expiry};

/// One test.
#[derive(Default)]
struct Case<'a> {
    class: String,
    name: String,
    failures: Vec<&'a Told>,
    accepted: Vec<&'a Told>,
}

/// Writes the report.
pub(super) fn write(found: &Found) -> std::io::Result<String> {
    let mut cases: BTreeMap<&Address, Case<'_>> = BTreeMap::new();
    for (address, id) in &found.managed {
        let case = cases.entry(address).or_default();
        case.class = address.kind().to_owned();
        case.name = format!("{id} ({})", address.qualified_name());
    }
    for told in &found.told {
        let deviation = &told.deviation;
        if !deviation.is_drift() && deviation.accepted.is_none() {
            continue;
        }
        let case = cases.entry(&deviation.address).or_default();
        case.class = deviation.address.kind().to_owned();
        case.name = told.object();
        match deviation.accepted {
            Some(_) => case.accepted.push(told),
            None => case.failures.push(told),
        }
    }
    let tests = cases.len().to_string();
    let failures = cases
        .values()
        .filter(|case| !case.failures.is_empty())
        .count()
        .to_string();
    let is_skipped = |case: &&Case<'_>| case.failures.is_empty() && !case.accepted.is_empty();
    let skipped = cases.values().filter(is_skipped).count().to_string();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let name = clean(&format!("drift of {}", found.realm()));
    let counts = [
        ("tests", &*tests),
        ("failures", &*failures),
        ("errors", "0"),
    ];
    let suites = writer
        .create_element("testsuites")
        .with_attribute(("name", "estate drift"));
    let suites = suites.with_attributes(counts);
    suites.write_inner_content(|writer| {
        let suite = writer
            .create_element("testsuite")
            .with_attribute(("name", &*name));
        let suite = suite.with_attributes(counts).with_attributes([
            ("skipped", &*skipped),
            // The schema wants no offset, and it is UTC.
            ("timestamp", found.now.trim_end_matches('Z')),
        ]);
        suite.write_inner_content(|writer| {
            cases
                .values()
                .try_for_each(|case| write_case(writer, found, case))
        })?;
        Ok(())
    })?;
    let bytes = writer.into_inner();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write_case<W: Write>(
    writer: &mut Writer<W>,
    found: &Found,
    case: &Case<'_>,
) -> std::io::Result<()> {
    let (class, name) = (clean(&case.class), clean(&case.name));
    let element = writer.create_element("testcase");
    let element =
        element.with_attributes([("classname", &*class), ("name", &*name), ("time", "0")]);
    let Some(first) = case.failures.first() else {
        if case.accepted.is_empty() {
            element.write_empty()?;
            return Ok(());
        }
        let reasons = case
            .accepted
            .iter()
            .filter_map(|told| told.deviation.accepted);
        let reasons: Vec<_> = reasons
            .map(|number| acceptance(&found.ignores[number]))
            .collect();
        let reason = clean(&reasons.join("; "));
        element.write_inner_content(|writer| {
            let skipped = writer.create_element("skipped");
            skipped
                .with_attribute(("message", &*reason))
                .write_empty()?;
            Ok(())
        })?;
        return Ok(());
    };
    let kind = first.deviation.status.name();
    let sentences: Vec<_> = case.failures.iter().map(|told| told.sentence()).collect();
    let (message, text) = (
        clean(&sentences.join("; ")),
        clean(&details(found, &case.failures)),
    );
    element.write_inner_content(|writer| {
        let failure = writer.create_element("failure");
        let failure = failure.with_attributes([("type", kind), ("message", &*message)]);
        failure.write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

/// Says everything about the deviations of one object.
fn details(found: &Found, failures: &[&Told]) -> String {
    let mut lines = Vec::new();
    for told in failures {
        lines.push(format!("{} ({})", told.sentence(), told.severity().name()));
        lines.extend(told.who.iter().map(|who| format!("  {who}")));
        lines.extend(
            found
                .expired(told)
                .map(|ignore| format!("  {}", expiry(ignore))),
        );
    }
    let Some(first) = failures.first() else {
        return String::new();
    };
    if let Some(place) = &first.place {
        lines.push(format!("declared at {}:{}", place.file, place.line));
    }
    if !first.remedy.is_empty() {
        lines.push("put right by:".to_owned());
        lines.extend(first.remedy.iter().map(|sql| format!("{sql};")));
    }
    lines.join("\n")
}

/// Replaces what no XML text may hold.
fn clean(text: &str) -> String {
    let is_allowed = |c: char| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    let kept = text
        .chars()
        .map(|c| if is_allowed(c) { c } else { '\u{fffd}' });
    kept.collect()
}
