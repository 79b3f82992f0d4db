//! UpdateRecord.

use std::collections::BTreeMap;

use tonic::{Request, Response, Status};

use crate::access::Operation;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{UpdateRecordRequest, UpdateRecordResponse};
use crate::records::{self, Change};
use crate::store::Repeatable;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<UpdateRecordRequest>,
) -> Result<Response<UpdateRecordResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let mut message = request.into_inner();
    let table = request::table(&message.table)?;
    let sys_id = request::sys_id(&message.sys_id)?;
    let request_id = request::request_id(&std::mem::take(&mut message.request_id))?;
    let guard = gateway.guard(&caller, &message.instance, &table, Operation::Update);
    let guard = request::until(deadline, guard).await?;
    caller.about(sys_id.as_str());
    let repeatable = request_id.map(|id| Repeatable::new("UpdateRecord", &guard.scope(), &id, &message));
    let change = Change {
        fields: masked(message.fields, message.update_mask.map(|mask| mask.paths))?,
        input_display_value: message.input_display_value,
        display: request::display(message.display)?,
    };
    let etag = Some(message.etag.as_str()).filter(|etag| !etag.is_empty());

    let write = gateway.request_ids.once(repeatable, |earlier| async move {
        records::check_change(&guard, &change).await?;
        let record = records::update(&guard, sys_id.as_str(), change, etag, earlier).await?;
        Ok(UpdateRecordResponse { record: Some(record) })
    });
    Ok(Response::new(request::until(deadline, write).await?))
}

/// What is written: the masked columns, cleared where no value came; without a mask, the values that came.
fn masked(
    mut fields: BTreeMap<String, String>,
    mask: Option<Vec<String>>,
) -> Result<BTreeMap<String, Option<String>>, Error> {
    let Some(paths) = mask else {
        return Ok(fields.into_iter().map(|(name, value)| (name, Some(value))).collect());
    };
    let mut written = BTreeMap::new();
    for path in request::fields("update_mask", paths)? {
        let value = fields.remove(&path).unwrap_or_default();
        written.insert(path, Some(value));
    }
    if let Some(name) = fields.keys().next() {
        return Err(Error::invalid(
            "update_mask",
            format!("does not name {name}, which has a value in fields"),
        ));
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_says_what_is_written() {
        let fields =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let mask = |paths: &[&str]| Some(paths.iter().map(|path| path.to_string()).collect::<Vec<_>>());
        let written = masked(fields(&[("state", "2")]), None).unwrap();
        assert_eq!(written, BTreeMap::from([("state".to_owned(), Some("2".to_owned()))]));

        let written = masked(fields(&[("state", "2")]), mask(&["state", "close_notes"])).unwrap();
        assert_eq!(written["close_notes"], Some(String::new()), "masked without a value: cleared");

        assert!(masked(fields(&[("state", "2")]), mask(&["priority"])).is_err(), "a value outside the mask");
    }
}
