//! The fake's pure half.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use model::{Address, Catalog, Diagnostic, Map, Object};
use serde_json::Value as Json;

use super::kinds::{Area, Badge, Clock, Lens, Thing};
use crate::desired::Desired;
use crate::kind::Capabilities;
use crate::outline::{Block, Outline, Wanted};
use crate::provider::{Provider, Surroundings};
use crate::rules::{Rules, rules};

/// The fake platform.
#[derive(Debug, Clone, Copy)]
pub struct Fake;

static KINDS: &[&dyn Rules] = &[
    &rules::<Area>(),
    &rules::<Thing>(),
    &rules::<Lens>(),
    &rules::<Badge>(),
    &rules::<Clock>(),
];

impl Fake {
    /// Returns what the fake says of itself.
    #[must_use]
    pub fn capabilities() -> Capabilities {
        Capabilities {
            identity: "fake".to_owned(),
            version: 1,
            ..Capabilities::offline()
        }
    }
}

impl Provider for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn kinds(&self) -> &'static [&'static dyn Rules] {
        KINDS
    }

    fn settings(&self) -> &'static Json {
        static SETTINGS: OnceLock<Json> = OnceLock::new();
        SETTINGS.get_or_init(|| {
            serde_json::json!({ "type": "object", "properties": {}, "additionalProperties": false })
        })
    }

    fn default_parent(
        &self,
        _kind: &str,
        _provider: &str,
        _declared: &[Address],
    ) -> Result<Option<Address>, String> {
        Ok(None)
    }

    fn named(
        &self,
        provider: &str,
        kinds: &[&str],
        text: &str,
        _declared: &[Address],
    ) -> Result<Address, String> {
        Ok(Address::new(
            provider,
            kinds.first().copied().unwrap_or("thing"),
            text.split('.'),
        ))
    }

    fn written(&self, address: &Address) -> String {
        address.qualified_name()
    }

    fn name_problem(&self, name: &str) -> Option<String> {
        name.is_empty().then(|| "a name cannot be empty".to_owned())
    }

    fn place(&self, _address: &Address, _platform: &Capabilities) -> String {
        String::new()
    }

    fn holds(&self, _address: &Address) -> Option<String> {
        Some(String::new())
    }

    fn is_place(&self, _address: &Address) -> bool {
        false
    }

    fn is_shared(&self, _address: &Address) -> bool {
        false
    }

    fn is_prunable(&self, live: &Object, desired: &Desired, cluster: bool) -> bool {
        let area = live.address.sibling("area", [live.address.part(0)]);
        cluster || (live.address != area && desired.catalog.contains(&area))
    }

    fn foresee(
        &self,
        _desired: &Desired,
        _provider: &str,
        _platform: &Capabilities,
        _live: &mut Catalog,
    ) {
    }

    fn twin(
        &self,
        object: &Object,
        _form: Option<&Map>,
        names: &BTreeMap<Address, Address>,
        _platform: &Capabilities,
    ) -> Option<Object> {
        let mut attributes = object.attributes.clone();
        for value in attributes.values_mut() {
            value.rewrite(&mut |_| {}, &mut |on| {
                if let Some(twin) = names.get(on) {
                    on.clone_from(twin);
                }
            });
        }
        Some(Object::new(names.get(&object.address)?.clone(), attributes))
    }

    fn complete(&self, _desired: &mut Desired, _around: Surroundings<'_>) -> Vec<Diagnostic> {
        Vec::new()
    }

    fn outline(&self, live: &Catalog, _platform: &Capabilities, _wanted: &Wanted) -> Outline {
        let block = |object: &Object| {
            let rules = self.kinds().iter();
            let rules = rules
                .copied()
                .find(|one| one.name() == object.address.kind())?;
            let within = rules.within();
            let parent = object.address.path().split_last().map(|(_, parent)| parent);
            Some(Block {
                kind: rules.name(),
                name: object.address.name().to_owned(),
                parent: within.zip(parent).map(|(within, parent)| {
                    let parent = object.address.sibling(within.kinds[0], parent);
                    (within.attribute, parent)
                }),
                address: Some(object.address.clone()),
                inside: None,
                attributes: object.attributes.clone(),
                depends_on: BTreeSet::new(),
                schema: None,
                group: "objects",
            })
        };
        Outline {
            blocks: live.iter().filter_map(block).collect(),
            ..Outline::default()
        }
    }
}
