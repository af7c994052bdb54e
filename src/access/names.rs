//! What is called how on the other side: the same role, the same database under another name.
//!
//! Names that end in the name of an environment (`APP_TEST`, `app_prod`) stand for each other, where the other side
//! has such a one. Both ways: on a server that two environments share, `app_prod` of the one side is to `app_test`
//! of the other what `app_test` is to `app_prod`. What somebody says by a rule comes first.

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::{Access, RoleId};

/// Finds the other name of something.
type Way<'a> = &'a dyn Fn(&String) -> Option<String>;

/// What two environments put at the end of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suffixes {
    /// On the first side.
    pub a: String,
    /// On the second side.
    pub b: String,
}

/// A rule by which names stand for each other; `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Only for names of this kind: `role`, `database` or `schema`.
    pub kind: Option<String>,
    /// How it is called on the first side.
    pub from: String,
    /// How it is called on the second side.
    pub to: String,
}

/// A rule that says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrongRule {
    /// Nothing on the first side is called so.
    NoFrom(Rule),
    /// Nothing on the second side is called so.
    NoTo(Rule, String),
}

impl Rule {
    /// Reads `FROM=TO`, with the kind and a colon before it where it is for one kind only.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('=')?;
        let kinds = ["role", "database", "schema"];
        let (kind, from) = match from.split_once(':') {
            Some((kind, from)) if kinds.contains(&kind) => (Some(kind.to_owned()), from),
            _ => (None, from),
        };
        let stars = |text: &str| text.matches('*').count();
        let is_right =
            !from.is_empty() && !to.is_empty() && stars(from) == stars(to) && stars(from) <= 1;
        is_right.then(|| Self {
            kind,
            from: from.to_owned(),
            to: to.to_owned(),
        })
    }

    fn apply(&self, kind: &str, name: &str) -> Option<String> {
        if self.kind.as_deref().is_some_and(|only| only != kind) {
            return None;
        }
        let Some((before, after)) = self.from.split_once('*') else {
            return (self.from == name).then(|| self.to.clone());
        };
        let middle = name.strip_prefix(before)?.strip_suffix(after)?;
        Some(self.to.replacen('*', middle, 1))
    }
}

impl Suffixes {
    /// Finds them in the names of two databases, such as `SHOP_TEST` and `SHOP_PROD`.
    #[must_use]
    pub fn between(a: &str, b: &str) -> Option<Self> {
        let cut = |name: &str| {
            let at = name.rfind(|c: char| !c.is_alphanumeric())?;
            Some((
                name[..at].to_owned(),
                name[at..].chars().skip(1).collect::<String>(),
            ))
        };
        let ((stem_a, a), (stem_b, b)) = (cut(a)?, cut(b)?);
        let differ = stem_a == stem_b && a != b && !a.is_empty() && !b.is_empty();
        differ.then_some(Self { a, b })
    }

    /// Reports whether a name ends like those of the second side.
    fn is_crossed(&self, name: &str) -> bool {
        let end = name.rsplit(|c: char| !c.is_alphanumeric()).next();
        end.is_some_and(|end| end.to_lowercase() == self.b.to_lowercase())
    }

    /// Returns the name with the other one at its end.
    fn swapped(&self, name: &str) -> Option<String> {
        let ends = [(&self.a, &self.b), (&self.b, &self.a)];
        ends.into_iter().find_map(|(end, other)| {
            let at = name.len().checked_sub(end.len())?;
            let (stem, found) = (name.get(..at)?, name.get(at..)?);
            let is_apart = stem
                .chars()
                .next_back()
                .is_some_and(|c| !c.is_alphanumeric());
            if !is_apart || found.to_lowercase() != end.to_lowercase() {
                return None;
            }
            let other = if *found == found.to_uppercase() {
                other.to_uppercase()
            } else if *found == found.to_lowercase() {
                other.to_lowercase()
            } else {
                other.clone()
            };
            Some(format!("{stem}{other}"))
        })
    }
}

/// Two names of one thing.
pub(crate) type Pair<T> = (Option<T>, Option<T>);

