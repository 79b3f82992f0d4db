//! Where the values of a page lie.

/// A value: a part of the page's own text, or of the text that was written beside it.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    /// The highest bit says that the text lies beside the page.
    len: u32,
}

const BESIDE: u32 = 1 << 31;

/// A grid of values, row by row. One that did not come is empty, as one that came empty is.
#[derive(Debug)]
pub(super) struct Cells {
    width: usize,
    rows: usize,
    /// Where the last row begins.
    row: usize,
    spans: Vec<Span>,
    beside: String,
}

impl Cells {
    /// A grid for a page of so many bytes. What is longer than spans can tell is refused by [`Cells::fits`].
    pub(super) fn new(width: usize, bytes: usize) -> Self {
        // A row takes at least a few bytes for each of its values; too little is made up for later.
        Self { width, rows: 0, row: 0, spans: Vec::with_capacity(bytes / 24), beside: String::new() }
    }

    /// Whether spans can point into a text of this length.
    pub(super) fn fits(bytes: usize) -> bool {
        bytes < BESIDE as usize
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Begins a row, all of whose values are empty.
    pub(super) fn begin_row(&mut self) {
        self.rows += 1;
        self.row = self.spans.len();
        self.spans.resize(self.row + self.width, Span::default());
    }

    /// Puts a part of the page's text into the row.
    #[inline]
    pub(super) fn put(&mut self, slot: usize, start: usize, len: usize) {
        let span = Span { start: start as u32, len: len as u32 };
        self.spans[self.row + slot] = span;
    }

    /// Where the text beside the page ends now.
    pub(super) fn mark(&self) -> usize {
        self.beside.len()
    }

    /// The text beside the page, to be added to.
    pub(super) fn beside(&mut self) -> &mut String {
        &mut self.beside
    }

    /// Puts what was written beside the page since `mark` into the row.
    pub(super) fn put_beside(&mut self, slot: usize, mark: usize) {
        let len = self.beside.len() - mark;
        let span = Span { start: mark as u32, len: len as u32 | BESIDE };
        self.spans[self.row + slot] = span;
    }

    /// How long a column's values are together.
    pub(super) fn bytes(&self, slot: usize) -> usize {
        let column = self.spans.iter().skip(slot).step_by(self.width.max(1));
        column.map(|span| (span.len & !BESIDE) as usize).sum()
    }

    /// A value. `body` is the page's text.
    #[inline]
    pub(super) fn text<'t>(&'t self, body: &'t str, row: usize, slot: usize) -> &'t str {
        let span = self.spans[row * self.width + slot];
        let (from, len) = if span.len & BESIDE == 0 {
            (body, span.len as usize)
        } else {
            (self.beside.as_str(), (span.len & !BESIDE) as usize)
        };
        let start = span.start as usize;
        &from[start..start + len]
    }
}
