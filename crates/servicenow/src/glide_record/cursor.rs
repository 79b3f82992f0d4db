//! Going through the rows.

use futures::stream::{self, Stream};

use super::GlideRecord;
use super::pages::Pages;
use super::row::Row;
use crate::query::{Operator, Query};
use crate::{Error, Record};

impl GlideRecord {
    /// Asks for the rows, anew if there were some already. The cursor stands before the first.
    pub async fn query(&mut self) -> Result<(), Error> {
        self.first_page().await
    }

    /// Moves to the next row; `false` at the end. A query that was not asked yet is asked.
    ///
    /// # Errors
    /// After an error the cursor is where it was.
    pub async fn next(&mut self) -> Result<bool, Error> {
        let next = self.location.map_or(0, |location| location + 1);
        if !self.reach(next).await? {
            // Behind the last row there is none: what was current is not any more.
            self.location = Some(self.dropped + self.rows.len() as u64);
            return Ok(false);
        }
        self.location = Some(next);
        self.drop_passed();
        Ok(true)
    }

    /// Whether there is a next row. It is read if it was not yet.
    pub async fn has_next(&mut self) -> Result<bool, Error> {
        let next = self.location.map_or(0, |location| location + 1);
        self.reach(next).await
    }

    /// Puts the cursor before the first row.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if it is not rewindable.
    pub fn rewind(&mut self) -> Result<(), Error> {
        if !self.rewindable || self.dropped > 0 {
            return Err(Error::InvalidInput("it is not rewindable".to_owned()));
        }
        self.location = None;
        Ok(())
    }

    /// The row under the cursor, counted from 0; `None` before the first.
    pub fn location(&self) -> Option<u64> {
        self.location
    }

    /// Moves to a row, counted from 0; `false`, with the cursor where it was, if there is none.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the row was dropped.
    pub async fn set_location(&mut self, location: u64) -> Result<bool, Error> {
        if location < self.dropped {
            return Err(Error::InvalidInput("the row was dropped: it is not rewindable".to_owned()));
        }
        let there = self.reach(location).await?;
        if there {
            self.location = Some(location);
            self.drop_passed();
        }
        Ok(there)
    }

    /// How many rows match, whatever the limit; those hidden by access rules count. 0 before a query.
    pub fn row_count(&self) -> u64 {
        self.total
    }

    /// Reads one row by its sys_id; `false` if there is none. It takes the place of all that was read.
    pub async fn get(&mut self, sys_id: &str) -> Result<bool, Error> {
        match self.client.get::<Row>(self.table.as_str(), sys_id, &self.read).await {
            Ok(row) => {
                self.replace_rows(vec![row]);
                Ok(true)
            }
            Err(Error::NotFound(_)) => {
                self.replace_rows(Vec::new());
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Moves to the first row in which a field has a value; `false` if there is none. The condition takes the
    /// place of those there were; the order stays.
    pub async fn get_by(&mut self, field: &str, value: &str) -> Result<bool, Error> {
        let order = std::mem::take(&mut self.query.order);
        self.query = Query { order, ..Query::new().and(field, Operator::Is, value) };
        self.query().await?;
        self.next().await
    }

    /// Makes a new, empty row and moves to it. All that was read is forgotten.
    pub fn initialize(&mut self) {
        self.replace_rows(vec![Row::fresh(self.table.as_str())]);
    }

    /// Whether the row under the cursor is not on the instance yet.
    pub fn is_new_record(&self) -> bool {
        self.current().is_ok_and(|row| row.new)
    }

    /// Whether there is a row under the cursor.
    pub fn is_valid_record(&self) -> bool {
        self.current().is_ok()
    }

    /// The row under the cursor as a record of its own, with its changes.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn pop_record(&self) -> Result<GlideRecord, Error> {
        let mut popped = GlideRecord { rows: Vec::new(), ..self.clone() };
        popped.replace_rows(vec![self.current()?.clone()]);
        Ok(popped)
    }

    /// The rows from the next one on, one by one, none of them kept.
    pub fn into_stream(mut self) -> impl Stream<Item = Result<Record, Error>> + Send {
        self.rewindable = false;
        stream::try_unfold(self, |mut record| async move {
            if !record.next().await? {
                return Ok(None);
            }
            let row = record.current()?.record.clone();
            Ok(Some((row, record)))
        })
    }

    /// Reads on until a row is there; says whether it is.
    async fn reach(&mut self, location: u64) -> Result<bool, Error> {
        if matches!(self.pages, Pages::NotAsked) {
            self.first_page().await?;
        }
        while self.dropped + self.rows.len() as u64 <= location {
            if !self.more().await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn drop_passed(&mut self) {
        if self.rewindable {
            return;
        }
        // A page at once, as to drop each row would move all the others.
        if let Some(passed) = self.index().filter(|passed| *passed as u64 >= self.batch_size) {
            self.rows.drain(..passed);
            self.dropped += passed as u64;
        }
    }
}
