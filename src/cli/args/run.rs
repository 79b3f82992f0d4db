//! Commands that run a gateway, an embedded instance, or neither.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono_tz::Tz;
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use servicenow_emulator::replay::Speed;

/// Run the gateway in front of ServiceNow instances
///
/// What is said later wins: the file, environment variables SNCGATE__*, flags. `sncgate config default` prints a
/// commented file with every key. SIGTERM and SIGINT drain: streams end with a token to go on from, calls finish,
/// and the command ends with 0. A second SIGINT or SIGTERM ends it at once.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) file: ConfigFile,
    /// Where callers connect; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where /livez, /readyz and /metrics are
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Print the addresses as one line of JSON on stdout: gateway, admin
    #[arg(long)]
    pub(crate) print_json: bool,
}

/// Run a gateway in front of an embedded ServiceNow instance with data
///
/// Prints the addresses, the credentials of the instance and some commands to try. The instance's data are made at
/// the first start, and kept in the data folder: one file for each set of --records, --seed and --load.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Where callers connect; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where /livez, /readyz and /metrics are
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090")]
    pub(crate) admin_listen: SocketAddr,
    /// Where the embedded instance speaks HTTP
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    pub(crate) emulator_listen: SocketAddr,
    /// Where the embedded instance speaks HTTPS
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub(crate) emulator_tls_listen: SocketAddr,
    /// Where the instance's data and certificates are kept
    #[arg(long, value_name = "FOLDER", default_value = "sncgate-data")]
    pub(crate) data_dir: PathBuf,
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) sign_in: SignIn,
    #[command(flatten)]
    pub(crate) life: Life,
    /// Whose account calls to the instance are made with: the gateway's, or that of the person who calls and has linked it
    #[arg(long, value_name = "WHO", default_value = "service-account")]
    pub(crate) act_as: ActAs,
    /// Print one line of JSON on stdout in place of the text: gateway, token, admin, emulator, emulator_tls, ca, username, password
    #[arg(long)]
    pub(crate) print_json: bool,
}

/// Whose account calls to the demo's instance are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ActAs {
    ServiceAccount,
    Person,
}

/// Run the embedded ServiceNow instance alone
#[derive(Args, Debug)]
pub(crate) struct Emulate {
    /// Where it speaks HTTP; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    pub(crate) listen: SocketAddr,
    /// Where it speaks HTTPS
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub(crate) tls_listen: SocketAddr,
    /// Where its data and certificates are kept
    /// [default: nowhere: the certificate authority is new at each start, and the data are gone at its end]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The file of its data, where that is not in the data folder; one that exists is used as it is, unless
    /// --records or --seed ask for other data: then the command fails
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) sign_in: SignIn,
    #[command(flatten)]
    pub(crate) life: Life,
    /// The time zone of users who set none
    #[arg(long, value_name = "ZONE", default_value = "US/Pacific")]
    pub(crate) time_zone: Tz,
    /// The largest attachment that is taken, in bytes [default: 1 GiB]
    #[arg(long, value_name = "N")]
    pub(crate) max_attachment_bytes: Option<u64>,
    /// Print one line of JSON on stdout in place of the text: emulator, emulator_tls, ca, username, password
    #[arg(long)]
    pub(crate) print_json: bool,
}

/// What an instance that has no data yet is filled with.
#[derive(Args, Debug)]
pub(crate) struct Data {
    /// Make exactly so many incidents, and other records in proportion [default: 500; 0 with --load]
    #[arg(long, value_name = "N")]
    pub(crate) records: Option<u64>,
    /// The same seed makes the same data [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Load a table from a CSV file, or a zip that holds one, as the map says
    #[arg(long, value_name = "TABLE=FILE", requires = "map", group = "log")]
    pub(crate) load: Option<Load>,
    /// How the columns of the loaded or replayed file become those of the table
    #[arg(long, value_name = "FILE", requires = "log")]
    pub(crate) map: Option<PathBuf>,
}

