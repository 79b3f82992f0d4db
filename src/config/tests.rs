use std::ffi::OsString;

use secrecy::ExposeSecret;
use url::Url;

use super::*;

const INSTANCE: &str = "
[instances.prod]
url = \"dev12345\"
[instances.prod.auth]
type = \"basic\"
username = \"u\"
password = \"p\"
";

fn load(text: &str, variables: &[(&str, &str)], flags: &Flags) -> Result<Config, Problems> {
    let mut problems = Problems::default();
    let mut root = parse("sncgate.toml", text, &mut problems);
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    environment::overlay(&mut root, variables, &mut problems);
    Config::from_layers(root, flags, problems)
}

fn problems(text: &str) -> String {
    load(text, &[], &Flags::default()).expect_err("the text has problems").to_string()
}

/// The keys of the default file are all there and say the defaults, those of the comments included.
#[test]
fn the_default_file_says_the_defaults() {
    let active = Config::from_text(&format!("{DEFAULT_FILE}{INSTANCE}")).unwrap();
    assert_eq!(active.server, Server::default());
    assert_eq!(active.limits, super::Limits::default());
    assert_eq!(active.idempotency, Idempotency::default());
    assert_eq!(active.log, Log::default());
    assert_eq!(active.audit, Audit::default());
    assert!(active.access.enabled && active.access.admin_password.is_none());

    let directory = tempfile::tempdir().unwrap();
    let key = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [7; 32]);
    let mut text = uncommented()
        .replace("backend = \"sqlite\"", "backend = \"redis\"")
        .replace("base64 of 32 bytes", &key);
    for file in ["redis-ca.pem", "ca.pem", "client.pem", "gateway.pem", "gateway.key", "clients.pem"] {
        let path = directory.path().join(file);
        std::fs::write(&path, "").unwrap();
        text = text.replace(&format!("\"{file}\""), &format!("\"{}\"", path.display()));
    }
    let mut config = Config::from_text(&text).unwrap();
    let instance = config.instances.get_mut("prod").unwrap();
    assert!(instance.proxy.take().is_some() && instance.ca_file.take().is_some());
    assert!(instance.client_cert_file.take().is_some());
    let link = instance.link.take().unwrap();
    assert!(link.client_secret.is_some() && link.redirect_uri.is_some() && link.scope.is_some());
    assert!(config.access.admin_password.take().is_some());
    let store = std::mem::take(&mut config.store);
    assert!(store.url.is_some() && store.username.is_some() && store.password.is_some());
    assert!(store.ca_file.is_some() && store.backend == Backend::Redis);
    let kept = (store.prefix, store.connect_timeout, store.timeout);
    assert_eq!(kept, (config.store.prefix.clone(), config.store.connect_timeout, config.store.timeout));
    assert_eq!(std::mem::take(&mut config.access.certificates).len(), 1);
    let tls = config.server.tls.take().unwrap();
    let default = super::Tls::new(tls.cert_file.clone(), tls.key_file.clone());
    assert_eq!(
        tls,
        super::Tls { client_auth: tls.client_auth, client_ca_file: tls.client_ca_file.clone(), ..default }
    );
    let mut issuer = config.access.issuers.remove("corp").unwrap();
    assert!(issuer.ca_file.take().is_some() && issuer.jwks_url.take().is_some());
    assert_eq!(std::mem::take(&mut issuer.roles)["gateway-admins"], ["admin"]);
    assert_eq!(issuer, Issuer::new("https://login.example.com/realms/corp", "sncgate"));
    assert_eq!(config.roles.remove("service-desk").unwrap().rules.len(), 2);
    let lake = config.export.destinations.remove("lake").unwrap();
    assert!(lake.endpoint.is_some() && lake.region.is_some() && lake.secret_access_key.is_some());
    assert_eq!(std::mem::take(&mut config.secrets.keys).len(), 1);

    let auth = Auth::Basic { username: "sncgate".into(), password: "change me".into() };
    let url = Url::parse("https://example.service-now.com").unwrap();
    let mut default = Config::with_instance("prod", Instance::new(url, auth));
    default.default_instance = Some("prod".to_owned());
    assert_eq!(config.to_redacted_toml(), default.to_redacted_toml());
}

