//! What a caller streams in, read until it ends, or until it is time to stop.
//!
//! Nothing is read ahead: the next part is asked for when the last one was taken, so that a slow instance slows the
//! caller down.

use std::pin::pin;
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// When reading stops before the caller's end.
#[derive(Clone, Debug)]
pub struct Until {
    /// When it is cancelled the stream ends with [`Error::Draining`].
    pub drain: CancellationToken,
    /// When the caller loses patience.
    pub deadline: Option<Instant>,
    /// How long a caller may be silent, where it holds what others wait for.
    pub silence: Option<Duration>,
}

impl Until {
    /// The parts, and the error that stopped them.
    pub(crate) fn read<T: Send + 'static>(
        self,
        parts: impl Stream<Item = Result<T, Error>> + Send + 'static,
    ) -> impl Stream<Item = Result<T, Error>> + Send + 'static {
        stream::unfold(Some((parts.boxed(), self)), |state| async {
            let (mut parts, until) = state?;
            match until.stopped_or(parts.next()).await {
                Ok(part) => {
                    let part = part?;
                    let failed = part.is_err();
                    Some((part, (!failed).then_some((parts, until))))
                }
                Err(stopped) => Some((Err(stopped), None)),
            }
        })
    }

    /// What `work` gives, or why it is not waited for.
    pub(crate) async fn stopped_or<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        let silent = self.silence.map(|silence| Instant::now() + silence);
        let work = pin!(work);
        tokio::select! {
            biased;
            () = self.drain.cancelled() => Err(Error::Draining),
            () = at(self.deadline) => Err(Error::DeadlineExceeded),
            () = at(silent) => Err(Error::DeadlineExceeded),
            done = work => Ok(done),
        }
    }
}

/// The moment, or never.
pub(crate) async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until() -> Until {
        Until { drain: CancellationToken::new(), deadline: None, silence: None }
    }

    /// Two parts, then silence.
    fn parts() -> impl Stream<Item = Result<u8, Error>> + Send + 'static {
        stream::iter([Ok(1), Ok(2)]).chain(stream::pending())
    }

    async fn told(until: Until) -> (Vec<u8>, Option<Error>) {
        let mut stream = Box::pin(until.read(parts()));
        let mut got = Vec::new();
        while let Some(part) = stream.next().await {
            match part {
                Ok(part) => got.push(part),
                Err(error) => {
                    assert!(stream.next().await.is_none(), "it goes on after {error}");
                    return (got, Some(error));
                }
            }
        }
        (got, None)
    }

    #[tokio::test(start_paused = true)]
    async fn reading_stops_when_it_is_time() {
        let drained = until();
        drained.drain.cancel();
        assert!(matches!(told(drained).await, (got, Some(Error::Draining)) if got.is_empty()));

        let late = Until { deadline: Some(Instant::now() + Duration::from_secs(1)), ..until() };
        assert!(matches!(told(late).await, (got, Some(Error::DeadlineExceeded)) if got == [1, 2]));

        let start = Instant::now();
        let silent = Until { silence: Some(Duration::from_secs(30)), ..until() };
        assert!(matches!(told(silent).await, (got, Some(Error::DeadlineExceeded)) if got == [1, 2]));
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test]
    async fn a_broken_part_is_the_last() {
        let parts = stream::iter([Ok(1), Err(Error::QueryTooLong), Ok(2)]);
        let got: Vec<_> = until().read(parts).collect().await;
        assert!(matches!(got[..], [Ok(1), Err(Error::QueryTooLong)]));
    }
}
