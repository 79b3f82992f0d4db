//! `sncgate users`.

use std::io::Write;

use anyhow::Result;
use sncgate_client::pb::{
    CreateUserRequest, DeleteUserRequest, GetUserRequest, ListUsersRequest, ResetPasswordRequest,
    UpdateUserRequest, User,
};

use super::args::{self, UsersCommand};
use super::connect::Session;
use super::exit::Usage;
use super::output::{Cell, Column};
use super::{secrets, times};

const COLUMNS: [&str; 8] = [
    "username",
    "display_name",
    "roles",
    "disabled",
    "password_change_required",
    "created",
    "last_login",
    "issuer",
];

pub(crate) async fn run(session: &Session, arguments: args::Users) -> Result<()> {
    session.client.prepare().await?;
    let mut stub = session.client.user_stub();
    match arguments.command {
        UsersCommand::List => list(session).await,
        UsersCommand::Get { username } => {
            let answer = session.answer(stub.get_user(session.request(GetUserRequest { username })).await)?;
            print(session, answer.user)
        }
        UsersCommand::Create { username, roles, display_name, password_stdin } => {
            let password = if password_stdin { secrets::ask("password", true)? } else { String::new() };
            let user = User { username, roles, display_name, ..User::default() };
            let request = CreateUserRequest { user: Some(user), password };
            print(session, session.answer(stub.create_user(session.request(request)).await)?.user)
        }
        command @ UsersCommand::Update { .. } => {
            let request = update(command)?;
            print(session, session.answer(stub.update_user(session.request(request)).await)?.user)
        }
        UsersCommand::ResetPassword { username, password_stdin } => {
            let password = if password_stdin { secrets::ask("password", true)? } else { String::new() };
            let request = ResetPasswordRequest { username, password };
            let answer = session.answer(stub.reset_password(session.request(request)).await)?;
            if !answer.password.is_empty() {
                writeln!(std::io::stdout(), "{}", answer.password)?;
            }
            Ok(())
        }
        UsersCommand::Delete { username } => {
            session.answer(stub.delete_user(session.request(DeleteUserRequest { username })).await)?;
            Ok(())
        }
    }
}

fn update(command: UsersCommand) -> Result<UpdateUserRequest> {
    let UsersCommand::Update { username, roles, display_name, disable, enable } = command else {
        return Err(Usage("not an update".to_owned()).into());
    };
    let mut user = User { username, ..User::default() };
    let mut paths = Vec::new();
    if let Some(roles) = roles {
        user.roles = roles.into_iter().filter(|role| !role.is_empty()).collect();
        paths.push("roles".to_owned());
    }
    if let Some(name) = display_name {
        user.display_name = name;
        paths.push("display_name".to_owned());
    }
    if disable || enable {
        user.disabled = disable;
        paths.push("disabled".to_owned());
    }
    if paths.is_empty() {
        return Err(
            Usage("say what to change: --roles, --display-name, --disable or --enable".to_owned()).into()
        );
    }
    Ok(UpdateUserRequest { user: Some(user), update_mask: Some(sncgate_client::FieldMask { paths }) })
}

async fn list(session: &Session) -> Result<()> {
    let mut stub = session.client.user_stub();
    let mut rows = session.rows(Column::all(&COLUMNS));
    let mut page_token = String::new();
    loop {
        let request = ListUsersRequest { page_size: 1000, page_token };
        let answer = session.answer(stub.list_users(session.request(request)).await)?;
        rows.write(&answer.users.into_iter().map(row).collect::<Vec<_>>())?;
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(rows.finish()?);
        }
    }
}

fn print(session: &Session, user: Option<User>) -> Result<()> {
    session.write_one(Column::all(&COLUMNS), row(user.unwrap_or_default()))
}

fn row(user: User) -> Vec<Cell> {
    vec![
        Cell::Text(user.username),
        Cell::Text(user.display_name),
        Cell::Text(user.roles.join(" ")),
        Cell::Flag(user.disabled),
        Cell::Flag(user.password_change_required),
        times::cell(user.create_time),
        times::cell(user.last_login_time),
        Cell::Text(user.issuer),
    ]
}
