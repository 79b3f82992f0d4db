//! Writing the row under the cursor.

use super::GlideRecord;
use crate::{Error, Record, Row as _, WriteOptions};

impl GlideRecord {
    /// Inserts the row under the cursor and gives its sys_id. The row becomes what was stored. Of a row that was
    /// read a copy is inserted.
    ///
    /// # Errors
    /// [`Error::NoRecord`]; [`Error::Rejected`] if a business rule or data policy aborts it.
    pub async fn insert(&mut self) -> Result<String, Error> {
        let fields = self.current()?.insertable();
        let stored: Record = self.client.create(self.table.as_str(), &fields, &self.write_options()).await?;
        self.stored(stored)
    }

    /// Writes the changed fields of the row under the cursor and gives its sys_id. The row becomes what was
    /// stored. Without changes nothing is sent.
    ///
    /// # Errors
    /// [`Error::NoRecord`] also for a row that was not inserted yet; [`Error::Rejected`] if a business rule or data
    /// policy aborts it.
    pub async fn update(&mut self) -> Result<String, Error> {
        let (sys_id, changes) = (self.stored_id()?, self.current()?.changes());
        if changes.is_empty() {
            return Ok(sys_id);
        }
        let options = self.write_options();
        let stored: Record = self.client.update(self.table.as_str(), &sys_id, &changes, &options).await?;
        self.stored(stored)
    }

    /// Deletes the row under the cursor. What was read of it stays.
    ///
    /// # Errors
    /// [`Error::NoRecord`] also for a row that was not inserted yet; [`Error::NotFound`] if it is gone.
    pub async fn delete(&mut self) -> Result<(), Error> {
        let sys_id = self.stored_id()?;
        self.client.delete(self.table.as_str(), &sys_id).await
    }

    pub(super) fn write_options(&self) -> WriteOptions {
        WriteOptions { read: self.read.clone(), input_display_value: self.input_display_value }
    }

    /// The sys_id under which the instance knows the row.
    pub(super) fn stored_id(&self) -> Result<String, Error> {
        let row = self.current()?;
        row.sys_id().filter(|_| !row.new).map(str::to_owned).ok_or(Error::NoRecord)
    }

    fn stored(&mut self, record: Record) -> Result<String, Error> {
        let sys_id = record.sys_id().unwrap_or_default().to_owned();
        self.current_mut()?.stored(record);
        Ok(sys_id)
    }
}
