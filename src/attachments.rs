//! Files attached to records: listed, described, streamed both ways, deleted.
//!
//! Contents pass through: what is held of a file is the chunk that is on its way, whatever its size, and whoever of the
//! two sides is slow slows the other down. An upload that is not whole leaves nothing behind. Nothing is cached and
//! nothing is kept on disk.

mod allowed;
mod delete;
mod download;
mod expected;
mod list;
mod sent;
mod upload;

pub use delete::delete;
pub use download::{Opened, download};
pub use expected::Expected;
pub use list::{AttachmentPage, Place, get, list};
pub use upload::{NewAttachment, upload};
