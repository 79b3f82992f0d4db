//! A batch into one for each folder.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Schema, SchemaRef, TimeUnit};
use arrow_select::take::take_record_batch;
use chrono::{DateTime, NaiveDate, Utc};

use super::{PartitionBy, Step, hive};
use crate::Error;

/// The longest name of a folder on usual disks, in bytes.
const MOST_BYTES: usize = 255;

/// Cuts batches of one schema.
pub(crate) struct Split {
    by: Vec<(PartitionBy, usize)>,
    /// Columns that stay in the files.
    kept: Vec<usize>,
    schema: SchemaRef,
}

/// Rows of one folder.
pub(crate) struct Group {
    /// As `state=1/opened_at_month=2024-03`; empty without partitions.
    pub(crate) folder: String,
    pub(crate) values: BTreeMap<String, Option<String>>,
    pub(crate) rows: RecordBatch,
}

/// Whether values of that type can name a folder.
pub(super) fn names(data_type: &DataType) -> bool {
    match data_type {
        DataType::Boolean | DataType::Int64 | DataType::Utf8 | DataType::Date32 => true,
        DataType::Dictionary(_, values) => **values == DataType::Utf8,
        _ => false,
    }
}

impl Split {
    pub(crate) fn new(by: &[PartitionBy], schema: &SchemaRef) -> Result<Self, Error> {
        let mut places: Vec<(PartitionBy, usize)> = Vec::with_capacity(by.len());
        for one in by {
            one.check(schema)?;
            if places.iter().any(|(other, _)| other.key() == one.key()) {
                return Err(Error::Partition(format!("it is partitioned by {one} twice")));
            }
            places.push((one.clone(), schema.index_of(&one.column).expect("it was looked up")));
        }
        let whole = |place: usize| places.iter().any(|(by, at)| *at == place && by.step == Step::Value);
        let kept: Vec<_> = (0..schema.fields().len()).filter(|place| !whole(*place)).collect();
        if kept.is_empty() {
            return Err(Error::Partition(
                "no column is left for the files: add one to the fields".to_owned(),
            ));
        }
        let schema = Arc::new(schema.project(&kept).unwrap_or_else(|_| Schema::empty()));
        Ok(Self { by: places, kept, schema })
    }

    /// The schema of the files.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Its rows by folder, in the order in which folders come up.
    pub(crate) fn apply(&self, batch: &RecordBatch) -> Result<Vec<Group>, Error> {
        if self.by.is_empty() {
            let rows = batch.clone();
            return Ok(vec![Group { folder: String::new(), values: BTreeMap::new(), rows }]);
        }
        let names: Vec<Vec<Option<String>>> = self
            .by
            .iter()
            .map(|(by, place)| values(batch.column(*place), by.step))
            .collect::<Option<_>>()
            .ok_or_else(|| Error::Partition("the rows are not of the export's columns".to_owned()))?;
        let mut order: Vec<(Vec<&Option<String>>, Vec<u32>)> = Vec::new();
        let mut known: HashMap<Vec<&Option<String>>, usize> = HashMap::new();
        for row in 0..batch.num_rows() {
            let key: Vec<_> = names.iter().map(|values| &values[row]).collect();
            let at = *known.entry(key.clone()).or_insert_with(|| {
                order.push((key, Vec::new()));
                order.len() - 1
            });
            order[at].1.push(u32::try_from(row).expect("a batch has few rows"));
        }
        let kept = batch.project(&self.kept).map_err(columnar::file::Error::from)?;
        order.into_iter().map(|(key, rows)| self.group(&kept, &key, rows)).collect()
    }

    fn group(&self, kept: &RecordBatch, key: &[&Option<String>], rows: Vec<u32>) -> Result<Group, Error> {
        let mut segments = Vec::with_capacity(key.len());
        let mut values = BTreeMap::new();
        for ((by, _), value) in self.by.iter().zip(key) {
            let segment = hive::segment(&by.key(), value.as_deref());
            if segment.len() > MOST_BYTES {
                return Err(Error::Partition(format!(
                    "a value of {} is too long for the name of a folder: partition by another column",
                    by.column
                )));
            }
            segments.push(segment);
            values.insert(by.key(), (*value).clone());
        }
        let rows = if rows.len() == kept.num_rows() {
            kept.clone()
        } else {
            take_record_batch(kept, &UInt32Array::from(rows)).map_err(columnar::file::Error::from)?
        };
        Ok(Group { folder: segments.join("/"), values, rows })
    }
}

