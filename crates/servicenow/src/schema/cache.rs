//! Schemas that were loaded: trusted for a time, bounded in number, loaded once at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::TableSchema;
use crate::{Error, TableName};

/// How many tables are kept.
const MOST: usize = 512;

/// A table's place: locked while it is being loaded.
type Slot = Arc<tokio::sync::Mutex<Option<Loaded>>>;

struct Loaded {
    schema: Arc<TableSchema>,
    at: Instant,
}

pub(crate) struct Schemas {
    ttl: Duration,
    /// Each slot with when it was last asked for.
    slots: Mutex<HashMap<TableName, (Slot, Instant)>>,
}

impl Schemas {
    pub(crate) fn new(ttl: Duration) -> Schemas {
        Schemas { ttl, slots: Mutex::default() }
    }

    /// An empty cache with the same time.
    pub(crate) fn fresh(&self) -> Schemas {
        Schemas::new(self.ttl)
    }

    /// The schema, loaded if it is not there or too old. A failure is not kept.
    pub(super) async fn get<F>(
        &self,
        table: &TableName,
        load: impl FnOnce() -> F,
    ) -> Result<Arc<TableSchema>, Error>
    where
        F: Future<Output = Result<TableSchema, Error>>,
    {
        let slot = self.slot(table);
        let mut slot = slot.lock().await;
        if let Some(loaded) = slot.as_ref().filter(|loaded| loaded.at.elapsed() < self.ttl) {
            return Ok(loaded.schema.clone());
        }
        let schema = Arc::new(load().await?);
        *slot = Some(Loaded { schema: schema.clone(), at: Instant::now() });
        Ok(schema)
    }

    /// The schema if it is there and fresh; loads nothing and waits for nobody.
    pub(super) fn peek(&self, table: &TableName) -> Option<Arc<TableSchema>> {
        let slot = self.slot(table);
        let slot = slot.try_lock().ok()?;
        let loaded = slot.as_ref().filter(|loaded| loaded.at.elapsed() < self.ttl)?;
        Some(loaded.schema.clone())
    }

    /// The next one who asks loads it anew.
    pub(super) fn forget(&self, table: &TableName) {
        self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(table);
    }

    fn slot(&self, table: &TableName) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        if let Some((slot, asked)) = slots.get_mut(table) {
            *asked = now;
            return slot.clone();
        }
        if slots.len() >= MOST {
            let oldest = slots.iter().min_by_key(|(_, (_, asked))| *asked).map(|(table, _)| table.clone());
            slots.remove(&oldest.expect("a full cache is not empty"));
        }
        let slot = Slot::default();
        slots.insert(table.clone(), (slot.clone(), now));
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn name(text: &str) -> TableName {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn what_was_forgotten_is_loaded_anew() {
        let schemas = Schemas::new(Duration::from_secs(60));
        let incident = name("incident");
        let loads = AtomicUsize::new(0);
        let load = || async {
            loads.fetch_add(1, Ordering::SeqCst);
            Ok(TableSchema::default())
        };
        for expected in [1, 1, 2] {
            if expected == 2 {
                schemas.forget(&incident);
                assert!(schemas.peek(&incident).is_none());
            }
            schemas.get(&incident, load).await.unwrap();
            assert_eq!(loads.load(Ordering::SeqCst), expected);
        }
    }

    #[tokio::test]
    async fn concurrent_calls_load_once() {
        let schemas = Schemas::new(Duration::from_secs(60));
        let loads = AtomicUsize::new(0);
        let table = name("incident");
        let get = || {
            schemas.get(&table, || async {
                loads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok(TableSchema::default())
            })
        };
        let (first, second) = tokio::join!(get(), get());
        assert!(Arc::ptr_eq(&first.unwrap(), &second.unwrap()));
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_is_old_or_failed_is_loaded_again() {
        let schemas = Schemas::new(Duration::ZERO);
        let table = name("incident");
        let first = schemas.get(&table, || async { Ok(TableSchema::default()) }).await.unwrap();
        let failed = schemas.get(&table, || async { Err(Error::Timeout) }).await;
        assert_eq!(failed, Err(Error::Timeout));
        let second = schemas.get(&table, || async { Ok(TableSchema::default()) }).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
    }

    #[tokio::test]
    async fn the_number_is_bounded() {
        let schemas = Schemas::new(Duration::from_secs(60));
        for number in 0..MOST + 10 {
            let table = name(&format!("t{number}"));
            schemas.get(&table, || async { Ok(TableSchema::default()) }).await.unwrap();
        }
        let slots = schemas.slots.lock().unwrap();
        assert_eq!(slots.len(), MOST);
        assert!(!slots.contains_key(&name("t0")) && slots.contains_key(&name("t11")));
    }
}
