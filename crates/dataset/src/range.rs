//! Writes the parts of one range.

use std::collections::HashMap;

use arrow_array::RecordBatch;

use crate::encoder::{Encoder, Event};
use crate::output::Output;
use crate::{Error, Part, Place};

/// Writes one range's rows. It takes no more rows than the place takes bytes. Dropped before its
/// [end](RangeWriter::finish), it takes back what is not whole; parts that are whole stay, and are written over by
/// the same when the range is written again.
pub struct RangeWriter {
    place: Place,
    encoder: Option<Encoder>,
    under_way: HashMap<u32, Output>,
    parts: Vec<Part>,
}

impl RangeWriter {
    pub(crate) fn new(place: Place, encoder: Encoder) -> Self {
        Self { place, encoder: Some(encoder), under_way: HashMap::new(), parts: Vec::new() }
    }

    /// Takes rows.
    ///
    /// # Errors
    /// Whatever kept them from being written. The writer is of no more use then.
    pub async fn write(&mut self, batch: RecordBatch) -> Result<(), Error> {
        let events = self.encode(move |encoder| encoder.write(batch)).await?;
        self.carry_out(events).await
    }

    /// Ends the range; gives its parts, all of them whole. A range without rows has none.
    ///
    /// # Errors
    /// Whatever kept them from being written.
    pub async fn finish(mut self) -> Result<Vec<Part>, Error> {
        let events = self.encode(Encoder::finish).await?;
        self.carry_out(events).await?;
        Ok(self.parts)
    }

    /// Gives the range up, and waits until what was under way is taken back. Dropping does the same and does not wait.
    pub async fn give_up(mut self) {
        for (_, output) in self.under_way.drain() {
            output.abort().await;
        }
    }

    /// Encoding takes a processor for a while: it is done where that keeps nobody waiting.
    async fn encode<F>(&mut self, step: F) -> Result<Vec<Event>, Error>
    where
        F: FnOnce(&mut Encoder) -> Result<Vec<Event>, Error> + Send + 'static,
    {
        let mut encoder = self.encoder.take().ok_or(Error::Broken)?;
        let done = tokio::task::spawn_blocking(move || {
            let events = step(&mut encoder);
            (encoder, events)
        });
        let (encoder, events) = done.await.map_err(|_| Error::Broken)?;
        let events = events?;
        self.encoder = Some(encoder);
        Ok(events)
    }

    async fn carry_out(&mut self, events: Vec<Event>) -> Result<(), Error> {
        for event in events {
            match event {
                Event::Bytes(number, path, bytes) => {
                    if !self.under_way.contains_key(&number) {
                        self.under_way.insert(number, self.place.begin(&path).await?);
                    }
                    let output = self.under_way.get_mut(&number).expect("it was put there");
                    output.put(bytes).await?;
                }
                Event::End(number, part) => {
                    let output = self.under_way.remove(&number).ok_or(Error::Broken)?;
                    output.commit().await?;
                    self.parts.push(part);
                }
            }
        }
        Ok(())
    }
}