/// A column's values as folders name them; `None` for a type that names none.
fn values(column: &ArrayRef, step: Step) -> Option<Vec<Option<String>>> {
    let every = |one: &dyn Fn(usize) -> Option<String>| {
        (0..column.len()).map(|row| if column.is_null(row) { None } else { one(row) }).collect()
    };
    Some(match column.data_type() {
        DataType::Boolean => every(&|row| Some(column.as_boolean().value(row).to_string())),
        DataType::Int64 => every(&|row| Some(column.as_primitive::<Int64Type>().value(row).to_string())),
        DataType::Utf8 => every(&|row| Some(column.as_string::<i32>().value(row).to_owned())),
        DataType::Dictionary(_, _) => {
            let labels = column.as_dictionary_opt::<Int32Type>()?;
            let texts = labels.downcast_dict::<StringArray>()?.values();
            every(&|row| Some(texts.value(labels.key(row)?).to_owned()))
        }
        DataType::Date32 => {
            every(&|row| column.as_primitive::<Date32Type>().value_as_date(row).map(|day| named(day, step)))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => every(&|row| {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            let moment: DateTime<Utc> = DateTime::from_timestamp_micros(micros)?;
            Some(named(moment.date_naive(), step))
        }),
        _ => return None,
    })
}

fn named(day: NaiveDate, step: Step) -> String {
    match step {
        Step::Year => day.format("%Y").to_string(),
        Step::Month => day.format("%Y-%m").to_string(),
        Step::Value | Step::Day => day.format("%Y-%m-%d").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::{BooleanArray, Int64Array, TimestampMicrosecondArray};

    use super::*;

    fn batch() -> RecordBatch {
        let at = TimestampMicrosecondArray::from(vec![
            Some(1_709_251_199_000_000),
            None,
            Some(1_709_251_200_000_000),
        ]);
        let columns: [(&str, ArrayRef); 4] = [
            ("sys_id", Arc::new(StringArray::from(vec!["a", "b", "c"]))),
            ("state", Arc::new(Int64Array::from(vec![Some(1), None, Some(1)]))),
            ("at", Arc::new(at.with_timezone("UTC"))),
            ("active", Arc::new(BooleanArray::from(vec![true, true, false]))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn folders(by: &[&str]) -> Result<Vec<(String, usize, usize)>, Error> {
        let by: Vec<PartitionBy> = by.iter().map(|text| text.parse().unwrap()).collect();
        let batch = batch();
        let groups = Split::new(&by, &batch.schema())?.apply(&batch)?;
        Ok(groups
            .iter()
            .map(|group| (group.folder.clone(), group.rows.num_rows(), group.rows.num_columns()))
            .collect())
    }

    #[test]
    fn rows_go_to_the_folders_of_their_values() {
        let null = "__HIVE_DEFAULT_PARTITION__";
        for (by, wanted) in [
            (vec![], vec![(String::new(), 3, 4)]),
            (vec!["state"], vec![("state=1".to_owned(), 2, 3), (format!("state={null}"), 1, 3)]),
            (
                vec!["at:month"],
                vec![
                    ("at_month=2024-02".to_owned(), 1, 4),
                    (format!("at_month={null}"), 1, 4),
                    ("at_month=2024-03".to_owned(), 1, 4),
                ],
            ),
            (
                vec!["active", "at:year"],
                vec![
                    ("active=true/at_year=2024".to_owned(), 1, 3),
                    (format!("active=true/at_year={null}"), 1, 3),
                    ("active=false/at_year=2024".to_owned(), 1, 3),
                ],
            ),
        ] {
            assert_eq!(folders(&by).unwrap(), wanted, "{by:?}");
        }
    }

    #[test]
    fn what_cannot_name_folders_is_refused_with_what_can() {
        for (by, told) in [
            (vec!["nothing"], "no column nothing"),
            (vec!["at"], "at:day"),
            (vec!["state:day"], "neither a date"),
            (vec!["state", "state"], "twice"),
            (vec!["state", "active", "sys_id"], ""),
        ] {
            let error = folders(&by).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(told), "{by:?}: {error}");
        }
    }
}
