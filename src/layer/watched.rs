//! A body that somebody watches: sees its end go by, may end it early, and learns from being dropped that it was cut off.
//!
//! It is the one place that forwards the methods of an answer's body; what a layer wants of it is a [`Watch`].

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};

/// What watches a body. It is dropped with the body.
pub(crate) trait Watch: Send + Unpin + 'static {
    /// Asked before each piece: whether the body ends here, and with which trailers.
    fn cut(&mut self, _: &mut Context<'_>) -> Poll<HeaderMap> {
        Poll::Pending
    }

    /// The trailers go by.
    fn trailers(&mut self, _: &HeaderMap) {}
}

/// The body, watched.
pub(crate) fn watched(body: Body, watch: impl Watch) -> Body {
    Body::new(Watched { body: Some(body), watch })
}

struct Watched<W> {
    /// None once it was cut or came to its end.
    body: Option<Body>,
    watch: W,
}

impl<W: Watch> HttpBody for Watched<W> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Watched { body, watch } = &mut *self;
        let Some(running) = body else { return Poll::Ready(None) };
        if let Poll::Ready(trailers) = watch.cut(context) {
            *body = None; // what the method still does is dropped
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        let frame = ready!(Pin::new(running).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    watch.trailers(trailers);
                }
            }
            Some(Err(_)) => {}
            None => *body = None,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    /// Cuts before the piece of that number; says what it saw, and that it was dropped.
    struct Cutter {
        after: usize,
        seen: Arc<Mutex<Vec<String>>>,
    }

    impl Watch for Cutter {
        fn cut(&mut self, _: &mut Context<'_>) -> Poll<HeaderMap> {
            if self.after == 0 {
                return Poll::Ready(HeaderMap::from_iter([(http::header::ETAG, "cut".parse().unwrap())]));
            }
            self.after -= 1;
            Poll::Pending
        }

        fn trailers(&mut self, trailers: &HeaderMap) {
            self.seen.lock().unwrap().push(format!("{trailers:?}"));
        }
    }

    impl Drop for Cutter {
        fn drop(&mut self) {
            self.seen.lock().unwrap().push("dropped".to_owned());
        }
    }

    fn two_pieces() -> Body {
        let trailers = HeaderMap::from_iter([(http::header::ETAG, "whole".parse().unwrap())]);
        let frames = [Frame::data("a".into()), Frame::data("b".into()), Frame::trailers(trailers)];
        Body::new(StreamBody::new(futures::stream::iter(frames.map(Ok::<_, axum::Error>))))
    }

    #[tokio::test]
    async fn a_body_is_whole_or_cut() {
        for (after, data, trailer, seen) in [(9, "ab", "whole", 2), (1, "a", "cut", 1), (0, "", "cut", 1)] {
            let told = Arc::new(Mutex::new(Vec::new()));
            let body = watched(two_pieces(), Cutter { after, seen: told.clone() });
            let collected = body.collect().await.unwrap();
            assert_eq!(collected.trailers().unwrap()[http::header::ETAG], trailer, "{after}");
            assert_eq!(collected.to_bytes(), data, "{after}");
            assert_eq!(told.lock().unwrap().len(), seen, "{after}");
            assert_eq!(told.lock().unwrap().last().unwrap(), "dropped");
        }
    }
}
