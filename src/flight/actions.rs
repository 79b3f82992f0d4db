//! DoAction: look at what runs, cancel an export.

use arrow_flight::{Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus};
use futures::{StreamExt, stream};
use prost::Message;
use tonic::{Response, Status};

use super::command::Command;
use super::{Answers, Face};
use crate::access::{Caller, Principal};
use crate::error::Error;
use crate::pb::Permission;
use crate::schema;

/// Flight's own name for it; the body is the FlightInfo.
const CANCEL_INFO: &str = "CancelFlightInfo";
/// The same by a ticket, for clients that have no FlightInfo at hand.
const CANCEL: &str = "sncgate.cancel";
const LIST: &str = "sncgate.list";
/// Forgets what is known of a table's columns.
const REFRESH: &str = "sncgate.refresh_schema";

pub(super) fn list() -> Response<Answers<ActionType>> {
    let action = |name: &str, description: &str| {
        Ok(ActionType { r#type: name.to_owned(), description: description.to_owned() })
    };
    let actions = [
        action(CANCEL_INFO, "Ends the readings of an export and voids its tickets. Body: its FlightInfo"),
        action(CANCEL, "The same. Body: any ticket of the export"),
        action(
            LIST,
            "The caller's readings that run, one JSON object each; everybody's for who may end sessions. No body",
        ),
        action(
            REFRESH,
            "Forgets a table's columns, so that the next export reads the dictionary anew. Body: {\"table\":…}",
        ),
    ];
    Response::new(stream::iter(actions).boxed())
}

pub(super) async fn handle(
    face: &Face,
    caller: &Caller,
    action: &Action,
) -> Result<Response<Answers<arrow_flight::Result>>, Status> {
    let answers: Vec<Vec<u8>> = match action.r#type.as_str() {
        CANCEL_INFO => {
            let request = CancelFlightInfoRequest::decode(action.body.clone())
                .map_err(|_| Error::invalid("body", "is no CancelFlightInfoRequest"))?;
            let endpoint = request.info.and_then(|info| info.endpoint.into_iter().next());
            let ticket = endpoint.and_then(|endpoint| endpoint.ticket);
            let ticket = ticket.ok_or_else(|| Error::invalid("body", "holds no ticket"))?;
            cancel(face, caller, &ticket.ticket)?;
            vec![CancelFlightInfoResult::new(CancelStatus::Cancelled).encode_to_vec()]
        }
        CANCEL => {
            let ended = cancel(face, caller, &action.body)?;
            vec![format!(r#"{{"ended":{ended}}}"#).into_bytes()]
        }
        LIST => {
            let principal = caller.principal()?;
            let user = (!rules(principal)).then_some(principal.user_id.as_str());
            let shown = face.running.shown(user);
            let text = |one| serde_json::to_vec(one).expect("a struct of text and numbers serializes");
            shown.iter().map(text).collect()
        }
        REFRESH => {
            let command = Command::parse(&action.body)?;
            // Whoever may not see the table's columns has no use for newer ones.
            caller.principal()?.require(Permission::SchemaRead).map_err(Error::from)?;
            let guard = face.until(face.guard(caller, &command)).await?;
            schema::forget(&guard.instance, guard.table()).await;
            Vec::new()
        }
        other => {
            let problem = format!("there is no action {other:?}; ListActions tells which there are");
            return Err(Error::invalid("type", problem).into());
        }
    };
    let answers = answers.into_iter().map(|body| Ok(arrow_flight::Result::new(body)));
    Ok(Response::new(stream::iter(answers).boxed()))
}

/// Who may end sessions may see and end readings.
fn rules(principal: &Principal) -> bool {
    principal.holds(Permission::UsersWrite)
}

/// Whose ticket it is may end what it grants.
fn cancel(face: &Face, caller: &Caller, ticket: &[u8]) -> Result<usize, Error> {
    let grant = face.key.verify(ticket, face.now())?;
    let principal = caller.principal()?;
    if !rules(principal) {
        grant.check(principal)?;
    }
    face.running.cancel(&grant.export)
}
