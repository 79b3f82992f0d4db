//! The connection to the gateway, and where a command's rows go.

use std::io::{self, BufWriter, Stdout};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use sncgate_client::{Builder, Client};
use tonic::{Request, Response, Status};

use super::args::{Command, Format, Gateway};
use super::credentials;
use super::output::{self, Cell, Column, Rows};

/// Of a call that is given none.
const DEADLINE: Duration = Duration::from_secs(60);

/// What every client command works with.
pub(crate) struct Session {
    pub(crate) client: Client,
    options: Gateway,
}

impl Session {
    /// Connects with what there is to sign in with; whoever signs in does so without.
    pub(crate) async fn connect(options: Gateway, command: &Command) -> Result<Self> {
        let mut builder = Client::builder(&options.server)
            .user_agent(concat!("sncgate/", env!("CARGO_PKG_VERSION")))
            .instance(options.instance.clone().unwrap_or_default());
        if let Some(timeout) = options.timeout {
            builder = builder.connect_timeout(timeout).deadline(timeout).stream_deadline(timeout);
        }
        let builder = tls(builder, &options)?;
        let builder = match command {
            Command::Login(_) => builder,
            _ => credentials::set(builder, &options.server)?,
        };
        Ok(Self { client: builder.connect().await?, options })
    }

    /// The gateway's URL, as it was given.
    pub(crate) fn server(&self) -> &str {
        &self.options.server
    }

    /// The instance's name; empty for the gateway's default.
    pub(crate) fn instance(&self) -> String {
        self.options.instance.clone().unwrap_or_default()
    }

    /// A request for a stub, with the deadline that was asked for.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.options.timeout.unwrap_or(DEADLINE));
        request
    }

    /// What a stub answered.
    pub(crate) fn answer<T>(&self, answer: std::result::Result<Response<T>, Status>) -> Result<T> {
        Ok(answer.map_err(sncgate_client::Error::from)?.into_inner())
    }

    pub(crate) fn no_header(&self) -> bool {
        self.options.no_header
    }

    pub(crate) fn format(&self) -> Format {
        self.options.output.format()
    }

    /// Rows of many things, to be written as they come.
    pub(crate) fn rows(&self, columns: Vec<Column>) -> Rows<BufWriter<Stdout>> {
        Rows::new(
            self.options.output.format(),
            !self.options.no_header,
            columns,
            BufWriter::new(io::stdout()),
        )
    }

    /// Writes one thing.
    pub(crate) fn write_one(&self, columns: Vec<Column>, cells: Vec<Cell>) -> Result<()> {
        let out = BufWriter::new(io::stdout());
        Ok(output::write_one(self.options.output.format(), !self.options.no_header, columns, cells, out)?)
    }

    /// Writes all of a list that is known whole.
    pub(crate) fn write_all(&self, columns: Vec<Column>, rows: &[Vec<Cell>]) -> Result<()> {
        let mut out = self.rows(columns);
        out.write(rows)?;
        Ok(out.finish()?)
    }
}

/// What the command line says of certificates.
fn tls(mut builder: Builder, options: &Gateway) -> Result<Builder> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    if let Some(path) = &options.ca_file {
        builder = builder.ca(read(path)?);
    }
    if let Some(path) = &options.cert_file {
        let key = options.key_file.as_ref().unwrap_or(path);
        builder = builder.client_certificate(read(path)?, read(key)?);
    }
    Ok(builder)
}
