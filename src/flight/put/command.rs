//! Where rows go, as JSON in the descriptor: `{"table": "incident", "mode": "insert"}`.

use arrow_flight::FlightData;
use arrow_flight::flight_descriptor::DescriptorType;
use serde::Deserialize;
use servicenow::TableName;

use crate::error::Error;

/// The longest command, bytes.
const MOST_BYTES: usize = 64 * 1024;

/// Where rows go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Put {
    /// The instance's name in the configuration; empty for the default one.
    pub(super) instance: String,
    /// As "incident"; a staging table where rows are imported.
    pub(super) table: String,
    /// What becomes of a row.
    pub(super) mode: Option<Mode>,
    /// A UUID that makes an insert repeatable: the same rows under the same id are not made twice.
    pub(super) request_id: String,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    /// A new record. Null columns get their defaults.
    Insert,
    /// The new values of the record that `sys_id` names. Null columns are emptied.
    Update,
    /// A row of a staging table, whose transform maps decide.
    Import,
}

impl Put {
    /// Reads the descriptor of the first message.
    pub(super) fn read(first: &FlightData) -> Result<Self, Error> {
        let descriptor = first.flight_descriptor.as_ref();
        let descriptor = descriptor
            .filter(|descriptor| descriptor.r#type == i32::from(DescriptorType::Cmd))
            .filter(|descriptor| descriptor.cmd.len() <= MOST_BYTES);
        let descriptor = descriptor.ok_or_else(|| {
            let problem = r#"must be a command, as {"table":"incident","mode":"insert"}"#;
            Error::invalid("descriptor", problem)
        })?;
        let put: Put = serde_json::from_slice(&descriptor.cmd)
            .map_err(|error| Error::invalid("command", format!("does not say where rows go: {error}")))?;
        put.mode()?;
        put.request_id()?;
        Ok(put)
    }

    pub(super) fn mode(&self) -> Result<Mode, Error> {
        self.mode.ok_or_else(|| Error::invalid("mode", "is required: insert, update or import"))
    }

    /// The table's name, valid in form.
    pub(super) fn table(&self) -> Result<TableName, Error> {
        let problem = "must be letters, digits and underscores, as in \"incident\"";
        self.table.parse().map_err(|_| Error::invalid("table", problem))
    }

    /// In one spelling; `None` where there is none.
    pub(super) fn request_id(&self) -> Result<Option<String>, Error> {
        if self.request_id.is_empty() {
            return Ok(None);
        }
        if self.mode != Some(Mode::Insert) {
            let problem = "is for inserts; an update can be repeated as it is, and an import cannot";
            return Err(Error::invalid("request_id", problem));
        }
        let id = uuid::Uuid::try_parse(&self.request_id);
        Ok(Some(id.map_err(|_| Error::invalid("request_id", "must be a UUID"))?.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use arrow_flight::FlightDescriptor;

    use super::*;

    #[test]
    fn what_does_not_say_where_rows_go_is_refused() {
        let read = |descriptor: Option<FlightDescriptor>| {
            Put::read(&FlightData { flight_descriptor: descriptor, ..FlightData::default() })
        };
        let told = |json: &'static str| {
            read(Some(FlightDescriptor::new_cmd(json)))
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        for (json, says) in [
            ("", "where rows go"),
            (r#"{"table":"incident"}"#, "mode: is required"),
            (r#"{"table":"incident","mode":"merge"}"#, "merge"),
            (r#"{"table":"incident","mode":"insert","request_id":"1"}"#, "must be a UUID"),
            (r#"{"table":"incident","mode":"update","request_id":"1"}"#, "is for inserts"),
            (r#"{"table":"incident","mode":"insert","colour":1}"#, "colour"),
        ] {
            assert!(told(json).contains(says), "{json}: {}", told(json));
        }
        assert!(read(None).is_err());
        assert!(read(Some(FlightDescriptor::new_path(vec!["incident".to_owned()]))).is_err());
        let put = read(Some(FlightDescriptor::new_cmd(r#"{"table":"incident","mode":"import"}"#))).unwrap();
        assert_eq!((put.mode().unwrap(), put.table().unwrap().as_str()), (Mode::Import, "incident"));
    }
}
