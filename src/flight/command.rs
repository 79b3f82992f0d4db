//! What a caller asks for: a JSON object as the descriptor's command, or a table's name as its path.

use std::time::Duration;

use arrow_flight::FlightDescriptor;
use arrow_flight::flight_descriptor::DescriptorType;
use columnar::Types;
use serde::{Deserialize, Serialize};
use servicenow::query::Query;
use servicenow::{DisplayMode, TableName};

use crate::error::Error;
use crate::export::Spec;
use crate::export::since::{Asked, Fingerprint, MOST_OVERLAP, OVERLAP, Since};
use crate::schema;

/// The longest command, bytes.
const MOST_BYTES: usize = 64 * 1024;

/// An export, as JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Command {
    /// The instance's name in the configuration; empty for the default one.
    pub(super) instance: String,
    /// As "incident".
    pub(super) table: String,
    /// An encoded query; empty for all rows.
    pub(super) query: String,
    /// Columns; none for all.
    pub(super) fields: Vec<String>,
    /// How columns are typed.
    pub(super) types: TypesName,
    /// Which face of each value.
    pub(super) display: DisplayName,
    /// Most endpoints; none for as many as are worth it.
    pub(super) partitions: Option<u64>,
    /// A cursor, or a moment: only what was written since; empty for everything.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) since: String,
    /// How many seconds before it to begin; none for the usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) overlap: Option<u64>,
    /// Rows, or what is gone of them.
    pub(super) stream: StreamName,
}

/// What comes of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum StreamName {
    /// Its rows.
    #[default]
    Rows,
    /// Which rows were deleted or do not match any more.
    Deletes,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TypesName {
    /// As the dictionary says.
    #[default]
    Typed,
    /// All text.
    String,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DisplayName {
    /// Stored values.
    #[default]
    Value,
    /// What a person sees.
    Display,
    /// Both, in two columns.
    Both,
}

impl Command {
    /// Reads a descriptor.
    pub(super) fn read(descriptor: &FlightDescriptor) -> Result<Self, Error> {
        match DescriptorType::try_from(descriptor.r#type) {
            Ok(DescriptorType::Cmd) => Self::parse(&descriptor.cmd),
            Ok(DescriptorType::Path) if descriptor.path.len() == 1 => {
                Ok(Self { table: descriptor.path[0].clone(), ..Self::default() })
            }
            _ => {
                let problem = r#"must be a command, {"table":"incident"}, or a path of one table's name"#;
                Err(Error::invalid("descriptor", problem))
            }
        }
    }

    /// Reads the JSON of one.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Error> {
        if text.len() > MOST_BYTES {
            return Err(Error::invalid("command", format!("is longer than {MOST_BYTES} bytes")));
        }
        serde_json::from_slice(text).map_err(|error| {
            // serde's text names the key or the place; values are the caller's own.
            Error::invalid("command", format!("is not the JSON of an export: {error}"))
        })
    }

    /// The table's name, valid in form.
    pub(super) fn table(&self) -> Result<TableName, Error> {
        schema::table_name(&self.table)
    }

    /// Which export cursors belong to: all that decides which rows and columns it has.
    fn fingerprint(&self, instance: &str) -> Fingerprint {
        let types = if matches!(self.types, TypesName::String) { "string" } else { "typed" };
        let display = match self.display {
            DisplayName::Value => "value",
            DisplayName::Display => "display",
            DisplayName::Both => "both",
        };
        let named = [instance, &self.table, &self.query, types, display];
        Fingerprint::of(named.into_iter().chain(self.fields.iter().map(String::as_str)))
    }

    /// Where it begins, and how it is to be cut. `instance` is the name in the configuration.
    pub(super) fn asked(&self, instance: &str, now: i64) -> Result<Asked, Error> {
        let fingerprint = self.fingerprint(instance);
        let since = if self.since.is_empty() { None } else { Some(Since::read(&self.since, &fingerprint)?) };
        if since.is_none() && (self.stream == StreamName::Deletes || self.overlap.is_some()) {
            let problem =
                "is required: a cursor of an earlier export, or a moment as in 2026-01-01T00:00:00Z";
            return Err(Error::invalid("since", problem));
        }
        let overlap = self.overlap.map_or(OVERLAP, Duration::from_secs);
        if overlap > MOST_OVERLAP {
            let problem = format!("is at most {} seconds", MOST_OVERLAP.as_secs());
            return Err(Error::invalid("overlap", problem));
        }
        Ok(Asked { since, overlap, most: self.partitions, fingerprint, now })
    }

    /// Valid in form. Whether the table has the fields is for the dictionary to say.
    pub(super) fn spec(&self) -> Result<Spec, Error> {
        let table = self.table()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        if let Some(name) = self.fields.iter().find(|name| name.is_empty() || !name.chars().all(plain)) {
            let problem = format!("{name:?} is no column; columns look like caller_id.name");
            return Err(Error::invalid("fields", problem));
        }
        Ok(Spec {
            table,
            query: Query::parse(&self.query),
            fields: self.fields.clone(),
            display: self.display.into(),
            types: self.types.into(),
        })
    }
}

