//! Asking PostgreSQL how it would write a text, in one transaction that is taken back.
//!
//! Scratch schemas take the place of the real ones: what is declared is made there, lightly (no owner,
//! no grants, no rows), read like everything else, and rolled back. Nothing that exists is locked
//! against anybody but for a moment of shared access to what the texts mention, and no second database
//! is needed. What is unchanged is not made again: texts mention it where it is.
//!
//! Scratch schemas have names that cannot occur by chance, so what PostgreSQL writes out is turned
//! back by replacing that one identifier.

mod asked;
mod extensions;
mod order;
mod scratch;

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Map, Value};
use provider::{Answer, Capabilities, Error, ErrorKind, Question};

use self::asked::Asked;
use self::order::Making;
use self::scratch::Scratch;
use crate::error::explain;
use crate::link::Link;
use crate::naming;
use crate::room;

/// What scratch schemas begin with.
pub(crate) const SCRATCH: &str = "estate_scratch_";

/// Answers a question about every database it concerns.
pub(crate) async fn answer(
    link: &mut Link,
    provider: &str,
    platform: &Capabilities,
    question: Question<'_>,
) -> Result<Answer, Error> {
    let mut answer = Answer::default();
    let mut places: BTreeMap<String, BTreeSet<Address>> = BTreeMap::new();
    for address in question.compare.iter().chain(question.check) {
        match address.kind() {
            "role" => {}
            _ => {
                places
                    .entry(address.part(0).to_owned())
                    .or_default()
                    .insert(address.clone());
            }
        }
    }
    for audit in question.audits {
        let place = naming::database(&audit.on).unwrap_or_default();
        places.entry(place.to_owned()).or_default();
    }
    for hook in question.hooks {
        places.entry(hook.place.clone()).or_default();
    }
    roles(link, question, &mut answer).await?;
    let is_about_hooks = !question.hooks.is_empty();
    for (place, mut addresses) in places {
        let exists = link.exists(&place).await?;
        // What does not exist yet is tried out in the database of the url, with everything in scratch.
        let at = if exists { place.clone() } else { String::new() };
        let audits = Asked::audits(&place, question);
        let hooks = Asked::hooks(&place, question);
        let asked = audits.iter().chain(&hooks);
        let named: BTreeSet<&Address> = asked.flat_map(|asked| &asked.named).collect();
        if is_about_hooks {
            addresses.retain(|address| named.contains(address));
        }
        let objects = order::needed(&addresses, &named, question, exists);
        let objects = fitting(objects, &addresses, &named, (question, exists), platform);
        if objects.is_empty() && audits.is_empty() && hooks.is_empty() {
            continue;
        }
        let mut scratch = Scratch::new(link, provider, platform, &place, &at, question);
        match scratch.run(&objects, &audits, &hooks).await {
            // Whoever may only read has no hook checked.
            Err(error) if is_about_hooks && error.kind == ErrorKind::NotPermitted => continue,
            done => done?,
        }
        answer.refused.append(&mut scratch.refused);
        answer.refused_hooks.append(&mut scratch.refused_hooks);
        answer.rejections.append(&mut scratch.rejections);
        answer.forms.append(&mut scratch.forms);
    }
    Ok(answer)
}

/// Returns what there is room for in one transaction: all of it where it fits, otherwise what is to be compared, and if
/// nothing is, as much as fits of what would only be checked.
fn fitting(
    objects: Vec<Making>,
    addresses: &BTreeSet<Address>,
    named: &BTreeSet<&Address>,
    (question, exists): (Question<'_>, bool),
    platform: &Capabilities,
) -> Vec<Making> {
    let Some(room) = room::of(platform) else {
        return objects;
    };
    let takes = |making: &Making| match question.desired.get(&making.address) {
        Some(object) if !making.finishes => room::for_object(object),
        _ => 0,
    };
    if objects.iter().map(takes).sum::<usize>() <= room {
        return objects;
    }
    let compared = addresses.intersection(question.compare);
    let compared: BTreeSet<Address> = compared.cloned().collect();
    if !compared.is_empty() {
        return order::needed(&compared, named, question, exists);
    }
    let mut taken = 0;
    let fits = |making: &Making| {
        taken += takes(making);
        taken <= room
    };
    objects.into_iter().take_while(fits).collect()
}

/// Times until which passwords are valid, as PostgreSQL writes them.
async fn roles(link: &mut Link, question: Question<'_>, answer: &mut Answer) -> Result<(), Error> {
    let roles = question.compare.iter().chain(question.check);
    for address in roles.filter(|address| address.kind() == "role") {
        let Some(role) = question.desired.get(address) else {
            continue;
        };
        let mut form: Map = role.attributes.clone();
        if let Some(until) = form
            .get("valid_until")
            .and_then(Value::as_text)
            .map(str::to_owned)
        {
            let connection = link.at("").await?;
            let query = sqlx::query_scalar("select $1::timestamptz::text").bind(&until);
            match query.fetch_one(connection).await.map_err(explain) {
                Ok::<String, _>(text) => {
                    form.insert("valid_until".to_owned(), Value::Text(text));
                }
                Err(error) => {
                    answer.rejections.push(provider::Rejection {
                        address: address.clone(),
                        path: vec!["valid_until".to_owned()],
                        error,
                    });
                    continue;
                }
            }
        }
        if question.compare.contains(address) {
            answer.forms.insert(address.clone(), form);
        }
    }
    Ok(())
}
