//! The built-in roles, and changes of custom ones.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use prost_reflect::DescriptorPool;

use super::Access;
use super::principal::Principal;
use super::role::Role;
use crate::config;
use crate::error::{Error, Refusal};
use crate::limits::Stated;
use crate::pb::{self, Permission, TableOperation};
use crate::store::{AccessStore, User};

/// May do everything.
pub(super) const ADMIN: &str = "admin";
/// Cannot sign in with a password.
pub(super) const API_ONLY: &str = "api-only";
const MAX_CUSTOM: usize = 1000;

impl Access {
    /// All roles by name.
    pub async fn roles(&self) -> Result<Vec<pb::Role>, Error> {
        let fixed = built_in().iter().chain(&self.configured);
        let mut roles: Vec<_> = fixed.map(|role| role.message.clone()).collect();
        roles.extend(self.store.roles().await?);
        roles.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(roles)
    }

    /// The role of that name. Fails with [`Refusal::NameUnknown`].
    pub async fn role(&self, name: &str) -> Result<pb::Role, Error> {
        self.roles().await?.into_iter().find(|role| role.name == name).ok_or_else(|| unknown(name))
    }

    /// Adds a role.
    pub async fn create_role(&self, by: &Principal, role: pb::Role) -> Result<pb::Role, Error> {
        let role = custom(role)?;
        let _one = self.change(by).await?;
        may_give(by, &role)?;
        if self.store.roles().await?.len() >= MAX_CUSTOM {
            return Err(conflict(format!("there are {MAX_CUSTOM} roles already; delete one first")));
        }
        let taken = self.is_fixed(role.name()) || !self.store.create_role(&role.message).await?;
        if taken {
            return Err(Refusal::NameTaken { kind: "role", name: role.name().to_owned() }.into());
        }
        Ok(role.message.clone())
    }

    /// Puts a role in the place of the one of its name. What runs is looked at again.
    pub async fn update_role(&self, by: &Principal, role: pb::Role) -> Result<pb::Role, Error> {
        let role = custom(role)?;
        let _one = self.change(by).await?;
        self.not_fixed(role.name())?;
        // Neither what it allows now nor what it will allow may be more than the caller holds.
        may_give(by, &*Role::read(self.role(role.name()).await?)?)?;
        may_give(by, &role)?;
        if !self.store.replace_role(&role.message).await? {
            return Err(unknown(role.name()));
        }
        self.live.end_all();
        Ok(role.message.clone())
    }

    /// Deletes a role that nobody has.
    pub async fn delete_role(&self, by: &Principal, name: &str) -> Result<(), Error> {
        let _one = self.change(by).await?;
        self.not_fixed(name)?;
        may_give(by, &*Role::read(self.role(name).await?)?)?;
        let holders = self.store.role_holders(name).await?;
        if holders > 0 {
            return Err(conflict(format!("{holders} users have the role {name}; take it from them first")));
        }
        self.store.delete_role(name).await?;
        Ok(())
    }

    /// The roles of a user. One that is not there any more allows nothing.
    pub(super) async fn roles_of(&self, user: &User) -> Result<Vec<Arc<Role>>, Error> {
        self.roles_named(&user.roles).await
    }

    pub(super) async fn roles_named(&self, names: &[String]) -> Result<Vec<Arc<Role>>, Error> {
        let named = |role: &&Arc<Role>| names.iter().any(|name| name == role.name());
        let mut roles: Vec<_> = built_in().iter().chain(&self.configured).filter(named).cloned().collect();
        if roles.len() < names.len() {
            let kept = self.store.roles().await?;
            for role in kept.into_iter().filter(|role| names.contains(&role.name)) {
                roles.push(Role::read(role)?);
            }
        }
        Ok(roles)
    }
}

impl Access {
    fn is_fixed(&self, name: &str) -> bool {
        is_built_in(name) || self.configured.iter().any(|role| role.name() == name)
    }

    fn not_fixed(&self, name: &str) -> Result<(), Error> {
        if is_built_in(name) {
            return Err(conflict(format!("the role {name} is built in; make another one")));
        }
        if self.is_fixed(name) {
            let why =
                format!("the role {name} is in the gateway's configuration; change [roles.{name}] there");
            return Err(conflict(why));
        }
        Ok(())
    }
}

