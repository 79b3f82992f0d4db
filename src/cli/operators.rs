//! `sncgate operators`.

use anyhow::Result;
use sncgate_client::pb::OperatorInfo;

use super::connect::Session;
use super::output::{Cell, Column};

pub(crate) async fn run(session: &Session) -> Result<()> {
    let operators = session.client.operators().await?;
    let row = |one: OperatorInfo| {
        let (name, operand) = (one.operator().as_str_name(), one.operand().as_str_name());
        let name = name.trim_start_matches("OPERATOR_").to_lowercase();
        let operand = operand.trim_start_matches("OPERAND_KIND_").to_lowercase();
        vec![
            Cell::Text(one.text),
            Cell::Text(one.label),
            Cell::Text(operand),
            Cell::List(one.aliases),
            Cell::Text(name),
        ]
    };
    let rows: Vec<_> = operators.into_iter().map(row).collect();
    session.write_all(Column::all(&["text", "label", "operand", "aliases", "name"]), &rows)
}