/// A setting in a comment has no space after the #; prose has one.
fn uncommented() -> String {
    let setting = |line: &str| line.starts_with(|c: char| c == '[' || c.is_ascii_lowercase());
    let open = |line: &str| match line.strip_prefix('#') {
        Some(rest) if setting(rest) => format!("{rest}\n"),
        _ => format!("{line}\n"),
    };
    DEFAULT_FILE.lines().map(open).collect()
}

#[test]
fn later_layers_win() {
    let text = format!("[server]\nlisten = \"127.0.0.1:1\"\nadmin_listen = \"127.0.0.1:2\"\n{INSTANCE}");
    let variables = [
        ("SNCGATE__SERVER__LISTEN", "127.0.0.1:3"),
        ("SNCGATE__SERVER__ADMIN_LISTEN", "127.0.0.1:4"),
        ("SNCGATE__SERVER__MAX_CONCURRENT_STREAMS", "7"),
        ("SNCGATE__INSTANCES__PROD__CHECK_FIELDS", "false"),
        ("SNCGATE__INSTANCES__PROD__AUTH__PASSWORD", "12345"),
        ("SNCGATE_SERVER", "http://not-a-setting"),
    ];
    let flags = Flags { listen: None, admin_listen: Some("127.0.0.1:5".parse().unwrap()) };
    let config = load(&text, &variables, &flags).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.server.admin_listen.port(), 5);
    assert_eq!(config.server.max_concurrent_streams, 7);
    let prod = &config.instances["prod"];
    assert_eq!(prod.url.as_str(), "https://dev12345.service-now.com/");
    assert!(!prod.check_fields);
    let Auth::Basic { password, .. } = &prod.auth else { panic!("not basic") };
    assert_eq!(password.expose_secret(), "12345");
    assert_eq!(config.default_instance_name(), "prod");
}

#[test]
fn every_problem_is_told_at_once() {
    insta::assert_snapshot!(problems(
        r#"
        default_instance = "none"
        colour = "red"
        [server]
        listen = "0.0.0.0:8080"
        admin_listen = "nowhere"
        max_message_bytes = "many"
        default_deadline = "2h"
        drain = "0s"
        listn = 1
        [log]
        format = "xml"
        level = "sncgate=loud"
        [instances.a]
        url = "https://user:secret@a.example"
        auth.type = "basic"
        auth.password = 12345
        [instances.b]
        url = "ftp://b.example"
        max_concurrent = 0
        ca_file = "/nowhere/ca.pem"
        auth.type = "magic"
        [instances.C]
        auth.type = "refresh_token"
        auth.client_id = "id"
        auth.client_secret = "hush"
        auth.client_secret_file = "/nowhere/secret"
        auth.user = "u"
        auth.refresh_token_file = "/nowhere/token"
    "#
    ));
}

#[test]
fn a_store_is_what_it_says() {
    let of = |text: &str| load(&format!("{INSTANCE}[store]\n{text}"), &[], &Flags::default());
    let store = of("backend = \"redis\"\nurl = \"rediss://redis.example/3\"\npassword = \"hush\"").unwrap();
    assert_eq!(store.store.url.as_ref().unwrap().host_str(), Some("redis.example"));
    assert!(!store.to_redacted_toml().contains("hush"), "{}", store.to_redacted_toml());
    for (text, expected) in [
        ("backend = \"redis\"", "store.url: missing"),
        ("backend = \"postgres\"", "store.backend"),
        ("url = \"redis://a\"", "store.url: given, and store.backend is not \"redis\""),
        ("backend = \"redis\"\nurl = \"redis://:hush@a\"", "store.url: holds credentials"),
        ("backend = \"redis\"\nurl = \"http://a\"", "store.url: not a URL of Redis"),
        ("backend = \"redis\"\nurl = \"redis://a/b\"", "store.url: not a URL of Redis"),
        ("backend = \"redis\"\nurl = \"redis://a\"\nprefix = \"a{b\"", "store.prefix"),
        ("backend = \"redis\"\nurl = \"redis://a\"\nca_file = \"/nowhere\"", "store.ca_file"),
    ] {
        let message = of(text).expect_err(text).to_string();
        assert!(message.contains(expected), "{text}: {message}");
        assert!(!message.contains("hush"), "{message}");
    }
}

