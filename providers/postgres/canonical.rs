//! x
/// x
pub(crate) const SCRATCH: &str = "estate_scratch_";
use provider::*;
/// x
pub(crate) async fn answer(
    _l: &mut crate::link::Link,
    _p: &str,
    _c: &Capabilities,
    _q: Question<'_>,
) -> Result<Answer, Error> {
    Ok(Answer::default())
}
