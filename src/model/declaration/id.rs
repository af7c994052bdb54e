//! The names of declarations, as people write them, and selectors that pick by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::{quote_into, take_name};

/// The key of one instance of a block with `for_each` or `count`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Position under `count`.
    Index(u64),
    /// Key under `for_each`.
    Name(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) => write!(f, "[{name:?}]"),
        }
    }
}

/// One step into a module: its name and, where it is repeated, the instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// Label of the module block.
    pub name: String,
    /// Instance.
    pub key: Option<Key>,
}

/// The name of a declaration as people write it: `module.x.table.videos["eu"]`.
///
/// Blocks declared inside another, such as the indexes of a table, are parts of it:
/// `table.videos.index.by_day`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeclarationId {
    /// The modules on the way, outermost first.
    pub module: Vec<ModuleStep>,
    /// Block type.
    pub kind: String,
    /// Block label.
    pub label: String,
    /// Instance.
    pub key: Option<Key>,
    /// Block type and label of a block inside.
    pub part: Option<(String, String)>,
}

impl DeclarationId {
    /// Makes the name of a block in the root module.
    #[must_use]
    pub fn root(kind: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            module: Vec::new(),
            kind: kind.into(),
            label: label.into(),
            key: None,
            part: None,
        }
    }

    /// Returns the name of a block inside this one.
    #[must_use]
    pub fn inside(&self, kind: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            part: Some((kind.into(), label.into())),
            ..self.clone()
        }
    }
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// Writes `.label`, or `["label"]` for a label that is not an identifier.
fn write_label(f: &mut fmt::Formatter<'_>, label: &str) -> fmt::Result {
    if is_identifier(label) {
        return write!(f, ".{label}");
    }
    let mut quoted = String::from(".");
    quote_into(label, &mut quoted);
    f.write_str(&quoted)
}

impl fmt::Display for DeclarationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.module {
            f.write_str("module")?;
            write_label(f, &step.name)?;
            if let Some(key) = &step.key {
                write!(f, "{key}")?;
            }
            f.write_str(".")?;
        }
        f.write_str(&self.kind)?;
        write_label(f, &self.label)?;
        if let Some(key) = &self.key {
            write!(f, "{key}")?;
        }
        if let Some((kind, label)) = &self.part {
            write!(f, ".{kind}")?;
            write_label(f, label)?;
        }
        Ok(())
    }
}

impl fmt::Debug for DeclarationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Picks declarations by name: one instance, all instances of a block, or a whole module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector {
    /// The modules on the way; a last step without a key means all its instances.
    pub module: Vec<ModuleStep>,
    /// Block type and label; `None` means everything in the module.
    pub block: Option<(String, String)>,
    /// Instance; `None` means all.
    pub key: Option<Key>,
    /// Block inside; `None` means the block with everything inside.
    pub part: Option<(String, String)>,
}

impl Selector {
    /// Reports whether a declaration is picked.
    #[must_use]
    pub fn matches(&self, id: &DeclarationId) -> bool {
        if id.module.len() < self.module.len()
            || (self.block.is_some() && id.module.len() > self.module.len())
        {
            return false;
        }
        let modules = self.module.iter().zip(&id.module).all(|(step, other)| {
            step.name == other.name && (step.key.is_none() || step.key == other.key)
        });
        let block = self.block.as_ref().is_none_or(|(kind, label)| {
            *kind == id.kind
                && *label == id.label
                && (self.key.is_none() || self.key == id.key)
                && (self.part.is_none() || self.part == id.part)
        });
        modules && block
    }

    /// Returns the name a picked declaration has when this selector's place is taken by `to`.
    #[must_use]
    pub fn moved(&self, to: &Self, id: &DeclarationId) -> DeclarationId {
        let mut moved = id.clone();
        let rest = id.module[self.module.len().min(id.module.len())..].to_vec();
        moved.module = to
            .module
            .iter()
            .enumerate()
            .map(|(at, step)| ModuleStep {
                name: step.name.clone(),
                key: step.key.clone().or_else(|| {
                    id.module
                        .get(at)
                        .filter(|_| self.module.get(at).is_some_and(|from| from.key.is_none()))
                        .and_then(|step| step.key.clone())
                }),
            })
            .chain(rest)
            .collect();
        if let Some((kind, label)) = &to.block {
            moved.kind.clone_from(kind);
            moved.label.clone_from(label);
            if to.key.is_some() || self.key.is_some() {
                moved.key.clone_from(&to.key);
            }
            if to.part.is_some() {
                moved.part.clone_from(&to.part);
            }
        }
        moved
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.module.iter().enumerate() {
            f.write_str(if at > 0 { ".module" } else { "module" })?;
            write_label(f, &step.name)?;
            if let Some(key) = &step.key {
                write!(f, "{key}")?;
            }
        }
        if let Some((kind, label)) = &self.block {
            if !self.module.is_empty() {
                f.write_str(".")?;
            }
            f.write_str(kind)?;
            write_label(f, label)?;
            if let Some(key) = &self.key {
                write!(f, "{key}")?;
            }
        }
        if let Some((kind, label)) = &self.part {
            write!(f, ".{kind}")?;
            write_label(f, label)?;
        }
        Ok(())
    }
}