#[test]
fn a_secret_is_in_no_message() {
    let text = "[instances.prod.auth]\ntype = \"basic\"\npassword = hush hush\n";
    let message = problems(text);
    assert!(message.contains("in line 3"), "{message}");
    assert!(!message.contains("hush"), "{message}");

    let config = Config::from_text(INSTANCE.replace("\"p\"", "\"hush\"").as_str()).unwrap();
    assert!(!format!("{config:?}{}", config.to_redacted_toml()).contains("hush"));
}

/// Each way to sign in, with the keys that it needs and those that it may have; none more, none less.
#[test]
fn every_way_to_sign_in_can_be_configured() {
    let instance = |auth: &str| format!("[instances.a]\nurl = \"a\"\n[instances.a.auth]\n{auth}");
    for (kind, needed, optional) in [
        ("basic", &["username", "password"][..], &[][..]),
        ("oauth_password", &["client_id", "client_secret", "username", "password"], &[]),
        ("client_credentials", &["client_id", "client_secret"], &[]),
        ("refresh_token", &["client_id", "client_secret", "refresh_token"], &[]),
        (
            "jwt_bearer",
            &["client_id", "private_key", "subject"],
            &["issuer", "audience", "key_id", "client_secret"],
        ),
        ("api_key", &["key"], &[]),
    ] {
        let lines =
            |keys: &[&str]| -> String { keys.iter().map(|key| format!("{key} = \"hush\"\n")).collect() };
        let head = format!("type = \"{kind}\"\n");
        for text in
            [format!("{head}{}", lines(needed)), format!("{head}{}{}", lines(needed), lines(optional))]
        {
            let config =
                Config::from_text(&instance(&text)).unwrap_or_else(|error| panic!("{kind}: {error}"));
            let shown = config.to_redacted_toml();
            assert!(shown.contains(&format!("type = \"{kind}\"")), "{shown}");
        }
        for missing in needed {
            let rest: Vec<&str> = needed.iter().copied().filter(|key| key != missing).collect();
            let told = problems(&instance(&format!("{head}{}", lines(&rest))));
            assert!(told.contains(&format!("auth.{missing}: missing")), "{kind}: {told}");
        }
        let told = problems(&instance(&format!("{head}{}other = 1", lines(needed))));
        assert!(told.contains("auth.other: unknown key"), "{kind}: {told}");
    }
    let told = problems(&instance("type = \"certificate\""));
    assert!(told.contains("client_cert_file: missing"), "{told}");
}

#[test]
fn people_need_a_client_and_a_door() {
    let person = INSTANCE.replace("[instances.prod.auth]", "act_as = \"person\"\n[instances.prod.auth]");
    assert!(problems(&person).contains("instances.prod.link: missing"));
    let linked = format!("{person}[instances.prod.link]\nclient_id = \"c\"\n");
    assert_eq!(Config::from_text(&linked).unwrap().instances["prod"].act_as, ActAs::Person);
    assert!(problems(&format!("[access]\nenabled = false\n{linked}")).contains("access.enabled: false"));
    assert!(problems(&person.replace("person", "nobody")).contains("act_as: \"nobody\""));
}

