//! x
/// x
pub enum Form {
    /// x
    Query,
    /// x
    Expression,
    /// x
    Statements,
}
/// x
pub struct Name {
    /// x
    pub schema: Option<String>,
    /// x
    pub name: String,
}
/// x
pub struct Mentions {
    /// x
    pub relations: Vec<Name>,
    /// x
    pub exact: bool,
}
/// x
pub fn mentions(_: &str, _: Form) -> Mentions {
    Mentions {
        relations: vec![],
        exact: true,
    }
}
