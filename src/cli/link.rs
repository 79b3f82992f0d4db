//! `sncgate link`, `sncgate links`, `sncgate unlink`.

use std::io::{BufRead, IsTerminal, stdin};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use sncgate_client::pb::{
    BeginInstanceLinkRequest, ConfirmInstanceLinkRequest, InstanceLink, ListInstanceLinksRequest,
    UnlinkInstanceRequest,
};
use tokio::sync::oneshot;

use super::connect::Session;
use super::exit::Usage;
use super::output::{Cell, Column};
use super::{args, times};

const COLUMNS: [&str; 6] = ["instance", "username", "instance_username", "created", "renewed", "broken"];

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) async fn link(session: &Session, arguments: args::Link) -> Result<()> {
    session.client.prepare().await?;
    let instance = arguments.name.unwrap_or_else(|| session.instance());
    let mut stub = session.client.auth_stub();
    let request = BeginInstanceLinkRequest { instance: instance.clone() };
    let begun = session.answer(stub.begin_instance_link(session.request(request)).await)?;
    eprintln!(
        "Open this address in a browser, sign in to the instance and agree. It is for you alone:\n\n  {}\n",
        begun.authorization_url
    );
    if arguments.open {
        open(&begun.authorization_url);
    }
    let end = begun.expire_time.and_then(|time| SystemTime::try_from(time).ok());
    let left = end.and_then(|end| end.duration_since(SystemTime::now()).ok()).unwrap_or_default();
    eprint!("Then type the code that the browser shows: ");
    let code = tokio::time::timeout(left.max(Duration::from_secs(1)), line()).await;
    let code = code.map_err(|_| Usage("the time is over; begin again: sncgate link".to_owned()))??;
    let request = ConfirmInstanceLinkRequest { instance, code };
    session.client.prepare().await?; // minutes may have passed
    let mut stub = session.client.auth_stub();
    let confirmed = session.answer(stub.confirm_instance_link(session.request(request)).await)?;
    let link = confirmed.link.unwrap_or_default();
    eprintln!("your calls to {} are now made as {}", link.instance, link.instance_username);
    session.write_one(Column::all(&COLUMNS), row(link))
}

pub(crate) async fn links(session: &Session, arguments: args::Links) -> Result<()> {
    session.client.prepare().await?;
    let request = ListInstanceLinksRequest { username: arguments.username.unwrap_or_default() };
    let mut stub = session.client.auth_stub();
    let answer = session.answer(stub.list_instance_links(session.request(request)).await)?;
    let rows: Vec<_> = answer.links.into_iter().map(row).collect();
    session.write_all(Column::all(&COLUMNS), &rows)
}

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) async fn unlink(session: &Session, arguments: args::Unlink) -> Result<()> {
    session.client.prepare().await?;
    let request = UnlinkInstanceRequest {
        instance: arguments.name.unwrap_or_else(|| session.instance()),
        username: arguments.username.unwrap_or_default(),
    };
    let mut stub = session.client.auth_stub();
    let answer = session.answer(stub.unlink_instance(session.request(request)).await)?;
    match (answer.unlinked, answer.revoked) {
        (false, _) => eprintln!("there was no link"),
        (true, true) => eprintln!("the link is removed, and its tokens are ended at the instance"),
        (true, false) => eprintln!(
            "the link is removed\nwarning: the instance did not confirm that its tokens are ended; revoke them there"
        ),
    }
    Ok(())
}

fn row(link: InstanceLink) -> Vec<Cell> {
    vec![
        Cell::Text(link.instance),
        Cell::Text(link.username),
        Cell::Text(link.instance_username),
        times::cell(link.create_time),
        times::cell(link.renew_time),
        times::cell(link.broken_time),
    ]
}

/// A line of stdin. It is read by a thread of its own, which does not keep the command from ending.
async fn line() -> Result<String> {
    let (send, receive) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = stdin().lock().read_line(&mut line).map(|_| line.trim().to_owned());
        // Nobody waits any more: the time is over.
        let _ = send.send(read);
    });
    let line = receive.await.context("cannot read stdin")?.context("cannot read stdin")?;
    if line.is_empty() && !stdin().is_terminal() {
        return Err(Usage("stdin has no code; type the one that the browser shows".to_owned()).into());
    }
    Ok(line)
}

/// Shows a page with what the system opens pages with. Where there is no such thing, the person reads the address.
#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
fn open(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let silent = std::process::Stdio::null;
    let started = std::process::Command::new(program)
        .arg(url)
        .stdin(silent())
        .stdout(silent())
        .stderr(silent())
        .spawn();
    if let Err(error) = started {
        eprintln!("cannot start {program}: {error}");
    }
}
