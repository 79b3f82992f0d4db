//! Instances as people: made at their first call, kept while they are used, looked at again from time to time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use servicenow::Credentials;

use super::Links;
use super::tokens::{Signer, Tokens};
use crate::error::{Error, Refusal};
use crate::instance::{Instance, Person};

/// How long a link is trusted before it is read again; milliseconds. This process learns of changes of its own at once,
/// other replicas within this time.
const TRUSTED: i64 = 15_000;
/// People that are remembered.
const MOST: usize = 2_000;

/// By user and instance.
#[derive(Default)]
pub(super) struct Acting(Mutex<HashMap<(String, String), Entry>>);

#[derive(Clone)]
struct Entry {
    instance: Arc<Instance>,
    tokens: Arc<Tokens>,
    looked_at: i64,
}

impl Acting {
    fn get(&self, key: &(String, String)) -> Option<Entry> {
        self.lock().get(key).cloned()
    }

    fn put(&self, key: (String, String), entry: Entry) {
        let mut kept = self.lock();
        if kept.len() >= MOST && !kept.contains_key(&key) {
            let now = entry.looked_at;
            kept.retain(|_, entry| now.saturating_sub(entry.looked_at) < TRUSTED);
            if kept.len() >= MOST {
                kept.clear(); // they are all in use: each is made once more
            }
        }
        kept.insert(key, entry);
    }

    /// The link is gone, or another one: what runs on the old one ends with its next request.
    pub(super) fn forget(&self, user_id: &str, instance: &str) {
        if let Some(entry) = self.lock().remove(&(user_id.to_owned(), instance.to_owned())) {
            entry.tokens.end();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Links {
    /// The instance as that user.
    pub(super) async fn acting(&self, user_id: &str, instance: &Instance) -> Result<Arc<Instance>, Error> {
        let key = (user_id.to_owned(), instance.name().to_owned());
        let now = self.now();
        let entry = self.acting.get(&key).filter(|entry| !entry.tokens.is_over());
        if let Some(entry) = &entry
            && now.saturating_sub(entry.looked_at) < TRUSTED
        {
            return Ok(entry.instance.clone());
        }
        let Some(link) = self.store().link(user_id, instance.name()).await? else {
            self.acting.forget(user_id, instance.name());
            return Err(Refusal::LinkRequired { instance: instance.name().to_owned() }.into());
        };
        if link.broken_at.is_some() {
            self.acting.forget(user_id, instance.name());
            return Err(Refusal::LinkBroken { instance: instance.name().to_owned() }.into());
        }
        let entry = match entry.filter(|entry| entry.tokens.is_of(&link)) {
            Some(entry) => Entry { looked_at: now, ..entry },
            None => {
                let person = Person { user_id: user_id.to_owned(), account: link.account.clone() };
                let tokens = Tokens::new(self.vault(), self.clock(), instance, &link)?;
                let credentials = Credentials::Custom(Arc::new(Signer(tokens.clone())));
                let instance = Arc::new(instance.as_person(person, credentials)?);
                Entry { instance, tokens, looked_at: now }
            }
        };
        self.acting.put(key, entry.clone());
        Ok(entry.instance)
    }
}
