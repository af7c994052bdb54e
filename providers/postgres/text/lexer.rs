//! x
/// x
pub fn identifiers(_: &str) -> Vec<String> {
    vec![]
}
