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

    fn value(&mut self, slots: FieldSlots) -> Option<()> {
        // A name that comes twice counts as it came last, with both faces.
        self.clear(slots.value);
        self.clear(slots.display);
        match self.peek()? {
            b'"' => {
                let text = self.string()?;
                self.put(slots.bare(self.slots.shown), text)
            }
            b'{' => self.object(slots),
            b'n' => self.take(b"null"),
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

    fn clear(&mut self, slot: Option<usize>) {
        if let Some(slot) = slot {
            self.cells.put(slot, 0, 0);
        }
    }

    fn string(&mut self) -> Option<Text> {
        self.take(b"\"")?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let found = self.at + memchr::memchr2(b'"', b'\\', &self.bytes[self.at..])?;
            if self.bytes[found] == b'"' {
                self.at = found + 1;
                return Some(Text { start, end: found, escaped });
            }
            escaped = true;
            self.at = found + 2;
            if self.at > self.bytes.len() {
                return None;
            }
        }
    }

    fn take(&mut self, expected: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.strip_prefix(expected)?;
        self.at += expected.len();
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
}