impl Data {
    /// How many incidents are made. None beside those that are loaded, so that a log can be counted.
    pub(crate) fn records(&self) -> u64 {
        self.records.unwrap_or(if self.load.is_some() { 0 } else { 500 })
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or(1)
    }
}

/// How callers sign in to an embedded instance, besides the users and the OAuth client of the demo data.
#[derive(Args, Debug)]
pub(crate) struct SignIn {
    /// How long OAuth's access tokens live [default: 1800]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) token_seconds: Option<u64>,
    /// A key that stands for a user, in the header x-sn-apikey; may be given several times
    #[arg(long, value_name = "USER=KEY")]
    pub(crate) api_key: Vec<ApiKey>,
    /// Where a browser may be sent with a code for the OAuth client `demo`, besides /callback on any loopback port; may
    /// be given several times
    #[arg(long, value_name = "URL")]
    pub(crate) redirect_uri: Vec<String>,
    /// Take client certificates that an authority in this PEM file has signed; their common name is the user's name
    #[arg(long, value_name = "FILE")]
    pub(crate) client_ca: Option<PathBuf>,
}

/// `USER=KEY`, not looked at yet: what the parser refuses, it would print.
#[derive(Clone, Debug)]
pub(crate) struct ApiKey(SecretString);

impl ApiKey {
    /// The user, and the key that stands for it; `None` where one of them is missing.
    pub(crate) fn parts(&self) -> Option<(&str, &str)> {
        let parts = self.0.expose_secret().split_once('=');
        parts.filter(|(user, key)| !user.is_empty() && !key.is_empty())
    }
}

impl From<&str> for ApiKey {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// How an instance behaves, and what happens in it by itself.
#[derive(Args, Debug)]
pub(crate) struct Life {
    /// Make requests cost time as on an instance under load: four run at once, fifty wait, one at a time in a session,
    /// none longer than a minute, and rate limit rules are obeyed
    #[arg(long)]
    pub(crate) realistic: bool,
    /// Start asleep or under maintenance; PUT /emulator/mode changes it
    #[arg(long, value_name = "MODE", default_value = "awake", value_parser = ["awake", "hibernating", "maintenance"])]
    pub(crate) mode: String,
    /// Let so many changes a second happen: records are made, changed, resolved and deleted. It may be a fraction
    #[arg(long, value_name = "R")]
    pub(crate) activity: Option<f64>,
    /// Let the rows of a log happen one after the other, into incident if no table is named; the last row of each record
    /// is the state it ends in
    #[arg(long, value_name = "[TABLE=]FILE", requires = "map", conflicts_with = "load", group = "log")]
    pub(crate) replay: Option<Replay>,
    /// How fast time passes in the log: 3600 makes an hour a second, max knows no time
    #[arg(long, value_name = "X", default_value = "1", requires = "replay")]
    pub(crate) speed: Speed,
}

/// A log, and the table that its records go into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replay {
    pub(crate) table: String,
    pub(crate) file: PathBuf,
}

impl std::str::FromStr for Replay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (table, file) = text.split_once('=').unwrap_or(("incident", text));
        if table.is_empty() || file.is_empty() {
            return Err("write FILE or TABLE=FILE: incident=log.csv");
        }
        Ok(Self { table: table.to_owned(), file: file.into() })
    }
}

/// A table, and the file that it is loaded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) table: String,
    pub(crate) file: PathBuf,
}

impl std::str::FromStr for Load {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((table, file)) if !table.is_empty() && !file.is_empty() => {
                Ok(Self { table: table.to_owned(), file: file.into() })
            }
            _ => Err("write TABLE=FILE: incident=log.csv"),
        }
    }
}

/// Check, show or write the configuration of `serve`
#[derive(Args, Debug)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Report every problem at once
    Check(ConfigFile),
    /// Print what is in force, defaults included and secrets hidden
    Show(ConfigFile),
    /// Print a commented file with every key and its default
    Default,
}

/// The configuration's file.
#[derive(Args, Debug)]
pub(crate) struct ConfigFile {
    /// The configuration [default: sncgate.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Print a shell's completion script
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
