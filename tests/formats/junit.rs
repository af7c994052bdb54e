//! JUnit XML against its schema: as much of XML Schema as `junit-10.xsd` uses.
//!
//! Elements are declared at the top, with attributes and with the elements that may be in them, in any order.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// What may be in an element.
#[derive(Debug, Default)]
struct Element {
    /// By name, whether it must be there.
    attributes: BTreeMap<String, bool>,
    /// Elements inside.
    inside: BTreeSet<String>,
    /// Whether there may be text.
    has_text: bool,
    /// Its named type.
    of: Option<String>,
}

/// Says how a report breaks the schema, or how its counts are wrong.
pub(super) fn keeps(text: &str) -> Result<(), String> {
    let schema = schema(include_str!("junit-10.xsd"))?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let event = reader
            .read_event()
            .map_err(|error| format!("not XML: {error}"))?;
        match &event {
            Event::Eof => break,
            Event::Start(start) | Event::Empty(start) => {
                let (name, attributes) = taken(start)?;
                check(&schema, open.last(), &name, &attributes, &mut wrong);
                for counted in ["testcase", "failure", "skipped"] {
                    if name == counted {
                        *counts.entry(counted).or_default() += 1;
                    }
                }
                if name == "testsuite" {
                    said = attributes;
                }
                if matches!(event, Event::Start(_)) {
                    open.push(name);
                }
            }
            Event::End(_) => drop(open.pop()),
            Event::Text(text) => {
                let is_empty = text.trim().is_empty();
                let may = open
                    .last()
                    .and_then(|name| schema.get(name))
                    .is_some_and(|one| one.has_text);
                if !is_empty && !may {
                    wrong.push(format!("there may be no text in {open:?}"));
                }
            }
            _ => {}
        }
    }
    for (attribute, counted) in [
        ("tests", "testcase"),
        ("failures", "failure"),
        ("skipped", "skipped"),
    ] {
        let found = counts.get(counted).copied().unwrap_or_default().to_string();
        if said.get(attribute) != Some(&found) {
            wrong.push(format!(
                "it says {:?} {attribute} and has {found}",
                said.get(attribute)
            ));
        }
    }
    super::told(wrong)
}

fn check(
    schema: &BTreeMap<String, Element>,
    within: Option<&String>,
    name: &str,
    attributes: &BTreeMap<String, String>,
    wrong: &mut Vec<String>,
) {
    let Some(element) = schema.get(name) else {
        wrong.push(format!("there is no element {name}"));
        return;
    };
    match within {
        None if name != "testsuites" && name != "testsuite" => {
            wrong.push(format!("{name} is the root"));
        }
        Some(outer)
            if !schema
                .get(outer)
                .is_some_and(|outer| outer.inside.contains(name)) =>
        {
            wrong.push(format!("{name} may not be in {outer}"));
        }
        _ => {}
    }
    for (attribute, needed) in &element.attributes {
        if *needed && !attributes.contains_key(attribute) {
            wrong.push(format!("{name} has no {attribute}"));
        }
    }
    for attribute in attributes.keys() {
        if !element.attributes.contains_key(attribute) {
            wrong.push(format!("{name} may not have {attribute}"));
        }
    }
}

/// Returns the name of an element and its attributes.
fn taken(start: &BytesStart<'_>) -> Result<(String, BTreeMap<String, String>), String> {
    let mut attributes = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("not XML: {error}"))?;
        let name = attribute.key.as_ref().to_owned();
        let value = quick_xml::escape::unescape(&attribute.value);
        let value = value.map_err(|error| format!("not XML: {error}"))?;
        if attributes
            .insert(name.clone(), value.into_owned())
            .is_some()
        {
            return Err(format!("not XML: {name} twice"));
        }
    }
    Ok((start.name().as_ref().to_owned(), attributes))
}

/// Reads the declarations of elements.
fn schema(xsd: &str) -> Result<BTreeMap<String, Element>, String> {
    let mut reader = Reader::from_str(xsd);
    let mut elements: BTreeMap<String, Element> = BTreeMap::new();
    let mut types: BTreeMap<String, Element> = BTreeMap::new();
    // What is being declared: `(is a type, name)`.
    let mut at: Option<(bool, String)> = None;
    let mut depth = 0;
    loop {
        let event = reader
            .read_event()
            .map_err(|error| format!("the schema: {error}"))?;
        let start = match &event {
            Event::Eof => break,
            Event::Start(start) | Event::Empty(start) => start,
            Event::End(_) => {
                depth -= 1;
                continue;
            }
            _ => continue,
        };
        let (tag, attributes) = taken(start)?;
        let get = |name: &str| attributes.get(name).cloned();
        // Directly in `xs:schema`.
        if depth == 1
            && let Some(name) = get("name")
        {
            let of = get("type");
            let element = Element {
                has_text: of.as_deref() == Some("xs:string"),
                of,
                ..Element::default()
            };
            let is_type = tag != "xs:element";
            let into = if is_type { &mut types } else { &mut elements };
            into.insert(name.clone(), element);
            at = Some((is_type, name));
        }
        let known = match &at {
            Some((true, name)) => types.get_mut(name),
            Some((false, name)) => elements.get_mut(name),
            None => None,
        };
        if let Some(element) = known {
            element.has_text |= get("mixed").as_deref() == Some("true");
            match tag.as_str() {
                "xs:attribute" => {
                    let needed = get("use").as_deref() == Some("required");
                    element
                        .attributes
                        .extend(get("name").map(|name| (name, needed)));
                }
                "xs:element" if depth > 1 => element.inside.extend(get("ref").or(get("name"))),
                _ => {}
            }
        }
        depth += i32::from(matches!(event, Event::Start(_)));
    }
    for element in elements.values_mut() {
        if let Some(of) = element.of.as_ref().and_then(|of| types.get(of)) {
            element.attributes.clone_from(&of.attributes);
            element.inside.clone_from(&of.inside);
            element.has_text |= of.has_text;
        }
    }
    if elements.len() < 10 {
        return Err(format!("the schema declares {} elements", elements.len()));
    }
    Ok(elements)
}
