//! What the command line signs in with: SNCGATE_TOKEN, or else the session that `sncgate login` keeps.
//!
//! Sessions are in one file, readable for its owner only, by the gateway's URL. It is written as a whole, so that a
//! command that is interrupted leaves the old one.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sncgate_client::Builder;
use sncgate_client::pb::Tokens;

const TOKEN: &str = "SNCGATE_TOKEN";

/// A session on a gateway.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Kept {
    pub(crate) username: String,
    access_token: String,
    /// Seconds since 1970.
    access_expires: i64,
    refresh_token: String,
    /// Shows with the next sign-in that this device signed in before; it outlives the session.
    pub(crate) device_token: String,
}

impl Kept {
    pub(crate) fn new(username: String, tokens: &Tokens, device_token: String) -> Self {
        let mut kept = Self { username, device_token, ..Self::default() };
        kept.renew(tokens);
        kept
    }

    fn renew(&mut self, tokens: &Tokens) {
        self.access_token.clone_from(&tokens.access_token);
        self.access_expires = tokens.access_expire_time.map_or(0, |time| time.seconds);
        self.refresh_token.clone_from(&tokens.refresh_token);
    }

    fn tokens(&self) -> Tokens {
        let expires = sncgate_client::Timestamp { seconds: self.access_expires, nanos: 0 };
        Tokens {
            access_token: self.access_token.clone(),
            access_expire_time: Some(expires),
            refresh_token: self.refresh_token.clone(),
            refresh_expire_time: None,
        }
    }
}

/// Gives the builder what there is to sign in with.
pub(crate) fn set(builder: Builder, server: &str) -> Result<Builder> {
    if let Some(token) = environment()? {
        return Ok(builder.token(token));
    }
    match read(&file()?)?.remove(server).filter(|kept| !kept.refresh_token.is_empty()) {
        None => Ok(builder),
        Some(kept) => {
            let server = server.to_owned();
            Ok(builder.session(kept.tokens(), move |tokens| renewed(&server, tokens)))
        }
    }
}

/// Whether the environment says what to sign in with.
pub(crate) fn environment() -> Result<Option<String>> {
    match std::env::var(TOKEN) {
        Ok(token) if token.trim().is_empty() => Ok(None),
        Ok(token) => Ok(Some(token.trim().to_owned())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(error).context(TOKEN),
    }
}

/// The session on a gateway, ended ones included.
pub(crate) fn kept(server: &str) -> Result<Option<Kept>> {
    Ok(read(&file()?)?.remove(server))
}

/// Keeps a session.
pub(crate) fn keep(server: &str, kept: Kept) -> Result<()> {
    change(|all| {
        all.insert(server.to_owned(), kept);
    })
}

/// Keeps the next tokens of a session; a command goes on where they cannot be kept.
pub(crate) fn renewed(server: &str, tokens: &Tokens) {
    let changed = change(|all| {
        if let Some(kept) = all.get_mut(server) {
            kept.renew(tokens);
        }
    });
    if let Err(error) = changed {
        tell(&error);
    }
}

/// Forgets the tokens of a session, but not that this device signed in.
pub(crate) fn forget(server: &str) -> Result<()> {
    change(|all| {
        if let Some(kept) = all.get_mut(server) {
            kept.renew(&Tokens::default());
        }
    })
}

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
fn tell(error: &anyhow::Error) {
    eprintln!("warning: the session is not kept; sign in again next time: {error:#}");
}

fn change(change: impl FnOnce(&mut BTreeMap<String, Kept>)) -> Result<()> {
    let path = file()?;
    let mut all = read(&path)?;
    change(&mut all);
    write(&path, &all).with_context(|| format!("cannot write {}", path.display()))
}

/// `$XDG_CONFIG_HOME/sncgate/sessions.json`, or below ~/.config.
fn file() -> Result<PathBuf> {
    let folder = match std::env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => {
            let home = std::env::var_os("HOME").context("neither HOME nor XDG_CONFIG_HOME is set")?;
            PathBuf::from(home).join(".config")
        }
    };
    Ok(folder.join("sncgate").join("sessions.json"))
}

fn read(path: &Path) -> Result<BTreeMap<String, Kept>> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is damaged; delete it", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn write(path: &Path, all: &BTreeMap<String, Kept>) -> Result<()> {
    let folder = path.parent().context("it is in no folder")?;
    std::fs::create_dir_all(folder)?;
    // Readable for its owner only from its first byte on.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(all)?)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
