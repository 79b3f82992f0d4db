//! Rows for staging tables.

use std::collections::HashMap;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tonic::Request;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::pb::{ImportRow, ImportRowResult, ImportRowsRequest};

/// Rows that are ready at once go into one message, at most so many,
const MOST_ROWS: usize = 200;
/// and so many bytes, roughly.
const MOST_BYTES: usize = 1024 * 1024;

impl Client {
    /// Imports rows into a staging table, and says what became of each, in their order. Rows are taken as fast as the
    /// instance transforms them, and never sent again.
    ///
    /// What is wrong with a row is in its result; the stream fails only as a whole: for an unknown table, or a
    /// connection that broke. Then it is not known what became of the rows without a result.
    pub fn import(
        &self,
        table: impl Into<String>,
        rows: impl Stream<Item = HashMap<String, String>> + Send + 'static,
    ) -> BoxStream<'static, Result<ImportRowResult>> {
        let first = ImportRowsRequest {
            instance: self.settings.instance.clone(),
            table: table.into(),
            rows: Vec::new(),
        };
        let messages = rows
            .map(|fields| ImportRow { fields })
            .ready_chunks(MOST_ROWS)
            .flat_map(|rows| stream::iter(grouped(rows)))
            .map(|rows| ImportRowsRequest { rows, ..Default::default() });
        let mut request = Request::new(stream::iter([first]).chain(messages));
        if let Some(deadline) = self.settings.stream_deadline {
            request.set_timeout(deadline);
        }
        let mut stub = self.import_stub();
        let client = self.clone();
        let answers = async move {
            client.prepare().await?;
            let messages = stub.import_rows(request).await?.into_inner();
            Ok::<_, Error>(messages.map_err(Error::from))
        };
        let messages = stream::once(answers).try_flatten();
        messages.map_ok(|message| stream::iter(message.results.into_iter().map(Ok))).try_flatten().boxed()
    }
}

/// Into messages of a bounded size; a row that is larger has one of its own.
fn grouped(rows: Vec<ImportRow>) -> Vec<Vec<ImportRow>> {
    let size = |row: &ImportRow| -> usize {
        row.fields.iter().map(|(name, value)| name.len() + value.len() + 8).sum()
    };
    let mut groups: Vec<Vec<ImportRow>> = Vec::new();
    let mut bytes = 0;
    for row in rows {
        bytes += size(&row);
        match groups.last_mut() {
            Some(group) if bytes <= MOST_BYTES => group.push(row),
            _ => {
                bytes = size(&row);
                groups.push(vec![row]);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_bounded() {
        let row = |bytes| ImportRow { fields: HashMap::from([("a".to_owned(), "x".repeat(bytes))]) };
        let sizes = |sizes: &[usize]| -> Vec<usize> {
            grouped(sizes.iter().map(|size| row(*size)).collect()).iter().map(Vec::len).collect()
        };
        assert!(sizes(&[]).is_empty());
        assert_eq!(sizes(&[1, 1, 1]), [3]);
        assert_eq!(sizes(&[MOST_BYTES / 2, MOST_BYTES / 4, MOST_BYTES / 2, 2 * MOST_BYTES, 1]), [2, 1, 1, 1]);
    }
}
