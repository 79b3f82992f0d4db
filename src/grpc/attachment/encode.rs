//! What is known of an attachment, as the message says it.

use crate::moment;
use crate::pb::Attachment;

pub(super) fn attachment(known: &servicenow::Attachment) -> Attachment {
    Attachment {
        sys_id: known.sys_id.clone(),
        file_name: known.file_name.clone(),
        content_type: known.content_type.clone(),
        size_bytes: i64::try_from(known.size_bytes).unwrap_or(i64::MAX),
        sha256: sha256(known.hash.as_deref().unwrap_or_default()),
        table: known.table_name.clone(),
        record_sys_id: known.table_sys_id.clone(),
        created_time: moment::read(&known.sys_created_on),
        created_by: known.sys_created_by.clone(),
    }
}

/// Old instances keep hashes of other kinds, which nobody could compare with.
fn sha256(hash: &str) -> String {
    let is_one = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_one { hash.to_ascii_lowercase() } else { String::new() }
}
