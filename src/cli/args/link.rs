//! A person's own accounts at instances.

use clap::Args;

/// Link your own account at an instance, so that your calls to it are made as you
///
/// Prints an address for a browser: sign in to the instance there, and agree. The page that follows shows a code; type it
/// here. Needs a session: sncgate login.
#[derive(Args, Debug)]
pub(crate) struct Link {
    /// The instance [default: the gateway's default]
    #[arg(value_name = "INSTANCE")]
    pub(crate) name: Option<String>,
    /// Open the address in the system's browser, too
    #[arg(long)]
    pub(crate) open: bool,
}

/// List linked accounts
#[derive(Args, Debug)]
pub(crate) struct Links {
    /// Of this user [default: yours]
    pub(crate) username: Option<String>,
}

/// Remove the link to an account, and end its tokens at the instance
#[derive(Args, Debug)]
pub(crate) struct Unlink {
    /// The instance [default: the gateway's default]
    #[arg(value_name = "INSTANCE")]
    pub(crate) name: Option<String>,
    /// Of this user [default: yours]
    #[arg(long = "user", value_name = "NAME")]
    pub(crate) username: Option<String>,
}
