//! Work in the background: it outlives the call that asked for it, and the gateway.
//!
//! [`Tasks`] is what faces call: make, find, steer. [`Engine`] runs what is due: it claims a task under a lease, runs its
//! [`Kind`], keeps the lease, saves progress and checkpoints, and decides what the end means. A task runs as its owner, whose
//! rights are looked up at each attempt.
//!
//! A step may be carried out twice, when its worker ends before it could say so; a kind sees to it that this does no harm.
//! A task never runs at two workers at once: whoever lost the lease can save nothing more, and is stopped.
//!
//! It knows no transport. What a kind does is its own affair, under `kinds/`.

mod context;
mod create;
mod engine;
mod find;
mod kind;
mod kinds;
mod message;
mod outcome;
mod run;
mod state;
mod steer;
mod stop;
mod upkeep;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::access::{Access, Clock};
use crate::config;
use crate::error::Error;
use crate::export::Destinations;
use crate::limits::Limits;
use crate::links::Links;
use crate::pb;
use crate::records::Selection;
use crate::store;

pub use context::Context;
pub use create::NewTask;
pub use engine::Engine;
pub use find::Wanted;
pub use kind::{Failure, Kind, Kinds};
pub use kinds::registry;

/// What tasks work with.
pub struct Services {
    /// The way to the ServiceNow instances; tables are reached through a guard of the owner only.
    pub links: Arc<Links>,
    /// Who may do what.
    pub access: Arc<Access>,
    /// What their owners may take.
    pub limits: Arc<Limits>,
    /// What the gateway keeps.
    pub store: store::Store,
    /// Tells the time.
    pub clock: Clock,
    /// Where files are written to and read from.
    pub destinations: Destinations,
    /// Reads a query of the contract. Faces know how: what a task is asked is what a call would be.
    pub parse_query: fn(pb::Query) -> Result<Selection, Error>,
}

/// Tasks, as faces see them.
#[derive(Clone)]
pub struct Tasks {
    services: Arc<Services>,
    settings: config::Tasks,
    kinds: Kinds,
}

impl Tasks {
    /// From its parts.
    pub fn new(services: Arc<Services>, settings: config::Tasks, kinds: Kinds) -> Self {
        Tasks { services, settings, kinds }
    }

    /// Tells of changes from now on.
    pub fn changes(&self) -> store::TaskChanges {
        self.store().task_changes()
    }

    fn store(&self) -> &dyn store::Tasks {
        &*self.services.store.tasks
    }

    fn now(&self) -> i64 {
        self.services.clock.millis()
    }
}
