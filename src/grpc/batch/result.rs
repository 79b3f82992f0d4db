//! A report as the API's result.

use crate::batch::{Outcome, Report};
use crate::pb::OperationResult;
use crate::pb::operation_result::Outcome as Wire;
use crate::status;

pub(in crate::grpc) fn result(report: Report) -> OperationResult {
    let outcome = match report.outcome {
        Ok(Outcome::Record(record)) => Wire::Record(record),
        Ok(Outcome::Deleted) => Wire::Deleted(()),
        Err(error) => Wire::Error(status::operation_error(&error)),
    };
    OperationResult { id: report.id, outcome: Some(outcome) }
}
