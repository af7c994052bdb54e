//! Operators, with Terraform's conversions: texts that are numbers count as numbers.

use model::Span;

use crate::codes;
use crate::convert::convert;
use crate::evaluator::{Evaluator, Outcome, Scope};
use crate::expression::{BinaryOperator, Expression, UnaryOperator};
use crate::number::Number;
use crate::value::{Data, Value};
use crate::value_type::{Type, describe};

/// Applies `-` or `!`.
pub(crate) fn unary(operator: UnaryOperator, operand: &Value) -> Result<Value, String> {
    let value: Value = match operator {
        UnaryOperator::Neg => number(operand)?.negate().into(),
        UnaryOperator::Not => (!boolean(operand)?).into(),
    };
    Ok(value.marked(operand.sensitive))
}

fn number(value: &Value) -> Result<Number, String> {
    match convert(value, &Type::Number).map(|value| value.data) {
        Ok(Data::Number(number)) => Ok(number),
        _ => Err(format!("a number is needed, this is {}", describe(value))),
    }
}

fn boolean(value: &Value) -> Result<bool, String> {
    match convert(value, &Type::Bool).map(|value| value.data) {
        Ok(Data::Bool(value)) => Ok(value),
        _ => Err(format!(
            "true or false is needed, this is {}",
            describe(value)
        )),
    }
}

impl<'p> Evaluator<'p> {
    /// Computes `left operator right`.
    pub(crate) fn binary(
        &self,
        operator: BinaryOperator,
        left: &Expression,
        right: &Expression,
        span: Span,
        scope: Scope<'_, 'p>,
    ) -> Outcome {
        if matches!(operator, BinaryOperator::And | BinaryOperator::Or) {
            return self.logical(operator, left, right, scope);
        }
        let (left_span, right_span) = (left.span, right.span);
        let left = self.evaluate(left, scope);
        let right = self.evaluate(right, scope);
        let (left, right) = (left?, right?);
        let mark = left.is_sensitive_inside() || right.is_sensitive_inside();
        if matches!(operator, BinaryOperator::Eq | BinaryOperator::NotEq) {
            let value = left.equals(&right) == (operator == BinaryOperator::Eq);
            return Ok(Value::from(value).marked(mark));
        }
        let bad =
            |span: Span, reason: String| self.report(codes::BAD_OPERATION.error().at(span, reason));
        let left_number = number(&left).map_err(|reason| bad(left_span, reason));
        let right_number = number(&right).map_err(|reason| bad(right_span, reason));
        let (left, right) = (left_number?, right_number?);
        let result = match operator {
            BinaryOperator::Plus => left.add(&right),
            BinaryOperator::Minus => left.subtract(&right),
            BinaryOperator::Mul => left.multiply(&right),
            BinaryOperator::Div => left.divide(&right),
            BinaryOperator::Mod => left.remainder(&right),
            comparison => {
                let holds = match comparison {
                    BinaryOperator::Less => left < right,
                    BinaryOperator::LessEq => left <= right,
                    BinaryOperator::Greater => left > right,
                    _ => left >= right,
                };
                return Ok(Value::from(holds).marked(mark));
            }
        };
        let result = result.map_err(|error| bad(span, error.to_string()))?;
        Ok(Value::from(result).marked(mark))
    }

    /// Computes `&&` and `||`; the right side only where the left does not decide.
    fn logical(
        &self,
        operator: BinaryOperator,
        left: &Expression,
        right: &Expression,
        scope: Scope<'_, 'p>,
    ) -> Outcome {
        let side = |expression: &Expression| -> Outcome<(bool, bool)> {
            let value = self.evaluate(expression, scope)?;
            let holds = boolean(&value).map_err(|reason| {
                self.report(codes::BAD_OPERATION.error().at(expression.span, reason))
            })?;
            Ok((holds, value.sensitive))
        };
        let (holds, mark) = side(left)?;
        if holds == (operator == BinaryOperator::Or) {
            return Ok(Value::from(holds).marked(mark));
        }
        let (holds, right_mark) = side(right)?;
        Ok(Value::from(holds).marked(mark || right_mark))
    }
}
