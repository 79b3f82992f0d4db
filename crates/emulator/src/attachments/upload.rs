//! A file on its way in.

use std::path::Path;

use ring::digest::{Context, SHA256};

use super::{PIECE, sweep, target};
use crate::engine::Engine;
use crate::error::Error;
use crate::records::{self, Record, WriteMode};
use crate::session::Session;
use crate::value::literal;

/// Longest name and type that their columns hold.
const LONGEST: usize = 100;

/// What the caller says of a file.
#[derive(Clone, Debug, Default)]
pub struct NewAttachment {
    /// The table of the record it hangs on.
    pub table: String,
    /// The record's sys_id.
    pub record: String,
    /// Its name.
    pub file_name: String,
    /// Its media type.
    pub content_type: String,
    /// Kept with it; nothing is encrypted.
    pub encryption_context: Option<String>,
    /// When it was made, as `YYYY-MM-DD HH:MM:SS` in UTC; now without it.
    pub created_on: Option<String>,
}

/// A file that nobody sees until [`Upload::finish`]. Dropped before, it leaves nothing.
pub struct Upload {
    engine: Engine,
    session: Session,
    new: NewAttachment,
    sys_id: String,
    piece: Vec<u8>,
    pieces: i64,
    size: u64,
    hash: Context,
    finished: bool,
}

impl Upload {
    pub(crate) fn begin(engine: &Engine, session: &Session, new: NewAttachment) -> Result<Self, Error> {
        check(&engine.settings().attachment_extensions, &new)?;
        let schema = engine.schema();
        target(engine, &schema, session, &new)?;
        Ok(Upload {
            engine: engine.clone(),
            session: session.clone(),
            new,
            sys_id: records::new_sys_id(),
            piece: Vec::new(),
            pieces: 0,
            size: 0,
            hash: Context::new(&SHA256),
            finished: false,
        })
    }

    /// Takes the next bytes. Memory holds one piece at a time.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        let limit = self.engine.settings().max_attachment_bytes;
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > limit {
            return Err(too_large(limit));
        }
        self.hash.update(bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == PIECE {
                self.store_piece()?;
            }
        }
        Ok(())
    }

    /// Shows the file and returns its sys_id. The record must still be there.
    pub fn finish(mut self) -> Result<String, Error> {
        if !self.piece.is_empty() {
            self.store_piece()?;
        }
        let hash = self.hash.clone().finish();
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let fields = self.description(hex);
        let schema = self.engine.schema();
        let table = target(&self.engine, &schema, &self.session, &self.new)?;
        let attachments = crate::engine::find(&schema, "sys_attachment")?;
        let mode =
            WriteMode { suppress_auto_sys_field: self.new.created_on.is_some(), ..WriteMode::default() };
        self.engine.write(|transaction| {
            Record::load(transaction, &schema, table, &self.new.record)?.ok_or(Error::NotFound)?;
            records::insert_within(
                transaction,
                &self.engine,
                &schema,
                &self.session,
                attachments,
                &fields,
                &mode,
            )
        })?;
        self.finished = true;
        Ok(std::mem::take(&mut self.sys_id))
    }

    fn description(&self, hash: String) -> Vec<(String, Option<String>)> {
        let size = self.size.to_string();
        let mut fields = vec![
            ("sys_id", self.sys_id.clone()),
            ("table_name", self.new.table.clone()),
            ("table_sys_id", self.new.record.clone()),
            ("file_name", self.new.file_name.clone()),
            ("content_type", self.new.content_type.clone()),
            ("size_bytes", size.clone()),
            ("size_compressed", size),
            ("compressed", "false".to_owned()),
            ("chunk_size_bytes", PIECE.to_string()),
            ("state", "available".to_owned()),
            ("hash", hash),
        ];
        fields.extend(self.new.encryption_context.clone().map(|context| ("encryption_context", context)));
        fields.extend(self.new.created_on.clone().map(|created_on| ("sys_created_on", created_on)));
        fields.into_iter().map(|(name, value)| (name.to_owned(), Some(value))).collect()
    }

    fn store_piece(&mut self) -> Result<(), Error> {
        const STORE: &str = "INSERT INTO sys_attachment_doc (sys_id, sys_attachment, position, length, data, \
             sys_created_on, sys_created_by, sys_updated_on, sys_updated_by, sys_mod_count) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?7, 0)";
        let now = self.engine.now().format(literal::DATE_TIME).to_string();
        let length = self.piece.len() as i64;
        self.engine.write(|transaction| {
            transaction.prepare_cached(STORE)?.execute((
                records::new_sys_id(),
                &self.sys_id,
                self.pieces,
                length,
                &self.piece,
                now,
                &self.session.user_name,
            ))?;
            Ok::<_, Error>(())
        })?;
        self.pieces += 1;
        self.piece.clear();
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.finished || self.pieces == 0 {
            return;
        }
        // What stays is removed when the instance is opened the next time.
        if let Err(error) = sweep::pieces(self.engine.store(), &self.sys_id) {
            tracing::warn!(%error, "the pieces of a broken upload stay for now");
        }
    }
}

fn check(extensions: &[String], new: &NewAttachment) -> Result<(), Error> {
    let refuse = |text: String| Err(Error::AttachmentRefused(text));
    if new.file_name.is_empty() {
        return refuse("file_name is missing".to_owned());
    }
    for (name, value) in [("file_name", &new.file_name), ("Content-Type", &new.content_type)] {
        if value.chars().count() > LONGEST {
            return refuse(format!("{name} is longer than {LONGEST} characters"));
        }
    }
    let extension = Path::new(&new.file_name).extension().and_then(|extension| extension.to_str());
    let extension = extension.unwrap_or_default().to_ascii_lowercase();
    if !extensions.is_empty() && !extensions.contains(&extension) {
        return refuse(format!("The file type '{extension}' is not allowed (glide.attachment.extensions)"));
    }
    let dated = |text: &String| chrono::NaiveDateTime::parse_from_str(text, literal::DATE_TIME).is_ok();
    if new.created_on.as_ref().is_some_and(|text| !dated(text)) {
        return refuse("creation_time is not of the form YYYY-MM-DD HH:MM:SS".to_owned());
    }
    Ok(())
}

/// The refusal of a file over the limit.
pub(crate) fn too_large(limit: u64) -> Error {
    Error::AttachmentRefused(format!(
        "The file is larger than {limit} bytes, the most that is allowed (com.glide.attachment.max_size)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused() {
        let new = |file_name: &str, created_on: Option<&str>| NewAttachment {
            file_name: file_name.to_owned(),
            created_on: created_on.map(str::to_owned),
            ..NewAttachment::default()
        };
        let only = ["txt".to_owned()];
        for (extensions, new, refused) in [
            (&[][..], new("a.exe", None), None),
            (&[], new("", None), Some("missing")),
            (&[], new(&"é".repeat(100), None), None),
            (&[], new(&"a".repeat(101), None), Some("longer")),
            (&only, new("a.TXT", None), None),
            (&only, new("a.exe", None), Some("'exe'")),
            (&only, new("txt", None), Some("''")),
            (&[], new("a", Some("2024-01-02 03:04:05")), None),
            (&[], new("a", Some("yesterday")), Some("creation_time")),
        ] {
            let error = check(extensions, &new).err().map(|error| error.to_string());
            let told = error.as_deref().unwrap_or_default();
            assert_eq!(error.is_some(), refused.is_some(), "{new:?}: {told}");
            assert!(told.contains(refused.unwrap_or_default()), "{new:?}: {told}");
        }
    }
}
