//! The Aggregate API (section 4).

use reqwest::Method;
use serde_json::json;

use crate::harness::Harness;

/// Five incidents in three states, with known numbers.
async fn instance() -> Harness {
    let instance = Harness::start().await;
    for (urgency, state, count) in
        [("1", "1", "4"), ("1", "2", "6"), ("2", "1", "1"), ("3", "1", "0"), ("3", "2", "3")]
    {
        let body = format!(
            r#"{{"short_description":"stats","urgency":"{urgency}","state":"{state}","reassignment_count":"{count}"}}"#
        );
        assert_eq!(instance.send(Method::POST, "/api/now/table/incident", &body).await.status, 201);
    }
    instance
}

const OURS: &str = "sysparm_query=short_description=stats";

#[tokio::test]
async fn shapes() {
    let instance = instance().await;
    for (parameters, expected) in [
        ("sysparm_count=true", json!({"stats": {"count": "5"}})),
        (
            "sysparm_count=true&sysparm_sum_fields=reassignment_count&sysparm_avg_fields=reassignment_count\
             &sysparm_min_fields=reassignment_count&sysparm_max_fields=reassignment_count",
            json!({"stats": {
                "count": "5",
                "sum": {"reassignment_count": "14"},
                "avg": {"reassignment_count": "2.8000"},
                "min": {"reassignment_count": "0"},
                "max": {"reassignment_count": "6"},
            }}),
        ),
        (
            "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=state",
            json!([
                {"stats": {"count": "3"}, "groupby_fields": [{"field": "state", "value": "1"}]},
                {"stats": {"count": "2"}, "groupby_fields": [{"field": "state", "value": "2"}]},
            ]),
        ),
        (
            "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=state%5EDESC&sysparm_display_value=true",
            json!([
                {"stats": {"count": "2"}, "groupby_fields": [{"field": "state", "value": "In Progress"}]},
                {"stats": {"count": "3"}, "groupby_fields": [{"field": "state", "value": "New"}]},
            ]),
        ),
        (
            "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=COUNT%5Estate&sysparm_display_value=all",
            json!([
                {"stats": {"count": "2"}, "groupby_fields": [{"field": "state", "value": "2", "display_value": "In Progress"}]},
                {"stats": {"count": "3"}, "groupby_fields": [{"field": "state", "value": "1", "display_value": "New"}]},
            ]),
        ),
        (
            "sysparm_count=true&sysparm_group_by=state&sysparm_having=count%5Estate%5E%3E%5E2",
            json!([{"stats": {"count": "3"}, "groupby_fields": [{"field": "state", "value": "1"}]}]),
        ),
        (
            "sysparm_avg_fields=reassignment_count&sysparm_group_by=assignment_group",
            json!([{
                "stats": {"avg": {"reassignment_count": "2.8000"}},
                "groupby_fields": [{"field": "assignment_group", "value": ""}],
            }]),
        ),
    ] {
        let reply = instance.get(&format!("/api/now/stats/incident?{OURS}&{parameters}")).await;
        assert_eq!(reply.result(), expected, "{parameters}");
        assert_eq!((reply.header("link"), reply.header("x-total-count")), (None, None));
    }
}

#[tokio::test]
async fn nothing_to_aggregate() {
    let instance = instance().await;
    let none = "sysparm_query=number=none&sysparm_count=true";
    for (version, parameters, expected) in [
        ("", "", json!({"stats": {"count": "0"}})),
        ("v1/", "", json!({"stats": {"count": "0"}})),
        ("v2/", "&sysparm_group_by=state", json!([])),
    ] {
        let reply = instance.get(&format!("/api/now/{version}stats/incident?{none}{parameters}")).await;
        assert_eq!(reply.result(), expected, "{version} {parameters}");
    }
}

#[tokio::test]
async fn plain_parameters_filter() {
    let instance = instance().await;
    let reply =
        instance.get("/api/now/stats/incident?short_description=stats&state=2&sysparm_count=true").await;
    assert_eq!(reply.result(), json!({"stats": {"count": "2"}}));
}
