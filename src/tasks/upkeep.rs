//! What has to be done from time to time: forgetting what finished long ago, and counting.

use super::Tasks;
use crate::error::Error;

/// At once.
const AT_ONCE: usize = 500;

impl Tasks {
    /// Forgets tasks that finished before the retention time, at most so many.
    pub(super) async fn forget_finished(&self, most: usize) -> Result<usize, Error> {
        let before = self.now().saturating_sub(self.settings.retention.as_millis() as i64);
        self.store().forget_tasks(before, most).await
    }

    pub(super) async fn upkeep(&self) {
        if let Err(error) = self.forget_finished(AT_ONCE).await {
            tracing::warn!("finished tasks cannot be forgotten: {error}");
        }
        match self.store().task_counts().await {
            Ok(counts) => {
                for count in counts {
                    let labels = [("kind", count.kind), ("state", count.state.as_str_name().to_owned())];
                    metrics::gauge!("sncgate_tasks", &labels).set(count.count as f64);
                    let waited = self.now().saturating_sub(count.due_at).max(0) as f64 / 1000.0;
                    metrics::gauge!("sncgate_tasks_longest_due_seconds", &labels).set(waited);
                }
            }
            Err(error) => tracing::warn!("tasks cannot be counted: {error}"),
        }
    }
}
