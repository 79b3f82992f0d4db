//! Where the instance is, comparisons that say what was expected, and what became of the checks.

use std::fmt::Debug;
use std::process::ExitCode;

use servicenow_rs::prelude::*;

/// What a check saw, or why it failed.
pub type Seen = std::result::Result<String, Box<dyn std::error::Error>>;

/// Where the instance is and who may use it, as the test that runs this says in the environment.
pub struct Instance {
    pub http: String,
    pub https: String,
    pub username: String,
    pub password: String,
    pub client_id: String,
    pub client_secret: String,
    pub api_key: String,
}

impl Instance {
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        Self {
            http: variable("INSTANCE_HTTP"),
            https: variable("INSTANCE_HTTPS"),
            username: variable("INSTANCE_USERNAME"),
            password: variable("INSTANCE_PASSWORD"),
            client_id: variable("INSTANCE_CLIENT_ID"),
            client_secret: variable("INSTANCE_CLIENT_SECRET"),
            api_key: variable("INSTANCE_API_KEY"),
        }
    }

    /// A client as most programs have it; `change` sets what a check needs otherwise.
    pub async fn client_with(
        &self,
        change: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<ServiceNowClient> {
        let auth = BasicAuth::new(&self.username, &self.password);
        let builder = ServiceNowClient::builder().instance(&self.https).auth(auth);
        change(builder.schema_release("xanadu").max_retries(0)).build().await
    }

    pub async fn client(&self) -> Result<ServiceNowClient> {
        self.client_with(|builder| builder).await
    }
}

/// What became of the checks so far.
#[derive(Default)]
pub struct Run {
    passed: usize,
    failed: usize,
}

impl Run {
    /// Runs one check and tells what it saw, or what it expected and found.
    pub async fn check(&mut self, name: &str, check: impl Future<Output = Seen>) {
        match check.await {
            Ok(seen) => {
                println!("ok     {name}: {seen}");
                self.passed += 1;
            }
            Err(why) => {
                println!("FAIL   {name}: {why}");
                self.failed += 1;
            }
        }
    }

    /// Prints how many held; failure where one did not, or where there was none.
    pub fn summary(&self) -> ExitCode {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed > 0 || self.passed == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Fails unless both are equal; a short text says what was compared.
pub fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> std::result::Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}")) }
}

/// Fails unless the condition holds.
pub fn holds(what: &str, condition: bool) -> std::result::Result<(), String> {
    if condition { Ok(()) } else { Err(what.to_owned()) }
}

/// A field as it came, in whichever face was asked for.
pub fn text<'a>(record: &'a Record, field: &str) -> &'a str {
    record.get_str(field).unwrap_or("")
}

/// A field of all records, in their order.
pub fn column(records: &[Record], field: &str) -> Vec<String> {
    records.iter().map(|record| text(record, field).to_owned()).collect()
}
