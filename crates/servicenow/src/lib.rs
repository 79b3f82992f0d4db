//! A client of ServiceNow's REST API.
//!
//! It stands alone: nothing here knows of a gateway. Start with [`Client::builder`], and with [`query::Query`]
//! for filters.
//!
//! ```no_run
//! use servicenow::query::{Operator, Query};
//! use servicenow::{Client, Credentials, Error, Read, Record, Scan};
//!
//! # async fn example() -> Result<(), Error> {
//! let client = Client::builder("dev12345")
//!     .credentials(Credentials::Basic { username: "admin".into(), password: "secret".into() })
//!     .build()?;
//!
//! let query = Query::new().and("active", Operator::Is, "true").and("priority", Operator::In, "1,2");
//! let read = Read { fields: vec!["number".into(), "short_description".into()], ..Read::default() };
//! let mut scan = client.scan::<Record>("incident", Scan { query, read, ..Scan::default() });
//! while let Some(page) = scan.next_page().await? {
//!     for record in &page.rows {
//!         println!("{:?}", record.value("number"));
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Three ways down, from scripts to single requests:
//! - [`GlideRecord`]: a cursor whose row can be changed, and [`Batch`]: many operations, each reported once;
//! - [`Client::scan`], [`Client::list`], [`Client::create`] and their kin, attachments, import sets, aggregates;
//! - [`Client::batch_once`]: requests as they are.
//!
//! What holds for all of them:
//! - Rows are decoded straight from the reply into any type that implements [`Row`]; [`Record`] takes them all.
//! - Everything is bounded: times, sizes, retries, waiting. No call waits for ever.
//! - All clones of a client share one [`RatePolicy`]: what is under way at once follows how the instance does.
//! - A reply that is not a whole success is an [`Error`]: an error inside a 200, a cut reply, a page for people.
//! - Redirects are not followed, cookies not kept, proxies of the environment not used.

mod address;
mod aggregate;
mod attachment;
mod auth;
mod batch;
mod client;
mod decode;
mod error;
mod glide_record;
mod import;
mod names;
pub mod query;
mod rate;
mod read;
mod record;
mod retry;
mod row;
mod scan;
mod schema;
mod serialize;
mod transport;
mod value;

pub use address::MAX_URL_BYTES;
pub use aggregate::{Aggregate, AggregateOrder, Group, GroupKey, Having, Measure};
pub use attachment::{Attachment, AttachmentList, Download, Upload};
pub use auth::{AuthorizationRequest, Credentials, CredentialsProvider, Granted, Signature};
pub use batch::{
    Batch, BatchOperation, BatchOptions, BatchOutcome, BatchReply, BatchResult, SubReply, SubRequest,
    decode_batch,
};
pub use client::{Client, ClientBuilder};
pub use decode::decode_rows;
pub use error::{Error, Refusal};
pub use glide_record::{Element, GlideRecord, Written};
pub use import::{ImportQueued, ImportReply, ImportResult, ImportStatus};
pub use names::{SysId, TableName};
pub use rate::{Class, ClassSnapshot, RatePolicy, RateSnapshot};
pub use read::{DisplayMode, List, Page, Read, WriteOptions};
pub use record::Fields;
pub use retry::RetryPolicy;
pub use row::{Cell, FieldValue, Record, Row};
pub use scan::{Cursor, Effort, PageRows, PageScan, RawPage, RecordScan, Scan, ScanPage};
pub use schema::{ChoiceInfo, ChoiceMode, ColumnInfo, TableInfo, TableSchema};
pub use secrecy::{SecretSlice, SecretString};
pub use serialize::{Face, NamedValues, Serialization};
pub use value::{Reference, date_time_text, duration_text};
