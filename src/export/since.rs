//! Increments: what changed in a table since an earlier export, and what is gone.
//!
//! An export says up to which second it is complete: its [cursor](Cursor). The next one reads the rows whose
//! `sys_updated_on` lies between that second and the latest one that the instance shows now, in sys_id order like any export:
//! in a window of time that stands still no row is met twice, and parts can be read at once and resumed.
//! What changes meanwhile has a later second, and is the next increment's.
//!
//! A row's stamp is set when it is written and seen when the transaction ends, so a window begins [`OVERLAP`] before the
//! second that was reached. Versions of rows that were given before are known by their stamp and `sys_mod_count` and left
//! out, as far as the cursor has room to remember them; one that is given twice does no harm, since a row that is read
//! later is never older. (Two versions that look the same are a row that is inserted, deleted and inserted again under its
//! old key within one second.)
//!
//! [Deletes](gone()) are a stream of their own, from `sys_audit_delete`; it also tells which rows do not match the query any
//! more. It is read after the rows, and then true of all that was given before. Where deletes cannot be seen that is an
//! error, never an empty stream.
//!
//! What no increment sees: rows written with a stamp of the past (imports that switch automatic fields off), rows that enter
//! or leave a query because time passes or another table changes, rows that a rule of access takes away, and rows that
//! become another class.

mod audit;
mod changed;
mod cursor;
mod gone;
mod matching;
mod window;

use std::time::Duration;

use columnar::Columns;
use servicenow::DisplayMode;

use super::{Plan, Spec};
use crate::access::Guard;
use crate::error::Error;

pub use changed::Changed;
pub use cursor::{Cursor, Fingerprint, Since};
pub use gone::{Gone, gone, gone_schema};
pub use window::Window;

/// How long before the second that was reached a window begins. ServiceNow cancels REST's transactions after 60 seconds and
/// interactive ones after 298: what is not seen by then was rolled back.
pub const OVERLAP: Duration = Duration::from_secs(300);
/// The longest overlap that may be asked for.
pub const MOST_OVERLAP: Duration = Duration::from_secs(86_400);

/// Tell one version of a row from another, and which of two is the later.
const NEEDED: [&str; 3] = ["sys_id", "sys_updated_on", "sys_mod_count"];

/// What is asked for, besides rows and columns.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where to begin; none for everything.
    pub since: Option<Since>,
    /// How long before it.
    pub overlap: Duration,
    /// Most parts; none for as many as are worth it, which is one for an increment.
    pub most: Option<u64>,
    /// Which command cursors belong to.
    pub fingerprint: Fingerprint,
    /// Seconds since 1970.
    pub now: i64,
}

/// A plan, and where the next increment begins.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The rows.
    pub plan: Plan,
    /// The time that they are of; none for all.
    pub window: Option<Window>,
    /// Good once all parts were read. None where the table has no `sys_updated_on` that the caller may use.
    pub cursor: Option<Cursor>,
}

/// Plans an export, whole or since something.
///
/// # Errors
/// Those of [`super::plan()`], and what an increment cannot do without.
pub async fn plan(guard: &Guard, spec: Spec, asked: Asked) -> Result<Planned, Error> {
    let Some(since) = &asked.since else {
        // The second is looked up first: what is written between the two is then read again, not left out.
        let reached = window::reached_if_known(guard, asked.now).await;
        let plan = super::plan(guard, spec, asked.most).await?;
        let cursor = reached.map(|reached| Cursor::new(asked.fingerprint, reached));
        return Ok(Planned { plan, window: None, cursor });
    };
    if spec.display == DisplayMode::Display {
        let problem = "an increment goes by stored values: ask for value or both";
        return Err(Error::invalid("display", problem));
    }
    let from = since.from(asked.overlap);
    let reached = window::reached(guard, asked.now).await?.max(since.reached());
    let window = Window { from, until: Some(reached) };
    let plan = super::plan(guard, window.narrow(spec), asked.most.or(Some(1))).await?;
    check_columns(&plan.columns)?;
    let cursor = Some(Cursor::new(asked.fingerprint, reached));
    Ok(Planned { plan, window: Some(window), cursor })
}

fn check_columns(columns: &Columns) -> Result<(), Error> {
    let missing = NEEDED.iter().find(|name| columns.iter().all(|column| column.name != **name));
    match missing {
        Some(missing) => {
            let problem = format!("an increment needs {}; {missing} is not among them", NEEDED.join(", "));
            Err(Error::invalid("fields", problem))
        }
        None => Ok(()),
    }
}
