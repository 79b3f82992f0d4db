//! BeginInstanceLink, ConfirmInstanceLink, ListInstanceLinks, UnlinkInstance.

use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::grpc::request::timestamp;
use crate::grpc::{Gateway, request};
use crate::links::LinkOf;
use crate::pb::{
    BeginInstanceLinkRequest, BeginInstanceLinkResponse, ConfirmInstanceLinkRequest,
    ConfirmInstanceLinkResponse, InstanceLink, ListInstanceLinksRequest, ListInstanceLinksResponse,
    UnlinkInstanceRequest, UnlinkInstanceResponse,
};

pub(super) async fn begin(
    gateway: &Gateway,
    request: Request<BeginInstanceLinkRequest>,
) -> Result<Response<BeginInstanceLinkResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let begin = gateway.links.begin(&caller, &message.instance);
    let begun = request::until(deadline, begin).await?;
    Ok(Response::new(BeginInstanceLinkResponse {
        authorization_url: begun.url,
        expire_time: timestamp(begun.expires_at),
    }))
}

pub(super) async fn confirm(
    gateway: &Gateway,
    request: Request<ConfirmInstanceLinkRequest>,
) -> Result<Response<ConfirmInstanceLinkResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    if message.code.is_empty() {
        return Err(Error::invalid("code", "is required: the browser shows it").into());
    }
    let confirm = gateway.links.confirm(&caller, &message.instance, &message.code);
    let link = request::until(deadline, confirm).await?;
    Ok(Response::new(ConfirmInstanceLinkResponse { link: Some(encode(link)) }))
}

pub(super) async fn list(
    gateway: &Gateway,
    request: Request<ListInstanceLinksRequest>,
) -> Result<Response<ListInstanceLinksResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let list = gateway.links.list(&caller, &message.username);
    let links = request::until(deadline, list).await?;
    Ok(Response::new(ListInstanceLinksResponse { links: links.into_iter().map(encode).collect() }))
}

pub(super) async fn unlink(
    gateway: &Gateway,
    request: Request<UnlinkInstanceRequest>,
) -> Result<Response<UnlinkInstanceResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let unlink = gateway.links.unlink(&caller, &message.instance, &message.username);
    let done = request::until(deadline, unlink).await?;
    Ok(Response::new(UnlinkInstanceResponse { unlinked: done.unlinked, revoked: done.revoked }))
}

/// Never with its tokens.
fn encode(link: LinkOf) -> InstanceLink {
    let LinkOf { username, link } = link;
    InstanceLink {
        instance: link.instance,
        username,
        instance_username: link.account,
        create_time: timestamp(link.created_at),
        renew_time: timestamp(link.renewed_at),
        broken_time: link.broken_at.and_then(timestamp),
    }
}
