//! `sncgate emulate`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;
use servicenow_emulator::settings::Settings;
use servicenow_emulator::{Emulator, Running};

use super::embedded::{self, PASSWORD, USERNAME};
use super::signals::{Signals, until_second};
use super::{args, logs, serve};

pub(crate) async fn run(arguments: args::Emulate) -> Result<()> {
    logs::start(&embedded::quiet())?;
    let mut settings = Settings { time_zone: arguments.time_zone, ..Settings::default() };
    if let Some(bytes) = arguments.max_attachment_bytes {
        settings.max_attachment_bytes = bytes;
    }
    let mut builder =
        Emulator::builder().settings(settings).http(arguments.listen).https(arguments.tls_listen);
    builder = embedded::sign_in(builder, &arguments.sign_in)?;
    if let Some(folder) = &arguments.data_dir {
        builder = builder.data_dir(folder);
    }
    builder = match file(&arguments) {
        Some(file) => embedded::kept(builder, &file, &arguments.data).await?,
        None => embedded::private(builder, &arguments.data),
    };
    builder = embedded::lives(builder, &arguments.life, &arguments.data)?;
    let running = builder.start().await.context("the embedded instance did not start")?;
    // From here on; before, a signal ends the command at once.
    let mut signals = Signals::listen()?;
    let addresses = Addresses::of(&running);
    if arguments.print_json {
        serve::print_line(&addresses);
    } else {
        serve::print_text(&addresses.text());
    }
    let _watching = embedded::watch(&running);
    let work = async move {
        signals.next().await;
        running.shutdown().await;
        Ok(())
    };
    until_second(work).await
}

/// Where the data are kept; none where they go with the instance.
fn file(arguments: &args::Emulate) -> Option<PathBuf> {
    let folder = arguments.data_dir.as_ref();
    arguments.db.clone().or_else(|| Some(folder?.join("instance.db")))
}

#[derive(Serialize)]
struct Addresses {
    emulator: String,
    emulator_tls: String,
    /// Empty where there is no data folder.
    ca: String,
    username: &'static str,
    password: &'static str,
}

impl Addresses {
    fn of(running: &Running) -> Self {
        Self {
            emulator: running.http_url(),
            emulator_tls: running.https_url(),
            ca: embedded::ca(running),
            username: USERNAME,
            password: PASSWORD,
        }
    }

    fn text(&self) -> String {
        let Self { emulator, emulator_tls, ca, username, password } = self;
        let trust = if ca.is_empty() { "--data-dir keeps its CA".to_owned() } else { format!("trust {ca}") };
        format!(
            "\
embedded instance  {emulator}
                   {emulator_tls}  {trust}
credentials        {username} / {password}

Try:
  curl -u {username}:{password} '{emulator}/api/now/table/incident?sysparm_limit=3'"
        )
    }
}
