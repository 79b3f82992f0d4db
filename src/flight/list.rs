//! ListFlights: the tables of the default instance that the caller may read; the criteria is a part of a table's name or label.

use arrow_flight::{Criteria, FlightDescriptor, FlightInfo};
use arrow_schema::Schema;
use futures::{StreamExt, stream};
use tonic::{Response, Status};

use super::{Answers, Face};
use crate::access::{Caller, guard};
use crate::error::Error;
use crate::schema;

/// A table's columns are for GetSchema to say: to look all of them up would take the instance thousands of requests.
pub(super) async fn handle(
    face: &Face,
    caller: &Caller,
    criteria: Criteria,
) -> Result<Response<Answers<FlightInfo>>, Status> {
    let contains = std::str::from_utf8(&criteria.expression)
        .map_err(|_| Error::invalid("criteria", "must be text: a part of a table's name or label"))?;
    let list = async {
        let instance = face.links.instance(caller, "").await?;
        let readable = guard::readable_tables(caller, &instance).await?;
        let mut tables = schema::tables(&instance, contains).await?;
        tables.retain(|table| readable(&table.name));
        Ok(tables)
    };
    let tables = face.until(list).await?;
    let nothing = FlightInfo::new().try_with_schema(&Schema::empty()).map_err(Error::internal)?;
    let flights = tables.into_iter().map(move |table| {
        let descriptor = FlightDescriptor::new_path(vec![table.name]);
        Ok(nothing.clone().with_descriptor(descriptor).with_total_records(-1).with_total_bytes(-1))
    });
    Ok(Response::new(stream::iter(flights).boxed()))
}
