//! The one configuration: a file, then `SNCGATE__*` environment variables, then flags; later ones win.
//!
//! Every problem is reported at once, each with its key and what to do; an unknown key is a problem.
//! Nothing outside this module reads settings from the environment. `config/default.toml` documents every key.

mod access;
mod audit;
mod auth;
mod duration;
mod environment;
mod export;
mod idempotency;
mod instance;
mod issuer;
mod limits;
mod link;
mod log;
mod networks;
mod origins;
mod problem;
mod roles;
mod secret;
mod secrets;
mod section;
mod server;
mod setting;
mod store;
mod subject;
mod tasks;
mod tls;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use toml::Table;

pub use access::{Access, Certified};
pub use audit::Audit;
pub use auth::Auth;
pub use duration::parse as parse_duration;
pub use export::{Destination, Export};
pub use idempotency::Idempotency;
pub use instance::{Instance, Proxy};
pub use issuer::{Issuer, is_safe as is_safe_issuer_url};
pub use limits::{Limit, Limits};
pub use link::{ActAs, Link};
pub use log::{Format, Log};
pub use networks::{ForwardedHeader, Networks};
pub use origins::Origins;
pub use problem::{Problem, Problems};
pub use roles::{Role, Rule};
pub use secrets::{KEY_BYTES, Secrets, decode as decode_keys};
pub use server::{Exposed, Flags, Server};
pub use store::{Backend, Store};
pub use subject::Subject;
pub use tasks::{KINDS, Tasks};
pub use tls::{ClientAuth, Tls, TlsVersion};

use section::Section;

/// The commented default file: what `sncgate config default` prints.
pub const DEFAULT_FILE: &str = include_str!("config/default.toml");

/// Everything that can be set.
#[derive(Clone, Debug, Serialize)]
pub struct Config {
    /// The instance that requests without a name go to. Always set where there are several instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_instance: Option<String>,
    /// Listeners, limits and deadlines.
    pub server: Server,
    /// Where what must outlive a restart is kept.
    pub store: Store,
    /// How much one caller, one address and one connection may take.
    pub limits: Limits,
    /// Who may call.
    pub access: Access,
    /// How much of the audit log is kept.
    pub audit: Audit,
    /// What seals secrets.
    pub secrets: Secrets,
    /// Request ids.
    pub idempotency: Idempotency,
    /// Where the gateway writes exports.
    pub export: Export,
    /// Work in the background.
    pub tasks: Tasks,
    /// Logs.
    pub log: Log,
    /// Roles besides the built-in ones and those made through RPCs, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, Role>,
    /// The ServiceNow instances, by the name that requests use. At least one.
    pub instances: BTreeMap<String, Instance>,
}

impl Config {
    /// Reads `file` (none: no file), the process's environment and the flags.
    ///
    /// # Errors
    /// All problems at once.
    pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut root = file.map(|path| read_file(path, &mut problems)).unwrap_or_default();
        environment::overlay(&mut root, std::env::vars_os(), &mut problems);
        Self::from_layers(root, flags, problems)
    }

    /// Reads the text of a file, without the environment.
    ///
    /// # Errors
    /// All problems at once.
    pub fn from_text(text: &str) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let root = parse("the text", text, &mut problems);
        Self::from_layers(root, &Flags::default(), problems)
    }

    /// A configuration with one instance, and defaults for the rest.
    #[must_use]
    pub fn with_instance(name: &str, instance: Instance) -> Self {
        Self {
            default_instance: None,
            server: Server::default(),
            store: Store::default(),
            limits: Limits::default(),
            access: Access::default(),
            audit: Audit::default(),
            secrets: Secrets::default(),
            idempotency: Idempotency::default(),
            export: Export::default(),
            tasks: Tasks::default(),
            log: Log::default(),
            roles: BTreeMap::new(),
            instances: BTreeMap::from([(name.to_owned(), instance)]),
        }
    }

    /// The instance that requests without a name go to.
    #[must_use]
    pub fn default_instance_name(&self) -> &str {
        let only = || self.instances.keys().next().map_or("", String::as_str);
        self.default_instance.as_deref().unwrap_or_else(only)
    }

    /// The whole configuration, defaults included and secrets hidden, as a file would say it.
    #[must_use]
    pub fn to_redacted_toml(&self) -> String {
        toml::to_string(self).expect("every part of the configuration is a TOML value")
    }

    fn from_layers(root: Table, flags: &Flags, mut problems: Problems) -> Result<Self, Problems> {
        let mut section = Section::root(root, &mut problems);
        let server = Server::read(section.section("server"), flags);
        let store = Store::read(section.section("store"));
        let limits = Limits::read(section.section("limits"));
        let access = Access::read(section.section("access"));
        let audit = Audit::read(section.section("audit"));
        let secrets = Secrets::read(section.section("secrets"));
        let idempotency = Idempotency::read(section.section("idempotency"));
        let export = Export::read(section.section("export"));
        let tasks = Tasks::read(section.section("tasks"));
        let log = Log::read(section.section("log"));
        let roles = roles::read_all(section.section("roles"));
        let instances = instance::read_all(section.section("instances"));
        let default_instance = read_default_instance(&mut section, &instances);
        let persons = instances.good.values().any(|instance| instance.act_as == ActAs::Person);
        if persons && !access.enabled {
            let what = "false, and an instance has act_as = \"person\"";
            section.problem("access.enabled", what, "Set it to true: only then is known who calls.");
        }
        section.finish();
        problems.none_or(Self {
            default_instance,
            server,
            store,
            limits,
            access,
            audit,
            secrets,
            idempotency,
            export,
            tasks,
            log,
            roles,
            instances: instances.good,
        })
    }
}

/// Checks the name even where its own section has problems, so that one mistake is told once.
fn read_default_instance(section: &mut Section<'_>, instances: &instance::Instances) -> Option<String> {
    let name: Option<String> = section.take("default_instance");
    let known = instances.names.join(", ");
    match &name {
        Some(name) if !instances.names.contains(name) && !known.is_empty() => {
            let what = format!("no instance is called \"{name}\"");
            section.problem("default_instance", what, format!("Use one of: {known}."));
        }
        None if instances.names.len() > 1 => {
            let what = "missing, and there are several instances";
            section.problem("default_instance", what, format!("Set it to one of: {known}."));
        }
        _ => {}
    }
    name
}

fn read_file(path: &Path, problems: &mut Problems) -> Table {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&name, &text, problems),
        Err(error) => {
            let fix =
                "Give another path with --config, or write a file: sncgate config default > sncgate.toml";
            problems.add(&name, format!("cannot be read: {error}"), fix);
            Table::new()
        }
    }
}

/// Says where the mistake is, but not the line itself: it may hold a password.
fn parse(name: &str, text: &str, problems: &mut Problems) -> Table {
    match text.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let place = line.map_or_else(String::new, |line| format!(" in line {line}"));
            problems.add(name, format!("not TOML{place}: {}", error.message()), "Correct the line.");
            Table::new()
        }
    }
}

#[cfg(test)]
mod tests;
