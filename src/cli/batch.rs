//! `sncgate batch run`.

mod line;

use std::fs::File;
use std::io::{BufRead, BufReader};

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt};
use sncgate_client::Operation;

use super::connect::Session;
use super::feed::{Broken, Items, stream_of};
use super::results::Results;
use super::{args, progress};

pub(crate) async fn run(session: &Session, arguments: args::Batch) -> Result<()> {
    let args::BatchCommand::Run(args::BatchRun { file }) = arguments.command;
    let bar = progress::rows_of(count(&file)?);
    let broken = Broken::default();
    let operations = stream_of(move || read(&file), &broken);
    let mut found = session.client.batch(operations.boxed());
    let mut results = Results::new(session);
    while let Some(result) = found.try_next().await? {
        results.add(result)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let finished = results.finish("done");
    broken.check()?;
    finished
}

/// How many operations there are; unknown for what can be read only once. Fails where one cannot be read, so that
/// nothing is done of a file that is broken further down.
fn count(file: &str) -> Result<Option<u64>> {
    if file == "-" || !std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let mut operations = 0;
    for operation in read(file)? {
        operation?;
        operations += 1;
    }
    Ok(Some(operations))
}

fn read(file: &str) -> Result<Items<Operation>> {
    let input: Box<dyn BufRead> = if file == "-" {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(file).with_context(|| format!("cannot read {file}"))?))
    };
    let lines = input.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    Ok(Box::new(lines.map(|(index, line)| {
        let number = index + 1;
        let line = line.with_context(|| format!("cannot read line {number}"))?;
        line::parse(number, &line)
    })))
}