/// What is called how on the other side.
#[derive(Debug)]
pub struct Names {
    /// Every role of either side; everybody comes first.
    pub(crate) roles: Vec<Pair<RoleId>>,
    /// The number of the pair of each role of the first side, and of the second one.
    pub(crate) role_pairs: [Vec<usize>; 2],
    /// Pairs of a role of the second environment, seen on the first side, with one of the first, seen on the second.
    pub(crate) crossed: Vec<bool>,
    /// By kind and name on the first side, where the name on the second side is another one.
    renamed: BTreeMap<(&'static str, String), String>,
}

impl Names {
    /// Makes the names of one side alone.
    #[must_use]
    pub fn of_one(a: &Access) -> Self {
        let all = 0..=a.roles().count();
        Self {
            crossed: all.clone().map(|_| false).collect(),
            roles: all.clone().map(|role| (Some(role), None)).collect(),
            role_pairs: [all.collect(), Vec::new()],
            renamed: BTreeMap::new(),
        }
    }

    /// Finds what stands for what.
    ///
    /// # Errors
    /// Each rule that says nothing.
    pub fn between(
        a: &Access,
        b: &Access,
        suffixes: Option<&Suffixes>,
        rules: &[Rule],
    ) -> Result<Self, Vec<WrongRule>> {
        let mut finder = Finder {
            suffixes,
            rules,
            used: vec![false; rules.len()],
            wrong: Vec::new(),
        };
        let names = |access: &Access| -> BTreeSet<String> {
            let roles = access.roles().map(|role| access.role_name(role).to_owned());
            roles.collect()
        };
        let roles = finder.pairs("role", &names(a), &names(b));
        let databases = |access: &Access| -> BTreeSet<String> {
            access.databases().into_iter().map(str::to_owned).collect()
        };
        let (in_a, in_b) = (databases(a), databases(b));
        let mut databases = finder.pairs("database", &in_a, &in_b);
        if let (1, 1, [(Some(one), None), (None, Some(other))]) =
            (in_a.len(), in_b.len(), &databases[..])
        {
            databases = vec![(Some(one.clone()), Some(other.clone()))];
        }
        let schemas = |access: &Access| -> BTreeSet<String> {
            let targets = access.targets().map(|id| access.target(id));
            let schemas = targets.filter(|one| one.kind == "schema");
            schemas
                .filter_map(|one| one.schema().map(str::to_owned))
                .collect()
        };
        // Only by rules: what ends like an environment is a schema like any other.
        finder.suffixes = None;
        let schemas = finder.pairs("schema", &schemas(a), &schemas(b));
        let unused = rules.iter().zip(&finder.used).filter(|(_, used)| !**used);
        finder
            .wrong
            .extend(unused.map(|(rule, _)| WrongRule::NoFrom(rule.clone())));
        if !finder.wrong.is_empty() {
            return Err(finder.wrong);
        }
        let mut result = Self {
            roles: vec![(Some(0), Some(0))],
            crossed: vec![false],
            role_pairs: [
                vec![0; a.roles().count() + 1],
                vec![0; b.roles().count() + 1],
            ],
            renamed: BTreeMap::new(),
        };
        for (one, other) in &roles {
            let pair = (
                one.as_deref().and_then(|name| a.role(name)),
                other.as_deref().and_then(|name| b.role(name)),
            );
            let number = result.roles.len();
            if let Some(role) = pair.0 {
                result.role_pairs[0][role] = number;
            }
            if let Some(role) = pair.1 {
                result.role_pairs[1][role] = number;
            }
            result.roles.push(pair);
            let is_crossed = match (suffixes, one, other) {
                (Some(ends), Some(one), Some(other)) => one != other && ends.is_crossed(one),
                _ => false,
            };
            result.crossed.push(is_crossed);
        }
        for (kind, pairs) in [
            ("role", roles),
            ("database", databases),
            ("schema", schemas),
        ] {
            for pair in pairs {
                if let (Some(one), Some(other)) = pair
                    && one != other
                {
                    result.renamed.insert((kind, one), other);
                }
            }
        }
        Ok(result)
    }

    /// Returns how something of the first side is called on the second one.
    pub(crate) fn renamed<'a>(&'a self, kind: &'static str, name: &'a str) -> &'a str {
        // A borrowed key would need a type of its own.
        let found = self.renamed.get(&(kind, name.to_owned()));
        found.map_or(name, String::as_str)
    }

    /// Returns every name that is another one on the second side: kind, name, other name.
    pub fn differing(&self) -> impl Iterator<Item = (&'static str, &str, &str)> {
        let all = self.renamed.iter();
        all.map(|((kind, one), other)| (*kind, one.as_str(), other.as_str()))
    }
}

