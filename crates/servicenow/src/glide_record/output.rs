//! Rows as records, and as JSON.

use super::GlideRecord;
use crate::{Error, Record, Serialization};

impl GlideRecord {
    /// The row under the cursor.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn record(&self) -> Result<&Record, Error> {
        Ok(&self.current()?.record)
    }

    /// Those fields of the row under the cursor that differ from what was read.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn changed(&self) -> Result<Record, Error> {
        Ok(self.current()?.changed())
    }

    /// The row under the cursor as a JSON object; with `changes_only` only its changed fields.
    ///
    /// # Errors
    /// [`Error::NoRecord`]; [`Error::InvalidInput`] if the form's names do not fit.
    pub fn serialize(&self, form: &Serialization, changes_only: bool) -> Result<serde_json::Value, Error> {
        let row = self.current()?;
        if changes_only { form.value(&row.changed()) } else { form.value(&row.record) }
    }

    /// All rows, read to the end, for [`Serialization`] to write. The cursor stays where it is.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if rows were dropped.
    pub async fn records(&mut self) -> Result<Vec<&Record>, Error> {
        if self.dropped > 0 {
            return Err(Error::InvalidInput("rows were dropped: it is not rewindable".to_owned()));
        }
        if matches!(self.pages, super::pages::Pages::NotAsked) {
            self.query().await?;
        }
        while self.more().await? {}
        Ok(self.rows.iter().map(|row| &row.record).collect())
    }
}
