//! One row.

use servicenow::{Error as Reported, Fields, ImportReply};

use super::NotImported;
use crate::error::Error;
use crate::instance::{Instance, Subject};

/// Sends a row, at most once as far as the instance may have seen it.
pub(super) async fn import(
    instance: &Instance,
    table: &str,
    fields: &Fields,
) -> Result<ImportReply, NotImported> {
    let call = instance.bulk().import(table, fields);
    let imported = instance.call("import", Subject::table(table), call).await;
    imported.map_err(|error| NotImported { lost: is_lost(&error), error })
}

/// Whether the instance may have acted though it did not say so.
fn is_lost(error: &Error) -> bool {
    let Error::Instance { source: Some(reported), .. } = error else { return false };
    match **reported {
        Reported::Disconnected(_)
        | Reported::Timeout
        | Reported::Truncated { .. }
        | Reported::TooLarge { .. }
        | Reported::Decode(_)
        | Reported::NotJson { .. }
        | Reported::Accepted
        | Reported::Server(_)
        | Reported::TransactionTimeout(_) => true,
        Reported::Unavailable { retry_after, .. } => retry_after.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use servicenow::Refusal;

    use super::*;
    use crate::error::Peer;

    #[test]
    fn an_answer_is_lost_where_the_instance_may_have_acted() {
        let refusal = Refusal::default;
        let down = |retry_after| Reported::Unavailable { retry_after, refusal: refusal() };
        for (reported, lost) in [
            (Reported::Disconnected(String::new()), true),
            (Reported::Timeout, true),
            (Reported::Truncated { bytes: 1 }, true),
            (Reported::Server(refusal()), true),
            (Reported::Accepted, true),
            (down(None), true),
            (down(Some(Duration::from_secs(1))), false),
            (Reported::Connect(String::new()), false),
            (Reported::RateLimited { retry_after: None, refusal: refusal() }, false),
            (Reported::InvalidRequest(refusal()), false),
            (Reported::Forbidden(refusal()), false),
        ] {
            let error = Error::Instance {
                instance: "dev".to_owned(),
                peer: Peer::Unavailable,
                source: Some(Box::new(reported)),
            };
            assert_eq!(is_lost(&error), lost, "{error:?}");
        }
        assert!(!is_lost(&Error::Draining));
    }
}
