//! A part of the corpus, and tricks with headers, through each face of a running gateway.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use http::{HeaderName, HeaderValue};
use tonic::{Code, Status};

use crate::access::{key_of, sign_in, user};
use crate::access_matrix::{forgeable, now};
use crate::backing::BACKINGS;
use crate::harness::{System, reason};
use crate::token_corpus::{Around, Forge, Vector, corpus, valid};
use crate::wire::{FACES, Wire, bearer};

const METHOD: &str = "/sncgate.v1.AuthService/WhoAmI";
/// Of each class.
const SAMPLE: usize = 9;
const AT_ONCE: usize = 32;
/// Of every answer to HTTP/1.1.
const SECURITY: [&str; 6] = [
    "cache-control",
    "content-security-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
];
/// A longer header is the listener's to refuse.
const FITS: usize = 8192;

fn refused(status: &Status, what: &str) {
    assert_eq!(status.code(), Code::Unauthenticated, "{what}: {status:?}");
    let (reason, metadata) = reason(status);
    assert!(reason.starts_with("TOKEN_") && metadata.is_empty(), "{what}: {status:?}");
    // The same headers whatever was wrong.
    let mut names: Vec<_> = status.metadata().as_ref().keys().map(HeaderName::as_str).collect();
    names.retain(|name| !["content-type", "content-length", "date", "transfer-encoding"].contains(name));
    names.retain(|name| !name.starts_with("access-control-") && *name != "vary");
    names.retain(|name| !SECURITY.contains(name));
    names.sort_unstable();
    assert_eq!(names, ["www-authenticate", "x-request-id"], "{what}: {status:?}");
}

/// Every so-manieth of a class that fits a header.
fn sample(vectors: Vec<Vector>) -> Vec<(String, HeaderValue)> {
    let mut classes: BTreeMap<&str, Vec<(String, HeaderValue)>> = BTreeMap::new();
    for vector in &vectors {
        let text = format!("Bearer {}", vector.token);
        if let Ok(value) = HeaderValue::from_bytes(text.as_bytes())
            && text.len() < FITS
            && text.trim_end() == text
        // HTTP/1.1 cuts space around a value
        {
            classes.entry(vector.class).or_default().push((vector.to_string(), value));
        }
    }
    assert!(classes.len() >= 25, "{:?}", classes.keys());
    let thinned = classes.into_values().flat_map(|class| {
        let step = class.len().div_ceil(SAMPLE);
        class.into_iter().step_by(step)
    });
    thinned.collect()
}

