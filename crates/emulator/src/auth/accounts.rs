//! The passwords and API keys of the instance's users.
//!
//! `sys_user.user_password` is never a way in: the Table API ignores writes to it and hides it on reads, so
//! the passwords are given to the instance from outside.

use std::collections::BTreeMap;

use super::secret::Secret;

/// Passwords by user name. A user of `sys_user` without an entry here cannot sign in by password.
#[derive(Clone)]
pub struct Accounts {
    passwords: BTreeMap<String, Secret>,
    /// Each with the user it stands for.
    keys: Vec<(Secret, String)>,
    /// Compared when the user is unknown, so that an unknown user costs what a wrong password costs.
    nobody: Secret,
}

/// The users of the out-of-box demo data; each one's password is its user name.
const DEMO_USERS: [&str; 5] = ["admin", "itil", "employee", "david.loo", "problem.admin"];

impl Accounts {
    /// No account at all.
    pub fn none() -> Self {
        Accounts { passwords: BTreeMap::new(), keys: Vec::new(), nobody: Secret::new("") }
    }

    /// The demo users `admin`, `itil`, `employee`, `david.loo` and `problem.admin`, each with its own name as
    /// password.
    pub fn demo() -> Self {
        DEMO_USERS.into_iter().fold(Accounts::none(), |accounts, user| accounts.with(user, user))
    }

    /// Adds an account, or replaces its password.
    pub fn with(mut self, user_name: impl Into<String>, password: &str) -> Self {
        self.passwords.insert(user_name.into(), Secret::new(password));
        self
    }

    /// Lets a key stand for a user, in the header `x-sn-apikey`. An empty key is none.
    pub fn with_api_key(mut self, user_name: impl Into<String>, key: &str) -> Self {
        if !key.is_empty() {
            self.keys.push((Secret::new(key), user_name.into()));
        }
        self
    }

    /// Whether that is the user's password.
    pub(crate) fn verify(&self, user_name: &str, password: &str) -> bool {
        let known = self.passwords.get(user_name);
        known.unwrap_or(&self.nobody).matches(password) && known.is_some()
    }

    /// The user a key stands for.
    pub(crate) fn user_of_key(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(known, _)| known.matches(key)).map(|(_, user)| user.as_str())
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Accounts::demo()
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.passwords.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_the_right_password_of_the_right_user() {
        let accounts = Accounts::demo().with("ann", "s3cret");
        for (user, password, expected) in [
            ("admin", "admin", true),
            ("ann", "s3cret", true),
            ("ann", "admin", false),
            ("nobody", "", false),
            ("", "", false),
        ] {
            assert_eq!(accounts.verify(user, password), expected, "{user}");
        }
        assert!(!format!("{accounts:?}").contains("s3cret"));
    }

    #[test]
    fn a_key_stands_for_one_user() {
        let accounts =
            Accounts::none().with_api_key("ann", "k1").with_api_key("bob", "k2").with_api_key("eve", "");
        for (key, user) in [("k1", Some("ann")), ("k2", Some("bob")), ("k3", None), ("", None)] {
            assert_eq!(accounts.user_of_key(key), user, "{key}");
        }
        assert!(!format!("{accounts:?}").contains("k1"));
    }
}
