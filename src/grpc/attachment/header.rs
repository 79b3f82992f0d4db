//! The header of an upload, parsed.

use http::HeaderValue;

use crate::attachments::{Expected, NewAttachment};
use crate::error::Error;
use crate::grpc::request;
use crate::pb::UploadHeader;

pub(super) fn parse(header: UploadHeader) -> Result<NewAttachment, Error> {
    let table = request::table(&header.table)?;
    if header.record_sys_id.is_empty() {
        return Err(Error::invalid("record_sys_id", "is required"));
    }
    let record = request::sys_id(&header.record_sys_id)?;
    if header.file_name.is_empty() {
        return Err(Error::invalid("file_name", "is required, as in \"report.pdf\""));
    }
    let size = header.size_bytes.map(u64::try_from).transpose();
    let size = size.map_err(|_| Error::invalid("size_bytes", "must not be negative"))?;
    Ok(NewAttachment {
        table: table.to_string(),
        record_sys_id: record.to_string(),
        content_type: content_type(header.content_type, &header.file_name)?,
        file_name: header.file_name,
        expected: Expected { size, sha256: sha256(header.sha256)? },
    })
}

/// The one given, or else the one that goes with the name's ending.
fn content_type(given: String, file_name: &str) -> Result<String, Error> {
    if given.is_empty() {
        return Ok(mime_guess::from_path(file_name).first_or_octet_stream().to_string());
    }
    match HeaderValue::from_str(&given) {
        Ok(_) => Ok(given),
        Err(_) => Err(Error::invalid("content_type", "must be a media type, as \"application/pdf\"")),
    }
}

fn sha256(given: String) -> Result<Option<String>, Error> {
    let is_one = given.len() == 64 && given.bytes().all(|byte| byte.is_ascii_hexdigit());
    match given.as_str() {
        "" => Ok(None),
        _ if is_one => Ok(Some(given)),
        _ => Err(Error::invalid("sha256", "must be 64 hexadecimal digits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> UploadHeader {
        UploadHeader {
            table: "incident".to_owned(),
            record_sys_id: "a1".to_owned(),
            file_name: "report.PDF".to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn the_type_goes_with_the_name_unless_it_is_given() {
        let unknown = "application/octet-stream";
        for (given, name, expected) in [
            ("", "report.PDF", "application/pdf"),
            ("", "a.tar.gz", "application/gzip"),
            ("", "README", unknown),
            ("", ".txt", unknown),
            ("text/x-mine", "report.pdf", "text/x-mine"),
        ] {
            let (content_type, file_name) = (given.to_owned(), name.to_owned());
            let new = parse(UploadHeader { content_type, file_name, ..header() }).unwrap();
            assert_eq!(new.content_type, expected, "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let text = |text: &str| text.to_owned();
        for (wrong, field) in [
            (UploadHeader { table: text(""), ..header() }, "table"),
            (UploadHeader { table: text("a/b"), ..header() }, "table"),
            (UploadHeader { record_sys_id: text(""), ..header() }, "record_sys_id"),
            (UploadHeader { file_name: text(""), ..header() }, "file_name"),
            (UploadHeader { content_type: text("a\nb: c"), ..header() }, "content_type"),
            (UploadHeader { size_bytes: Some(-1), ..header() }, "size_bytes"),
            (UploadHeader { sha256: text("abc"), ..header() }, "sha256"),
        ] {
            let told = parse(wrong).unwrap_err();
            assert!(matches!(&told, Error::Invalid { field: named, .. } if *named == field), "{told}");
        }
        assert_eq!(parse(header()).unwrap().expected, Expected::default());
    }
}
