//! What a row is decoded into.

use std::borrow::Cow;

/// One field of a row as it came. Text is borrowed from the reply where it has no escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The stored value.
    pub value: Option<Cow<'a, str>>,
    /// What a person sees.
    pub display_value: Option<Cow<'a, str>>,
    /// The URL of the row that a reference points to.
    pub link: Option<Cow<'a, str>>,
}

/// A target for rows: fields are handed over as they are read, with no tree in between.
pub trait Row: Sized + Send + 'static {
    /// An empty row of a table.
    fn new(table: &str) -> Self;

    /// Takes one field. A name comes at most once.
    fn cell(&mut self, name: &str, cell: Cell<'_>);

    /// The row's identity, if the field was among those read.
    fn sys_id(&self) -> Option<&str>;
}

/// The value of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldValue {
    /// The stored value.
    pub value: Option<String>,
    /// What a person sees.
    pub display_value: Option<String>,
    /// The URL of the row that a reference points to.
    pub link: Option<String>,
}

/// A row of any table, its fields in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The table it was read from; its class may be one that extends it.
    pub table: String,
    /// Names and values.
    pub fields: Vec<(String, FieldValue)>,
}

impl Record {
    /// A field, if it was among those read.
    pub fn get(&self, name: &str) -> Option<&FieldValue> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// A field's stored value.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.get(name)?.value.as_deref()
    }

    /// What a person sees of a field.
    pub fn display_value(&self, name: &str) -> Option<&str> {
        self.get(name)?.display_value.as_deref()
    }
}

impl Row for Record {
    fn new(table: &str) -> Record {
        Record { table: table.to_owned(), fields: Vec::new() }
    }

    fn cell(&mut self, name: &str, cell: Cell<'_>) {
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let Cell { value, display_value, link } = cell;
        let value =
            FieldValue { value: owned(value), display_value: owned(display_value), link: owned(link) };
        self.fields.push((name.to_owned(), value));
    }

    fn sys_id(&self) -> Option<&str> {
        let field = self.get("sys_id")?;
        field.value.as_deref().or(field.display_value.as_deref())
    }
}
