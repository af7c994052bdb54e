//! Reading back what was made in scratch: as PostgreSQL writes it, with the real names of schemas.

use std::collections::{BTreeMap, BTreeSet};

use model::Value;
use provider::Error;

use super::Scratch;
use super::light::with_attached;
use crate::naming::{called, is_called};
use crate::read::{Schemas, read_cluster, read_database};
use crate::text::restore::restore;

impl Scratch<'_> {
    pub(super) async fn read_back(&mut self) -> Result<(), Error> {
        let at = self.at.clone();
        let names: BTreeSet<String> = self.schemas.values().cloned().collect();
        let connection = self.link.at(&at).await?;
        let cluster = read_cluster(connection, self.provider, self.platform, false).await?;
        let found = read_database(
            connection,
            &cluster,
            self.provider,
            &self.place,
            self.platform,
            Schemas::Named(&names),
        )
        .await?;
        let real: BTreeMap<String, String> = self
            .schemas
            .iter()
            .map(|(real, scratch)| (scratch.clone(), real.clone()))
            .collect();
        for address in self.question.compare {
            if self.broken.contains(address) || !self.made.contains(address) {
                continue;
            }
            let (Some(object), Some(desired)) = (
                found.get(&self.scratch_address(address)),
                self.question.desired.get(address),
            ) else {
                continue;
            };
            let mut value = Value::Map(object.attributes.clone());
            value.rewrite(
                &mut |text| {
                    for (scratch, real) in &real {
                        if text.contains(scratch.as_str()) {
                            *text = restore(text, scratch, real);
                        }
                    }
                },
                &mut |reference| {
                    if let Some(schema) = real.get(reference.part(1)) {
                        let mut path = reference.path().to_vec();
                        path[1].clone_from(schema);
                        restored_arguments(&mut path, reference.kind(), &real);
                        *reference = reference.sibling(reference.kind(), path);
                    }
                },
            );
            let Value::Map(form) = value else {
                unreachable!("it was a map")
            };
            self.forms
                .insert(address.clone(), with_attached(form, desired));
        }
        Ok(())
    }
}

/// Gives the arguments in the name of a routine their real schemas back.
fn restored_arguments(path: &mut [String], kind: &str, real: &BTreeMap<String, String>) {
    let Some(name) = path.last_mut().filter(|_| is_called(kind)) else {
        return;
    };
    let (bare, arguments) = called(name);
    let mut text = arguments.to_owned();
    for (scratch, real) in real {
        text = restore(&text, scratch, real);
    }
    *name = format!("{bare}{text}");
}