#[test]
fn several_instances_need_a_default() {
    let two = format!("{INSTANCE}{}", INSTANCE.replace("prod", "test"));
    let message = problems(&two);
    assert!(message.contains("default_instance: missing"), "{message}");
    let config = Config::from_text(&format!("default_instance = \"test\"\n{two}")).unwrap();
    assert_eq!(config.default_instance_name(), "test");
}

#[test]
fn a_secret_may_be_in_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hush\n").unwrap();
    let key = format!("password_file = {:?}", file.path());
    let config = Config::from_text(&INSTANCE.replace("password = \"p\"", &key)).unwrap();
    let Auth::Basic { password, .. } = &config.instances["prod"].auth else { panic!("not basic") };
    assert_eq!(password.expose_secret(), "hush");
}

#[test]
fn variables_that_name_no_key_are_problems() {
    for name in
        ["SNCGATE__", "SNCGATE__SERVER__", "SNCGATE____LISTEN", "SNCGATE__INSTANCES", "SNCGATE__SERVER__X"]
    {
        let text = format!("[server]\n{INSTANCE}");
        let error = load(&text, &[(name, "x")], &Flags::default()).expect_err(name);
        assert_eq!(error.list().len(), 1, "{name}: {error}");
    }
}

#[test]
fn every_problem_of_a_role_is_told() {
    let message = problems(&format!(
        r#"{INSTANCE}
        [roles.Desk]
        [roles.viewer]
        [roles.desk]
        permissions = ["records_read", "fly"]
        colour = "red"
        [[roles.desk.rules]]
        tables = ["inci dent"]
        operations = ["read", "peek"]
        rows = "active=true^nonsense"
        hidden = ["a b"]
        [[roles.desk.rules]]
        deny = true
        tables = ["incident"]
        rows = "active=true"
        colour = "red"
        [[roles.desk.rules]]
        rows = "active=true^ORDERBYnumber"
    "#
    ));
    for told in [
        "roles.Desk: ",
        "roles.viewer: a built-in role has that name",
        "roles.desk.permissions: \"fly\" is no permission",
        "roles.desk.colour: unknown key",
        "roles.desk.rules[0].tables: ",
        "roles.desk.rules[0].operations: \"peek\" is no operation",
        "roles.desk.rules[0].rows: ",
        "roles.desk.rules[0].hidden: ",
        "roles.desk.rules[1].rows: a rule that denies",
        "roles.desk.rules[1].colour: unknown key",
        "roles.desk.rules[2].tables: missing",
        "roles.desk.rules[2].rows: must have conditions, and no order",
    ] {
        assert!(message.contains(told), "{told} is not in\n{message}");
    }
    assert_eq!(message.matches("\n  ").count(), 12, "each once:\n{message}");
}

#[test]
fn a_role_of_the_file_is_the_role_that_it_says() {
    let text = format!(
        "{INSTANCE}\n[roles.desk]\npermissions = [\"records_read\"]\n[[roles.desk.rules]]\ntables = [\"incident\"]\n\
         rows = \"active=true\"\nmasked = [\"caller_id\"]"
    );
    let config = Config::from_text(&text).unwrap();
    let role = config.roles["desk"].message("desk");
    assert!(role.in_configuration && role.permissions == [crate::pb::Permission::RecordsRead as i32]);
    assert_eq!(role.table_rules[0].row_filter, "active=true");
    assert_eq!(role.table_rules[0].field_rules[0].fields, ["caller_id"]);
    // What is shown reads back as the same.
    assert!(config.to_redacted_toml().contains("[[roles.desk.rules]]"), "{}", config.to_redacted_toml());
}

