//! Any bytes are the reply to a batch or an error; no more comes out than went in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use servicenow::decode_batch;

fuzz_target!(|body: &[u8]| {
    let Ok(reply) = decode_batch(body) else { return };
    // Nothing comes out that did not go in: base64 only shrinks.
    let bytes: usize = reply.serviced.iter().map(|reply| reply.body.len()).sum();
    assert!(bytes <= body.len(), "{bytes} bytes from {}", body.len());
    assert!(reply.serviced.len() + reply.unserviced.len() <= body.len());
});
