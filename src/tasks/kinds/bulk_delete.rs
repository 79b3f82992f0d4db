//! Deletes all records of a query. One that is gone already counts as deleted.

use async_trait::async_trait;

use super::bulk::{Bulk, Write};
use crate::access::Caller;
use crate::error::Error;
use crate::pb::{BulkDeleteTask, Permission, TaskResult};
use crate::tasks::{Context, Failure, Kind, Services};

#[async_trait]
impl Kind for BulkDeleteTask {
    fn name(&self) -> &'static str {
        "bulk_delete"
    }

    fn needs(&self) -> Permission {
        Permission::RecordsDelete
    }

    async fn check(&self, services: &Services, caller: &Caller) -> Result<(), Error> {
        self.bulk().check(services, caller).await
    }

    async fn run(&self, context: &Context) -> Result<TaskResult, Failure> {
        self.bulk().run(context).await
    }
}

impl BulkDeleteTask {
    fn bulk(&self) -> Bulk<'_> {
        Bulk {
            instance: &self.instance,
            table: &self.table,
            query: self.query.as_ref(),
            max_failures: self.max_failures,
            dry_run: self.dry_run,
            write: Write::Delete,
        }
    }
}
