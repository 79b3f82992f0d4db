//! Users: the name is computed from its parts.

use super::Change;
use crate::records::row::Record;

pub(super) fn before(change: &Change<'_>, new: &mut Record) {
    let moved = change.changed(new, "first_name") || change.changed(new, "last_name");
    let name = [new.text("first_name").trim(), new.text("last_name").trim()].join(" ").trim().to_owned();
    if moved && !name.is_empty() {
        new.set("name", name);
    }
}
