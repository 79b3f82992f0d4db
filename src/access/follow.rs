//! What other gateways on the same store do, carried out here: what they end ends here too.

use std::sync::Weak;

use tokio::sync::mpsc::UnboundedReceiver;

use super::Access;
use crate::store::Notice;

/// Until either end is gone.
pub(super) async fn follow(access: Weak<Access>, mut notices: UnboundedReceiver<Notice>) {
    while let Some(notice) = notices.recv().await {
        let Some(access) = access.upgrade() else { return };
        match notice {
            Notice::Following => {
                access.live.set_informed(true);
                access.reload_signing_keys().await;
            }
            Notice::Lost => {
                if access.live.is_informed() {
                    tracing::warn!("other gateways are not heard: nothing that is remembered is trusted");
                }
                access.live.set_informed(false);
            }
            Notice::Credential(id) => access.live.end(&id),
            Notice::User(id) => access.live.end_user(&id),
            Notice::Roles => access.live.end_all(),
            Notice::SigningKeys => access.reload_signing_keys().await,
            Notice::Audit(last) => access.audit.grown(last),
        }
    }
}

impl Access {
    /// Where that fails the keys are loaded when a token names one that is not known.
    async fn reload_signing_keys(&self) {
        if let Err(error) = self.signing.reload().await {
            tracing::warn!("the signing keys of other gateways are not known yet: {error}");
        }
    }
}
