//! The quick way through a page as ServiceNow writes it: no white space, text or objects of text, one order of fields.
//!
//! It finds the ends of strings and the names that it expects, and looks at nothing else. On whatever it does not
//! expect it gives up; it never says what is wrong.

use super::cells::Cells;
use super::escape::unescape;
use super::{FieldSlots, Slots};

const HEAD: &[u8] = br#"{"result":["#;
const TAIL: &[u8] = b"]}";

/// Fills the grid and gives the page as text; `None` for a page that has to be read by the book.
pub(super) fn scan<'b>(body: &'b [u8], slots: &Slots, cells: &mut Cells) -> Option<&'b str> {
    // Control characters are no part of JSON's strings, and what stands between tokens makes a page uncommon.
    if !Cells::fits(body.len()) || has_control(body) {
        return None;
    }
    let text = simdutf8::basic::from_utf8(body).ok()?;
    let mut scan = Scan { text, bytes: body, at: 0, slots, cells, order: Vec::new() };
    scan.page()?;
    Some(text)
}

/// Sixty-four at a time and without a way out in between, so that it is done many bytes at once.
fn has_control(body: &[u8]) -> bool {
    body.chunks(64).any(|chunk| chunk.iter().fold(false, |found, &byte| found | (byte < b' ')))
}

/// Where the first quote or backslash is. Most texts are short: eight bytes at a time find their ends before a call to
/// something better has begun.
#[inline]
fn stop(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // Marks zero bytes; those above the lowest may be marked by mistake, but the lowest is what is asked for.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut at = 0;
    while at < SHORT
        && let Some((chunk, _)) = bytes.get(at..)?.split_first_chunk::<8>()
    {
        let word = u64::from_le_bytes(*chunk);
        let found = zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    Some(at + memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?)
}

/// Texts that are searched eight bytes at a time.
const SHORT: usize = 40;

/// A name at its place in the rows.
struct Expected<'b> {
    /// With its quotes and the colon.
    name: &'b [u8],
    slots: FieldSlots,
}

struct Scan<'b, 's> {
    text: &'b str,
    bytes: &'b [u8],
    at: usize,
    slots: &'s Slots,
    cells: &'s mut Cells,
    /// The fields as they came in the rows before.
    order: Vec<Expected<'b>>,
}

/// A string's place, and whether it holds escapes.
#[derive(Clone, Copy)]
struct Text {
    start: usize,
    end: usize,
    escaped: bool,
}

impl Scan<'_, '_> {
    fn page(&mut self) -> Option<()> {
        self.take(HEAD)?;
        if self.peek()? != b']' {
            self.row()?;
            while self.peek()? == b',' {
                self.at += 1;
                self.row()?;
            }
        }
        self.take(TAIL)?;
        (self.at == self.bytes.len()).then_some(())
    }

    fn row(&mut self) -> Option<()> {
        self.take(b"{")?;
        self.cells.begin_row();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        let mut place = 0;
        loop {
            let slots = self.name(place)?;
            self.value(slots)?;
            place += 1;
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Takes a field's name: the one that stood here in the rows before, mostly.
    fn name(&mut self, place: usize) -> Option<FieldSlots> {
        if let Some(expected) = self.order.get(place)
            && self.bytes[self.at..].starts_with(expected.name)
        {
            self.at += expected.name.len();
            return Some(expected.slots);
        }
        let start = self.at;
        let name = self.string().filter(|name| !name.escaped)?;
        self.take(b":")?;
        let slots = self.slots.of(&self.text[name.start..name.end]);
        let expected = Expected { name: &self.bytes[start..self.at], slots };
        match self.order.get_mut(place) {
            Some(place) => *place = expected,
            None => self.order.push(expected),
        }
        Some(slots)
    }

    /// A name that comes twice counts as it came last, with both faces.
    fn value(&mut self, slots: FieldSlots) -> Option<()> {
        let (bare, other) = match self.slots.shown {
            true => (slots.display, slots.value),
            false => (slots.value, slots.display),
        };
        self.clear(other);
        match self.peek()? {
            b'"' => {
                let text = self.string()?;
                self.put(bare, text)
            }
            b'{' => {
                self.clear(bare);
                self.object(slots)
            }
            b'n' => {
                self.clear(bare);
                self.take(b"null")
            }
            _ => None,
        }
    }

    /// `{"display_value":…,"link":…,"value":…}`, each text or null.
    fn object(&mut self, slots: FieldSlots) -> Option<()> {
        self.at += 1;
        loop {
            let name = self.string().filter(|name| !name.escaped)?;
            self.take(b":")?;
            let slot = match &self.text[name.start..name.end] {
                "value" => slots.value,
                "display_value" => slots.display,
                "link" => None,
                _ => return None,
            };
            match self.peek()? {
                b'"' => {
                    let text = self.string()?;
                    self.put(slot, text)?;
                }
                _ => {
                    self.take(b"null")?;
                    self.clear(slot);
                }
            }
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    #[inline]
    fn put(&mut self, slot: Option<usize>, text: Text) -> Option<()> {
        let Text { start, end, escaped } = text;
        let Some(slot) = slot else {
            // What is not wanted must be JSON all the same.
            return if escaped { unescape(&self.text[start..end], &mut String::new()) } else { Some(()) };
        };
        if escaped {
            let mark = self.cells.mark();
            unescape(&self.text[start..end], self.cells.beside())?;
            self.cells.put_beside(slot, mark);
        } else {
            self.cells.put(slot, start, end - start);
        }
        Some(())
    }

    #[inline]
    fn clear(&mut self, slot: Option<usize>) {
        if let Some(slot) = slot {
            self.cells.put(slot, 0, 0);
        }
    }

    #[inline]
    fn string(&mut self) -> Option<Text> {
        if self.next()? != b'"' {
            return None;
        }
        let start = self.at;
        let end = start + stop(self.bytes.get(start..)?)?;
        if self.bytes[end] == b'"' {
            self.at = end + 1;
            return Some(Text { start, end, escaped: false });
        }
        self.escaped(start, end)
    }

    /// The rest of a string whose first backslash was found.
    #[cold]
    fn escaped(&mut self, start: usize, backslash: usize) -> Option<Text> {
        let mut at = backslash + 2;
        loop {
            let found = at + stop(self.bytes.get(at..)?)?;
            if self.bytes[found] == b'"' {
                self.at = found + 1;
                return Some(Text { start, end: found, escaped: true });
            }
            at = found + 2;
        }
    }

    #[inline]
    fn take(&mut self, expected: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.strip_prefix(expected)?;
        self.at += expected.len();
        Some(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
}
