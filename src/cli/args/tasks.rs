//! Work in the background.

use clap::{Args, Subcommand, ValueEnum};
use sncgate_client::pb::TaskState;

/// Most tasks that one command names.
const MOST_IDS: usize = 20;

/// List, watch and steer tasks, the work that the gateway does in the background
///
/// The tasks that failed for good are the dead letters: `sncgate tasks list --state failed` shows them, `retry` replays
/// them from their last checkpoint, `delete` discards them.
#[derive(Args, Debug)]
pub(crate) struct Tasks {
    #[command(subcommand)]
    pub(crate) command: TasksCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TasksCommand {
    /// List tasks, the newest first
    List {
        #[command(flatten)]
        which: WhichTasks,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 100)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Show a task
    Get {
        /// As listed
        id: String,
    },
    /// Show how far tasks are until all of them are finished; their ends decide the exit code
    ///
    /// Without ids: prints all tasks of the filter, and again each that changes, until it is interrupted. Interrupting the
    /// command does not touch the tasks.
    Watch {
        /// As listed
        #[arg(value_name = "ID", num_args = 0..=MOST_IDS, conflicts_with_all = ["kind", "label", "owner", "schedule"])]
        ids: Vec<String>,
        #[command(flatten)]
        which: WatchedTasks,
    },
    /// End tasks: at once where they do not run, else at their next page
    Cancel(TaskIds),
    /// Stop tasks until `resume`: at once where they do not run, else at their next checkpoint
    Pause(TaskIds),
    /// Let paused tasks go on
    Resume(TaskIds),
    /// Let tasks that failed or were cancelled begin again from their last checkpoint
    Retry {
        /// As listed
        #[arg(value_name = "ID", num_args = 1..=MOST_IDS, required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<String>,
        /// All that failed
        #[arg(long = "all-failed", id = "all")]
        all: bool,
        #[command(flatten)]
        many: ManyTasks,
    },
    /// Forget finished tasks; what they wrote stays
    Delete {
        /// As listed
        #[arg(value_name = "ID", num_args = 1..=MOST_IDS, required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<String>,
        /// All that are finished
        #[arg(long = "all-finished", id = "all")]
        all: bool,
        /// Only those that ended so, separated by commas
        #[arg(long, value_name = "STATE", value_delimiter = ',', conflicts_with = "ids")]
        state: Vec<EndName>,
        #[command(flatten)]
        many: ManyTasks,
    },
    /// Make a task that removes what the gateway need not keep any longer
    CleanUp {
        /// Wait for its end
        #[arg(long)]
        watch: bool,
    },
}

/// Which tasks are listed.
#[derive(Args, Debug)]
pub(crate) struct WhichTasks {
    /// In one of these states, separated by commas
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub(crate) state: Vec<StateName>,
    #[command(flatten)]
    pub(crate) watched: WatchedTasks,
}

/// Which tasks are watched: their states change.
#[derive(Args, Clone, Debug)]
pub(crate) struct WatchedTasks {
    /// Of one of these kinds, separated by commas, as export
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) kind: Vec<String>,
    /// With this label; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = label)]
    pub(crate) label: Vec<(String, String)>,
    /// Of this user [default: yours, or everybody's for administrators]
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub(crate) owner: String,
    /// Made by this schedule
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pub(crate) schedule: String,
}

/// Tasks by name.
#[derive(Args, Debug)]
pub(crate) struct TaskIds {
    /// As listed
    #[arg(value_name = "ID", required = true, num_args = 1..=MOST_IDS)]
    pub(crate) ids: Vec<String>,
}

/// What goes with "all".
#[derive(Args, Debug)]
pub(crate) struct ManyTasks {
    /// Only those of one of these kinds, separated by commas
    #[arg(long, value_name = "KIND", value_delimiter = ',', conflicts_with = "ids")]
    pub(crate) kind: Vec<String>,
    /// Do nothing where there are more
    #[arg(long, value_name = "N", default_value_t = 1000, conflicts_with = "ids")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) max: u32,
    /// Do not ask
    #[arg(long, conflicts_with = "ids")]
    pub(crate) yes: bool,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateName {
    Pending,
    Running,
    Paused,
    Retrying,
    Succeeded,
    Failed,
    Cancelled,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EndName {
    Succeeded,
    Failed,
    Cancelled,
}

impl From<EndName> for TaskState {
    fn from(name: EndName) -> Self {
        match name {
            EndName::Succeeded => Self::Succeeded,
            EndName::Failed => Self::Failed,
            EndName::Cancelled => Self::Cancelled,
        }
    }
}

impl From<StateName> for TaskState {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Pending => Self::Pending,
            StateName::Running => Self::Running,
            StateName::Paused => Self::Paused,
            StateName::Retrying => Self::Retrying,
            StateName::Succeeded => Self::Succeeded,
            StateName::Failed => Self::Failed,
            StateName::Cancelled => Self::Cancelled,
        }
    }
}

fn label(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE"),
    }
}
