//! Where several kinds are asked to write.

use dataset::Place;

use crate::error::Error;
use crate::tasks::Services;

/// A folder at a destination. `unnamed` is what it is called where nobody says.
pub(super) fn place(
    services: &Services,
    destination: &str,
    path: &str,
    unnamed: &str,
) -> Result<Place, Error> {
    services.destinations.place(destination, if path.is_empty() { unnamed } else { path })
}
