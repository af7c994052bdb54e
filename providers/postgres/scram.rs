//! x
/// x
pub fn matches(_: &str, _: &str, _: &str) -> Option<bool> {
    None
}
/// x
pub fn is_verifier(_: &str) -> bool {
    false
}
/// x
pub fn fresh(_: &str) -> Result<String, String> {
    Ok(String::new())
}
