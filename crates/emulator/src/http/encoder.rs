//! Rows as text: JSON or XML, compact, every value a string.

use std::sync::Arc;

use super::format::Format;
use super::version::Version;
use crate::engine::{Cell, DisplayMode};

/// Writes rows in one format and one display mode.
pub(crate) struct Encoder {
    format: Format,
    display: DisplayMode,
    /// What relative links start with: `https://127.0.0.1:8443/api/now/v2/`.
    base: String,
    /// Rows are attachments: `download_link` leads to their content.
    attachments: bool,
}

const XML_HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?><response>"#;

impl Encoder {
    /// Links repeat the origin of the listener and the version of the request.
    pub(crate) fn new(format: Format, display: DisplayMode, origin: &str, version: Version) -> Self {
        Encoder { format, display, base: format!("{origin}{}/", version.path()), attachments: false }
    }

    /// Writes attachments, whose links depend on the listener and so are in no column.
    pub(crate) fn of_attachments(format: Format, origin: &str, version: Version) -> Self {
        Encoder { attachments: true, ..Encoder::new(format, DisplayMode::Value, origin, version) }
    }

    /// The format written.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// What comes before the rows of a list.
    pub(crate) fn open_list(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(match self.format {
            Format::Json => br#"{"result":["#,
            Format::Xml => XML_HEAD.as_bytes(),
        });
    }

    /// A row of a list.
    pub(crate) fn list_row(&self, out: &mut Vec<u8>, first: bool, names: &[Arc<str>], cells: &[Cell]) {
        if self.format == Format::Json && !first {
            out.push(b',');
        }
        self.row(out, names, cells);
    }

    /// What comes after the rows of a list.
    pub(crate) fn close_list(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(match self.format {
            Format::Json => b"]}",
            Format::Xml => b"</response>",
        });
    }

    /// The reply that is one record.
    pub(crate) fn single(&self, names: &[Arc<str>], cells: &[Cell]) -> Vec<u8> {
        let mut out = Vec::with_capacity(4096);
        match self.format {
            Format::Json => {
                out.extend_from_slice(br#"{"result":"#);
                self.row(&mut out, names, cells);
                out.push(b'}');
            }
            Format::Xml => {
                out.extend_from_slice(XML_HEAD.as_bytes());
                self.row(&mut out, names, cells);
                out.extend_from_slice(b"</response>");
            }
        }
        out
    }

    fn row(&self, out: &mut Vec<u8>, names: &[Arc<str>], cells: &[Cell]) {
        if self.attachments {
            return self.plain_row(out, names, &self.with_download_link(names, cells));
        }
        self.plain_row(out, names, cells);
    }

    fn with_download_link(&self, names: &[Arc<str>], cells: &[Cell]) -> Vec<Cell> {
        let mut cells = cells.to_vec();
        let at = |name: &str| names.iter().position(|known| **known == *name);
        if let (Some(link), Some(sys_id)) = (at("download_link"), at("sys_id")) {
            cells[link].value = format!("{}attachment/{}/file", self.base, cells[sys_id].value);
        }
        cells
    }

    /// The record without an envelope.
    pub(crate) fn bare(&self, names: &[Arc<str>], cells: &[Cell]) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        self.row(&mut out, names, cells);
        out
    }

    fn plain_row(&self, out: &mut Vec<u8>, names: &[Arc<str>], cells: &[Cell]) {
        match self.format {
            Format::Json => {
                out.push(b'{');
                for (at, (name, cell)) in names.iter().zip(cells).enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    json_string(out, name);
                    out.push(b':');
                    self.json_cell(out, cell);
                }
                out.push(b'}');
            }
            Format::Xml => {
                out.extend_from_slice(b"<result>");
                for (name, cell) in names.iter().zip(cells) {
                    xml_open(out, name);
                    self.xml_cell(out, cell);
                    xml_close(out, name);
                }
                out.extend_from_slice(b"</result>");
            }
        }
    }

    fn json_cell(&self, out: &mut Vec<u8>, cell: &Cell) {
        let (display, link, value) = self.members(cell);
        if let (true, None, Some(only)) | (true, Some(only), None) = (link.is_none(), display, value) {
            return json_string(out, only);
        }
        let members = [("display_value", display), ("link", link.as_deref()), ("value", value)];
        let mut before = b'{';
        for (name, text) in members.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            out.push(before);
            json_string(out, name);
            out.push(b':');
            json_string(out, text);
            before = b',';
        }
        out.push(b'}');
    }

    fn xml_cell(&self, out: &mut Vec<u8>, cell: &Cell) {
        let (display, link, value) = self.members(cell);
        if let (true, None, Some(only)) | (true, Some(only), None) = (link.is_none(), display, value) {
            return xml_text(out, only);
        }
        let members = [("display_value", display), ("link", link.as_deref()), ("value", value)];
        for (name, text) in members.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            xml_open(out, name);
            xml_text(out, text);
            xml_close(out, name);
        }
    }

    /// What of a cell is shown in this display mode; a cell with one member and no link is a plain string.
    fn members<'a>(&self, cell: &'a Cell) -> (Option<&'a str>, Option<String>, Option<&'a str>) {
        let display = || Some(cell.display.as_deref().unwrap_or(&cell.value));
        let link = cell.link.as_ref().map(|link| format!("{}{link}", self.base));
        match self.display {
            DisplayMode::Value => (None, link, Some(cell.value.as_str())),
            DisplayMode::Display => (display(), link, None),
            DisplayMode::Both => (display(), link, Some(cell.value.as_str())),
        }
    }
}