/// The roles of the configuration. One that is kept too would be two in one name: which of them holds is for a person to
/// say.
pub(super) async fn configured(
    roles: &BTreeMap<String, config::Role>,
    store: &dyn AccessStore,
) -> Result<Vec<Arc<Role>>, Error> {
    let kept = if roles.is_empty() { Vec::new() } else { store.roles().await? };
    if let Some(role) = kept.iter().find(|role| roles.contains_key(&role.name)) {
        let name = &role.name;
        return Err(conflict(format!(
            "there are two roles {name}: one in the configuration, and one that was made through the API; rename \
             [roles.{name}], or take it out, start, and delete the other one with `sncgate roles delete {name}`"
        )));
    }
    roles.iter().map(|(name, role)| Role::read(role.message(name))).collect()
}

/// Nobody gives away more than they hold.
pub(super) fn may_give(by: &Principal, role: &Role) -> Result<(), Refusal> {
    for &number in &role.message.permissions {
        by.require(Permission::try_from(number).unwrap_or(Permission::Unspecified))?;
    }
    // Nor a quota above the own one: it would be a way to raise that.
    let mine = Stated::of(by.roles().iter().map(|role| &role.message));
    if mine.is_exceeded_by(Stated::of(std::iter::once(&role.message))) {
        let why = format!("the role {} may take more than the caller may; ask an administrator", role.name());
        return Err(Refusal::Conflict { why });
    }
    let own = by.bounds.is_none() && by.roles().iter().any(|mine| mine.name() == role.name());
    let harmless = role.rules.iter().all(|rule| rule.denies);
    if by.is_whole() || own || harmless {
        return Ok(());
    }
    Err(Refusal::Conflict {
        why: format!(
            "the role {} may allow more on tables than the caller has; ask an administrator",
            role.name()
        ),
    })
}

/// The role that may do everything.
pub(super) fn admin() -> Arc<Role> {
    built_in()[0].clone()
}

fn custom(mut role: pb::Role) -> Result<Arc<Role>, Error> {
    role.built_in = false;
    role.in_configuration = false;
    Role::read(role)
}

/// Whether a role of that name is built in.
pub fn is_built_in(name: &str) -> bool {
    built_in().iter().any(|role| role.name() == name)
}

fn conflict(why: String) -> Error {
    Refusal::Conflict { why }.into()
}

fn unknown(name: &str) -> Error {
    Refusal::NameUnknown { kind: "role", name: name.chars().take(64).collect() }.into()
}

fn built_in() -> &'static [Arc<Role>; 4] {
    static ROLES: OnceLock<[Arc<Role>; 4]> = OnceLock::new();
    ROLES.get_or_init(|| {
        let make = |name: &str, description: &str, permissions: Vec<Permission>, operations| {
            let rule = pb::TableRule { tables: vec!["*".to_owned()], operations, ..pb::TableRule::default() };
            Role::read(pb::Role {
                name: name.to_owned(),
                description: description.to_owned(),
                permissions: permissions.into_iter().map(Into::into).collect(),
                table_rules: vec![rule],
                built_in: true,
                in_configuration: false,
                quota: None,
            })
            .expect("the built-in roles are right")
        };
        let reads = vec![TableOperation::Read.into()];
        [
            make(ADMIN, "May do everything.", every(), vec![]),
            make("user", "Reads and writes records, and makes keys for themselves.", users(), vec![]),
            make("viewer", "Reads records, and changes nothing.", viewers(), reads),
            make(API_ONLY, "For programs: as user, but signs in with API keys only.", programs(), vec![]),
        ]
    })
}

/// The numbers have gaps: the descriptor says which there are.
fn every() -> Vec<Permission> {
    let pool = DescriptorPool::decode(pb::DESCRIPTORS).expect("the build made these descriptors");
    let all = pool.get_enum_by_name("sncgate.v1.Permission").expect("permission.proto defines it");
    let known = all.values().filter_map(|value| Permission::try_from(value.number()).ok());
    known.filter(|one| *one != Permission::Unspecified).collect()
}

fn viewers() -> Vec<Permission> {
    vec![
        Permission::RecordsRead,
        Permission::AttachmentsRead,
        Permission::SchemaRead,
        Permission::SystemRead,
        Permission::TasksRead,
        Permission::Self_,
    ]
}

fn programs() -> Vec<Permission> {
    let mut permissions = viewers();
    permissions.extend([
        Permission::RecordsWrite,
        Permission::RecordsDelete,
        Permission::RecordsBatch,
        Permission::RecordsImport,
        Permission::AttachmentsWrite,
        Permission::TasksWrite,
    ]);
    permissions
}

fn users() -> Vec<Permission> {
    let mut permissions = programs();
    permissions.push(Permission::ApiKeys);
    permissions
}
