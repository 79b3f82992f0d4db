//! The sure way through a page: the ServiceNow client's own decoder, which knows every form a reply may have.

use std::borrow::Cow;

use servicenow::{Cell, DisplayMode, Error, Row};

use super::Slots;
use super::cells::Cells;

/// One row's fields as they came.
struct Fields(Vec<(String, Faces)>);

struct Faces {
    value: Option<String>,
    display_value: Option<String>,
}

impl Row for Fields {
    fn new(_: &str) -> Self {
        Self(Vec::new())
    }

    fn cell(&mut self, name: &str, cell: Cell<'_>) {
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let faces = Faces { value: owned(cell.value), display_value: owned(cell.display_value) };
        self.0.push((name.to_owned(), faces));
    }

    fn sys_id(&self) -> Option<&str> {
        None
    }
}

/// Reads a page into a grid that holds its own text.
pub(super) fn read(body: &[u8], slots: &Slots, display: DisplayMode) -> Result<Cells, Error> {
    if !Cells::fits(body.len()) {
        return Err(Error::TooLarge { limit: i32::MAX as usize });
    }
    let rows: Vec<Fields> = servicenow::decode_rows(body, "", display)?;
    let mut cells = Cells::new(slots.width, body.len());
    for Fields(fields) in rows {
        cells.begin_row();
        for (name, faces) in fields {
            let wanted = slots.of(&name);
            put(&mut cells, wanted.value, faces.value);
            put(&mut cells, wanted.display, faces.display_value);
        }
    }
    Ok(cells)
}

fn put(cells: &mut Cells, slot: Option<usize>, text: Option<String>) {
    let Some(slot) = slot else { return };
    let mark = cells.mark();
    cells.beside().push_str(&text.unwrap_or_default());
    cells.put_beside(slot, mark);
}
