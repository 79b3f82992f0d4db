//! The named switches: where the platform's behaviour is uncertain or configurable, the default is the
//! safest reading and a field here changes it.

use chrono_tz::Tz;

/// How the instance behaves. Each field names the ServiceNow property it stands for, where there is one.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `glide.sys.default.tz`: the zone of users who set none. Default US/Pacific.
    pub time_zone: Tz,
    /// `glide.invalid_query.returns_no_rows`: an invalid term matches nothing instead of everything.
    pub invalid_query_returns_no_rows: bool,
    /// A query on an unknown field by a non-admin is refused with 403 (newest releases, uncertain).
    pub unknown_query_field_forbidden: bool,
    /// `!=`, `NOT IN` and `NOT LIKE` on non-booleans also match rows where the field is empty.
    pub negation_matches_empty: bool,
    /// `X-Total-Count` under `sysparm_no_count=true` holds the rows returned; otherwise it is left out.
    pub no_count_reports_returned: bool,
    /// A `prev` link on the first page, with a negative offset, as 2022 recordings show.
    pub prev_link_on_first_page: bool,
    /// `Link` also when everything fits one page.
    pub link_on_single_page: bool,
    /// `glide.rest.max_content_length`, bytes.
    pub max_body_bytes: usize,
    /// `com.glide.attachment.max_size`, in bytes instead of megabytes.
    pub max_attachment_bytes: u64,
    /// `glide.attachment.extensions`: the only file name extensions taken, in lower case; empty takes all.
    pub attachment_extensions: Vec<String>,
    /// `Range` is served with 206 when an attachment is downloaded; otherwise the header means nothing (uncertain).
    pub attachment_ranges: bool,
    /// `glide.rest.batch.max.inputSize`, bytes.
    pub max_batch_bytes: usize,
    /// Sub-requests of a batch that are run; the others come back as `unserviced_requests`.
    pub max_batch_requests: usize,
    /// Bytes of sub-replies after which a batch runs no more sub-requests. A caller may ask for less.
    pub max_batch_output_bytes: usize,
    /// The batch quota, seconds: no sub-request is begun after it.
    pub batch_seconds: u64,
    /// Longest request target in bytes; a longer one gets the container's HTML page with 414.
    pub max_url_bytes: usize,
    /// Rows of a list without `sysparm_limit`.
    pub default_limit: u64,
    /// Lifetime of an OAuth access token, seconds.
    pub access_token_seconds: u64,
    /// Lifetime of an OAuth refresh token, seconds.
    pub refresh_token_seconds: u64,
    /// Lifetime of an authorization code, seconds.
    pub authorization_code_seconds: u64,
    /// `glide.oauth.state.parameter.required`: a request for an authorization code must have a `state`.
    pub oauth_state_required: bool,
    /// `glide.rest.choice.allow_non_existing_value`: a choice value that is not in the list is kept.
    pub allow_unknown_choices: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            time_zone: chrono_tz::US::Pacific,
            invalid_query_returns_no_rows: false,
            unknown_query_field_forbidden: false,
            negation_matches_empty: false,
            no_count_reports_returned: false,
            prev_link_on_first_page: false,
            link_on_single_page: true,
            max_body_bytes: 10_485_760,
            max_attachment_bytes: 1_073_741_824,
            attachment_extensions: Vec::new(),
            attachment_ranges: true,
            max_batch_bytes: 5_242_880,
            max_batch_requests: usize::MAX,
            max_batch_output_bytes: 10_485_760,
            batch_seconds: 30,
            max_url_bytes: 16_000,
            default_limit: 10_000,
            access_token_seconds: 1_800,
            refresh_token_seconds: 8_640_000,
            authorization_code_seconds: 60,
            oauth_state_required: true,
            allow_unknown_choices: true,
        }
    }
}
