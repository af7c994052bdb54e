//! What a command did, in the line it ends with.

use model::Summary;

/// Says that a command is through, and what it did. Destroying changes what is not ours alone: it gives
/// grants back.
#[must_use]
pub fn completion(command: &str, done: Summary) -> (&'static str, String) {
    let Summary {
        import,
        add,
        change,
        destroy,
        adopt: _,
        forget: _,
    } = done;
    let imported = match import {
        0 => String::new(),
        count => format!("{count} imported, "),
    };
    match (command, add, change) {
        ("destroy", 0, 0) => ("Destroy complete!", format!("{destroy} destroyed")),
        ("destroy", 0, change) => (
            "Destroy complete!",
            format!("{change} changed, {destroy} destroyed"),
        ),
        _ => (
            "Apply complete!",
            format!("{imported}{add} added, {change} changed, {destroy} destroyed"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_complete_has_the_name_of_the_command() {
        let done = |change| Summary {
            change,
            destroy: 26,
            ..Summary::default()
        };
        let (complete, counts) = completion("destroy", done(0));
        assert_eq!((complete, &*counts), ("Destroy complete!", "26 destroyed"));
        let (_, counts) = completion("destroy", done(1));
        assert_eq!(counts, "1 changed, 26 destroyed");
        let (complete, counts) = completion("apply", done(1));
        assert_eq!(complete, "Apply complete!");
        assert_eq!(counts, "0 added, 1 changed, 26 destroyed");
    }
}
