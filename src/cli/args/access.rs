//! Signing in, and who may do what.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Sign in, and stay signed in: the session is kept in ~/.config/sncgate/sessions.json, readable for you only
#[derive(Args, Debug)]
pub(crate) struct Login {
    /// The user [default: the one of the last session on this gateway]
    pub(crate) username: Option<String>,
    /// Read the password from stdin in place of asking for it
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// Sign out: end the session, and forget it
#[derive(Args, Debug)]
pub(crate) struct Logout {
    /// End all your sessions, on every device
    #[arg(long)]
    pub(crate) all: bool,
}

/// Change your password; all your other sessions end
#[derive(Args, Debug)]
pub(crate) struct Passwd {
    /// Read the present and the new password from stdin, a line each, in place of asking for them
    #[arg(long)]
    pub(crate) stdin: bool,
}

/// List sessions, or end one
#[derive(Args, Debug)]
pub(crate) struct Sessions {
    #[command(subcommand)]
    pub(crate) command: SessionsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionsCommand {
    /// List sessions, the last used first
    List {
        /// Of this user [default: yours]
        username: Option<String>,
    },
    /// End a session at once, with all that runs on it
    Revoke {
        /// As listed
        id: String,
    },
}

/// List, create and change users
#[derive(Args, Debug)]
pub(crate) struct Users {
    #[command(subcommand)]
    pub(crate) command: UsersCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// List users, by name
    List,
    /// Show a user
    Get {
        /// The name
        username: String,
    },
    /// Create a user
    Create {
        /// Small letters, digits and . _ - @
        username: String,
        /// Roles, separated by commas
        #[arg(long, value_delimiter = ',', value_name = "ROLE")]
        roles: Vec<String>,
        /// For people
        #[arg(long, value_name = "TEXT", default_value = "")]
        display_name: String,
        /// Read a password from stdin, which its owner must change [default: no password]
        #[arg(long)]
        password_stdin: bool,
    },
    /// Change a user
    Update {
        /// The name
        username: String,
        /// Roles in place of the present ones, separated by commas; an empty value takes all away
        #[arg(long, value_delimiter = ',', value_name = "ROLE")]
        roles: Option<Vec<String>>,
        /// For people
        #[arg(long, value_name = "TEXT")]
        display_name: Option<String>,
        /// Nobody can act as them
        #[arg(long, conflicts_with = "enable")]
        disable: bool,
        /// They can again
        #[arg(long)]
        enable: bool,
    },
    /// Set a new password, which its owner must change; prints it where none is given
    ResetPassword {
        /// The name
        username: String,
        /// Read the password from stdin
        #[arg(long)]
        password_stdin: bool,
    },
    /// Delete a user with sessions and keys
    Delete {
        /// The name
        username: String,
    },
}

/// List, make and delete API keys
#[derive(Args, Debug)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// List keys, by name
    List {
        /// Of this user [default: yours]
        username: Option<String>,
    },
    /// Make a key, and print it: it is shown this once
    Create {
        /// For people
        name: String,
        /// Of this user [default: yours]
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// When it ends: after this time, as 90d
        #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = super::duration)]
        expires: std::time::Duration,
        /// Only these tables, with * for any text, separated by commas
        #[arg(long, value_delimiter = ',', value_name = "TABLE")]
        tables: Vec<String>,
        /// Only these operations: read, create, update, delete
        #[arg(long, value_delimiter = ',', value_name = "OPERATION")]
        operations: Vec<TableOperation>,
    },
    /// Make a key with the same bounds, and print it; the old one goes on for a while
    Rotate {
        /// As listed
        id: String,
        /// How long the old one goes on
        #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = super::duration)]
        overlap: std::time::Duration,
    },
    /// Delete a key: it stops working at once
    Delete {
        /// As listed
        id: String,
    },
}

/// List, create and change roles
#[derive(Args, Debug)]
pub(crate) struct Roles {
    #[command(subcommand)]
    pub(crate) command: RolesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RolesCommand {
    /// List roles, by name
    List,
    /// Print a role as a file has it
    Get {
        /// The name
        name: String,
    },
    /// Create a role from a file
    Create {
        /// In TOML, as `sncgate roles get` prints it
        file: PathBuf,
    },
    /// Put a role from a file in the place of the one of its name
    Update {
        /// In TOML, as `sncgate roles get` prints it
        file: PathBuf,
    },
    /// Delete a role that no user has
    Delete {
        /// The name
        name: String,
    },
    /// Say whether somebody may call a method or do something with a table, and why
    Test {
        /// Who [default: you]
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// As sncgate.v1.RecordService/GetRecord
        #[arg(long, required_unless_present = "table")]
        method: Option<String>,
        /// As "incident"
        #[arg(long, requires = "operation")]
        table: Option<String>,
        /// read, create, update or delete
        #[arg(long, requires = "table")]
        operation: Option<TableOperation>,
    },
}

/// Read and check the audit log
#[derive(Args, Debug)]
pub(crate) struct Audit {
    #[command(subcommand)]
    pub(crate) command: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List events, the last first
    List {
        /// Only of this user
        #[arg(long, value_name = "NAME", default_value = "")]
        user: String,
        /// Only of this method, as sncgate.v1.RecordService/CreateRecord
        #[arg(long, default_value = "")]
        method: String,
        /// At most so many
        #[arg(long, default_value = "100", value_parser = clap::value_parser!(i32).range(1..=1000))]
        limit: i32,
    },
    /// Print events as they come, until it is interrupted
    Tail {
        /// Those too that are there already
        #[arg(long)]
        all: bool,
    },
    /// Compute every hash again, and say whether the log is as it was written
    Verify,
}

/// What can be done with rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TableOperation {
    Read,
    Create,
    Update,
    Delete,
}

impl From<TableOperation> for i32 {
    fn from(operation: TableOperation) -> Self {
        use sncgate_client::pb::TableOperation as Message;
        let message = match operation {
            TableOperation::Read => Message::Read,
            TableOperation::Create => Message::Create,
            TableOperation::Update => Message::Update,
            TableOperation::Delete => Message::Delete,
        };
        message.into()
    }
}
