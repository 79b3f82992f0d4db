//! An instance as a person: their own sign-in, and the budget of everybody.

use std::sync::Arc;

use servicenow::{Class, Credentials, Error as Reported};

use super::Instance;
use crate::config::{self, ActAs};
use crate::error::{Error, Refusal};

/// Who a call is made as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The user of the gateway, by id.
    pub user_id: String,
    /// The user of the instance, by `user_name`.
    pub account: String,
}

impl Instance {
    /// Whether calls are made as the person who calls.
    pub fn acts_as_person(&self) -> bool {
        self.shared.act_as == ActAs::Person
    }

    /// What accounts are linked with; none where they are not.
    pub(crate) fn link(&self) -> Option<&config::Link> {
        self.shared.link.as_ref()
    }

    /// Who it is at the instance; none for the gateway's own account.
    pub fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// The same instance as a person. Turns and places are those of all calls.
    pub(crate) fn as_person(&self, person: Person, credentials: Credentials) -> Result<Instance, Error> {
        let client = self.own().signed_in_by(credentials).map_err(Error::internal)?;
        let bulk = client.with_class(Class::Bulk);
        Ok(Instance { shared: Arc::clone(&self.shared), client, bulk, person: Some(person) })
    }

    /// Fails where calls are to be made as the caller and this is not the caller's account. Only a mistake of the
    /// gateway's leads here; the instance is then not asked as somebody else.
    pub(crate) fn check_acts_for(&self, user_id: &str) -> Result<(), Error> {
        let acting = self.person.as_ref().map(|person| person.user_id.as_str());
        match acting {
            None if self.acts_as_person() => Err(Error::internal("a call came without its person")),
            Some(acting) if acting != user_id => Err(Error::internal("a call came as another person")),
            _ => Ok(()),
        }
    }

    /// What a refused sign-in means where it was a person's.
    pub(super) fn link_failure(&self, reported: &Reported) -> Option<Error> {
        self.person.as_ref()?;
        let refused = matches!(reported, Reported::Unauthenticated(_)) || is_spent(reported);
        refused.then(|| Refusal::LinkBroken { instance: self.name().to_owned() }.into())
    }
}

/// Whether the token endpoint says that a refresh token is no good any more. ServiceNow has two ways to say it.
pub(crate) fn is_spent(reported: &Reported) -> bool {
    match reported {
        Reported::Auth { status: 400 | 401, error, description, .. } => {
            error == "invalid_grant" || (error == "server_error" && description == "access_denied")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_link() {
        let auth = |status, error: &str, description: &str| Reported::Auth {
            host: "h".to_owned(),
            grant: "refresh token",
            status,
            error: error.to_owned(),
            description: description.to_owned(),
        };
        for (reported, spent) in [
            (auth(401, "invalid_grant", ""), true),
            (auth(400, "invalid_grant", ""), true),
            (auth(401, "server_error", "access_denied"), true),
            (auth(401, "invalid_client", "access_denied"), false),
            (auth(403, "invalid_grant", ""), false),
            (Reported::Timeout, false),
        ] {
            assert_eq!(is_spent(&reported), spent, "{reported:?}");
        }
    }
}
