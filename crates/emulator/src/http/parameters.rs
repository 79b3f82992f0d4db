//! The query string: `sysparm_*` parameters by name, plain filters, and the text as it was sent.
//!
//! A parameter that is given twice counts once, the first time. Values that make no sense are treated as if the
//! parameter were absent, because the platform never refuses a list for them.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::face::Face;
use super::failure::Failure;
use crate::engine::{DisplayMode, Projection, WriteMode};

/// More fields than any table has; the rest of a longer list is not looked at.
const MAX_FIELDS: usize = 2_000;

/// The parameters of a request, in the order they were sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(Vec<Parameter>);

#[derive(Clone, Debug)]
struct Parameter {
    name: String,
    value: String,
    /// `name=value` with its own encoding; links repeat it.
    raw: String,
}

impl Parameters {
    /// Reads a query string. `+` is a space; what is not UTF-8 is replaced, not refused.
    pub(crate) fn parse(query: &str) -> Self {
        let parameters = query.split('&').filter(|raw| !raw.is_empty()).filter_map(|raw| {
            let (name, value) = form_urlencoded::parse(raw.as_bytes()).next()?;
            Some(Parameter { name: name.into_owned(), value: value.into_owned(), raw: raw.to_owned() })
        });
        Parameters(parameters.collect())
    }

    /// The value of a parameter, as first given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|parameter| parameter.name == name).map(|parameter| parameter.value.as_str())
    }

    /// Whether a switch is on: `true` in any letter case.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The elements of a comma-separated value, without empty and repeated ones.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let mut elements: Vec<String> = Vec::new();
        for element in self.get(name).unwrap_or_default().split(',').map(str::trim).take(MAX_FIELDS) {
            if !element.is_empty() && !elements.iter().any(|seen| seen == element) {
                elements.push(element.to_owned());
            }
        }
        elements
    }

    /// A number of rows. Negative numbers and other texts count as absent.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.trim().parse().ok()
    }

    /// `sysparm_display_value`.
    pub(crate) fn display(&self) -> DisplayMode {
        match self.get("sysparm_display_value").unwrap_or_default().to_ascii_lowercase().as_str() {
            "true" => DisplayMode::Display,
            "all" => DisplayMode::Both,
            _ => DisplayMode::Value,
        }
    }

    /// Which fields a reply shows, and how.
    pub(crate) fn projection(&self) -> Projection {
        Projection {
            fields: self.list("sysparm_fields"),
            view: self.get("sysparm_view").filter(|view| !view.is_empty()).map(str::to_owned),
            display: self.display(),
            exclude_reference_link: self.flag("sysparm_exclude_reference_link"),
        }
    }

    /// How the values of a write are meant.
    pub(crate) fn write_mode(&self) -> WriteMode {
        WriteMode {
            input_display_value: self.flag("sysparm_input_display_value"),
            suppress_auto_sys_field: self.flag("sysparm_suppress_auto_sys_field"),
        }
    }

    /// `sysparm_query`, unless it is empty.
    pub(crate) fn query(&self) -> Option<&str> {
        self.get("sysparm_query").filter(|query| !query.is_empty())
    }

    /// The plain `field=value` parameters.
    pub(crate) fn filters(&self) -> Vec<(String, String)> {
        let plain = self.0.iter().filter(|parameter| !parameter.name.starts_with("sysparm_"));
        plain.map(|parameter| (parameter.name.clone(), parameter.value.clone())).collect()
    }

    /// Every parameter but the named ones, as sent.
    pub(crate) fn raw_without(&self, names: &[&str]) -> String {
        let kept = self.0.iter().filter(|parameter| !names.contains(&parameter.name.as_str()));
        kept.map(|parameter| parameter.raw.as_str()).collect::<Vec<_>>().join("&")
    }

    /// These parameters, and after them the ones that a tiny URL stands for.
    fn followed_by(mut self, stored: &str) -> Self {
        self.0.extend(Parameters::parse(stored).0);
        self
    }
}

/// The parameters of the request; `sysparm_tiny` is replaced by what it stands for.
impl FromRequestParts<Face> for Parameters {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, face: &Face) -> Result<Self, Failure> {
        let sent = Parameters::parse(parts.uri.query().unwrap_or_default());
        let Some(tiny) = sent.get("sysparm_tiny") else { return Ok(sent) };
        let stored = face.instance.tiny_urls.query(tiny);
        let stored = stored.ok_or_else(|| Failure::bad_parameter("sysparm_tiny names no stored URL"))?;
        Ok(sent.followed_by(&stored))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_values_and_switches() {
        let parameters =
            Parameters::parse("sysparm_query=a%3D1%5Eb%3D+x&sysparm_limit=5&sysparm_limit=9&&active=true&x");
        assert_eq!(parameters.query(), Some("a=1^b= x"));
        assert_eq!(parameters.number("sysparm_limit"), Some(5));
        assert_eq!(parameters.filters(), [("active".into(), "true".into()), ("x".into(), String::new())]);
        assert!(parameters.flag("active"));
        assert!(!parameters.flag("sysparm_no_count"));
    }

    #[test]
    fn numbers_that_make_no_sense_are_absent() {
        for (text, expected) in [
            ("5", Some(5)),
            (" 7 ", Some(7)),
            ("-1", None),
            ("abc", None),
            ("", None),
            ("99999999999999999999", None),
        ] {
            let parameters = Parameters::parse(&format!("sysparm_limit={text}"));
            assert_eq!(parameters.number("sysparm_limit"), expected, "{text:?}");
        }
    }

    #[test]
    fn display_mode_in_any_letter_case() {
        for (text, expected) in [
            ("true", DisplayMode::Display),
            ("True", DisplayMode::Display),
            ("ALL", DisplayMode::Both),
            ("false", DisplayMode::Value),
            ("sometimes", DisplayMode::Value),
            ("", DisplayMode::Value),
        ] {
            assert_eq!(
                Parameters::parse(&format!("sysparm_display_value={text}")).display(),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn lists_drop_empty_and_repeated_elements() {
        let parameters = Parameters::parse("sysparm_fields=number,%20state,,number,caller_id.name");
        assert_eq!(parameters.list("sysparm_fields"), ["number", "state", "caller_id.name"]);
    }

    #[test]
    fn raw_text_keeps_its_encoding() {
        let parameters =
            Parameters::parse("query=number%3DINC1&sysparm_limit=1&display_value=True&sysparm_offset=3");
        let kept = parameters.raw_without(&["sysparm_limit", "sysparm_offset"]);
        assert_eq!(kept, "query=number%3DINC1&display_value=True");
    }
}
