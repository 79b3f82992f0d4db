//! The key that seals where the configuration names none: made once, in the data directory.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::database::{OpenError, private_directory};
use super::seal::Seal;
use crate::config::{KEY_BYTES, Secrets, decode_keys};

/// The file's name, beside `gateway.db`.
const FILE: &str = "secrets.key";

/// A new key, as the configuration has it.
pub fn generate_key() -> SecretString {
    let mut bytes = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut bytes).expect("the machine's source of randomness works");
    STANDARD.encode(bytes).into()
}

/// The configured keys; where there are none, those of the file in this directory, which is made where it is not there.
pub fn seal(settings: &Secrets, directory: &Path) -> Result<Seal, OpenError> {
    let path = directory.join(FILE);
    let broken = |source: std::io::Error| OpenError::Key { path: path.clone(), source };
    if !settings.keys.is_empty() {
        return new(&settings.keys, &path);
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => new(&decode_keys(&text.into()).map_err(|what| broken(invalid(what)))?, &path),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            private_directory(directory).map_err(broken)?;
            let key = generate_key();
            write(&path, &key).map_err(broken)?;
            tracing::info!(
                path = %path.display(),
                "made a key that seals the secrets in the store; keep a copy apart from that of the store"
            );
            new(&decode_keys(&key).map_err(|what| broken(invalid(what)))?, &path)
        }
        Err(error) => Err(broken(error)),
    }
}

fn new(keys: &[SecretSlice<u8>], path: &Path) -> Result<Seal, OpenError> {
    let path: PathBuf = path.to_owned();
    Seal::new(keys).map_err(|error| OpenError::Key { path, source: std::io::Error::other(error) })
}

fn invalid(what: String) -> std::io::Error {
    std::io::Error::new(ErrorKind::InvalidData, what)
}

/// Whole or not at all: a key that was cut off would look like a wrong one for ever.
fn write(path: &Path, key: &SecretString) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    // Readable by this user only, which is how such files are made.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    writeln!(file, "{}", key.expose_secret())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    std::fs::File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Label;

    const LABEL: Label<'static> = Label { what: "w", whose: "x" };

    #[test]
    fn a_key_is_made_once_and_only_its_user_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("data");
        let sealed = seal(&Secrets::default(), &directory).unwrap().seal(LABEL, b"hush").unwrap();
        let again = seal(&Secrets::default(), &directory).unwrap();
        assert_eq!(again.open(LABEL, &sealed).unwrap().expose_secret(), b"hush");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(directory.join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(directory.join(FILE), "hush hush").unwrap();
        let told = seal(&Secrets::default(), &directory).unwrap_err();
        assert!(!format!("{told} {told:?}").contains("hush"), "{told:?}");
    }

    #[test]
    fn a_configured_key_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Secrets { keys: decode_keys(&generate_key()).unwrap() };
        seal(&settings, folder.path()).unwrap();
        assert!(!folder.path().join(FILE).exists());
    }
}
