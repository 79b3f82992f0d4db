//! RFC 4180 with "\n" line ends. A value that holds a comma, a quote or a line break is quoted, never changed: a
//! count of lines is a count of rows only where no value has line breaks.

use std::io::{self, Write};

pub(super) fn write_lines<W: Write>(out: &mut W, lines: &[Vec<String>]) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(line)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    out.write_all(&bytes)
}
