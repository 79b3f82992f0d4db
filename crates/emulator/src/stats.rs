//! Aggregates: count, sum, average, minimum and maximum, whole or by group.
//!
//! Like counts of lists they look at no row rule: ServiceNow aggregates what it does not show.

mod compile;
mod request;
mod rows;

use std::sync::Arc;

use crate::engine::{Engine, find};
use crate::error::Error;
use crate::query::{Compiler, Predicate, Scope, filter, run};
use crate::session::{Reading, Session};
use crate::value::display::Displays;

pub use request::{Aggregate, Having, StatsOrder, StatsRequest};

/// One group's aggregates; without groups there is exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatsRow {
    /// Rows, if asked for.
    pub count: Option<String>,
    /// By field, in the order asked for; empty values are left out.
    pub sum: Vec<(String, String)>,
    /// Averages, with four decimals.
    pub avg: Vec<(String, String)>,
    /// Smallest values.
    pub min: Vec<(String, String)>,
    /// Largest values.
    pub max: Vec<(String, String)>,
    /// The values that make the group.
    pub groups: Vec<GroupValue>,
}

/// A field that rows were grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupValue {
    /// The field, dot-walked as asked.
    pub field: String,
    /// Its stored value; empty for the group of rows that have none.
    pub value: String,
    /// Its display value, if display values were asked for.
    pub display: Option<String>,
}

/// Computes the aggregates of a request.
pub(crate) fn stats(
    engine: &Engine,
    session: &Session,
    request: &StatsRequest,
) -> Result<Vec<StatsRow>, Error> {
    let schema = engine.schema();
    let table = find(&schema, &request.table)?;
    if session.reading(&schema, table) == Reading::Refused {
        return Err(Error::NotAuthorized);
    }
    let mut compiler = Compiler::new(&schema, engine.settings(), session, engine.now());
    let mut scope = Scope::new(&mut compiler, Arc::clone(table));
    let condition = filter(&mut compiler, &mut scope, &request.query);
    let never = condition == Predicate::Never;
    let plan = compile::plan(&mut compiler, &mut scope, request);
    let sql = plan.sql(&scope, condition);
    let values = compiler.finish()?;
    if never && !plan.groups.is_empty() {
        return Ok(Vec::new());
    }
    engine.read(|connection| {
        let mut displays = Displays::new(connection, &schema, session);
        let mut statement = connection.prepare(&sql)?;
        let mut found = run(&mut statement, &values)?;
        let mut answer = Vec::new();
        while let Some(row) = found.next()? {
            answer.push(rows::read(row, &plan, request, &mut displays)?);
        }
        Ok(answer)
    })
}
