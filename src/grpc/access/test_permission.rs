//! TestPermission.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::access::{Caller, Operation, Principal, Rows};
use crate::error::Error;
use crate::grpc::{Gateway, MethodPermissions, request};
use crate::pb::{Permission, TableOperation, TestPermissionRequest, TestPermissionResponse};

pub(super) async fn handle(
    gateway: &Gateway,
    methods: &MethodPermissions,
    request: Request<TestPermissionRequest>,
) -> Result<Response<TestPermissionResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    if message.method.is_empty() && message.table.is_empty() {
        return Err(Error::invalid("method", "name a method, a table or both").into());
    }
    let explain = async {
        let asked = asked(gateway, &caller, &message.username).await?;
        let mut answer = TestPermissionResponse { allowed: true, ..TestPermissionResponse::default() };
        if !message.method.is_empty() {
            method(&asked, methods, &message.method, &mut answer)?;
        }
        if !message.table.is_empty() {
            table(gateway, &asked, &message, &mut answer).await?;
        }
        Ok(answer)
    };
    Ok(Response::new(request::until(deadline, explain).await?))
}

/// The caller themselves, or somebody else, which not everybody may ask about.
async fn asked(gateway: &Gateway, caller: &Caller, username: &str) -> Result<Arc<Principal>, Error> {
    let principal = caller.principal()?;
    if username.is_empty() {
        return Ok(principal.clone());
    }
    principal.require(Permission::RolesRead)?;
    Ok(Arc::new(gateway.access.principal_of(username).await?))
}

fn method(
    asked: &Principal,
    methods: &MethodPermissions,
    name: &str,
    answer: &mut TestPermissionResponse,
) -> Result<(), Error> {
    let path = format!("/{}", name.trim_start_matches('/'));
    let method = methods
        .get(&path)
        .ok_or_else(|| Error::invalid("method", "is none; write it as sncgate.v1.RecordService/GetRecord"))?;
    answer.permission = method.permission.into();
    let needs = method.permission.as_str_name();
    match asked.granting_roles(method.permission).as_slice() {
        _ if method.permission == Permission::Public => {
            answer.explanation.push("anybody may call it".to_owned());
        }
        _ if asked.holds(method.permission) && method.permission == Permission::Self_ => {
            answer.explanation.push("anybody who is signed in may call it".to_owned());
        }
        [] => {
            answer.allowed = false;
            answer.explanation.push(format!("no role has {needs}"));
        }
        roles => answer.explanation.push(format!("{needs} comes with: {}", roles.join(", "))),
    }
    Ok(())
}

async fn table(
    gateway: &Gateway,
    asked: &Principal,
    message: &TestPermissionRequest,
    answer: &mut TestPermissionResponse,
) -> Result<(), Error> {
    let table = request::table(&message.table)?;
    let operation = TableOperation::try_from(message.operation).ok().and_then(Operation::of);
    let operation = operation.ok_or_else(|| Error::invalid("operation", "is required with a table"))?;
    let instance = gateway.configured(&message.instance)?;
    let lineage = instance.hierarchy().await?.lineage(table.as_str());
    let decision = asked.explain(instance.name(), &lineage, operation);
    match decision.access {
        None => {
            answer.allowed = false;
            // What decides comes first.
            let method = std::mem::replace(&mut answer.explanation, decision.reasons);
            answer.explanation.extend(method);
        }
        Some(access) => {
            answer.explanation.extend(decision.reasons);
            answer.field_rules = access.field_rules();
            if let Rows::Only(filter) = access.rows {
                answer.row_filter = filter.to_string();
            }
        }
    }
    Ok(())
}
