//! A query of the API, parsed.

use servicenow::DisplayMode;
use servicenow::query::{Order, Query};

use super::from_tree;
use crate::error::Error;
use crate::grpc::request;
use crate::pb;
use crate::records::Selection;

/// Longest encoded query that is looked at, bytes. One that does not fit a URL is refused later, by what it becomes.
const MAX_ENCODED_BYTES: usize = 64 * 1024;

/// Which rows and columns, valid in form. Whether the fields exist is for the dictionary to say.
#[derive(Debug)]
pub(in crate::grpc) struct Parsed {
    /// The filter, with the sort keys of the text and then those of the message.
    pub(super) query: Query,
    fields: Vec<String>,
    limit: Option<u64>,
    display: DisplayMode,
}

impl Parsed {
    /// Parses a query that is to be run: terms that an instance would drop are refused.
    pub(in crate::grpc) fn new(message: pb::Query) -> Result<Self, Error> {
        let parsed = Self::lenient(message)?;
        let terms: Vec<String> = parsed.query.problems().iter().map(ToString::to_string).collect();
        if terms.is_empty() { Ok(parsed) } else { Err(Error::QueryInvalid { terms }) }
    }

    /// Parses a query that is only to be explained: its terms may be anything.
    pub(super) fn lenient(message: pb::Query) -> Result<Self, Error> {
        let mut query = match message.filter {
            None => Query::default(),
            Some(pb::query::Filter::Encoded(text)) if text.len() > MAX_ENCODED_BYTES => {
                return Err(Error::invalid(
                    "query.encoded",
                    format!("is longer than {MAX_ENCODED_BYTES} bytes"),
                ));
            }
            Some(pb::query::Filter::Encoded(text)) => Query::parse(&text),
            Some(pb::query::Filter::Tree(tree)) => from_tree::query(tree)?,
        };
        for order in message.order_by {
            let mut field = request::fields("query.order_by", vec![order.field])?;
            query.order.push(Order { field: field.remove(0), descending: order.descending });
        }
        let limit = u64::try_from(message.limit)
            .map_err(|_| Error::invalid("query.limit", "must not be negative; 0 is no limit"))?;
        Ok(Parsed {
            query,
            fields: request::fields("query.fields", message.fields)?,
            limit: (limit > 0).then_some(limit),
            display: request::display(message.display)?,
        })
    }

    /// For the core.
    pub(in crate::grpc) fn selection(&self) -> Selection {
        Selection {
            query: self.query.clone(),
            fields: self.fields.clone(),
            limit: self.limit,
            display: self.display,
        }
    }

    /// Every field that is named anywhere.
    pub(in crate::grpc) fn all_fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(String::as_str).chain(self.query.fields())
    }

    /// Whether an order was asked for.
    pub(in crate::grpc) fn is_ordered(&self) -> bool {
        !self.query.order.is_empty() || !self.query.group_by.is_empty()
    }
}
