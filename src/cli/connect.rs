//! The connection to the gateway, and where a command's rows go.

use std::io::{self, BufWriter, Stdout};

use anyhow::Result;
use sncgate_client::Client;

use super::args::{Format, Gateway};
use super::output::{self, Cell, Column, Rows};

/// What every client command works with.
pub(crate) struct Session {
    pub(crate) client: Client,
    options: Gateway,
}

impl Session {
    pub(crate) async fn connect(options: Gateway) -> Result<Self> {
        let mut builder = Client::builder(&options.server)
            .user_agent(concat!("sncgate/", env!("CARGO_PKG_VERSION")))
            .instance(options.instance.clone().unwrap_or_default());
        if let Some(timeout) = options.timeout {
            builder = builder.connect_timeout(timeout).deadline(timeout).stream_deadline(timeout);
        }
        Ok(Self { client: builder.connect().await?, options })
    }

    pub(crate) fn format(&self) -> Format {
        self.options.output
    }

    /// Rows of many things, to be written as they come.
    pub(crate) fn rows(&self, columns: Vec<Column>) -> Rows<BufWriter<Stdout>> {
        Rows::new(self.options.output, !self.options.no_header, columns, BufWriter::new(io::stdout()))
    }

    /// Writes one thing.
    pub(crate) fn write_one(&self, columns: Vec<Column>, cells: Vec<Cell>) -> Result<()> {
        let out = BufWriter::new(io::stdout());
        Ok(output::write_one(self.options.output, !self.options.no_header, columns, cells, out)?)
    }

    /// Writes all of a list that is known whole.
    pub(crate) fn write_all(&self, columns: Vec<Column>, rows: &[Vec<Cell>]) -> Result<()> {
        let mut out = self.rows(columns);
        out.write(rows)?;
        Ok(out.finish()?)
    }
}
