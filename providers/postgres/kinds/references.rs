//! References to what is called with arguments: functions and operators.
//!
//! PostgreSQL finds most of them by their bare name and by types that it knows from elsewhere, so a
//! name without arguments means the one that fits.

use model::{Address, Reference};

use crate::naming::{called, is_called};
use crate::text::quote::ident;

/// Returns the name of a function or an operator without its arguments, as statements have it.
pub(crate) fn called_in(reference: &Reference) -> String {
    let address = &reference.0;
    let (name, _) = called(address.name());
    let name = if address.kind() == "operator" {
        name.to_owned()
    } else {
        ident(name)
    };
    format!("{}.{name}", ident(address.part(1)))
}

/// Returns the name of a function with its arguments. Without any, PostgreSQL takes the only one that
/// there is of its name.
pub(crate) fn with_arguments(function: &Reference) -> String {
    let arguments = match is_bare(&function.0) {
        true => "",
        false => called(function.0.name()).1,
    };
    format!("{}{arguments}", called_in(function))
}

/// Reports whether a name was given without arguments.
pub(crate) fn is_bare(address: &Address) -> bool {
    is_called(address.kind()) && matches!(called(address.name()).1, "" | "()")
}

/// Takes over which of several with one name is meant, where a declaration leaves it open.
pub(crate) fn settle_called(declared: &mut Reference, live: &Reference) {
    let (mine, theirs) = (&declared.0, &live.0);
    if is_bare(mine)
        && mine.kind() == theirs.kind()
        && mine.path().len() == theirs.path().len()
        && mine.path()[..mine.path().len() - 1] == theirs.path()[..theirs.path().len() - 1]
        && called(mine.name()).0 == called(theirs.name()).0
    {
        declared.clone_from(live);
    }
}

/// Says by which access method an operator class or family is meant, where its name does not.
pub(crate) fn with_method(class: &mut Reference, method: &str) {
    let mut path = class.0.path().to_vec();
    if let Some(name) = path.last_mut().filter(|name| !name.contains('(')) {
        name.push_str(&format!("({method})"));
        class.0 = class.0.sibling(class.0.kind(), path);
    }
}
