//! `sncgate demo`.

use anyhow::{Context, Result};
use serde::Serialize;
use servicenow_emulator::{Emulator, Running};
use sncgate::config::{ActAs, Auth, Config, Instance, Link, Origins};
use sncgate::links;
use sncgate::server::Server;
use url::Url;

use super::embedded::{self, PASSWORD, USERNAME};
use super::signals::{Signals, until_second};
use super::{args, logs, serve};

/// What requests call the embedded instance, should they name one.
const NAME: &str = "demo";
/// The gateway's own administrator.
const ADMINISTRATOR: &str = "admin";
/// Their password, which is no secret: the demo is reachable from this machine only.
const ADMINISTRATORS_PASSWORD: &str = "open sesame demo";
/// The embedded instance's OAuth client, and its secret.
const OAUTH_CLIENT: &str = "demo";

pub(crate) async fn run(arguments: args::Demo) -> Result<()> {
    logs::start(&embedded::quiet())?;
    let builder = Emulator::builder()
        .data_dir(&arguments.data_dir)
        .http(arguments.emulator_listen)
        .https(arguments.emulator_tls_listen);
    let builder = embedded::sign_in(builder, &arguments.sign_in)?;
    // Any port: the gateway's is not known yet.
    let callback = format!("http://127.0.0.1{}", links::CALLBACK);
    let builder = builder.demo_client(|demo| demo.redirect_uri(callback));
    let file = embedded::file(&arguments.data_dir, &arguments.data);
    let builder = embedded::kept(builder, &file, &arguments.data).await?;
    let builder = embedded::lives(builder, &arguments.life, &arguments.data)?;
    let running = builder.start().await.context("the embedded instance did not start")?;
    // From here on; before, a signal ends the command at once.
    let mut signals = Signals::listen()?;
    // The gateway remembers answers of this very instance: each set of data has its own memory.
    let mut config = config(&arguments, &running)?;
    config.server.data_dir = file.with_extension("gateway");
    let server = serve::bind(&config).await?;
    server.access().ensure_administrator().await?;
    let token = server.access().administrator_key(ADMINISTRATOR, "demo").await?;
    let addresses = Addresses::of(&server, &running, token);
    let as_person = arguments.act_as == args::ActAs::Person;
    if arguments.print_json {
        serve::print_line(&addresses);
    } else {
        serve::print_text(&addresses.text(as_person));
    }
    let _watching = embedded::watch(&running);
    let work = async move {
        server.run_until(async move { signals.next().await }).await?;
        running.shutdown().await;
        Ok(())
    };
    until_second(work).await
}

fn config(arguments: &args::Demo, running: &Running) -> Result<Config> {
    let auth = Auth::Basic { username: USERNAME.to_owned(), password: PASSWORD.into() };
    let mut instance = Instance::new(Url::parse(&running.http_url())?, auth);
    instance.link = Some(Link::new(OAUTH_CLIENT, OAUTH_CLIENT.into()));
    if arguments.act_as == args::ActAs::Person {
        instance.act_as = ActAs::Person;
    }
    let mut config = Config::with_instance(NAME, instance);
    config.server.listen = arguments.listen;
    config.server.admin_listen = arguments.admin_listen;
    config.server.cors_origins = Origins::loopback();
    config.access.admin_username = ADMINISTRATOR.to_owned();
    config.access.admin_password = Some(ADMINISTRATORS_PASSWORD.into());
    Ok(config)
}

#[derive(Serialize)]
struct Addresses {
    gateway: String,
    token: String,
    admin: String,
    emulator: String,
    emulator_tls: String,
    ca: String,
    username: &'static str,
    password: &'static str,
}

impl Addresses {
    fn of(server: &Server, running: &Running, token: String) -> Self {
        Self {
            token,
            gateway: format!("http://{}", server.gateway_addr()),
            admin: format!("http://{}", server.admin_addr()),
            emulator: running.http_url(),
            emulator_tls: running.https_url(),
            ca: embedded::ca(running),
            username: USERNAME,
            password: PASSWORD,
        }
    }

    fn text(&self, as_person: bool) -> String {
        let Self { gateway, token, admin, emulator, emulator_tls, ca, username, password } = self;
        let host = gateway.trim_start_matches("http://");
        let program = std::env::args().next().unwrap_or_else(|| "sncgate".to_owned());
        let server = if host == "127.0.0.1:8080" { String::new() } else { format!(" --server {gateway}") };
        let person = if as_person {
            format!(
                "{program} login {ADMINISTRATOR}{server} && {program} link{server}   (at the instance: itil / itil)"
            )
        } else {
            format!(
                "{program} demo --act-as person   (calls are made as who calls, once they have linked their account)"
            )
        };
        format!(
            "\
gateway            {gateway}  (gRPC and grpc-web)
its administrator  {ADMINISTRATOR} / {ADMINISTRATORS_PASSWORD}
admin              {admin}  (/livez, /readyz, /metrics)
embedded instance  {emulator}
                   {emulator_tls}  trust {ca}
its credentials    {username} / {password}

Try, in another shell:
  export SNCGATE_TOKEN={token}
  grpcurl -plaintext -H \"authorization: Bearer $SNCGATE_TOKEN\" -d '{{\"table\":\"incident\",\"page_size\":3}}' {host} sncgate.v1.RecordService/ListRecords
  {program} query incident --where priority=1{server}
  cargo run -p sncgate-client --example query -- {gateway}
  {person}"
        )
    }
}
