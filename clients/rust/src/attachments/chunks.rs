//! A reader as a stream of chunks.

use std::io;

use bytes::{Bytes, BytesMut};
use futures::Stream;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Large enough that messages cost little, small enough that several are cheap to hold.
const CHUNK: usize = 256 * 1024;

pub(super) fn of(
    reader: impl AsyncRead + Send + Unpin + 'static,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    futures::stream::try_unfold(reader, |mut reader| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        // Short reads, as those of a pipe, are gathered.
        while chunk.len() < CHUNK
            && (&mut reader).take((CHUNK - chunk.len()) as u64).read_buf(&mut chunk).await? > 0
        {}
        Ok((!chunk.is_empty()).then(|| (chunk.freeze(), reader)))
    })
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    #[tokio::test]
    async fn chunks_are_full_but_for_the_last() {
        let content = vec![7; 2 * CHUNK + 1];
        let halves = tokio::io::join(io::Cursor::new(content), tokio::io::empty());
        let sizes: Vec<usize> = of(halves).map_ok(|chunk| chunk.len()).try_collect().await.unwrap();
        assert_eq!(sizes, [CHUNK, CHUNK, 1]);
        assert_eq!(of(tokio::io::empty()).try_collect::<Vec<_>>().await.unwrap(), Vec::<Bytes>::new());
    }
}
