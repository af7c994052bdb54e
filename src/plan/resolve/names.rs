//! The names that one block can see.

use model::{Address, DeclarationId, Diagnostic, Span};
use provider::decode::Names;

use super::addresses::Addresses;
use crate::ground::Ground;

/// What names mean inside one block.
pub(super) struct Scope<'a> {
    pub(super) addresses: &'a Addresses<'a>,
    pub(super) provider: &'a str,
    pub(super) ground: Ground<'a>,
    pub(super) this: Option<&'a Address>,
}

impl Names for Scope<'_> {
    fn reference(&self, id: &DeclarationId, span: Span) -> Result<Address, Option<Diagnostic>> {
        match self.addresses.get(id) {
            Some(Some(site)) => Ok(site.address.clone()),
            Some(None) => Err(None),
            None => Err(Some(super::not_an_object(span, id, "referred to"))),
        }
    }

    fn named(&self, kinds: &[&str], text: &str, span: Span) -> Result<Address, Diagnostic> {
        self.ground
            .provider
            .named(self.provider, kinds, text, self.addresses.declared())
            .map_err(|reason| {
                Diagnostic::error("plan::bad_name", "impossible name").at(span, reason)
            })
    }

    fn written(&self, address: &Address) -> String {
        self.ground.provider.written(address)
    }

    fn this(&self) -> Option<&Address> {
        self.this
    }
}
