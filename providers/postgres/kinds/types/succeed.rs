//! How values of a type that made room become values of the one that takes its place.
//!
//! A function does it, called like the former type: it assigns, as PL/pgSQL does it. So what fits goes over
//! by the cast that a column would use, what has no cast goes by way of its words, and what does not fit
//! fails and is never cut off. The function is dropped with the former type.
//!
//! Source: PostgreSQL manual, PL/pgSQL, assignment; `find_coercion_pathway()`.

use model::Statement;

use crate::naming::is_aside;
use crate::text::quote::{ident, literal};

/// Returns the statements that make the functions for values, and for arrays of them, of a type that is
/// called `from` now and `to` by its successor.
pub(super) fn assign(from: &str, to: &str) -> Vec<Statement> {
    vec![
        function(from, from, to, AS_IT_IS),
        function(from, &format!("{from}[]"), &format!("{to}[]"), AS_IT_IS),
    ]
}

/// Returns the statements that make the functions for rows, and for arrays of them: that one goes by the
/// cast. `assignments` fill the row called `successor`.
pub(super) fn assign_row(from: &str, to: &str, assignments: &[String]) -> Vec<Statement> {
    let body = format!(
        "\
declare
  successor {to};
begin
  if $1 is not distinct from null then
    return null;
  end if;
  {}
  return successor;
end",
        assignments.join("\n  ")
    );
    vec![
        function(from, from, to, &body),
        Statement::new(format!(
            "create cast ({from} as {to}) with function {from}({from}) as assignment"
        )),
        function(from, &format!("{from}[]"), &format!("{to}[]"), AS_IT_IS),
    ]
}

const AS_IT_IS: &str = "begin return $1; end";

fn function(name: &str, from: &str, to: &str, body: &str) -> Statement {
    Statement::new(format!(
        "create function {name}({from}) returns {to} language plpgsql as {}",
        literal(body)
    ))
}

/// Returns the statement that drops the functions.
pub(super) fn forget(from: &str) -> Statement {
    Statement::new(format!("drop function {from}({from}), {from}({from}[])"))
}

/// Returns the statements that drop the cast and the functions of rows.
pub(super) fn forget_row(from: &str, to: &str) -> Vec<Statement> {
    vec![
        Statement::new(format!("drop cast ({from} as {to})")),
        forget(from),
    ]
}

/// Writes a value of one type as one of another that takes its place.
pub(crate) fn call(from: &str, value: &str) -> String {
    let name = from.trim_end_matches("[]").trim_end();
    format!("{name}({value})")
}

/// Returns the statement that assigns an attribute of the former row to one of the next.
pub(super) fn assignment(name: &str, from: &str, to: &str) -> String {
    let name = ident(name);
    let value = format!("($1).{name}");
    let value = match is_aside(from, to) {
        true => call(from, &value),
        false => value,
    };
    format!("successor.{name} := {value};")
}