#[test]
fn every_problem_of_an_issuer_is_told() {
    let issuer = |name: &str, url: &str, more: &str| {
        format!("[access.issuers.{name}]\nurl = \"{url}\"\naudiences = [\"a\"]\n{more}\n")
    };
    let cases = [
        (issuer("corp", "http://login.example.com", ""), "corp.url: not an https URL"),
        (issuer("corp", "https://u:p@login.example.com", ""), "corp.url: not an https URL"),
        (issuer("corp", "https://login.example.com?x=1", ""), "corp.url: not an https URL"),
        (issuer("corp", "ftp://127.0.0.1", ""), "corp.url: not an https URL"),
        (issuer("Corp", "https://a.example", ""), "access.issuers.Corp: not an issuer's name"),
        (issuer("corp", "https://a.example", "algorithms = [\"HS256\"]"), "algorithms: \"HS256\" is none"),
        (issuer("corp", "https://a.example", "algorithms = [\"none\"]"), "algorithms: \"none\" is none"),
        (issuer("corp", "https://a.example", "algorithms = []"), "algorithms: empty"),
        (issuer("corp", "https://a.example", "token_types = [\"any\"]"), "token_types: \"any\" is none"),
        (issuer("corp", "https://a.example", "clock_skew = \"1h\""), "clock_skew: longer than 5m"),
        (issuer("corp", "https://a.example", "keys_retry = \"1h\""), "keys_retry: longer than keys_refresh"),
        (
            issuer("corp", "https://a.example", "keys_refresh = \"3d\""),
            "keys_refresh: longer than keys_max_age",
        ),
        (
            issuer("corp", "https://a.example", "jwks_url = \"http://a.example\""),
            "jwks_url: not an https URL",
        ),
        (issuer("corp", "https://a.example", "ca_file = \"/nowhere\""), "ca_file: there is no file"),
        (
            issuer("corp", "https://a.example", "default_roles = [\"A b\"]"),
            "default_roles: \"A b\" is no role",
        ),
        (
            issuer("corp", "https://a.example", "[access.issuers.corp.roles]\nx = 1"),
            "roles.x: 1 is not a list of texts",
        ),
        (issuer("corp", "https://a.example", "secret = 1"), "secret: unknown key"),
        ("[access.issuers.corp]\nurl = \"https://a.example\"".to_owned(), "audiences: missing"),
        ("[access.issuers.corp]\nurl = \"https://a.example\"\naudiences = []".to_owned(), "audiences: empty"),
        (
            format!("{}{}", issuer("a", "https://a.example", ""), issuer("b", "https://a.example", "")),
            "access.issuers.b.url: another issuer has it too",
        ),
    ];
    for (text, told) in cases {
        let message = problems(&format!("{INSTANCE}\n{text}"));
        assert!(message.contains(told), "{told} is not in\n{message}");
        assert!(message.starts_with("The configuration has a problem"), "one is told:\n{message}");
    }
    let good = format!("{INSTANCE}\n{}", issuer("corp", "http://127.0.0.1:1234/x", ""));
    assert_eq!(Config::from_text(&good).unwrap().access.issuers["corp"].audiences, ["a"]);
}

#[test]
fn destinations_of_exports_are_buckets_and_folders() {
    let good = "[export.destinations.disk]\nurl = \"file:///var/lib/exports\"\n\
                [export.destinations.lake]\nurl = \"s3://bucket/a/b\"\nendpoint = \"http://127.0.0.1:9000/\"\n";
    let config = Config::from_text(&format!("{good}{INSTANCE}")).unwrap();
    let lake = &config.export.destinations["lake"];
    assert_eq!(lake.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
    for (key, told) in [
        ("url = \"exports\"", "url"),
        ("url = \"http://bucket\"", "not the address of a bucket"),
        ("url = \"s3://key:hunter2@bucket\"", "not the address of a bucket"),
        ("url = \"s3://b\"\nendpoint = \"ftp://x\"", "not a plain http"),
        ("url = \"s3://b\"\naccess_key_id = \"k\"", "Give both, or neither"),
        ("url = \"s3://b\"\nbucket = \"k\"", "unknown key"),
    ] {
        let problems = problems(&format!("[export.destinations.x]\n{key}\n{INSTANCE}"));
        assert!(problems.contains(told) && !problems.contains("hunter2"), "{key}: {problems}");
    }
}
