//! URLs for people: the form of a row, the list of a query.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::GlideRecord;
use crate::Error;

impl GlideRecord {
    /// The form of the row under the cursor. `stack` says that leaving it leads to the table's list.
    ///
    /// # Errors
    /// [`Error::NoRecord`] also for a row without a sys_id.
    pub fn link(&self, stack: bool) -> Result<String, Error> {
        let (table, sys_id) = (self.table.as_str(), self.sys_id()?.ok_or(Error::NoRecord)?);
        let mut link = format!("{}/{table}.do?sys_id={}", self.root(), encoded(sys_id));
        if stack {
            link.push_str(&format!("&sysparm_stack={table}_list.do?sysparm_query=active=true"));
        }
        Ok(link)
    }

    /// The list of what the query matches.
    pub fn link_list(&self) -> String {
        format!("{}/{}_list.do?sysparm_query={}", self.root(), self.table, encoded(&self.encoded_query()))
    }

    fn root(&self) -> &str {
        self.client.base_url().trim_end_matches('/')
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