fn json_string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a string can be written to memory");
}

fn xml_open(out: &mut Vec<u8>, name: &str) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

fn xml_close(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

/// Text without the control characters that XML cannot carry.
fn xml_text(out: &mut Vec<u8>, text: &str) {
    let carried = |c: char| c >= ' ' || matches!(c, '\t' | '\n' | '\r');
    if text.chars().all(carried) {
        out.extend_from_slice(quick_xml::escape::escape(text).as_bytes());
    } else {
        let clean: String = text.chars().filter(|&c| carried(c)).collect();
        out.extend_from_slice(quick_xml::escape::escape(clean.as_str()).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells() -> (Vec<Arc<str>>, Vec<Cell>) {
        let cell = |value: &str, display: &str, link: Option<&str>| Cell {
            value: value.into(),
            display: Some(display.into()),
            link: link.map(Into::into),
        };
        (
            ["state", "opened_by", "caller_id"].map(Arc::from).to_vec(),
            vec![
                cell("7", "Closed", None),
                cell("a1", "David \"D\" Loo", Some("table/sys_user/a1")),
                cell("", "", None),
            ],
        )
    }

    fn single(format: Format, display: DisplayMode) -> String {
        let (names, cells) = cells();
        let encoder = Encoder::new(format, display, "https://i", Version::V2);
        String::from_utf8(encoder.single(&names, &cells)).unwrap()
    }

    #[test]
    fn json_shapes() {
        for (display, expected) in [
            (
                DisplayMode::Value,
                r#"{"result":{"state":"7","opened_by":{"link":"https://i/api/now/v2/table/sys_user/a1","value":"a1"},"caller_id":""}}"#,
            ),
            (
                DisplayMode::Display,
                r#"{"result":{"state":"Closed","opened_by":{"display_value":"David \"D\" Loo","link":"https://i/api/now/v2/table/sys_user/a1"},"caller_id":""}}"#,
            ),
            (
                DisplayMode::Both,
                r#"{"result":{"state":{"display_value":"Closed","value":"7"},"opened_by":{"display_value":"David \"D\" Loo","link":"https://i/api/now/v2/table/sys_user/a1","value":"a1"},"caller_id":{"display_value":"","value":""}}}"#,
            ),
        ] {
            assert_eq!(single(Format::Json, display), expected);
        }
    }

    #[test]
    fn xml_shape() {
        assert_eq!(
            single(Format::Xml, DisplayMode::Display),
            r#"<?xml version="1.0" encoding="UTF-8"?><response><result><state>Closed</state><opened_by><display_value>David &quot;D&quot; Loo</display_value><link>https://i/api/now/v2/table/sys_user/a1</link></opened_by><caller_id></caller_id></result></response>"#
        );
        let mut out = Vec::new();
        xml_text(&mut out, "a\u{1}b<\n");
        assert_eq!(out, b"ab&lt;\n");
    }

    #[test]
    fn lists() {
        let (names, cells) = cells();
        let encoder = Encoder::new(Format::Json, DisplayMode::Value, "https://i", Version::Latest);
        let mut out = Vec::new();
        encoder.open_list(&mut out);
        encoder.list_row(&mut out, true, &names[..1], &cells[..1]);
        encoder.list_row(&mut out, false, &names[..1], &cells[..1]);
        encoder.close_list(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"result":[{"state":"7"},{"state":"7"}]}"#);
    }
}
