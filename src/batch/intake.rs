//! Takes operations as fast as there are places, and looks at each before it may go.

use std::pin::pin;
use std::sync::Arc;

use async_stream::stream;
use futures::{Stream, StreamExt};
use tokio::sync::Semaphore;

use super::check::{Check, Checked, as_sent};
use super::engine::Placed;
use super::ids::{Ids, Unfit};
use super::{Incoming, Operation, Report};
use crate::access::Caller;
use crate::error::Error;
use crate::instance::Instance;

/// What was taken.
pub(super) enum Taken {
    /// May be sent.
    Fit(Checked),
    /// Is done already: it cannot be.
    Refused(Placed),
}

/// The operations, each with a place; ends after the first error, which is the call's.
pub(super) fn intake(
    caller: Caller,
    instance: Arc<Instance>,
    operations: impl Stream<Item = Result<Incoming, Error>> + Send,
    places: Arc<Semaphore>,
) -> impl Stream<Item = Result<Taken, Error>> + Send {
    stream! {
        let mut operations = pin!(operations);
        let meter = caller.meter.clone();
        let (mut ids, mut check) = (Ids::default(), Check::new(caller, instance));
        loop {
            let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
            let incoming = match operations.next().await {
                None => break,
                Some(Err(error)) => {
                    yield Err(error);
                    break;
                }
                Some(Ok(incoming)) => incoming,
            };
            meter.pace().await;
            let unfit = match ids.take(incoming.id()) {
                Err(Unfit::Call(error)) => {
                    yield Err(error);
                    break;
                }
                Err(Unfit::Operation(error)) => Some(error),
                Ok(()) => None,
            };
            let checked = match (incoming, unfit) {
                (Incoming::Refused { id, .. } | Incoming::Operation(Operation { id, .. }), Some(error))
                | (Incoming::Refused { id, error }, None) => Err((id, error)),
                (Incoming::Operation(operation), None) => match check.check(&operation).await {
                    Ok(guard) => Ok((guard, operation)),
                    Err(error) => Err((operation.id, error)),
                },
            };
            yield Ok(match checked {
                Ok((guard, operation)) => Taken::Fit(as_sent(guard, operation, place)),
                Err((id, error)) => Taken::Refused((Report { id, outcome: Err(error) }, place)),
            });
        }
    }
}
