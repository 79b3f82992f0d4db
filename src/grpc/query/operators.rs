//! ListOperators.

use servicenow::query::{Operand, Operator};

use super::operator::encode;
use crate::pb::{ListOperatorsResponse, OperandKind, OperatorInfo};

/// Every operator of the language.
pub(super) fn list() -> ListOperatorsResponse {
    ListOperatorsResponse { operators: Operator::all().iter().map(|operator| info(*operator)).collect() }
}

fn info(operator: Operator) -> OperatorInfo {
    let operand = match operator.operand() {
        Operand::None => OperandKind::None,
        Operand::Value => OperandKind::Value,
        Operand::List => OperandKind::List,
        Operand::Range => OperandKind::Range,
        Operand::Field => OperandKind::Field,
        Operand::Parts => OperandKind::Parts,
    };
    OperatorInfo {
        operator: encode(operator).into(),
        text: operator.as_str().to_owned(),
        aliases: operator.aliases().iter().map(|alias| (*alias).to_owned()).collect(),
        label: operator.label().to_owned(),
        operand: operand.into(),
    }
}
