//! What the gateways on one Redis tell each other, by publish and subscribe.
//!
//! Each gateway also tells itself something at short intervals. When it does not hear it, it does not hear the others
//! either, whatever the connection says: then nothing that it remembers may be trusted.

use std::time::Duration;

use futures::StreamExt;
use redis::Msg;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, MissedTickBehavior};

use super::Redis;
use crate::error::Error;
use crate::store::access::Notice;

/// How often a gateway tells itself something.
const BEAT: Duration = Duration::from_millis(500);
/// Unheard for this long, it hears nothing.
const DEAF: Duration = Duration::from_secs(2);
/// Between two attempts to hear again.
const PAUSE: Duration = Duration::from_millis(250);

impl Redis {
    /// What other gateways do, until the receiver is dropped.
    pub(in crate::store) fn follow(&self) -> UnboundedReceiver<Notice> {
        let (notices, receiver) = mpsc::unbounded_channel();
        tokio::spawn(follow(self.clone(), notices));
        receiver
    }
}

async fn follow(redis: Redis, notices: UnboundedSender<Notice>) {
    loop {
        let ended = tokio::select! {
            () = notices.closed() => return,
            ended = listen(&redis, &notices) => ended,
        };
        if let Err(error) = ended {
            tracing::debug!("other gateways are not heard: {error}");
        }
        // Told with each attempt: what began in the meantime must not go on unheard either.
        if notices.send(Notice::Lost).is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Hears until it does not any more.
async fn listen(redis: &Redis, notices: &UnboundedSender<Notice>) -> Result<(), Error> {
    let channel = redis.key(&["notices"]);
    let mut messages = redis.subscribe(&channel).await?.into_on_message();
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut follows = false;
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return Ok(()) };
                match read(redis.origin(), &message) {
                    Read::Own if !follows => {
                        follows = true;
                        heard = Instant::now();
                        let _ = notices.send(Notice::Following);
                    }
                    Read::Own => heard = Instant::now(),
                    Read::Notice(notice) => { let _ = notices.send(notice); }
                    Read::Nothing => {}
                }
            }
            _ = beat.tick() => {
                if heard.elapsed() > DEAF {
                    return Err(Error::store_unavailable("its own notices do not arrive"));
                }
                // Not waited for here: an answer that does not come must not stop the listening.
                tokio::spawn(tell_oneself(redis.clone(), channel.clone()));
            }
        }
    }
}

async fn tell_oneself(redis: Redis, channel: String) {
    let mut publish = redis::cmd("PUBLISH");
    publish.arg(channel).arg(format!("{} beat", redis.origin()));
    if let Err(error) = redis.ask::<i64>(&publish).await {
        tracing::debug!("nothing can be told to other gateways: {error}");
    }
}

enum Read {
    /// From this gateway: it did already what it tells others to do.
    Own,
    Notice(Notice),
    /// Of a later version, perhaps.
    Nothing,
}

/// "ORIGIN WHAT DETAIL".
fn read(origin: &str, message: &Msg) -> Read {
    let text = String::from_utf8_lossy(message.get_payload_bytes()).into_owned();
    let mut words = text.splitn(3, ' ');
    let (from, what, detail) = (words.next(), words.next(), words.next().unwrap_or_default());
    if from == Some(origin) {
        return Read::Own;
    }
    match what {
        Some("credential") => Read::Notice(Notice::Credential(detail.to_owned())),
        Some("user") => Read::Notice(Notice::User(detail.to_owned())),
        Some("roles") => Read::Notice(Notice::Roles),
        Some("signing-keys") => Read::Notice(Notice::SigningKeys),
        Some("audit") => detail.parse().map_or(Read::Nothing, |last| Read::Notice(Notice::Audit(last))),
        _ => Read::Nothing,
    }
}