/// What finds pairs.
struct Finder<'a> {
    suffixes: Option<&'a Suffixes>,
    rules: &'a [Rule],
    used: Vec<bool>,
    wrong: Vec<WrongRule>,
}

impl Finder<'_> {
    fn pairs(
        &mut self,
        kind: &str,
        in_a: &BTreeSet<String>,
        in_b: &BTreeSet<String>,
    ) -> Vec<Pair<String>> {
        let mut found: BTreeMap<&String, String> = BTreeMap::new();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for name in in_a {
            for (at, rule) in self.rules.iter().enumerate() {
                let Some(other) = rule.apply(kind, name) else {
                    continue;
                };
                self.used[at] = true;
                if in_b.contains(&other) && taken.insert(other.clone()) {
                    found.insert(name, other);
                } else if !rule.from.contains('*') {
                    let wrong = WrongRule::NoTo(rule.clone(), kind.to_owned());
                    self.wrong.push(wrong);
                }
                break;
            }
        }
        let by_suffix = |name: &String| self.suffixes?.swapped(name);
        let same = |name: &String| Some(name.clone());
        let ways: [Way<'_>; 2] = [&by_suffix, &same];
        for way in ways {
            for name in in_a {
                if found.contains_key(name) {
                    continue;
                }
                let other = way(name).filter(|other| in_b.contains(other));
                if let Some(other) = other
                    && taken.insert(other.clone())
                {
                    found.insert(name, other);
                }
            }
        }
        let mut pairs: Vec<Pair<String>> = in_a
            .iter()
            .map(|name| (Some(name.clone()), found.get(name).cloned()))
            .collect();
        let rest = in_b.iter().filter(|name| !taken.contains(*name));
        pairs.extend(rest.map(|name| (None, Some(name.clone()))));
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suffixes() -> Suffixes {
        Suffixes {
            a: "test".to_owned(),
            b: "prod".to_owned(),
        }
    }

    #[test]
    fn ends_are_swapped_both_ways_and_keep_their_case() {
        let swapped = |name: &str| suffixes().swapped(name);
        assert_eq!(swapped("SHOP_TEST").as_deref(), Some("SHOP_PROD"));
        assert_eq!(swapped("app-prod").as_deref(), Some("app-test"));
        assert_eq!(swapped("latest"), None);
        assert_eq!(swapped("test"), None);
    }

    #[test]
    fn ends_are_found_in_names_of_databases() {
        let found = Suffixes::between("SHOP_TEST", "SHOP_PROD");
        assert_eq!(
            found.map(|ends| (ends.a, ends.b)),
            Some(("TEST".to_owned(), "PROD".to_owned()))
        );
        assert_eq!(Suffixes::between("SHOP_TEST", "STORE_PROD"), None);
        assert_eq!(Suffixes::between("shop", "shop"), None);
    }

    #[test]
    fn a_name_without_a_counterpart_stands_for_itself() {
        let ends = suffixes();
        let mut finder = Finder {
            suffixes: Some(&ends),
            rules: &[],
            used: Vec::new(),
            wrong: Vec::new(),
        };
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let pairs = finder.pairs(
            "role",
            &set(&["app_test", "load_test", "old"]),
            &set(&["app_prod", "load_test", "new"]),
        );
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(one, other)| (one.as_deref(), other.as_deref()))
            .collect();
        assert_eq!(
            pairs,
            [
                (Some("app_test"), Some("app_prod")),
                (Some("load_test"), Some("load_test")),
                (Some("old"), None),
                (None, Some("new")),
            ]
        );
    }

    #[test]
    fn rules_have_one_star_on_both_sides_or_none() {
        let rule = Rule::parse("role:a_*=b_*").map(|rule| rule.apply("role", "a_x"));
        assert_eq!(rule, Some(Some("b_x".to_owned())));
        assert_eq!(Rule::parse("a*=b"), None);
        assert_eq!(Rule::parse("a"), None);
        let plain = Rule::parse("we:ird=x").map(|rule| (rule.kind, rule.from));
        assert_eq!(plain, Some((None, "we:ird".to_owned())));
    }
}
