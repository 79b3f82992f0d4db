//! What somebody has who puts increments together as docs/export.md says.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use sncgate_client::{Client, Export};

use super::{FIELDS, Increment};
use crate::export::{column, export};

type Row = Vec<Option<String>>;

/// Rows by sys_id.
#[derive(Default)]
pub(crate) struct Lake(BTreeMap<String, Row>);

impl Lake {
    /// Takes the rows, then takes out what is gone.
    pub(crate) fn take(&mut self, increment: &Increment) {
        self.0.extend(by_key(&increment.rows));
        for sys_id in column(&increment.gone, "sys_id").into_iter().flatten() {
            self.0.remove(&sys_id);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Row by row what an export of everything gives.
    pub(crate) async fn is_the_state_of(&self, client: &Client, wanted: &Export) {
        let (batches, _) = export(client, wanted).await;
        let state: BTreeMap<String, Row> = by_key(&batches).collect();
        for (sys_id, row) in &state {
            assert_eq!(self.0.get(sys_id), Some(row), "{sys_id}");
        }
        let more: Vec<_> = self.0.keys().filter(|sys_id| !state.contains_key(*sys_id)).collect();
        assert!(more.is_empty(), "these are gone: {more:?}");
    }
}

fn by_key(batches: &[RecordBatch]) -> impl Iterator<Item = (String, Row)> {
    let columns: Vec<_> = FIELDS.iter().map(|name| column(batches, name)).collect();
    let rows = columns[0].len();
    (0..rows).map(move |row| {
        let values: Row = columns.iter().map(|column| column[row].clone()).collect();
        (values[0].clone().expect("every row has a key"), values)
    })
}
