//! Reading and setting fields of the row under the cursor.

use chrono::{DateTime, Utc};

use super::GlideRecord;
use crate::value::date_time_text;
use crate::{Error, Row as _, SysId};

impl GlideRecord {
    /// A field's stored value, or what a person sees if only that was asked for; empty if it is or was not read.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn value(&self, name: &str) -> Result<&str, Error> {
        Ok(self.current()?.record.get(name).map_or("", |field| field.text()))
    }

    /// What a person sees of a field, or its stored value if only that was asked for.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn display_value(&self, name: &str) -> Result<&str, Error> {
        Ok(self.current()?.record.get(name).map_or("", |field| field.display()))
    }

    /// Whether the field was read or set.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn contains(&self, name: &str) -> Result<bool, Error> {
        Ok(self.current()?.record.get(name).is_some())
    }

    /// The sys_id of the row under the cursor; `None` for a new one without.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn sys_id(&self) -> Result<Option<&str>, Error> {
        Ok(self.current()?.sys_id().filter(|sys_id| !sys_id.is_empty()))
    }

    /// Sets a field. What is set to the value it had is no change.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn set_value(&mut self, name: &str, value: impl ToString) -> Result<(), Error> {
        self.current_mut()?.set(name, value.to_string());
        Ok(())
    }

    /// Sets a field to a moment.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn set_date_time(&mut self, name: &str, moment: DateTime<Utc>) -> Result<(), Error> {
        self.set_value(name, date_time_text(moment))
    }

    /// Sets the sys_id that an insert will use.
    ///
    /// # Errors
    /// [`Error::NoRecord`]; [`Error::InvalidInput`] if it is none of 32 characters.
    pub fn set_new_guid_value(&mut self, sys_id: &str) -> Result<(), Error> {
        sys_id.parse::<SysId>()?;
        if sys_id.len() != SysId::MAX_LENGTH {
            return Err(Error::InvalidInput("a new sys_id must have 32 characters".to_owned()));
        }
        self.set_value("sys_id", sys_id)
    }

    /// Whether any field of the row under the cursor differs from what was read.
    pub fn changes(&self) -> bool {
        self.current().is_ok_and(|row| row.has_changes())
    }
}
