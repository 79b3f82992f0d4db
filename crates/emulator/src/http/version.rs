//! The version in a path: none, `v1` or `v2`.

/// A version of the Table and Aggregate APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// No version in the path: the latest, which behaves as v2.
    Latest,
    /// A list that matches nothing is 404.
    V1,
    /// A list that matches nothing is empty.
    V2,
}

impl Version {
    /// What comes before `/table/…`; links repeat the version of the request.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Version::Latest => "/api/now",
            Version::V1 => "/api/now/v1",
            Version::V2 => "/api/now/v2",
        }
    }
}
