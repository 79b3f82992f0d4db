//! Where the gateway itself writes exports: places that the configuration names, and nothing else.
//!
//! A caller gives a destination's name and a path below it. No caller gives an address or a folder of this machine.

use std::collections::BTreeMap;

use dataset::{Place, S3};

use crate::config::{Config, Destination};
use crate::error::{Error, SinkError};

/// The configured destinations.
#[derive(Debug, Default)]
pub struct Destinations(BTreeMap<String, Place>);

impl Destinations {
    /// Opens those of the configuration. Nothing is connected yet.
    ///
    /// # Errors
    /// An address that is none.
    pub fn new(config: &Config) -> Result<Self, dataset::Error> {
        let mut places = BTreeMap::new();
        for (name, destination) in &config.export.destinations {
            places.insert(name.clone(), place(destination)?.called(name.clone()));
        }
        Ok(Self(places))
    }

    /// A path at a destination, as `incident/daily`. No name means the only destination, where there is but one.
    ///
    /// # Errors
    /// [`SinkError::Unknown`]; [`Error::Invalid`] for a path that is none or would lead elsewhere.
    pub fn place(&self, name: &str, path: &str) -> Result<Place, Error> {
        let unknown = || SinkError::Unknown { name: name.to_owned(), names: self.names().collect() };
        let place = match self.0.first_key_value() {
            Some((_, only)) if name.is_empty() && self.0.len() == 1 => only,
            _ => self.0.get(name).ok_or_else(unknown)?,
        };
        place.below(path).map_err(|error| failed(place, error))
    }

    /// The folder of a file at a destination, and the file's name in it.
    ///
    /// # Errors
    /// Those of [`Destinations::place`].
    pub fn file(&self, name: &str, path: &str) -> Result<(Place, String), Error> {
        let whole = self.place(name, path)?;
        match path.rsplit_once('/') {
            Some((folder, file)) => Ok((self.place(name, folder)?, file.to_owned())),
            None => {
                let only = if name.is_empty() { self.0.values().next() } else { self.0.get(name) };
                Ok((only.cloned().unwrap_or(whole), path.to_owned()))
            }
        }
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.keys().cloned()
    }
}

fn place(destination: &Destination) -> Result<Place, dataset::Error> {
    if destination.url.scheme() == "file" {
        let wrong = |()| dataset::Error::Address(format!("{} is no folder of this machine", destination.url));
        return Ok(Place::folder(destination.url.to_file_path().map_err(wrong)?));
    }
    let access = S3 {
        environment: false,
        endpoint: destination.endpoint.clone(),
        region: destination.region.clone(),
        access_key_id: destination.access_key_id.clone(),
        secret_access_key: destination.secret_access_key.clone(),
        session_token: None,
    };
    Place::s3(destination.url.as_str(), &access)
}

/// What a caller is told of a destination that did not take an export, by the place's name.
pub(crate) fn failed(place: &Place, error: dataset::Error) -> Error {
    let shown = place.shown().to_owned();
    let problem = match &error {
        dataset::Error::Address(problem) => return Error::invalid("path", problem.clone()),
        dataset::Error::Partition(problem) => return Error::invalid("partition_by", problem.clone()),
        dataset::Error::Occupied(_) => return SinkError::Occupied { place: shown }.into(),
        dataset::Error::File(_) | dataset::Error::Broken => return Error::internal(error),
        // Folders of this machine are not for callers to know.
        dataset::Error::Disk { cause, .. } => {
            format!("{}; the gateway's operator looks to the disk", cause.kind())
        }
        dataset::Error::Store { problem, .. } => (*problem).to_owned(),
        dataset::Error::Manifest { .. } => {
            "holds a manifest.json of something else; name another path".to_owned()
        }
    };
    let passing = error.passing();
    SinkError::Failed { place: shown, problem, passing, source: Box::new(error) }.into()
}
