//! Who a call is made by.

use std::sync::{Arc, Mutex, PoisonError};

use super::guard::Operation;
use super::keys::KeyBounds;
use super::live::Lease;
use super::policy::{self, Decision, Question, TableAccess};
use super::role::Role;
use crate::error::{Error, Refusal};
use crate::limits::Meter;
use crate::pb::Permission;

/// What a key with bounds can be used for: bounds of tables and operations mean something to these only.
const ABOUT_ROWS: [Permission; 11] = [
    Permission::RecordsRead,
    Permission::RecordsWrite,
    Permission::RecordsDelete,
    Permission::RecordsBatch,
    Permission::RecordsImport,
    Permission::AttachmentsRead,
    Permission::AttachmentsWrite,
    Permission::SchemaRead,
    Permission::SystemRead,
    Permission::TasksRead,
    Permission::TasksWrite,
];

/// Somebody who proved who they are, with what they hold.
#[derive(Debug)]
pub struct Principal {
    /// The user's id.
    pub user_id: String,
    /// The user's name.
    pub username: String,
    /// What it was proved with.
    pub credential: Credential,
    /// The password must be changed before anything else.
    pub must_change_password: bool,
    /// When the proof no longer counts; milliseconds.
    pub expires_at: i64,
    /// Ends when the proof, or what it allows, must be looked at again.
    pub lease: Arc<Lease>,
    pub(super) roles: Vec<Arc<Role>>,
    pub(super) bounds: Option<KeyBounds>,
    /// The operations that nothing restricts, as a set of their bits.
    whole: u8,
}

/// What a caller proved who they are with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A session, by its id.
    Session(String),
    /// An API key, by its id.
    Key(String),
    /// A client's certificate, by its SHA-256.
    Certificate(String),
    /// A token of another issuer: the issuer's name and a part of the token's hash.
    External(String),
    /// Nothing: access control is off.
    None,
}

impl Credential {
    /// For the audit log.
    pub fn id(&self) -> &str {
        match self {
            Credential::Session(id)
            | Credential::Key(id)
            | Credential::Certificate(id)
            | Credential::External(id) => id,
            Credential::None => "",
        }
    }
}

impl Principal {
    pub(super) fn new(
        user: &crate::store::User,
        credential: Credential,
        roles: Vec<Arc<Role>>,
        bounds: Option<KeyBounds>,
        expires_at: i64,
        lease: Arc<Lease>,
    ) -> Self {
        Principal {
            user_id: user.id.clone(),
            username: user.username.clone(),
            // A key is no password: what its owner has to change does not stop a program.
            must_change_password: user.must_change_password && matches!(credential, Credential::Session(_)),
            credential,
            expires_at,
            lease,
            whole: policy::whole(&roles, bounds.as_ref()),
            roles,
            bounds,
        }
    }

    /// Whoever calls where access control is off.
    pub(super) fn anybody(role: Arc<Role>) -> Self {
        Principal {
            user_id: String::new(),
            username: String::new(),
            credential: Credential::None,
            must_change_password: false,
            expires_at: i64::MAX,
            lease: Lease::endless(),
            roles: vec![role],
            bounds: None,
            whole: u8::MAX,
        }
    }

    /// Somebody of that id, without rights.
    #[cfg(test)]
    pub(crate) fn for_test(user_id: &str) -> Self {
        let anybody = Self::anybody(super::roles::admin());
        Principal { user_id: user_id.to_owned(), roles: Vec::new(), ..anybody }
    }

    /// Whether a role has it, and the key, where there is one, can carry it.
    pub fn holds(&self, permission: Permission) -> bool {
        matches!(permission, Permission::Public | Permission::Self_)
            || self.can_carry(permission) && self.roles.iter().any(|role| role.holds(permission))
    }

    /// A key for some tables or operations is for rows: whoever finds an administrator's manages nobody with it.
    fn can_carry(&self, permission: Permission) -> bool {
        self.bounds.is_none() || ABOUT_ROWS.contains(&permission)
    }

    /// The names of the roles that have it.
    pub fn granting_roles(&self, permission: Permission) -> Vec<&str> {
        if !self.can_carry(permission) {
            return Vec::new();
        }
        self.roles.iter().filter(|role| role.holds(permission)).map(|role| role.name()).collect()
    }

    /// Fails with [`Refusal::PermissionMissing`] where no role has it.
    pub fn require(&self, permission: Permission) -> Result<(), Refusal> {
        if self.holds(permission) {
            return Ok(());
        }
        Err(Refusal::PermissionMissing { permission: permission.as_str_name() })
    }

    /// A key that is for some tables or operations only.
    pub fn has_bounds(&self) -> bool {
        self.bounds.is_some()
    }

    /// No rule restricts them anywhere.
    pub fn is_whole(&self) -> bool {
        Operation::ALL.into_iter().all(|operation| self.is_whole_for(operation))
    }

    /// No rule restricts them anywhere in that, nor in seeing what comes of it.
    pub fn is_whole_for(&self, operation: Operation) -> bool {
        let needed = operation.bit() | Operation::Read.bit();
        self.whole & needed == needed
    }

    /// What they may do with a table; `lineage` is the table and those that it extends.
    pub fn table(&self, instance: &str, lineage: &[String], operation: Operation) -> Option<TableAccess> {
        if self.whole & operation.bit() != 0 {
            return Some(TableAccess::whole());
        }
        policy::decide(&self.roles, self.bounds.as_ref(), Question { instance, lineage, operation })
    }

    /// The same, with reasons.
    pub fn explain(&self, instance: &str, lineage: &[String], operation: Operation) -> Decision {
        policy::explain(&self.roles, self.bounds.as_ref(), Question { instance, lineage, operation })
    }

    /// The roles.
    pub fn roles(&self) -> &[Arc<Role>] {
        &self.roles
    }
}

/// A call, and who makes it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who; none for a method that anybody may call.
    pub principal: Option<Arc<Principal>>,
    /// The address that it comes from.
    pub address: String,
    /// What calls, as its user agent says.
    pub agent: String,
    /// What the audit log should say that the call was about.
    pub note: Arc<Note>,
    /// Counts what the call takes.
    pub meter: Meter,
}

/// What a call is about, noted while it runs.
#[derive(Debug, Default)]
pub struct Note(Mutex<Noted>);

/// See [`Note`].
#[derive(Clone, Debug, Default)]
pub struct Noted {
    /// The instance.
    pub instance: String,
    /// The table.
    pub table: String,
    /// The record, user, role, session or key.
    pub subject: String,
    /// Who it turned out to be, where a password told.
    pub username: String,
    /// The user of the instance that the call is made as.
    pub acted_as: String,
}

impl Note {
    /// Notes more.
    pub fn set(&self, note: impl FnOnce(&mut Noted)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What was noted.
    pub fn get(&self) -> Noted {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Caller {
    /// Who calls. The layer lets nobody unknown through to a method that needs somebody.
    pub fn principal(&self) -> Result<&Arc<Principal>, Error> {
        let missing = || Refusal::TokenInvalid { why: "the call carries no token" };
        self.principal.as_ref().ok_or_else(|| missing().into())
    }

    /// Notes the user, role, session or key that the call is about.
    pub fn about(&self, subject: &str) {
        // Bounded: it is the caller's text.
        let subject: String = subject.chars().take(128).collect();
        self.note.set(|noted| noted.subject = subject);
    }
}
