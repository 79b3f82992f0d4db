//! What can be typed. Nothing here does anything.

mod access;
mod aggregate;
mod attachment;
mod export;
mod import;
mod journal;
mod link;
mod pair;
mod query;
mod run;
mod schema;
mod secrets;
mod tasks;
mod write;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{EnumValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use sncgate::config::parse_duration;
use sncgate_client::DisplayMode;

pub(crate) use access::{
    Audit, AuditCommand, Keys, KeysCommand, Login, Logout, Passwd, Roles, RolesCommand, Sessions,
    SessionsCommand, Users, UsersCommand,
};
pub(crate) use aggregate::{Aggregate, Count, GroupKey, Threshold};
pub(crate) use attachment::{
    Attachment, AttachmentCommand, AttachmentDelete, AttachmentDownload, AttachmentList, AttachmentUpload,
};
pub(crate) use export::Export;
pub(crate) use import::{Import, RowFormat};
pub(crate) use journal::{Journal, JournalAdd, JournalCommand, JournalList};
pub(crate) use link::{Link, Links, Unlink};
pub(crate) use pair::Pair;
pub(crate) use query::{Get, Query};
pub(crate) use run::{
    ActAs, Completions, Config, ConfigCommand, ConfigFile, Data, Demo, Emulate, Life, Serve, SignIn,
};
pub(crate) use schema::{Explain, Schema, Tables};
pub(crate) use secrets::{Secrets, SecretsCommand};
pub(crate) use tasks::{ManyTasks, Tasks, TasksCommand, WatchedTasks, WhichTasks};
pub(crate) use write::{Batch, BatchCommand, BatchRun, Create, Delete, Matching, Update, Values};

const EXIT_CODES: &str = "\
Exit codes:
  0  success; also where the reader of the output went away
  1  failure
  2  the command line, or the request, is wrong
  3  no such record, table or instance
  4  refused: credentials, access rules or business rules
  5  not available now: try again later
  6  the record has changed since it was read
  7  a task that was watched failed
  8  a task that was watched was cancelled";

/// One governed, typed, streaming door to ServiceNow
#[derive(Debug, Parser)]
#[command(name = "sncgate", version, after_help = EXIT_CODES, max_term_width = 100)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) gateway: Gateway,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where requests go, and how answers are printed.
#[derive(Args, Debug)]
#[command(next_help_heading = "Client options")]
pub(crate) struct Gateway {
    /// The gateway's URL
    #[arg(long, global = true, value_name = "URL", env = "SNCGATE_SERVER", hide_env_values = true)]
    #[arg(default_value = "http://127.0.0.1:8080")]
    pub(crate) server: String,
    /// Certificates to trust in place of the system's, in PEM
    #[arg(long, global = true, value_name = "FILE", env = "SNCGATE_CA_FILE", hide_env_values = true)]
    pub(crate) ca_file: Option<PathBuf>,
    /// The client's own certificate, in PEM, for a gateway that asks for one
    #[arg(long, global = true, value_name = "FILE", env = "SNCGATE_CERT_FILE", hide_env_values = true)]
    pub(crate) cert_file: Option<PathBuf>,
    /// Its private key [default: the certificate's file]
    #[arg(long, global = true, value_name = "FILE", env = "SNCGATE_KEY_FILE", hide_env_values = true)]
    #[arg(requires = "cert_file")]
    pub(crate) key_file: Option<PathBuf>,
    /// The ServiceNow instance, by its name in the gateway's configuration [default: the gateway's default]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) instance: Option<String>,
    /// How answers are printed
    #[arg(short, long, global = true, value_name = "FORMAT", default_value = "table")]
    #[arg(value_parser = EnumValueParser::<Format>::new().map(Output::Format))]
    pub(crate) output: Output,
    /// No line of column names above a table or CSV
    #[arg(long, global = true)]
    pub(crate) no_header: bool,
    /// Give up after this time, as 30s or 10m [default: 60s, and none for a query's rows]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Get(Get),
    Query(Query),
    Export(Export),
    Create(Create),
    Update(Update),
    Delete(Delete),
    Batch(Batch),
    Count(Count),
    Aggregate(Aggregate),
    Attachment(Attachment),
    Journal(Journal),
    Import(Import),
    Tasks(Tasks),
    Tables(Tables),
    Schema(Schema),
    Explain(Explain),
    /// List the operators of encoded queries
    Operators,
    /// Say what the gateway is and how its instances do
    Info,
    Login(Login),
    Logout(Logout),
    Passwd(Passwd),
    /// Say who you are to the gateway, and what you hold
    Whoami,
    Sessions(Sessions),
    Link(Link),
    Links(Links),
    Unlink(Unlink),
    Users(Users),
    Keys(Keys),
    Roles(Roles),
    Audit(Audit),
    Serve(Serve),
    Demo(Demo),
    Emulate(Emulate),
    Config(Config),
    Secrets(Secrets),
    Completions(Completions),
}

/// What -o names: a format, or for `export` a file. One type, since clap hands both over under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Format(Format),
    File(PathBuf),
}

impl Output {
    /// How answers are printed.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Format(format) => *format,
            Self::File(_) => Format::Table,
        }
    }
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: aligned columns, long values cut
    Table,
    /// One array, or one object where there is one thing
    Json,
    /// One object in each line
    Ndjson,
    /// RFC 4180: a value may hold line breaks
    Csv,
    /// One sequence, or one mapping where there is one thing
    Yaml,
}

/// How values are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    /// As stored: 2, sys_ids, UTC times
    #[default]
    Value,
    /// As people see them: labels, names, local times
    Display,
    /// Both; a table and CSV have a second column, dv_NAME, for what people see; an export, NAME__display
    Both,
}

impl From<Shown> for DisplayMode {
    fn from(display: Shown) -> Self {
        match display {
            Shown::Value => Self::Value,
            Shown::Display => Self::Display,
            Shown::Both => Self::Both,
        }
    }
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    let duration = parse_duration(text).filter(|duration| !duration.is_zero());
    duration.ok_or("write a whole number and one of ms, s, m, h, d: 30s")
}
