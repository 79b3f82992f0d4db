//! The ServiceNow instances behind the gateway: one client each, with its credentials and its budget, and a bound on
//! how many calls wait for it.
//!
//! It knows connections and their budget; what is asked of an instance is the business of [`crate::records`] and
//! [`crate::schema`].

mod connect;
mod failure;
mod gauges;
mod hierarchy;
mod person;
mod places;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use servicenow::Class;

use crate::config::{self, ActAs, Config};
use crate::error::Error;

pub use connect::SettingsError;
pub use failure::Subject;
pub use hierarchy::Hierarchy;
pub use person::Person;
pub(crate) use person::is_spent;

use places::Places;

/// Every configured instance.
pub struct Instances {
    by_name: BTreeMap<String, Arc<Instance>>,
    default: String,
}

/// One instance, as the gateway's own account or as a person: a client for calls that somebody waits for, the same for bulk
/// work, and the places for both.
pub struct Instance {
    shared: Arc<Shared>,
    client: servicenow::Client,
    bulk: servicenow::Client,
    /// Who it is at the instance; none for the gateway's own account.
    person: Option<Person>,
}

/// What everybody's calls to an instance have in common.
struct Shared {
    name: String,
    /// The gateway's own account.
    own: servicenow::Client,
    act_as: ActAs,
    link: Option<config::Link>,
    places: Places,
    check_fields: bool,
    schema_ttl: Duration,
    /// When it was read, and what it was.
    hierarchy: tokio::sync::Mutex<Option<(Instant, Arc<Hierarchy>)>>,
}

impl Instances {
    /// Makes a client for each configured instance. Nothing is connected yet.
    ///
    /// # Errors
    /// Settings that do not make a client: a file of certificates that is none, mostly.
    pub fn new(config: &Config) -> Result<Self, SettingsError> {
        let mut by_name = BTreeMap::new();
        for (name, settings) in &config.instances {
            let client = connect::client(settings)
                .map_err(|problem| SettingsError { instance: name.clone(), problem })?;
            let shared = Shared {
                name: name.clone(),
                own: client.clone(),
                act_as: settings.act_as,
                link: settings.link.clone(),
                places: Places::new(settings.max_concurrent.saturating_add(settings.max_queued)),
                check_fields: settings.check_fields,
                schema_ttl: settings.schema_ttl,
                hierarchy: tokio::sync::Mutex::default(),
            };
            let bulk = client.with_class(Class::Bulk);
            let instance = Instance { shared: Arc::new(shared), bulk, client, person: None };
            by_name.insert(name.clone(), Arc::new(instance));
        }
        Ok(Instances { by_name, default: config.default_instance_name().to_owned() })
    }

    /// The instance of that name, as the gateway's own account; the default one for an empty name. A caller's way to it
    /// is [`crate::links::Links::instance`].
    pub fn configured(&self, name: &str) -> Result<&Arc<Instance>, Error> {
        let name = if name.is_empty() { &self.default } else { name };
        self.by_name.get(name).ok_or_else(|| Error::InstanceUnknown { instance: name.to_owned() })
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Instance>> {
        self.by_name.values()
    }
}

impl Instance {
    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Its client, for calls that somebody waits for. They go through [`Instance::call`], which bounds the waiting.
    pub fn client(&self) -> &servicenow::Client {
        &self.client
    }

    /// The same for streams, batches and transfers, which leave room for the others: both share one budget.
    pub fn bulk(&self) -> &servicenow::Client {
        &self.bulk
    }

    /// The gateway's own account, whoever calls: for the dictionary that rules and checks are decided by, which must not
    /// depend on what the caller may see of it.
    pub fn own(&self) -> &servicenow::Client {
        &self.shared.own
    }

    /// Whether names of fields are looked up in the dictionary before they are sent.
    pub fn check_fields(&self) -> bool {
        self.shared.check_fields
    }

    /// The URL of a list; nothing is asked.
    pub fn list_url(&self, table: &str, list: &servicenow::List) -> Result<String, Error> {
        self.client.list_url(table, list).map_err(|error| self.failure(Subject::table(table), error))
    }

    /// Which table extends which; remembered as long as tables and columns are. Concurrent calls read it once.
    pub async fn hierarchy(&self) -> Result<Arc<Hierarchy>, Error> {
        let mut kept = self.shared.hierarchy.lock().await;
        if let Some((_, hierarchy)) = kept.as_ref().filter(|(at, _)| at.elapsed() < self.shared.schema_ttl) {
            return Ok(hierarchy.clone());
        }
        let tables = self.call("tables", Subject::none(), self.own().tables()).await?;
        let hierarchy = Arc::new(Hierarchy::new(tables));
        *kept = Some((Instant::now(), hierarchy.clone()));
        Ok(hierarchy)
    }

    /// Which table extends which is read anew by the next one who asks.
    pub async fn forget_hierarchy(&self) {
        *self.shared.hierarchy.lock().await = None;
    }

    /// How long a cheap, signed-in read takes.
    pub async fn ping(&self) -> Result<Duration, Error> {
        self.call("ping", Subject::none(), self.own().ping()).await
    }

    /// Runs `call`, unless too many are waiting; dropping the future cancels the request.
    ///
    /// `operation` labels the metrics; `subject` says what the call is about, for the error.
    pub async fn call<T>(
        &self,
        operation: &'static str,
        subject: Subject<'_>,
        call: impl Future<Output = Result<T, servicenow::Error>>,
    ) -> Result<T, Error> {
        let _place = self.shared.places.take(self.name())?;
        let started = Instant::now();
        let result = call.await;
        let outcome = if result.is_ok() { "ok" } else { "error" };
        metrics::counter!("sncgate_instance_requests_total", "instance" => self.name().to_owned(), "operation" => operation, "outcome" => outcome).increment(1);
        metrics::histogram!("sncgate_instance_request_seconds", "instance" => self.name().to_owned(), "operation" => operation)
            .record(started.elapsed());
        result.map_err(|error| self.failure(subject, error))
    }
}
