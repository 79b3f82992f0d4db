//! Updates all records of a query, each once.

use async_trait::async_trait;

use super::bulk::{Bulk, Write};
use crate::access::Caller;
use crate::error::Error;
use crate::pb::{BulkUpdateTask, Permission, TaskResult};
use crate::records::{self, Change};
use crate::tasks::{Context, Failure, Kind, Services};

#[async_trait]
impl Kind for BulkUpdateTask {
    fn name(&self) -> &'static str {
        "bulk_update"
    }

    fn needs(&self) -> Permission {
        Permission::RecordsWrite
    }

    async fn check(&self, services: &Services, caller: &Caller) -> Result<(), Error> {
        records::check_set(&self.fields)?;
        self.bulk().check(services, caller).await
    }

    async fn run(&self, context: &Context) -> Result<TaskResult, Failure> {
        self.bulk().run(context).await
    }
}

impl BulkUpdateTask {
    fn bulk(&self) -> Bulk<'_> {
        let fields = self.fields.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        let input_display_value = self.input_display_value;
        Bulk {
            instance: &self.instance,
            table: &self.table,
            query: self.query.as_ref(),
            max_failures: self.max_failures,
            dry_run: self.dry_run,
            write: Write::Update(Change { fields, input_display_value, ..Change::default() }),
        }
    }
}
