//! The command line. `args` says what can be typed; each other file runs one command.
//!
//! Commands that read or write records use the public client only, as any other program would. stdout is data;
//! everything else is stderr's.

mod advice;
mod aggregate;
pub(crate) mod args;
mod attachment;
mod audit;
mod batch;
mod by_query;
mod changes;
mod columns;
mod completions;
mod config;
mod confirm;
mod connect;
mod count;
mod create;
mod create_from;
mod credentials;
mod delete;
mod demo;
mod embedded;
mod emulate;
mod exit;
mod explain;
mod export;
mod feed;
mod get;
mod import;
mod info;
mod journal;
mod keys;
mod link;
mod login;
mod logs;
mod ndjson;
mod operators;
mod output;
mod progress;
mod query;
mod results;
mod roles;
mod schema;
mod sealing;
mod secrets;
mod serve;
mod sessions;
mod signals;
mod tables;
mod tasks;
mod times;
mod update;
mod users;

use std::process::ExitCode;

use anyhow::Result;

use args::{Cli, Command};
use connect::Session;
use exit::Exit;

/// Runs the command, tells what went wrong, and says how it ended.
pub(crate) fn main(cli: Cli) -> ExitCode {
    let outcome = run(cli);
    if let Err(error) = &outcome
        && Exit::of(error) != Exit::Success
    {
        advice::tell(error);
    }
    outcome.map_or_else(|error| Exit::of(&error), |()| Exit::Success).into()
}

fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Config(command) => config::run(&command),
        Command::Completions(arguments) => completions::run(&arguments),
        command => tokio::runtime::Runtime::new()?.block_on(async {
            match command {
                Command::Serve(arguments) => serve::run(arguments).await,
                Command::Demo(arguments) => demo::run(arguments).await,
                Command::Emulate(arguments) => emulate::run(arguments).await,
                Command::Secrets(arguments) => sealing::run(arguments).await,
                command => run_client(cli.gateway, command).await,
            }
        }),
    }
}

async fn run_client(gateway: args::Gateway, command: Command) -> Result<()> {
    let session = Session::connect(gateway, &command).await?;
    match command {
        Command::Get(arguments) => get::run(&session, arguments).await,
        Command::Query(arguments) => query::run(&session, arguments).await,
        Command::Export(arguments) => export::run(&session, arguments).await,
        Command::Create(arguments) => create::run(&session, arguments).await,
        Command::Update(arguments) => update::run(&session, arguments).await,
        Command::Delete(arguments) => delete::run(&session, arguments).await,
        Command::Batch(arguments) => batch::run(&session, arguments).await,
        Command::Count(arguments) => count::run(&session, arguments).await,
        Command::Aggregate(arguments) => aggregate::run(&session, arguments).await,
        Command::Attachment(arguments) => attachment::run(&session, arguments).await,
        Command::Journal(arguments) => journal::run(&session, arguments).await,
        Command::Import(arguments) => import::run(&session, arguments).await,
        Command::Tasks(arguments) => tasks::run(&session, arguments).await,
        Command::Tables(arguments) => tables::run(&session, arguments).await,
        Command::Schema(arguments) => schema::run(&session, arguments).await,
        Command::Explain(arguments) => explain::run(&session, arguments).await,
        Command::Operators => operators::run(&session).await,
        Command::Info => info::run(&session).await,
        Command::Login(arguments) => login::login(&session, arguments).await,
        Command::Logout(arguments) => login::logout(&session, arguments).await,
        Command::Passwd(arguments) => login::passwd(&session, arguments).await,
        Command::Whoami => login::whoami(&session).await,
        Command::Sessions(arguments) => sessions::run(&session, arguments).await,
        Command::Link(arguments) => link::link(&session, arguments).await,
        Command::Links(arguments) => link::links(&session, arguments).await,
        Command::Unlink(arguments) => link::unlink(&session, arguments).await,
        Command::Users(arguments) => users::run(&session, arguments).await,
        Command::Keys(arguments) => keys::run(&session, arguments).await,
        Command::Roles(arguments) => roles::run(&session, arguments).await,
        Command::Audit(arguments) => audit::run(&session, arguments).await,
        Command::Serve(_) | Command::Demo(_) | Command::Emulate(_) => unreachable!("they call no gateway"),
        Command::Config(_) | Command::Completions(_) | Command::Secrets(_) => {
            unreachable!("they call no gateway")
        }
    }
}

#[cfg(test)]
mod tests;
