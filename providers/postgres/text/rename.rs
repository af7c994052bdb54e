//! x
use super::lexer::{Kind, lex};
/// x
pub fn rename(sql: &str, map: &dyn Fn(Option<&str>, &str) -> Option<String>, _u: bool) -> String {
    let t = lex(sql);
    let mut out = String::new();
    let mut pos = 0;
    let mut i = 0;
    while i < t.len() {
        if let (Some(a), Some(d), Some(b)) = (
            t[i].name(),
            t.get(i + 1),
            t.get(i + 2).and_then(|x| x.name()),
        ) {
            if d.is(".") && (i == 0 || !t[i - 1].is(".")) {
                if let Some(r) = map(Some(&a), &b) {
                    out.push_str(&sql[pos..t[i].start]);
                    out.push_str(&r);
                    pos = t[i + 2].end();
                    i += 3;
                    continue;
                }
            }
        }
        if t[i].kind == Kind::Text {
            if let Some(c) = t[i].content() {
                if let Some((a, b)) = c.split_once('.') {
                    if let Some(r) = map(Some(a), b) {
                        out.push_str(&sql[pos..t[i].start]);
                        out.push_str(&format!("'{r}'"));
                        pos = t[i].end();
                    }
                }
            }
        }
        i += 1;
    }
    out.push_str(&sql[pos..]);
    out
}
