//! Credentials in the query string. They are taken out of it: what comes after must not echo them in links.

use http::Uri;
use http::uri::PathAndQuery;

/// A credential that came in the URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum InUrl {
    /// `access_token`
    Token(String),
    /// `x-sn-apikey`
    Key(String),
}

/// The first credential in the query string, and the URI without any; `None` where there is none.
pub(super) fn take(uri: &Uri) -> Option<(InUrl, Uri)> {
    let query = uri.query()?;
    let mut found = None;
    let mut kept = Vec::new();
    for pair in query.split('&') {
        match credential(pair) {
            Some(credential) => found = found.or(Some(credential)),
            None => kept.push(pair),
        }
    }
    let path = match kept.as_slice() {
        [] => uri.path().to_owned(),
        kept => format!("{}?{}", uri.path(), kept.join("&")),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Some((found?, Uri::from_parts(parts).ok()?))
}

fn credential(pair: &str) -> Option<InUrl> {
    let (name, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
    match &*name {
        "access_token" => Some(InUrl::Token(value.into_owned())),
        "x-sn-apikey" => Some(InUrl::Key(value.into_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_the_url() {
        let token = |text: &str| Some(InUrl::Token(text.into()));
        for (uri, found, left) in [
            ("/a", None, "/a"),
            (
                "/a?sysparm_limit=1&sysparm_query=a%3Db^c=d",
                None,
                "/a?sysparm_limit=1&sysparm_query=a%3Db^c=d",
            ),
            ("/a?access_token=x%2Fy", token("x/y"), "/a"),
            ("/a?b=%20&access_token=x&c", token("x"), "/a?b=%20&c"),
            ("/a?x-sn-apikey=k&access_token=x", Some(InUrl::Key("k".into())), "/a"),
            ("/a?%61ccess_token=x", token("x"), "/a"),
        ] {
            let uri: Uri = uri.parse().unwrap();
            let (credential, rest) = take(&uri).map_or((None, uri), |(one, rest)| (Some(one), rest));
            assert_eq!((credential, rest.to_string().as_str()), (found, left));
        }
    }
}
