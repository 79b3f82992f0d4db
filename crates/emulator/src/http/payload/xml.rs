//! XML bodies: `<request><entry><field>value</field>…</entry></request>`, the entry optional.
//!
//! Of several entries only the first counts. Document types are refused, so entities cannot grow.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 64;

/// The fields of the record in `text`, or what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<(String, Option<String>)>, String> {
    let root = tree(text)?;
    let record = match root.children.first() {
        Some(first) if first.name == "entry" => &root.children[0],
        _ => &root,
    };
    Ok(record.children.iter().map(|field| (field.name.clone(), Some(field.text.clone()))).collect())
}

/// An element with the text directly in it.
#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

fn tree(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    // The first is no element: it collects the root.
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err(format!("More than {MAX_DEPTH} levels of nesting"));
                }
                open.push(Element { name: start.name().as_ref().to_owned(), ..Element::default() });
            }
            Event::Empty(empty) => {
                let element = Element { name: empty.name().as_ref().to_owned(), ..Element::default() };
                innermost(&mut open).children.push(element);
            }
            Event::End(_) => {
                let done = open.pop().expect("the reader checks that ends match starts");
                innermost(&mut open).children.push(done);
            }
            Event::Text(part) => innermost(&mut open).text.push_str(&part.xml10_content()),
            Event::CData(part) => innermost(&mut open).text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => innermost(&mut open).text.push_str(&resolve(&reference)?),
            Event::DocType(_) => return Err("Document types are not allowed".to_owned()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    let [document] = <[Element; 1]>::try_from(open).map_err(|_| "Unexpected end of input".to_owned())?;
    document.children.into_iter().next().ok_or_else(|| "No element".to_owned())
}

fn innermost(open: &mut [Element]) -> &mut Element {
    open.last_mut().expect("the outermost element is never closed")
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name: &str = reference;
    let text = quick_xml::escape::resolve_predefined_entity(name);
    text.map(str::to_owned).ok_or_else(|| format!("Unknown entity &{name};"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_read() {
        for (text, expected) in [
            (
                "<request><entry><a>x</a><b/></entry><entry><a>y</a></entry></request>",
                &[("a", "x"), ("b", "")][..],
            ),
            (
                r#"<?xml version="1.0"?><incident><!-- c --><a>1 &lt; 2 &#233; &amp;</a></incident>"#,
                &[("a", "1 < 2 é &")],
            ),
            ("<r><a><![CDATA[<b>]]></a></r>", &[("a", "<b>")]),
            ("<request/>", &[]),
            ("<request></request>", &[]),
        ] {
            let got = parse(text).unwrap();
            let got: Vec<_> =
                got.iter().map(|(name, value)| (name.as_str(), value.as_deref().unwrap())).collect();
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        for text in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a>&nosuch;</a>",
            r#"<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>"#,
            &"<a>".repeat(100_000),
        ] {
            assert!(parse(text).is_err(), "{}", &text[..text.len().min(60)]);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[<>/a-c&;#!\\[\\]\"= ]*") {
            let _ = parse(&text);
        }
    }
}
