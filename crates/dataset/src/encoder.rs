//! Rows of a range to bytes of parts. It does no input or output, so that what it makes depends on the rows alone.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use arrow_select::coalesce::BatchCoalescer;
use bytes::Bytes;
use columnar::file::Writer;
use sha2::{Digest, Sha256};

use crate::partition::{Group, Split};
use crate::{Error, Layout, Part};

/// Rows are cut anew into batches of this many, so that how they came does not show.
const ROWS: usize = 8192;
/// Parts of different folders that are open at once; the one that was used least recently is closed for another.
const MOST_OPEN: usize = 16;
/// Bytes of row groups under way in all open parts together; beyond it the largest is written.
const MOST_PENDING: usize = 48 << 20;
/// Most parts of a range: more is a folder for nearly every row.
const MOST_PARTS: u32 = 4096;

/// What is to be done with bytes.
pub(crate) enum Event {
    /// They belong to this part, which is new where it was not heard of before.
    Bytes(u32, String, Bytes),
    /// The part is whole.
    End(u32, Part),
}

/// Turns a range's rows into parts.
pub(crate) struct Encoder {
    layout: Arc<Layout>,
    run: String,
    range: u32,
    split: Split,
    coalescer: BatchCoalescer,
    open: Vec<Open>,
    begun: u32,
    clock: u64,
    events: Vec<Event>,
}

/// A part under way.
struct Open {
    number: u32,
    used: u64,
    writer: Writer<Buffer>,
    buffer: Buffer,
    hash: Sha256,
    part: Part,
    folder: String,
}

impl Encoder {
    pub(crate) fn new(layout: Arc<Layout>, schema: &SchemaRef, run: &str, range: u32) -> Result<Self, Error> {
        let split = Split::new(&layout.partition_by, schema)?;
        let coalescer = BatchCoalescer::new(schema.clone(), ROWS);
        let (open, events) = (Vec::new(), Vec::new());
        Ok(Self { layout, run: run.to_owned(), range, split, coalescer, open, begun: 0, clock: 0, events })
    }

    /// Takes rows.
    pub(crate) fn write(&mut self, batch: RecordBatch) -> Result<Vec<Event>, Error> {
        self.coalescer.push_batch(batch).map_err(columnar::file::Error::from)?;
        self.drain()
    }

    /// There are no more.
    pub(crate) fn finish(&mut self) -> Result<Vec<Event>, Error> {
        self.coalescer.finish_buffered_batch().map_err(columnar::file::Error::from)?;
        let mut events = self.drain()?;
        while !self.open.is_empty() {
            self.close(0)?;
        }
        events.append(&mut self.events);
        Ok(events)
    }

    fn drain(&mut self) -> Result<Vec<Event>, Error> {
        while let Some(batch) = self.coalescer.next_completed_batch() {
            for group in self.split.apply(&batch)? {
                self.add(group)?;
            }
            self.relieve()?;
        }
        Ok(std::mem::take(&mut self.events))
    }

    /// Rows of one folder, in as many parts as they take.
    fn add(&mut self, group: Group) -> Result<(), Error> {
        let mut rows = group.rows.clone();
        while rows.num_rows() > 0 {
            let at = self.place(&group)?;
            let open = &mut self.open[at];
            let room = self.layout.part_rows.max(1) - open.part.rows;
            let now = rows.num_rows().min(usize::try_from(room).unwrap_or(usize::MAX));
            open.writer.write(rows.slice(0, now))?;
            open.part.rows += now as u64;
            rows = rows.slice(now, rows.num_rows() - now);
            self.hand_over(at);
            let open = &self.open[at];
            let bytes = open.part.bytes + open.writer.pending() as u64;
            if open.part.rows >= self.layout.part_rows || bytes >= self.layout.part_bytes {
                self.close(at)?;
            }
        }
        Ok(())
    }

    /// The open part of a folder.
    fn place(&mut self, group: &Group) -> Result<usize, Error> {
        self.clock += 1;
        if let Some(at) = self.open.iter().position(|open| open.folder == group.folder) {
            self.open[at].used = self.clock;
            return Ok(at);
        }
        if self.open.len() == MOST_OPEN {
            let oldest = self.open.iter().enumerate().min_by_key(|(_, open)| open.used);
            self.close(oldest.expect("some are open").0)?;
        }
        if self.begun == MOST_PARTS {
            return Err(Error::Partition(format!(
                "a range of rows would make more than {MOST_PARTS} parts: partition by a column with fewer values, by :month in place of :day, or allow larger parts"
            )));
        }
        let open = self.begin(group)?;
        self.open.push(open);
        Ok(self.open.len() - 1)
    }

    fn begin(&mut self, group: &Group) -> Result<Open, Error> {
        let number = self.begun;
        self.begun += 1;
        let format = self.layout.format;
        let name = format!("part-{:05}-{number:04}-{}.{}", self.range, self.run, format.extension());
        let path = if group.folder.is_empty() { name } else { format!("{}/{name}", group.folder) };
        let buffer = Buffer::default();
        let writer = Writer::new(format, self.split.schema(), &self.layout.options, buffer.clone())?;
        let part = Part {
            path,
            rows: 0,
            bytes: 0,
            sha256: String::new(),
            range: self.range,
            partition: group.values.clone(),
        };
        let (used, folder, hash) = (self.clock, group.folder.clone(), Sha256::new());
        Ok(Open { number, used, writer, buffer, hash, part, folder })
    }

    /// Passes on what a part has written.
    fn hand_over(&mut self, at: usize) {
        let open = &mut self.open[at];
        let bytes = open.buffer.take();
        if !bytes.is_empty() {
            open.hash.update(&bytes);
            open.part.bytes += bytes.len() as u64;
            self.events.push(Event::Bytes(open.number, open.part.path.clone(), bytes));
        }
    }

    fn close(&mut self, at: usize) -> Result<(), Error> {
        let Open { number, writer, mut hash, mut part, .. } = self.open.remove(at);
        let bytes = writer.finish()?.take();
        hash.update(&bytes);
        part.bytes += bytes.len() as u64;
        part.sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.events.push(Event::Bytes(number, part.path.clone(), bytes));
        self.events.push(Event::End(number, part));
        Ok(())
    }

    /// Ends row groups while all together hold too much.
    fn relieve(&mut self) -> Result<(), Error> {
        while self.open.iter().map(|open| open.writer.pending()).sum::<usize>() > MOST_PENDING {
            let largest = self.open.iter().enumerate().max_by_key(|(_, open)| open.writer.pending());
            let at = largest.expect("some hold rows").0;
            self.open[at].writer.end_group()?;
            self.hand_over(at);
        }
        Ok(())
    }
}

/// What a writer writes into; the encoder takes it from there.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().expect("nobody panics with the lock")).into()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics with the lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
