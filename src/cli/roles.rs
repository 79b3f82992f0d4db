//! `sncgate roles`.

mod file;

use std::io::Write;

use anyhow::{Context, Result};
use sncgate_client::pb::{
    CreateRoleRequest, DeleteRoleRequest, GetRoleRequest, ListRolesRequest, Permission,
    TestPermissionRequest, UpdateRoleRequest,
};

use super::args::{self, RolesCommand};
use super::connect::Session;
use super::output::{Cell, Column};

pub(crate) async fn run(session: &Session, arguments: args::Roles) -> Result<()> {
    session.client.prepare().await?;
    let mut stub = session.client.role_stub();
    match arguments.command {
        RolesCommand::List => {
            let answer = session.answer(stub.list_roles(session.request(ListRolesRequest {})).await)?;
            let row = |role: sncgate_client::pb::Role| {
                let from = match (role.built_in, role.in_configuration) {
                    (true, _) => "built in",
                    (_, true) => "configuration",
                    _ => "store",
                };
                vec![
                    Cell::Text(role.name),
                    Cell::Flag(role.built_in),
                    Cell::Text(from.to_owned()),
                    Cell::Text(role.description),
                ]
            };
            let rows: Vec<_> = answer.roles.into_iter().map(row).collect();
            session.write_all(Column::all(&["name", "built_in", "from", "description"]), &rows)
        }
        RolesCommand::Get { name } => {
            let answer = session.answer(stub.get_role(session.request(GetRoleRequest { name })).await)?;
            let text = file::print(&answer.role.unwrap_or_default())?;
            Ok(std::io::stdout().write_all(text.as_bytes())?)
        }
        RolesCommand::Create { file } => {
            let request = CreateRoleRequest { role: Some(read(&file)?) };
            session.answer(stub.create_role(session.request(request)).await)?;
            Ok(())
        }
        RolesCommand::Update { file } => {
            let request = UpdateRoleRequest { role: Some(read(&file)?) };
            session.answer(stub.update_role(session.request(request)).await)?;
            Ok(())
        }
        RolesCommand::Delete { name } => {
            session.answer(stub.delete_role(session.request(DeleteRoleRequest { name })).await)?;
            Ok(())
        }
        RolesCommand::Test { user, method, table, operation } => {
            let request = TestPermissionRequest {
                username: user.unwrap_or_default(),
                method: method.unwrap_or_default(),
                table: table.unwrap_or_default(),
                operation: operation.map_or(0, i32::from),
                instance: session.instance(),
            };
            test(session, request).await
        }
    }
}

async fn test(session: &Session, request: TestPermissionRequest) -> Result<()> {
    let mut stub = session.client.access_stub();
    let answer = session.answer(stub.test_permission(session.request(request)).await)?;
    let permission = match answer.permission() {
        Permission::Unspecified => String::new(),
        permission => permission.as_str_name().to_owned(),
    };
    let columns = Column::all(&["allowed", "because", "permission", "row_filter"]);
    let cells = vec![
        Cell::Flag(answer.allowed),
        Cell::Text(answer.explanation.join("; ")),
        Cell::Text(permission),
        Cell::Text(answer.row_filter),
    ];
    session.write_one(columns, cells)
}

fn read(path: &std::path::Path) -> Result<sncgate_client::pb::Role> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    file::parse(&text).with_context(|| path.display().to_string())
}
