//! What a caller asks for: a JSON object as the descriptor's command, or a table's name as its path.

use arrow_flight::FlightDescriptor;
use arrow_flight::flight_descriptor::DescriptorType;
use columnar::Types;
use serde::{Deserialize, Serialize};
use servicenow::query::Query;
use servicenow::{DisplayMode, TableName};

use crate::error::Error;
use crate::export::Spec;

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
            Ok(DescriptorType::Cmd) if descriptor.cmd.len() <= MOST_BYTES => {
                serde_json::from_slice(&descriptor.cmd).map_err(|error| {
                    // serde's text names the key or the place; values are the caller's own.
                    Error::invalid("command", format!("is not the JSON of an export: {error}"))
                })
            }
            Ok(DescriptorType::Cmd) => {
                Err(Error::invalid("command", format!("is longer than {MOST_BYTES} bytes")))
            }
            Ok(DescriptorType::Path) if descriptor.path.len() == 1 => {
                Ok(Self { table: descriptor.path[0].clone(), ..Self::default() })
            }
            _ => {
                let problem = r#"must be a command, {"table":"incident"}, or a path of one table's name"#;
                Err(Error::invalid("descriptor", problem))
            }
        }
    }

    /// The table's name, valid in form.
    pub(super) fn table(&self) -> Result<TableName, Error> {
        if self.table.is_empty() {
            return Err(Error::invalid("table", "is required, as in \"incident\""));
        }
        self.table.parse().map_err(|_| Error::invalid("table", "must be letters, digits and underscores"))
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
