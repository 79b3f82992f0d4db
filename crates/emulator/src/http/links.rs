//! The `Link` header of a list.

use http::HeaderValue;

use super::page::Page;
use super::parameters::Parameters;
use crate::settings::Settings;

/// Header lines beyond this break common clients, so a list with such a long URL has no links. The platform
/// cannot get there: its URLs end at 8 KB.
const LONGEST: usize = 60_000;

/// The links of one page: `first`, `prev`, `next`, `last`, each where there is such a page. `None` when there
/// is nothing to say.
pub(crate) fn links(
    url: &str,
    parameters: &Parameters,
    page: Page,
    total: u64,
    settings: &Settings,
) -> Option<HeaderValue> {
    if page.limit == 0 || (total <= page.limit && page.offset == 0 && !settings.link_on_single_page) {
        return None;
    }
    let last = total.saturating_sub(1) / page.limit * page.limit;
    let mut targets = vec![("first", Some(0))];
    if page.offset > 0 {
        let before = page.offset.saturating_sub(page.limit);
        targets.push(("prev", Some(before)));
    } else if settings.prev_link_on_first_page {
        targets.push(("prev", None));
    }
    let after = page.offset.saturating_add(page.limit);
    if after < total {
        targets.push(("next", Some(after)));
    }
    targets.push(("last", Some(last)));

    let kept = parameters.raw_without(&["sysparm_limit", "sysparm_offset"]);
    let separator = if kept.is_empty() { "" } else { "&" };
    let limit = page.limit;
    let links = targets.into_iter().map(|(relation, offset)| {
        let offset = offset.map_or_else(|| format!("-{limit}"), |offset| offset.to_string());
        format!(r#"<{url}?{kept}{separator}sysparm_limit={limit}&sysparm_offset={offset}>;rel="{relation}""#)
    });
    let header = links.collect::<Vec<_>>().join(",");
    (header.len() <= LONGEST).then(|| HeaderValue::from_bytes(header.as_bytes()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://dev.example/api/now/v2/table/incident";

    /// The header as `relation=offset` pairs, and whether every link keeps the parameters.
    fn offsets(query: &str, total: u64, settings: &Settings) -> Option<String> {
        let parameters = Parameters::parse(query);
        let page = Page::of(&parameters, settings);
        let header = links(URL, &parameters, page, total, settings)?;
        let pairs = header.to_str().unwrap().split(",<").map(|link| {
            let (target, relation) = link.split_once(">;rel=").unwrap();
            let offset = target.rsplit_once("sysparm_offset=").unwrap().1;
            format!("{}={offset}", relation.trim_matches('"'))
        });
        Some(pairs.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn which_links_there_are() {
        let usual = Settings::default();
        let single = Settings { link_on_single_page: false, ..Settings::default() };
        let recorded = Settings { prev_link_on_first_page: true, ..Settings::default() };
        for (query, total, settings, expected) in [
            ("sysparm_limit=1", 67, &usual, Some("first=0 next=1 last=66")),
            ("sysparm_limit=1", 67, &recorded, Some("first=0 prev=-1 next=1 last=66")),
            ("sysparm_limit=10&sysparm_offset=30", 67, &usual, Some("first=0 prev=20 next=40 last=60")),
            ("sysparm_limit=10&sysparm_offset=60", 67, &usual, Some("first=0 prev=50 last=60")),
            ("sysparm_limit=10&sysparm_offset=5", 30, &usual, Some("first=0 prev=0 next=15 last=20")),
            ("sysparm_limit=10", 10, &usual, Some("first=0 last=0")),
            ("sysparm_limit=10", 10, &single, None),
            ("", 0, &usual, Some("first=0 last=0")),
            ("sysparm_limit=0", 67, &usual, None),
        ] {
            assert_eq!(offsets(query, total, settings).as_deref(), expected, "{query} of {total}");
        }
    }

    #[test]
    fn exact_text() {
        let parameters = Parameters::parse("query=number%3DINC0000040&sysparm_limit=1&display_value=True");
        let settings = Settings { prev_link_on_first_page: true, ..Settings::default() };
        let header = links(URL, &parameters, Page::of(&parameters, &settings), 67, &settings).unwrap();
        let kept =
            format!("{URL}?query=number%3DINC0000040&display_value=True&sysparm_limit=1&sysparm_offset");
        assert_eq!(
            header.to_str().unwrap(),
            format!(
                r#"<{kept}=0>;rel="first",<{kept}=-1>;rel="prev",<{kept}=1>;rel="next",<{kept}=66>;rel="last""#
            )
        );
    }

    #[test]
    fn no_links_that_no_client_could_read() {
        let query = format!("sysparm_limit=1&sysparm_query={}", "a".repeat(20_000));
        assert_eq!(offsets(&query, 67, &Settings::default()), None);
    }
}
