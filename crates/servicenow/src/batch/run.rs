//! A batch under way: rounds of requests until each operation is reported.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};

use super::once::batch_request;
use super::pending::{Next, Pending, Rules};
use super::queue::Hooks;
use super::wire::{self, BatchReply, SubReply, SubRequest};
use super::{BatchOptions, BatchResult};
use crate::retry::RetryPolicy;
use crate::{Client, Error, Row};

pub(super) struct Run<R> {
    client: Client,
    rules: Rules,
    hooks: Hooks,
    queue: VecDeque<Pending>,
    running: FuturesUnordered<BoxFuture<'static, Round>>,
    ready: VecDeque<BatchResult<R>>,
}

/// One request, come back.
struct Round {
    members: Vec<Pending>,
    reply: Result<BatchReply, Error>,
}

impl<R: Row> Run<R> {
    pub(super) fn new(
        client: Client,
        options: BatchOptions,
        operations: Vec<Pending>,
        hooks: Hooks,
    ) -> Run<R> {
        let retry = RetryPolicy { max_attempts: options.max_attempts, ..client.transport().retry.clone() };
        Run {
            client,
            rules: Rules { options, retry },
            hooks,
            queue: operations.into(),
            running: FuturesUnordered::new(),
            ready: VecDeque::new(),
        }
    }

    /// The next report; `None` when all were given.
    pub(super) async fn next(&mut self) -> Option<BatchResult<R>> {
        loop {
            if let Some(result) = self.ready.pop_front() {
                return Some(result);
            }
            while self.running.len() < self.rules.options.concurrency.max(1) && !self.queue.is_empty() {
                self.start();
            }
            let Round { members, reply } = self.running.next().await?;
            match reply {
                Ok(reply) => self.served(members, reply),
                Err(error) => self.failed(members, &error),
            }
        }
    }

    fn start(&mut self) {
        let members = self.take();
        let base = &self.client.transport().base;
        let mut requests: Vec<SubRequest> = members.iter().map(|member| member.request(base)).collect();
        if let Some(hook) = &mut self.hooks.before_send {
            for (request, member) in requests.iter_mut().zip(&members) {
                hook(request);
                request.id = member.wire_id().to_owned();
            }
        }
        let wait = members.iter().map(Pending::wait).max().unwrap_or_default();
        self.running.push(Box::pin(round(self.client.clone(), members, requests, wait)));
    }

    /// As many as fit into one request, in order.
    fn take(&mut self) -> Vec<Pending> {
        let (most, most_bytes) = (self.rules.options.max_operations.max(1), self.rules.options.max_bytes);
        let mut bytes = 0;
        let mut members: Vec<Pending> = Vec::new();
        while let Some(next) = self.queue.front() {
            bytes += next.bytes();
            let fits = members.len() < most && bytes <= most_bytes && !next.is_suspect();
            if !members.is_empty() && !fits {
                break;
            }
            let alone = next.is_suspect();
            members.extend(self.queue.pop_front());
            if alone {
                break;
            }
        }
        members
    }

    fn served(&mut self, members: Vec<Pending>, reply: BatchReply) {
        let unserviced: HashSet<String> = reply.unserviced.into_iter().collect();
        let mut replies: HashMap<String, SubReply> = HashMap::new();
        for reply in reply.serviced {
            replies.entry(reply.id.clone()).or_insert(reply);
        }
        for mut member in members {
            let next = match replies.get_mut(member.wire_id()) {
                Some(reply) => {
                    if let Some(hook) = &mut self.hooks.after_receive {
                        hook(reply);
                    }
                    member.replied(reply, &self.rules)
                }
                None if unserviced.contains(member.wire_id()) => member.not_served(&self.rules.options),
                None => {
                    let error = Error::Decode("the batch's reply does not speak of the operation".to_owned());
                    member.failed(error, &self.rules)
                }
            };
            self.go_on(member, next);
        }
    }

    fn failed(&mut self, members: Vec<Pending>, error: &Error) {
        for mut member in members {
            let next = member.failed(error.clone(), &self.rules);
            self.go_on(member, next);
        }
    }

    fn go_on(&mut self, member: Pending, next: Next<R>) {
        match next {
            Next::Report(result) => self.ready.push_back(BatchResult { id: member.id, result }),
            Next::Again => self.queue.push_back(member),
        }
    }
}

async fn round(client: Client, members: Vec<Pending>, requests: Vec<SubRequest>, wait: Duration) -> Round {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let read = members.iter().all(Pending::is_read);
    let reply = match batch_request(&client, &requests, read) {
        Ok(request) => client.transport().once(&request, |reply| wire::decode_batch(&reply.body)).await,
        Err(error) => Err(error),
    };
    Round { members, reply }
}
