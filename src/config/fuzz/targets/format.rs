//! Any text that can be formatted: done once it is done, and only space has changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Sources;

fn formatted(text: &str) -> Option<String> {
    let mut sources = Sources::default();
    let source = sources.add("main.hcl", text);
    config::format(&sources, source).ok()
}

fn without_space(text: &str) -> impl Iterator<Item = char> {
    text.trim_start_matches('\u{feff}').chars().filter(|c| !c.is_whitespace())
}

fuzz_target!(|text: &str| {
    if let Some(laid_out) = formatted(text) {
        assert_eq!(formatted(&laid_out).as_deref(), Some(laid_out.as_str()));
        assert!(without_space(&laid_out).eq(without_space(text)));
    }
});
