//! Whose pages a browser lets call: none, unless the configuration names them.

use sncgate::config::Origins;

use crate::harness::{Gateway, config};

const PAGE: &str = "http://127.0.0.1:3000";

#[tokio::test]
async fn only_named_pages_may_call() {
    for (origins, page, allowed) in [
        (Origins::default(), PAGE, None),
        (Origins::loopback(), PAGE, Some(PAGE)),
        (Origins::loopback(), "https://elsewhere.example", None),
    ] {
        // No call reaches the instance.
        let mut config = config(([127, 0, 0, 1], 9).into());
        let data = tempfile::tempdir().unwrap();
        config.server.data_dir = data.path().to_owned();
        config.server.cors_origins = origins;
        let mut gateway = Gateway::start(config).await;
        let url = format!("http://{}/sncgate.v1.RecordService/ListRecords", gateway.address);
        let request = reqwest::Client::new()
            .request(http::Method::OPTIONS, url)
            .header("origin", page)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "x-grpc-web,grpc-timeout");
        let answer = request.send().await.unwrap();
        let header = answer.headers().get("access-control-allow-origin");
        assert_eq!(header.map(|value| value.to_str().unwrap()), allowed, "{page}");
        gateway.stop().await;
    }
}
