//! Where an export goes.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use columnar::file::{Format, Options, Part, Writer};
use tokio::sync::mpsc;

/// What the writing is told.
pub(super) enum Message {
    Rows(RecordBatch),
    /// All rows were sent. A channel that closes without this has lost some.
    End,
}

/// A file, or stdout.
pub(super) enum Target {
    File(Box<Writer<Part>>),
    Stdout(Box<Writer<io::Stdout>>),
}

impl Target {
    pub(super) fn open(path: &Path, format: Format, schema: &SchemaRef, options: &Options) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout(Box::new(Writer::new(format, schema, options, io::stdout())?)));
        }
        let part = Part::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self::File(Box::new(Writer::new(format, schema, options, part)?)))
    }

    /// Writes until the end; gives the size of a file.
    pub(super) fn write(self, batches: mpsc::Receiver<Message>) -> Result<Option<u64>> {
        match self {
            Self::File(writer) => Ok(Some(finish(*writer, batches)?.commit()?)),
            Self::Stdout(writer) => finish(*writer, batches).map(|_| None),
        }
    }
}

fn finish<W: Write + Send>(mut writer: Writer<W>, mut batches: mpsc::Receiver<Message>) -> Result<W> {
    loop {
        match batches.blocking_recv() {
            Some(Message::Rows(batch)) => writer.write(batch)?,
            Some(Message::End) => return Ok(writer.finish()?),
            None => bail!("the export broke off"),
        }
    }
}
