//! People's own accounts at instances: how they are linked, and the instance as one of them.
//!
//! Where an instance has `act_as = "person"`, [`Links::instance`] is the only way of a call to it: it gives the instance
//! as the caller, or refuses. Nothing falls back to the gateway's own account.
//!
//! A link is made in three steps. [`begin`](Links::begin), in a session: a URL with a state that nobody can guess. The
//! browser comes back with a code ([`consented`](Links::consented)), which is traded for tokens; who consented is
//! asked, and shown with another code. [`confirm`](Links::confirm), in the same session, takes that one. Whoever sends
//! somebody else the URL thus gains nothing: the page tells them whom it is for, and its code is not theirs to see.

mod acting;
mod attempt;
mod begin;
mod code;
mod confirm;
mod consented;
mod manage;
mod tokens;

use std::sync::{Arc, OnceLock};

use servicenow::TableName;

use crate::access::{Access, Caller, Clock, Guard, Operation, Vault};
use crate::config;
use crate::error::{Error, Refusal};
use crate::instance::{Instance, Instances};
use crate::store::AccessStore;

pub use begin::Begun;
pub use consented::{Answer, Consented};
pub use manage::{LinkOf, Unlinked};

use acting::Acting;

/// Where browsers come back to.
pub const CALLBACK: &str = "/auth/link/callback";

/// Who acts as whom at which instance.
pub struct Links {
    instances: Arc<Instances>,
    access: Arc<Access>,
    acting: Acting,
    /// Where the gateway listens, for callbacks that no configuration names.
    url: OnceLock<String>,
}

impl Links {
    /// Nobody acts yet.
    pub fn new(instances: Arc<Instances>, access: Arc<Access>) -> Arc<Self> {
        Arc::new(Links { instances, access, acting: Acting::default(), url: OnceLock::new() })
    }

    /// Tells where the gateway listens, once that is known.
    pub fn listening_at(&self, url: String) {
        // A second time says the same.
        let _ = self.url.set(url);
    }

    /// The instance of that name as the call is to be made: as the caller, where the instance is configured so. The
    /// audit log will say as whom.
    ///
    /// # Errors
    /// [`Error::InstanceUnknown`], [`Refusal::LinkRequired`], [`Refusal::LinkBroken`].
    pub async fn instance(&self, caller: &Caller, name: &str) -> Result<Arc<Instance>, Error> {
        let instance = self.instances.configured(name)?;
        if !instance.acts_as_person() {
            return Ok(instance.clone());
        }
        let acting = self.acting(&caller.principal()?.user_id, instance).await?;
        caller.note.set(|noted| {
            acting.name().clone_into(&mut noted.instance);
            noted.acted_as = acting.person().map(|person| person.account.clone()).unwrap_or_default();
        });
        Ok(acting)
    }

    /// The caller's way to a table of an instance.
    ///
    /// # Errors
    /// Those of [`Links::instance`], and the caller's roles do not allow it.
    pub async fn guard(
        &self,
        caller: &Caller,
        instance: &str,
        table: &TableName,
        operation: Operation,
    ) -> Result<Guard, Error> {
        Guard::open(caller, &self.instance(caller, instance).await?, table.as_str(), operation).await
    }

    /// The instance of that name as the gateway's own account, for what nobody's rights there decide.
    pub fn configured(&self, name: &str) -> Result<&Arc<Instance>, Error> {
        self.instances.configured(name)
    }

    fn store(&self) -> &Arc<dyn AccessStore> {
        self.access.vault().store()
    }

    fn vault(&self) -> &Arc<Vault> {
        self.access.vault()
    }

    fn clock(&self) -> &Clock {
        self.access.clock()
    }

    fn now(&self) -> i64 {
        self.clock().millis()
    }
}

/// What accounts are linked with at an instance.
fn client_of(instance: &Instance) -> Result<&config::Link, Error> {
    let off = || Refusal::LinksOff { instance: instance.name().to_owned() };
    instance.link().ok_or_else(|| off().into())
}
