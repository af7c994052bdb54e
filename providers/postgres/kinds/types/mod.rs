//! Types that people make: enums, domains, composite types, ranges, base types.

use model::Address;
use provider::At;

pub mod base;
pub mod composite;
pub mod domain;
pub mod enumeration;
pub mod range;
pub mod shell;
pub mod shell_type;
pub(crate) mod succeed;

/// The kinds of types that are managed.
pub(crate) const TYPES: [&str; 5] = [
    "enum",
    "domain",
    "composite_type",
    "range_type",
    "base_type",
];

/// The namespace of types. Tables and views have a type of their own name there as well.
const NAMESPACE: &str = "type";

/// Returns the address of something that makes room: because it cannot be altered, because what it stands
/// on makes room, or for what is of another kind and is no change of it.
pub(crate) fn room(
    alter: Option<&provider::Alter>,
    is_on_aside: bool,
    at: &At<'_>,
) -> Option<Address> {
    let moves = is_on_aside || matches!(alter, None | Some(provider::Alter::Replace(_)));
    moves.then(|| crate::naming::aside(at.address))
}

/// Implements what all kinds of types do alike; some say what changes under what stands on tables of theirs.
macro_rules! like_every_type {
    () => {
        crate::kinds::types::like_every_type!(|_: &Self, _: &Self, _: &At<'_>| Default::default());
    };
    ($shaken:expr) => {
        fn settle(&mut self, live: &Self, with: &provider::Settling<'_>) {
            if self.owner.is_none() {
                self.owner.clone_from(&live.owner);
            }
            self.settle_rest(live, with);
            crate::kinds::attached::settle_grants(
                crate::acl::Class::Type,
                &mut self.grants,
                &mut self.privileges,
                (live.owner.as_ref(), &live.privileges),
                with,
            );
        }

        fn give_back(&mut self, with: &provider::Settling<'_>) {
            let owner = self.owner.clone();
            crate::kinds::attached::give_back(
                crate::acl::Class::Type,
                owner.as_ref(),
                &mut self.privileges,
                with,
            );
        }

        fn create(&self, at: &At<'_>) -> Vec<Statement> {
            let handle = Handle::new(Self::WORD, at.address);
            let mut statements = self.define(&handle.name, at);
            statements.extend(crate::kinds::attached::dress(
                &handle,
                self.owner.as_ref(),
                self.comment.as_deref(),
            ));
            statements.extend(crate::kinds::attached::grant_new(
                crate::acl::Class::Type,
                self.owner.as_ref(),
                &self.privileges,
                at,
            ));
            statements
        }

        fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
            let handle = Handle::new(Self::WORD, at.address);
            let mut statements = match self.redefine(next, &handle, at) {
                Ok(statements) => statements,
                Err(reason) => return Alter::replace(reason),
            };
            statements.extend(crate::kinds::attached::redress(
                &handle,
                (self.owner.as_ref(), self.comment.as_deref()),
                (next.owner.as_ref(), next.comment.as_deref()),
            ));
            statements.extend(crate::kinds::attached::regrant(
                crate::acl::Class::Type,
                (self.owner.as_ref(), &self.privileges),
                (next.owner.as_ref(), &next.privileges),
                at,
            ));
            Alter::InPlace {
                statements,
                disturbs: ($shaken)(self, next, at),
            }
        }

        fn remove(&self, at: &At<'_>) -> Vec<Statement> {
            self.drop_statements(at)
        }

        fn rename(&self, at: &At<'_>, to: &model::Address) -> Option<Vec<Statement>> {
            self.rename_statements(at.address, to)
        }
    };
}

/// Implements how types make room for others, of whose values each is assigned as it is.
macro_rules! succeeds {
    () => {
        fn aside(&self, next: Option<&Self>, is_on_aside: bool, at: &At<'_>) -> Option<Address> {
            let alter = next.map(|next| self.alter(next, at));
            super::room(alter.as_ref(), is_on_aside, at)
        }

        fn succeed(&self, _former: Option<&Self>, from: &Address, at: &At<'_>) -> Vec<Statement> {
            let mut statements = self.create(at);
            let (from, to) = (
                crate::naming::written(from),
                crate::naming::written(at.address),
            );
            statements.extend(super::succeed::assign(&from, &to));
            statements
        }

        fn leave(&self, _successor: &Address, at: &At<'_>) -> Vec<Statement> {
            let mut statements = vec![super::succeed::forget(&crate::naming::written(at.address))];
            statements.extend(self.remove(at));
            statements
        }
    };
}

/// Implements how most types are dropped and renamed.
macro_rules! goes_alone {
    () => {
        fn drop_statements(&self, at: &At<'_>) -> Vec<Statement> {
            vec![Handle::new(Self::WORD, at.address).drop()]
        }

        fn rename_statements(
            &self,
            from: &model::Address,
            to: &model::Address,
        ) -> Option<Vec<Statement>> {
            Handle::new(Self::WORD, from).relocate(from, to)
        }
    };
}

pub(crate) use goes_alone;
pub(crate) use like_every_type;
pub(crate) use succeeds;
