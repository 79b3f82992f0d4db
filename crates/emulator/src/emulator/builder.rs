//! The options of an instance.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Emulator, Error, Running};
use crate::activity::{self, Activity, Living};
use crate::attachments;
use crate::auth::{Accounts, Codes, CookieSessions, OAuthClient, OAuthClients, Tokens};
use crate::clock::Clock;
use crate::counters::Counters;
use crate::engine::Engine;
use crate::faults::{Faults, Mode};
use crate::generate::{self, Plan, Progress};
use crate::http::{Instance, TinyUrls};
use crate::load::events;
use crate::load::{self, Load};
use crate::realistic::{self, Realistic};
use crate::replay::{self, Replay, Replaying};
use crate::settings::Settings;
use crate::store::Store;

/// The instance's file within the data folder.
const DATABASE: &str = "instance.db";

/// What an instance is generated from, unless other numbers are asked for.
const DEFAULT_SEED: u64 = 1;
/// Incidents.
const DEFAULT_RECORDS: u64 = 1_000;

/// Told how far the generation is.
type OnProgress = Box<dyn FnMut(Progress) + Send>;

/// Told how far the loading is.
type OnLoading = Box<dyn FnMut(load::Progress) + Send>;

/// Where to listen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses {
    pub(super) http: SocketAddr,
    pub(super) https: SocketAddr,
}

/// The options of an instance. The defaults: a private instance that leaves nothing behind, on free ports.
pub struct Builder {
    data_dir: Option<PathBuf>,
    database: Option<PathBuf>,
    seed: Option<u64>,
    records: Option<u64>,
    progress: OnProgress,
    load: Option<Load>,
    loading: OnLoading,
    settings: Settings,
    realistic: Option<Realistic>,
    activity: Option<Activity>,
    replay: Option<Replay>,
    mode: Mode,
    clock: Clock,
    accounts: Accounts,
    clients: OAuthClients,
    client_ca: Option<String>,
    addresses: Addresses,
}

impl Default for Builder {
    fn default() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Builder {
            data_dir: None,
            database: None,
            seed: None,
            records: None,
            progress: Box::new(|_| {}),
            load: None,
            loading: Box::new(|_| {}),
            settings: Settings::default(),
            realistic: None,
            activity: None,
            replay: None,
            mode: Mode::default(),
            clock: Clock::system(),
            accounts: Accounts::demo(),
            clients: OAuthClients::demo(),
            client_ca: None,
            addresses: Addresses { http: any_port, https: any_port },
        }
    }
}

