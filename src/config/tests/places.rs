//! Values keep the place of the expression that gave them, elements of written lists their own.

use config::{Inputs, Loaded};
use model::{Content, Located};

use crate::scratch::Scratch;

fn load(text: &str) -> Loaded {
    let scratch = Scratch::new();
    scratch.write("main.hcl", text);
    scratch.load(&Inputs::default())
}

/// Returns the text at the place of every value inside, outermost first.
fn places<'a>(loaded: &'a Loaded, value: &Located, into: &mut Vec<&'a str>) {
    into.push(loaded.sources.slice(value.span));
    match &value.content {
        Content::List(items) => items.iter().for_each(|item| places(loaded, item, into)),
        Content::Map(entries) => entries
            .iter()
            .for_each(|(_, value)| places(loaded, value, into)),
        _ => {}
    }
}

#[test]
fn what_is_written_as_a_collection_has_a_place_for_every_element() {
    let loaded = load(
        "locals { shared = [\"x\", \"y\"] }\n\
         table \"t\" {\n  a = [\"p\", upper(\"q\"), local.shared]\n  b = { k = [1], l = 2 }\n  \
         c = local.shared\n}\n",
    );
    let declaration = &loaded.project.as_ref().unwrap().declarations[0];
    let mut found = Vec::new();
    for attribute in &declaration.body.attributes {
        assert_eq!(loaded.sources.slice(attribute.name_span), attribute.name);
        places(&loaded, &attribute.value, &mut found);
    }
    assert_eq!(
        found,
        [
            "[\"p\", upper(\"q\"), local.shared]",
            "\"p\"",
            "upper(\"q\")",
            "local.shared",
            "local.shared",
            "local.shared",
            "{ k = [1], l = 2 }",
            "[1]",
            "1",
            "2",
            "local.shared",
            "local.shared",
            "local.shared",
        ]
    );
}

#[test]
fn blocks_labels_and_arguments_of_the_language_have_places() {
    let loaded = load(
        "provider \"postgres\" {}\nrole \"a\" {}\n\
         table \"t\" {\n  provider   = postgres\n  depends_on = [role.a]\n  column \"id\" {}\n  \
         lifecycle {\n    prevent_destroy = true\n    ignore_changes  = [owner]\n  }\n}\n",
    );
    let declaration = &loaded.project.as_ref().unwrap().declarations[1];
    let text = |span| loaded.sources.slice(span);
    assert_eq!(text(declaration.span), "table \"t\"");
    assert_eq!(text(declaration.provider.as_ref().unwrap().1), "postgres");
    assert_eq!(text(declaration.depends_on[0].1), "role.a");
    assert_eq!(
        text(declaration.lifecycle.prevent_destroy.unwrap()),
        "prevent_destroy = true"
    );
    assert_eq!(text(declaration.lifecycle.ignore_changes[0].1), "owner");
    let column = &declaration.body.blocks[0];
    assert_eq!(text(column.kind_span), "column");
    assert_eq!(text(column.labels[0].1), "\"id\"");
    assert_eq!(text(column.body.span), "column \"id\" {}");
    assert!(text(declaration.body.span).starts_with("table \"t\" {"));
}
