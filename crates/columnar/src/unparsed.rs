//! Values that are not what the dictionary says of their column.

/// How many samples are kept.
const SAMPLES: usize = 10;
/// How much of a value is kept.
const SAMPLE_CHARS: usize = 64;

/// How many values did not parse, and some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unparsed {
    /// All of them.
    pub count: u64,
    /// The first few.
    pub samples: Vec<UnparsedValue>,
}

/// A value that did not parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnparsedValue {
    /// The column.
    pub column: String,
    /// The row.
    pub sys_id: String,
    /// The text, cut where it is long.
    pub text: String,
}

impl Unparsed {
    pub(crate) fn add(&mut self, column: &str, sys_id: &str, text: &str) {
        self.count += 1;
        if self.samples.len() < SAMPLES {
            let text = text.chars().take(SAMPLE_CHARS).collect();
            self.samples.push(UnparsedValue { column: column.to_owned(), sys_id: sys_id.to_owned(), text });
        }
    }

    /// Adds those of another batch.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        let room = SAMPLES.saturating_sub(self.samples.len());
        self.samples.extend(other.samples.into_iter().take(room));
    }
}
