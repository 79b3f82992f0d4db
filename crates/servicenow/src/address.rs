//! URLs: the instance's, and those of single requests.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::Error;

/// The longest URL that is sent; ServiceNow refuses a little above 8182 bytes.
pub const MAX_URL_BYTES: usize = 8000;

/// What is safe in the value of a parameter stays readable and short: lists of sys_ids are long enough.
const PARAM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b',')
    .remove(b':')
    .remove(b'@')
    .remove(b'/')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'!');

/// The parameters of a request, percent-encoded as they are added.
#[derive(Debug, Default)]
pub(crate) struct Params {
    text: String,
}

impl Params {
    pub(crate) fn push(&mut self, name: &'static str, value: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.push_str(name);
        self.text.push('=');
        self.text.extend(utf8_percent_encode(value, PARAM));
    }
}

/// The instance's URL from a URL, a host or the bare name of a ServiceNow instance.
pub(crate) fn instance(text: &str) -> Result<Url, Error> {
    let invalid = |why: &str| Error::InvalidInput(format!("the instance's URL {why}"));
    let full = if text.contains("://") {
        text.to_owned()
    } else if text.contains(['.', ':', '/']) {
        format!("https://{text}")
    } else {
        format!("https://{text}.service-now.com")
    };
    let mut url = Url::parse(&full).map_err(|error| invalid(&format!("is invalid: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("must be http or https"));
    }
    if text.is_empty() || url.host_str().is_none() {
        return Err(invalid("has no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("must not hold credentials"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("must not have a query or fragment"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Host and port, to name an instance in messages.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A path below the instance's URL. The segments must be free of characters that change a path: names are
/// checked by [`crate::TableName`] and [`crate::SysId`].
pub(crate) fn request(base: &Url, segments: &[&str], params: &Params) -> Result<Url, Error> {
    let url = locate(base, segments, params);
    let bytes = url.as_str().len();
    if bytes > MAX_URL_BYTES { Err(Error::UrlTooLong { bytes }) } else { Ok(url) }
}

/// The same, of any length.
pub(crate) fn locate(base: &Url, segments: &[&str], params: &Params) -> Url {
    let mut url = base.clone();
    let root = base.path().trim_end_matches('/');
    url.set_path(&format!("{root}/{}", segments.join("/")));
    url.set_query(Some(params.text.as_str()).filter(|text| !text.is_empty()));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_a_name_a_host_or_a_url() {
        for (text, expected) in [
            ("dev12345", "https://dev12345.service-now.com/"),
            ("acme.service-now.com", "https://acme.service-now.com/"),
            ("http://127.0.0.1:8181/", "http://127.0.0.1:8181/"),
            ("HTTP://127.0.0.1:8181", "http://127.0.0.1:8181/"),
            ("https://proxy.example/snow/", "https://proxy.example/snow"),
        ] {
            assert_eq!(instance(text).unwrap().as_str(), expected);
        }
        for text in ["", "ftp://a.b", "https://user:secret@a.b", "https://a.b/?x=1", "https://a.b/#x", "a b"]
        {
            let error = instance(text).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn parameters_are_encoded() {
        let mut params = Params::default();
        params.push("sysparm_query", "a=1^b LIKEé&c+d#%");
        params.push("sysparm_limit", "1");
        let base = instance("https://proxy.example/snow").unwrap();
        assert_eq!(
            request(&base, &["api", "now", "table", "incident"], &params).unwrap().as_str(),
            "https://proxy.example/snow/api/now/table/incident?sysparm_query=a%3D1%5Eb%20LIKE%C3%A9%26c%2Bd%23%25&sysparm_limit=1"
        );
        params.push("x", &"1".repeat(MAX_URL_BYTES));
        assert!(matches!(request(&base, &["a"], &params), Err(Error::UrlTooLong { bytes }) if bytes > 8000));
    }
}
