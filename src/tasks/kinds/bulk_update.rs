//! Updates all records of a query, each once.

use async_trait::async_trait;

use super::bulk::{Bulk, Write};
use crate::access::Caller;
use crate::error::Error;
use crate::pb::{BulkUpdateTask, Permission, TaskResult};
use crate::records::Change;
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
        if self.fields.is_empty() {
            return Err(Error::invalid("fields", "is required: what to set in each record"));
        }
        if self.fields.contains_key("sys_id") {
            return Err(Error::invalid("fields", "cannot set sys_id: it is what the records are"));
        }
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
