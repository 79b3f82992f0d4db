//! CreateUser, UpdateUser, ResetPassword, DeleteUser.

use secrecy::{ExposeSecret, SecretString};
use tonic::{Request, Response, Status};

use super::encode;
use crate::access::{Change, NewUser};
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{
    CreateUserRequest, CreateUserResponse, DeleteUserRequest, DeleteUserResponse, ResetPasswordRequest,
    ResetPasswordResponse, UpdateUserRequest, UpdateUserResponse,
};

pub(super) async fn create(
    gateway: &Gateway,
    request: Request<CreateUserRequest>,
) -> Result<Response<CreateUserResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let user = encode::wanted(message.user)?;
    caller.about(&user.username);
    let password = Some(message.password).filter(|password| !password.is_empty());
    let new = NewUser {
        username: user.username,
        display_name: user.display_name,
        roles: user.roles,
        disabled: user.disabled,
        password: password.map(SecretString::from),
    };
    let user = request::until(deadline, gateway.access.create_user(caller.principal()?, new)).await?;
    Ok(Response::new(CreateUserResponse { user: Some(encode::user(user)) }))
}

pub(super) async fn update(
    gateway: &Gateway,
    request: Request<UpdateUserRequest>,
) -> Result<Response<UpdateUserResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let user = encode::wanted(message.user)?;
    caller.about(&user.username);
    let mask = message.update_mask.unwrap_or_default().paths;
    if mask.is_empty() {
        return Err(Error::invalid("update_mask", "is required: display_name, roles, disabled").into());
    }
    let mut change = Change::default();
    for path in mask {
        match path.as_str() {
            "display_name" => change.display_name = Some(user.display_name.clone()),
            "roles" => change.roles = Some(user.roles.clone()),
            "disabled" => change.disabled = Some(user.disabled),
            _ => {
                let problem = format!("{path:?} cannot be changed; display_name, roles and disabled can");
                return Err(Error::invalid("update_mask", problem).into());
            }
        }
    }
    let update = gateway.access.update_user(caller.principal()?, &user.username, change);
    let user = request::until(deadline, update).await?;
    Ok(Response::new(UpdateUserResponse { user: Some(encode::user(user)) }))
}

pub(super) async fn reset_password(
    gateway: &Gateway,
    request: Request<ResetPasswordRequest>,
) -> Result<Response<ResetPasswordResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    caller.about(&message.username);
    let (password, made) = match message.password.as_str() {
        "" => {
            let made = gateway.access.make_password();
            let text = made.expose_secret().to_owned();
            (made, text)
        }
        _ => (message.password.into(), String::new()),
    };
    let reset = gateway.access.reset_password(caller.principal()?, &message.username, password);
    let ended = request::until(deadline, reset).await?;
    let ended = i32::try_from(ended).unwrap_or(i32::MAX);
    Ok(Response::new(ResetPasswordResponse { password: made, ended }))
}

pub(super) async fn delete(
    gateway: &Gateway,
    request: Request<DeleteUserRequest>,
) -> Result<Response<DeleteUserResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    caller.about(&message.username);
    let delete = async {
        let links = gateway.links.of_user(&message.username).await?;
        gateway.access.delete_user(caller.principal()?, &message.username).await?;
        gateway.links.deleted(links).await;
        Ok(())
    };
    request::until(deadline, delete).await?;
    Ok(Response::new(DeleteUserResponse {}))
}