impl From<&DeclarationId> for Selector {
    fn from(id: &DeclarationId) -> Self {
        Self {
            module: id.module.clone(),
            block: Some((id.kind.clone(), id.label.clone())),
            key: id.key.clone(),
            part: id.part.clone(),
        }
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || {
            format!(
                "`{text}` is not an address such as `table.videos` or `module.eu.role.reader[\"a\"]`"
            )
        };
        let mut steps = Vec::new();
        let mut rest = text.trim();
        loop {
            let (kind, tail) = take_name(rest).ok_or_else(malformed)?;
            let (label, tail) = tail
                .strip_prefix('.')
                .and_then(take_name)
                .ok_or_else(malformed)?;
            let (key, tail) = take_key(tail).ok_or_else(malformed)?;
            steps.push((kind, label, key));
            match tail.strip_prefix('.') {
                Some(tail) => rest = tail,
                None if tail.is_empty() => break,
                None => return Err(malformed()),
            }
        }
        let modules = steps
            .iter()
            .take_while(|(kind, ..)| kind == "module")
            .count();
        let mut blocks = steps.split_off(modules).into_iter();
        let module = steps
            .into_iter()
            .map(|(_, name, key)| ModuleStep { name, key })
            .collect();
        let (block, key) = match blocks.next() {
            Some((kind, label, key)) => (Some((kind, label)), key),
            None => (None, None),
        };
        let part = match blocks.next() {
            Some((kind, label, None)) => Some((kind, label)),
            Some(_) => return Err(malformed()),
            None => None,
        };
        if blocks.next().is_some() {
            return Err(malformed());
        }
        Ok(Self {
            module,
            block,
            key,
            part,
        })
    }
}

/// Reads `["name"]` or `[0]`, if there is one, and returns it with the rest of the text.
fn take_key(text: &str) -> Option<(Option<Key>, &str)> {
    let Some(inside) = text.strip_prefix('[') else {
        return Some((None, text));
    };
    if !inside.starts_with('"') {
        let (digits, tail) = inside.split_once(']')?;
        return Some((Some(Key::Index(digits.parse().ok()?)), tail));
    }
    let mut name = String::new();
    let mut chars = inside[1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let tail = inside[1 + at + 1..].strip_prefix(']')?;
                return Some((Some(Key::Name(name)), tail));
            }
            '\\' => match chars.next()?.1 {
                'n' => name.push('\n'),
                'r' => name.push('\r'),
                't' => name.push('\t'),
                '0' => name.push('\0'),
                'u' => {
                    let (_, open) = chars.next()?;
                    if open != '{' {
                        return None;
                    }
                    let hex: String = chars
                        .by_ref()
                        .map(|(_, c)| c)
                        .take_while(|c| *c != '}')
                        .collect();
                    name.push(char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?);
                }
                c => name.push(c),
            },
            c => name.push(c),
        }
    }
    None
}

impl TryFrom<Selector> for DeclarationId {
    type Error = String;

    fn try_from(selector: Selector) -> Result<Self, Self::Error> {
        let text = selector.to_string();
        let Selector {
            module,
            block,
            key,
            part,
        } = selector;
        let (kind, label) =
            block.ok_or_else(|| format!("`{text}` names a module, not an object"))?;
        Ok(Self {
            module,
            kind,
            label,
            key,
            part,
        })
    }
}

impl FromStr for DeclarationId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Selector>()?.try_into()
    }
}

impl Serialize for DeclarationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DeclarationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for DeclarationId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DeclarationId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "Name of a declaration as written in the files, such as table.videos."
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::Strategy;

    use super::*;

    fn key() -> impl Strategy<Value = Option<Key>> {
        prop_oneof![
            Just(None),
            any::<u64>().prop_map(|at| Some(Key::Index(at))),
            "\\PC{0,5}|[\"\\\\\n\t]{0,3}".prop_map(|name| Some(Key::Name(name))),
        ]
    }

    proptest! {
        #[test]
        fn the_text_of_a_declaration_id_parses_back(
            modules in proptest::collection::vec(("[a-z]{1,4}", key()), 0..3),
            label in "[a-z_]{1,5}|[a-z \"]{1,5}",
            key in key(),
            part in proptest::option::of(("[a-z]{1,4}", "[a-z_]{1,5}")),
        ) {
            let id = DeclarationId {
                module: modules.into_iter().map(|(name, key)| ModuleStep { name, key }).collect(),
                kind: "table".to_owned(),
                label,
                key,
                part,
            };
            let again: DeclarationId = id.to_string().parse().unwrap();
            prop_assert_eq!(again, id);
        }
    }

    #[test]
    fn a_selector_without_a_key_picks_all_instances() {
        let selector: Selector = "role.reader".parse().unwrap();
        let one: DeclarationId = "role.reader[\"a\"]".parse().unwrap();
        assert!(selector.matches(&one));
        assert!(!selector.matches(&DeclarationId::root("role", "writer")));
        let to: Selector = "role.viewer".parse().unwrap();
        assert_eq!(selector.moved(&to, &one).to_string(), "role.viewer[\"a\"]");
    }

    #[test]
    fn a_whole_module_moves_with_everything_inside() {
        let from: Selector = "module.a".parse().unwrap();
        let to: Selector = "module.b".parse().unwrap();
        let id: DeclarationId = "module.a.module.c.table.t".parse().unwrap();
        assert!(from.matches(&id));
        assert_eq!(
            from.moved(&to, &id).to_string(),
            "module.b.module.c.table.t"
        );
    }
}
