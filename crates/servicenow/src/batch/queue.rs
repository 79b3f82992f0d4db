//! Operations that wait to be sent.

use std::collections::HashSet;
use std::marker::PhantomData;

use futures::stream::{self, Stream, StreamExt as _};

use super::operation::Checked;
use super::pending::Pending;
use super::run::Run;
use super::wire::{SubReply, SubRequest};
use super::{BatchOperation, BatchOptions, BatchResult};
use crate::{Client, Error, Row};

/// A queue of operations whose rows are decoded to `R`. Nothing is sent before [`Batch::execute`].
pub struct Batch<R> {
    client: Client,
    options: BatchOptions,
    operations: Vec<Pending>,
    ids: HashSet<String>,
    hooks: Hooks,
    row: PhantomData<fn() -> R>,
}

/// What the caller does to each request and reply.
#[derive(Default)]
pub(super) struct Hooks {
    pub(super) before_send: Option<Hook<SubRequest>>,
    pub(super) after_receive: Option<Hook<SubReply>>,
}

type Hook<T> = Box<dyn FnMut(&mut T) + Send>;

impl Client {
    /// Starts a queue of operations.
    pub fn batch<R: Row>(&self, options: BatchOptions) -> Batch<R> {
        Batch {
            client: self.clone(),
            options,
            operations: Vec::new(),
            ids: HashSet::new(),
            hooks: Hooks::default(),
            row: PhantomData,
        }
    }
}

impl<R: Row> Batch<R> {
    /// Adds an operation, to be reported under `id`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the id is taken, the operation cannot be sent, or is larger than a whole batch
    /// may be. It is not added then.
    pub fn push(&mut self, id: impl Into<String>, operation: BatchOperation) -> Result<(), Error> {
        let id = id.into();
        let number = self.operations.len().to_string();
        let checked = Checked::new(operation, &self.client.transport().base, number)?;
        let (bytes, most) = (checked.request().bytes(), self.options.max_bytes);
        if bytes > most {
            return Err(Error::InvalidInput(format!("the operation takes {bytes} bytes, more than {most}")));
        }
        if !self.ids.insert(id.clone()) {
            return Err(Error::InvalidInput(format!(
                "there is an operation `{}` already",
                id.escape_debug()
            )));
        }
        self.operations.push(Pending::new(id, checked));
        Ok(())
    }

    /// How many operations wait.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Looks at, and may change, each request before it is sent, each time it is sent. Its id is not changed.
    #[must_use]
    pub fn before_send(mut self, hook: impl FnMut(&mut SubRequest) + Send + 'static) -> Batch<R> {
        self.hooks.before_send = Some(Box::new(hook));
        self
    }

    /// Looks at, and may change, each reply before it is understood. Its id is not changed.
    #[must_use]
    pub fn after_receive(mut self, hook: impl FnMut(&mut SubReply) + Send + 'static) -> Batch<R> {
        self.hooks.after_receive = Some(Box::new(hook));
        self
    }

    /// Sends the operations, and gives the report on each as soon as it is known. Dropping the stream stops it:
    /// what became of the operations that are not reported is then unknown.
    pub fn execute(self) -> impl Stream<Item = BatchResult<R>> + Send {
        let run = Run::new(self.client, self.options, self.operations, self.hooks);
        stream::unfold(run, |mut run| async move {
            let result = run.next().await?;
            Some((result, run))
        })
    }

    /// Sends the operations, and calls back with the report on each.
    pub async fn execute_each(self, mut report: impl FnMut(BatchResult<R>)) {
        let mut results = std::pin::pin!(self.execute());
        while let Some(result) = results.next().await {
            report(result);
        }
    }
}

impl<R> std::fmt::Debug for Batch<R> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Batch");
        shown
            .field("operations", &self.operations.len())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