impl From<TypesName> for Types {
    fn from(name: TypesName) -> Self {
        match name {
            TypesName::Typed => Self::Typed,
            TypesName::String => Self::String,
        }
    }
}

impl From<DisplayName> for DisplayMode {
    fn from(name: DisplayName) -> Self {
        match name {
            DisplayName::Value => Self::Value,
            DisplayName::Display => Self::Display,
            DisplayName::Both => Self::Both,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &'static str) -> Result<Spec, Error> {
        Command::read(&FlightDescriptor::new_cmd(json)).and_then(|command| command.spec())
    }

    #[test]
    fn a_cursor_is_bound_to_all_that_decides_rows_and_columns() {
        let command = |json: &'static str| Command::read(&FlightDescriptor::new_cmd(json)).unwrap();
        let base = command(r#"{"table":"incident","query":"active=true","fields":["sys_id"]}"#);
        let mine = base.fingerprint("dev");
        assert_eq!(
            mine,
            Command { since: "x".to_owned(), overlap: Some(1), partitions: Some(3), ..base.clone() }
                .fingerprint("dev")
        );
        assert_eq!(mine, Command { stream: StreamName::Deletes, ..base.clone() }.fingerprint("dev"));
        for other in [
            Command { table: "problem".to_owned(), ..base.clone() },
            Command { query: String::new(), ..base.clone() },
            Command { fields: Vec::new(), ..base.clone() },
            Command { types: TypesName::String, ..base.clone() },
            Command { display: DisplayName::Both, ..base.clone() },
        ] {
            assert_ne!(mine, other.fingerprint("dev"), "{other:?}");
        }
        assert_ne!(mine, base.fingerprint("test"));

        for (json, told) in [
            (r#"{"table":"incident","stream":"deletes"}"#, "since: is required"),
            (r#"{"table":"incident","overlap":3}"#, "since: is required"),
            (r#"{"table":"incident","since":"yesterday"}"#, "neither a moment"),
            (r#"{"table":"incident","since":"2026-01-01T00:00:00Z","overlap":86401}"#, "at most 86400"),
        ] {
            let error =
                command(json).asked("dev", 0).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(told), "{json}: {error}");
        }
    }

    #[test]
    fn what_is_no_export_is_refused_with_what_to_do() {
        for (json, told) in [
            ("", "JSON"),
            ("[]", "is required"),
            (r#"{"tabel":"incident"}"#, "tabel"),
            (r#"{"table":"a/b"}"#, "letters"),
            ("{}", "is required"),
            (r#"{"table":"incident","fields":["a b"]}"#, "no column"),
            (r#"{"table":"incident","types":"rough"}"#, "rough"),
        ] {
            let error = read(json).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(told), "{json}: {error}");
        }
        let spec = read(r#"{"table":"incident","display":"both","types":"string"}"#).unwrap();
        assert_eq!((spec.display, spec.types), (DisplayMode::Both, Types::String));
        let path = FlightDescriptor::new_path(vec!["incident".to_owned()]);
        assert_eq!(Command::read(&path).unwrap().spec().unwrap().table.as_str(), "incident");
        assert!(Command::read(&FlightDescriptor::new_path(vec![])).is_err());
    }
}