#[tokio::test]
async fn no_forged_token_gets_in_by_any_face() {
    for backing in BACKINGS {
        let system = System::with_records(0).await;
        let (mut gateway, _data, pkcs8) = forgeable(backing, &system).await;
        user(&gateway, "alice", &["admin"]).await;
        user(&gateway, "bob", &["viewer"]).await;
        let (alice, bob) = (sign_in(&gateway, "alice").await, sign_in(&gateway, "bob").await);
        let tokens = alice.tokens.unwrap();
        let around = Around {
            refresh_token: tokens.refresh_token,
            device_token: alice.device_token,
            api_key: key_of(&gateway, "alice", &[]).await,
            page_token: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAZA".to_owned(),
            flight_ticket: [&[7; 32][..], br#"{"export":"e","user":"u"}"#].concat(),
            other_user: "0".repeat(24),
            other_session: bob.session.unwrap().id,
            ended_session: "0".repeat(24),
            ..Around::default()
        };
        let forge = Forge::new(&tokens.access_token, &pkcs8, now(), around);
        let wire = &Wire::new(&gateway);
        let forged = sample(corpus(&forge));
        assert!(forged.len() >= 150, "only {} are tried", forged.len());
        let calls = forged.iter().flat_map(|one| FACES.map(|face| (face, one)));
        stream::iter(calls)
            .for_each_concurrent(AT_ONCE, async |(face, (name, value))| {
                let headers = [(http::header::AUTHORIZATION, value.clone())];
                refused(&wire.call(face, METHOD, &headers).await, &format!("{name} on {face:?}"));
            })
            .await;
        // Some are good for a second of a clock that stands still; this one goes on.
        let lasting = |(name, _): &(String, String)| !name.contains("second") && !name.contains("short");
        let key = ("the key".to_owned(), forge.around.api_key.clone());
        for (name, token) in valid(&forge).into_iter().filter(lasting).chain([key]) {
            for face in FACES {
                let status = wire.with_token(face, METHOD, &token).await;
                assert_eq!(status.code(), Code::Ok, "{name} on {face:?}: {status:?}");
            }
        }
        gateway.stop().await;
        system.stop().await;
    }
}

/// A good token gets nobody in where it is not in the one header, once, after the one scheme.
#[tokio::test]
async fn a_good_token_counts_in_its_place_only() {
    let system = System::with_records(0).await;
    let gateway = &system.gateway;
    let good = gateway.token.as_str();
    let wire = Wire::new(gateway);
    let authorization = |text: &str| ("authorization", HeaderValue::from_bytes(text.as_bytes()).unwrap());
    let bearer_good = format!("Bearer {good}");
    let mut tricks: Vec<(String, Vec<(&str, HeaderValue)>)> = Vec::new();
    for form in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer:{}",
        "Bearer={}",
        "Bearer\t{}",
        "Bearer  {}",
        " Bearer {}",
        "Bearer \"{}\"",
        "Bearer <{}>",
        "Bearer {},",
        "Bearer {};",
        "Bearer {} ",
        "Bearer {} x",
        "Bearer {}, Bearer {}",
        "Bearer {},Basic YTpi",
        "Basic YTpi, Bearer {}",
        "Bearer token={}",
        "Bearer token=\"{}\"",
        "Bearer Bearer {}",
        "Basic {}",
        "Token {}",
        "DPoP {}",
        "Bearer{}",
        "Bearerx {}",
        "xBearer {}",
        "{}",
        "{} Bearer",
        "JWT {}",
        "MAC id=\"{}\"",
        "Digest {}",
        "Negotiate {}",
        "AWS4-HMAC-SHA256 {}",
        "béarer {}",
        "Веarer {}",
        "Bearer é{}",
        "Bearer %{}",
        "Bearer +{}",
        "Bearer {}\u{a0}",
    ] {
        let text = form.replace("{}", good);
        // The listener cuts spaces at the ends of values in HTTP/1.1; what is left is tried elsewhere.
        if text.trim_end() != bearer_good && text.trim_start() != bearer_good {
            tricks.push((format!("{form:?}"), vec![authorization(&text)]));
        }
    }
    for (name, first, second) in [
        ("twice", bearer_good.as_str(), bearer_good.as_str()),
        ("good, then bad", &bearer_good, "Bearer x"),
        ("bad, then good", "Bearer x", &bearer_good),
        ("empty, then good", "", &bearer_good),
        ("good, then Basic", &bearer_good, "Basic YTpi"),
        ("Basic, then good", "Basic YTpi", &bearer_good),
    ] {
        tricks.push((name.to_owned(), vec![authorization(first), authorization(second)]));
    }
    for name in [
        "authorization-bin",
        "x-authorization",
        "proxy-authorization",
        "x-forwarded-authorization",
        "x-original-authorization",
        "grpc-metadata-authorization",
        "x-access-token",
        "x-api-key",
        "x-auth-token",
        "token",
        "cookie",
        "x-forwarded-user",
        "x-remote-user",
        "x-forwarded-access-token",
        "sec-websocket-protocol",
        "x-sncgate-user",
        "authentication",
    ] {
        tricks.push((name.to_owned(), vec![(name, bearer_good.parse().unwrap())]));
        tricks.push((format!("{name}, bare"), vec![(name, good.parse().unwrap())]));
    }
    assert!(tricks.len() >= 70, "only {} tricks", tricks.len());
    for (name, headers) in &tricks {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.clone())).collect();
        for face in FACES {
            // HTTP/2 libraries encode what is named so, and refuse what is none.
            if !(name.starts_with("authorization-bin")) {
                refused(&wire.call(face, METHOD, &headers).await, &format!("{name} on {face:?}"));
            }
        }
    }
    for query in ["access_token", "token", "authorization", "api_key"] {
        let path = format!("{METHOD}?{query}={good}");
        for face in FACES {
            refused(&wire.call(face, &path, &[]).await, &format!("{query} in the address on {face:?}"));
        }
    }
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let value = format!("{scheme} {good}").parse().unwrap();
        for face in FACES {
            let status =
                wire.call(face, METHOD, &[(http::header::AUTHORIZATION, HeaderValue::clone(&value))]).await;
            assert_eq!(status.code(), Code::Ok, "{scheme} on {face:?}: {status:?}");
        }
    }
    assert_eq!(wire.call(FACES[0], METHOD, &[bearer(good)]).await.code(), Code::Ok);
    system.stop().await;
}
