//! What several kinds are asked: a table, a place.

use dataset::Place;
use servicenow::TableName;

use crate::error::Error;
use crate::tasks::Services;

/// A table's name, fit for a path.
pub(super) fn table(text: &str) -> Result<TableName, Error> {
    if text.is_empty() {
        return Err(Error::invalid("table", "is required, as in \"incident\""));
    }
    text.parse().map_err(|_| Error::invalid("table", "must be letters, digits and underscores"))
}

/// A folder at a destination. `unnamed` is what it is called where nobody says.
pub(super) fn place(
    services: &Services,
    destination: &str,
    path: &str,
    unnamed: &str,
) -> Result<Place, Error> {
    services.destinations.place(destination, if path.is_empty() { unnamed } else { path })
}
