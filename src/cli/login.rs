//! `sncgate login`, `sncgate logout`, `sncgate passwd`, `sncgate whoami`.

use anyhow::Result;
use sncgate_client::pb::{ChangePasswordRequest, LoginRequest, LogoutRequest, Permission, WhoAmIResponse};

use super::connect::Session;
use super::exit::Usage;
use super::output::{Cell, Column};
use super::{args, credentials, secrets};

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) async fn login(session: &Session, arguments: args::Login) -> Result<()> {
    let server = session.server();
    let before = credentials::kept(server)?;
    let username = arguments.username.or_else(|| before.as_ref().map(|kept| kept.username.clone()));
    let username = username.ok_or_else(|| Usage("say who signs in: sncgate login NAME".to_owned()))?;
    let same = before.filter(|kept| kept.username == username);
    let request = LoginRequest {
        password: secrets::ask("password", arguments.password_stdin)?,
        device: device(),
        device_token: same.map(|kept| kept.device_token).unwrap_or_default(),
        username: username.clone(),
    };
    let (_, answer) = session.client.login_with(request, |_| {}).await?;
    let tokens = answer.tokens.unwrap_or_default();
    credentials::keep(server, credentials::Kept::new(username.clone(), &tokens, answer.device_token))?;
    eprintln!("signed in to {server} as {username}");
    if answer.password_change_required {
        eprintln!("next: the password must be changed first: sncgate passwd");
    }
    if credentials::environment()?.is_some() {
        eprintln!("warning: SNCGATE_TOKEN is set, and goes before the session");
    }
    Ok(())
}

pub(crate) async fn logout(session: &Session, arguments: args::Logout) -> Result<()> {
    let mut stub = session.client.auth_stub();
    session.client.prepare().await?;
    let request = LogoutRequest { all_sessions: arguments.all };
    let ended = stub.logout(session.request(request)).await.map_err(sncgate_client::Error::from);
    credentials::forget(session.server())?;
    ended?;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) async fn passwd(session: &Session, arguments: args::Passwd) -> Result<()> {
    let current_password = secrets::ask("present password", arguments.stdin)?;
    let new_password = secrets::ask("new password", arguments.stdin)?;
    if !arguments.stdin && secrets::ask("new password again", false)? != new_password {
        return Err(Usage("the two new passwords differ".to_owned()).into());
    }
    session.client.prepare().await?;
    let request = ChangePasswordRequest { current_password, new_password };
    let answer = session.client.auth_stub().change_password(session.request(request)).await;
    let ended = answer.map_err(sncgate_client::Error::from)?.into_inner().ended;
    eprintln!("the password is changed; {ended} other sessions were ended");
    Ok(())
}

pub(crate) async fn whoami(session: &Session) -> Result<()> {
    let me: WhoAmIResponse = session.client.who_am_i().await?;
    let permissions: Vec<&str> = me
        .permissions
        .iter()
        .filter_map(|number| Permission::try_from(*number).ok())
        .map(|permission| permission.as_str_name().trim_start_matches("PERMISSION_"))
        .collect();
    let columns = Column::all(&[
        "username",
        "roles",
        "session",
        "api_key",
        "password_change_required",
        "rows_read",
        "rows_per_day",
        "permissions",
    ]);
    session.write_one(
        columns,
        vec![
            Cell::Text(me.username),
            Cell::Text(me.roles.join(" ")),
            Cell::Text(me.session.map(|session| session.id).unwrap_or_default()),
            Cell::Text(me.api_key_id),
            Cell::Flag(me.password_change_required),
            Cell::Text(me.quota.map_or_else(String::new, |quota| quota.rows_read.to_string())),
            Cell::Text(me.quota.map_or_else(String::new, |quota| match quota.rows_per_day {
                0 => "no limit".to_owned(),
                rows => rows.to_string(),
            })),
            Cell::Text(permissions.join(" ")),
        ],
    )
}

/// What the list of sessions shows of this machine.
fn device() -> String {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    format!("sncgate {} on {}", env!("CARGO_PKG_VERSION"), name.trim()).trim_end_matches(" on ").to_owned()
}
