//! `sncgate secrets`: keys that seal what is kept, made and replaced by commands.

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::program::{Outcome, at_home, run};
use crate::serving::{PASSWORD, Serving, command, environment};

fn secrets(environment: &[(String, String)], what: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sncgate"));
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    run(command.args(["secrets", what]))
}

fn generated() -> String {
    secrets(&[], "generate-key").text().trim_end().to_owned()
}

#[test]
fn a_key_is_new_each_time() {
    let (one, two) = (generated(), generated());
    assert_ne!(one, two);
    assert_eq!(STANDARD.decode(one).expect("base64, and nothing else").len(), 32);
}

/// Who is signed in stays so while the key is replaced, and after the old one is gone.
#[test]
fn a_key_is_replaced_and_the_old_one_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, file) = (folder.path().join("data"), folder.path().join("keys"));
    let (old, new) = (generated(), generated());
    let keys = |lines: &[&str]| std::fs::write(&file, lines.join("\n")).expect("it can be written");
    let environment = environment(&data, &[("SNCGATE__SECRETS__KEYS_FILE", file.to_str().unwrap())]);

    keys(&[&old]);
    let gateway = Serving::start(&environment);
    at_home(folder.path(), &gateway.url, &["login", "admin", "--password-stdin"], &format!("{PASSWORD}\n"))
        .text();
    let refused = secrets(&environment, "rotate");
    assert_eq!(refused.code, Some(1), "the gateway runs");
    assert!(refused.stderr.contains("the gateway must be stopped meanwhile"), "{}", refused.stderr);
    let before = gateway.url.clone();
    gateway.stop();
    assert!(!data.join("secrets.key").exists(), "the keys are elsewhere");

    keys(&[&new, &old]);
    let resealed = |outcome: Outcome| -> u64 {
        assert!(!outcome.stderr.contains(&new) && !outcome.stdout.contains(&new), "it tells no key");
        let told: serde_json::Value = serde_json::from_str(&outcome.text()).expect("JSON");
        told["resealed"].as_u64().expect("a number")
    };
    assert!(
        resealed(secrets(&environment, "rotate")) >= 2,
        "a signing key, and the secret of refresh tokens"
    );
    assert_eq!(resealed(secrets(&environment, "rotate")), 0, "it may be repeated");

    keys(&[&new]);
    let gateway = Serving::start(&environment);
    moved(folder.path(), &before, &gateway.url);
    let said = at_home(folder.path(), &gateway.url, &["whoami", "-o", "json"], "").text();
    assert!(said.contains("\"admin\""), "{said}");
    gateway.stop();

    // The old one opens nothing any more, and the gateway makes no new secrets in place of those.
    keys(&[&old]);
    let refused = run(&mut command(&environment));
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{}", refused.stderr);
    let refused = secrets(&environment, "rotate");
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("not everything could be sealed anew"), "{}", refused.stderr);
    keys(&[&new]);
    Serving::start(&environment).stop();
}

/// The session was kept by the old address; the port is another one now.
fn moved(home: &Path, before: &str, after: &str) {
    let file = home.join("sncgate/sessions.json");
    let kept = std::fs::read_to_string(&file).expect("it is kept").replace(before, after);
    std::fs::write(&file, kept).expect("it can be written");
}
