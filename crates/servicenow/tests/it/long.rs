//! Reads with a URL that is too long go through the Batch API.

use serde_json::json as value;
use servicenow::query::{Operator, Query};
use servicenow::{Aggregate, Error, List, Record, Scan};

use crate::batch::{reply, served, subs};
use crate::server::Server;

fn long() -> Query {
    Query::new().and("sys_id", Operator::In, vec!["1c741bd70b2322007518478d83673af3"; 300].join(","))
}

#[tokio::test]
async fn long_reads_are_answered_as_short_ones_are() {
    let server = Server::start(|asked, _| {
        let sub = subs(asked).remove(0);
        let result = match sub.url.starts_with("/api/now/stats") {
            true => value!({"stats": {"count": "3"}}),
            false if sub.url.contains("sys_id%3E") => value!([]),
            false => value!([{"sys_id": "1"}]),
        };
        reply(&[served(&sub.id, 200, &value!({"result": result}))], &[])
    })
    .await;
    let client = server.client();
    let list = List { query: long(), count: true, ..List::default() };
    let page = client.list::<Record>("incident", &list).await.unwrap();
    assert_eq!((page.rows.len(), page.total), (1, Some(9)), "the count comes with the reply inside");
    let aggregate = Aggregate { query: long(), count: true, ..Aggregate::default() };
    let groups = client.aggregate("incident", &aggregate);
    assert_eq!(groups.await.unwrap()[0].count, Some(3));
    let mut scan = client.scan::<Record>("incident", Scan { query: long(), page_size: 1, ..Scan::default() });
    assert_eq!(scan.next_page().await.unwrap().unwrap().rows.len(), 1);
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.path == "/api/now/v1/batch"));
    assert!(subs(&asked[0])[0].url.len() > 9000);
}

#[tokio::test]
async fn errors_inside_are_kept() {
    for (status, message, expected, tries) in [
        (400, "Invalid table nope", "InvalidTable", 1),
        (403, "User Not Authorized", "Forbidden", 1),
        (404, "No Record found", "NotFound", 1),
        (500, "broken", "Server", 4),
        (429, "slower", "RateLimited", 4),
    ] {
        let server = Server::start(move |asked, _| {
            let id = &subs(asked)[0].id;
            reply(&[served(id, status, &value!({"error": {"message": message, "detail": null}}))], &[])
        })
        .await;
        let list = List { query: long(), ..List::default() };
        let error = server.client().list::<Record>("incident", &list).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{error:?}");
        assert_eq!(server.count(), tries, "{message}: a read is sent again");
    }
    let server = Server::start(|asked, _| reply(&[], &[subs(asked)[0].id.clone()])).await;
    let list = List { query: long(), ..List::default() };
    let error = server.client().list::<Record>("incident", &list).await.unwrap_err();
    assert_eq!(error, Error::Unserviced { rounds: 1 });
}