impl Builder {
    /// The folder of `instance.db` and `ca.pem`; made if it is not there. Without it the instance is private:
    /// its file goes away with it and its certificate is known to [`Running::ca_pem`] only.
    pub fn data_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(folder.into());
        self
    }

    /// The instance's file, where it is not in the data folder. What was generated into it is used again.
    pub fn database(mut self, file: impl Into<PathBuf>) -> Self {
        self.database = Some(file.into());
        self
    }

    /// What the generated data are derived from: the same seed and number of records give the same instance. A
    /// file that was generated from other numbers is refused.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Exactly so many incidents are generated, the other tables in proportion. A file that was generated with
    /// another number is refused.
    pub fn records(mut self, records: u64) -> Self {
        self.records = Some(records);
        self
    }

    /// Is told now and then how far the generation is.
    pub fn on_progress(mut self, told: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = Box::new(told);
        self
    }

    /// Loads records from a file, after the generation. A file that was loaded before is not loaded again.
    pub fn load(mut self, load: Load) -> Self {
        self.load = Some(load);
        self
    }

    /// Is told now and then how far the loading is.
    pub fn on_loading(mut self, told: impl FnMut(load::Progress) + Send + 'static) -> Self {
        self.loading = Box::new(told);
        self
    }

    /// How the instance behaves where that is uncertain or configurable.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Makes requests cost time, and turns away what is too much, as an instance under load does.
    pub fn realistic(mut self, realistic: Realistic) -> Self {
        self.realistic = Some(realistic);
        self
    }

    /// Makes records come, change and go by themselves while the instance is served.
    pub fn activity(mut self, activity: Activity) -> Self {
        self.activity = Some(activity);
        self
    }

    /// Makes the rows of a log happen while the instance is served.
    pub fn replay(mut self, replay: Replay) -> Self {
        self.replay = Some(replay);
        self
    }

    /// Whether the instance starts at work, asleep or under maintenance; [`Faults::set_mode`] changes it.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Where the time comes from.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Who may sign in, and with which password. Without it, the demo users with their names as passwords.
    pub fn accounts(mut self, accounts: Accounts) -> Self {
        self.accounts = accounts;
        self
    }

    /// Registers an OAuth client, besides the client `demo` with the secret `demo` that acts as `admin`.
    pub fn oauth_client(mut self, client: OAuthClient) -> Self {
        self.clients.insert(client);
        self
    }

    /// Changes the client `demo`: another redirect URI, a key for its assertions.
    pub fn demo_client(mut self, change: impl FnOnce(OAuthClient) -> OAuthClient) -> Self {
        self.clients.change_demo(change);
        self
    }

    /// How long OAuth's access and refresh tokens live, in seconds, whatever the settings say so far.
    pub fn token_seconds(mut self, access: u64, refresh: u64) -> Self {
        self.settings.access_token_seconds = access;
        self.settings.refresh_token_seconds = refresh;
        self
    }

    /// Takes client certificates over HTTPS that one of these authorities (PEM) has signed. A certificate's common
    /// name is the user it stands for. Clients without one sign in as before.
    pub fn client_ca(mut self, pem: impl Into<String>) -> Self {
        self.client_ca = Some(pem.into());
        self
    }

    /// Where plain HTTP is served: a loopback address, port 0 for any free one.
    pub fn http(mut self, address: SocketAddr) -> Self {
        self.addresses.http = address;
        self
    }

    /// Where HTTPS is served: a loopback address, port 0 for any free one.
    pub fn https(mut self, address: SocketAddr) -> Self {
        self.addresses.https = address;
        self
    }

    /// Opens the instance, making its data first if it has none. Blocks: generating many records takes its time.
    pub fn open(mut self) -> Result<Emulator, Error> {
        if let Some(folder) = &self.data_dir {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::DataFolder { path: folder.clone(), source })?;
        }
        let file = self.database.clone().or_else(|| Some(self.data_dir.as_ref()?.join(DATABASE)));
        let store = self.open_store(file.as_deref())?;
        let (settings, clock) = (self.settings, self.clock);
        let engine = Engine::new(store, settings.clone(), clock.clone());
        let (living, activity) = match self.activity {
            Some(asked) => {
                let told = Arc::new(activity::Told::default());
                let living = Living::new(&engine, asked, Arc::clone(&told));
                (Some(living.map_err(|error| Error::Activity(error.to_string()))?), Some(told))
            }
            None => (None, None),
        };
        let (replaying, replay) = match &self.replay {
            Some(asked) => {
                let told = Arc::new(replay::Told::default());
                let events = events::read(engine.store(), &asked.load(), &mut self.loading)?;
                (Some(Replaying::new(events, asked.speed, Arc::clone(&told))), Some(told))
            }
            None => (None, None),
        };
        let faults = Faults::default();
        faults.set_mode(self.mode);
        let instance = Instance {
            engine,
            accounts: self.accounts,
            clients: self.clients,
            tokens: Tokens::new(clock.clone(), settings.access_token_seconds, settings.refresh_token_seconds),
            codes: Codes::new(clock.clone(), settings.authorization_code_seconds),
            cookies: CookieSessions::new(clock.clone()),
            people: CookieSessions::of_people(clock),
            tiny_urls: TinyUrls::default(),
            counters: Arc::new(Counters::default()),
            faults: Arc::new(faults),
            load: self.realistic.map(realistic::Load::new),
            activity,
            replay,
            settings,
        };
        let instance = Arc::new(instance);
        let Builder { data_dir, client_ca, addresses, .. } = self;
        Ok(Emulator { instance, data_dir, client_ca, addresses, living, replaying })
    }

    fn open_store(&mut self, file: Option<&Path>) -> Result<Arc<Store>, Error> {
        let store = Store::open(file)?;
        // A file with data is taken as it is unless the caller insists on numbers.
        let insists = self.seed.is_some() || self.records.is_some();
        if insists || store.note("plan")?.is_none() {
            let (seed, records) =
                (self.seed.unwrap_or(DEFAULT_SEED), self.records.unwrap_or(DEFAULT_RECORDS));
            generate::fill(&store, &Plan { seed, records, now: None }, &mut self.progress)?;
        }
        if let Some(load) = &self.load {
            load::file(&store, load, &mut self.loading)?;
        }
        attachments::sweep(&store)?;
        Ok(Arc::new(store))
    }

    /// Opens the instance and serves it.
    pub async fn start(self) -> Result<Running, Error> {
        let opened = tokio::task::spawn_blocking(move || self.open()).await;
        opened.map_err(|error| Error::Died(error.to_string()))??.start().await
    }
}
