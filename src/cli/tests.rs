use clap::{CommandFactory, Parser};

use super::args::{Cli, Command, Pair};

#[test]
fn the_definitions_are_sound() {
    Cli::command().debug_assert();
}

/// The help of every command is frozen: a change shows in review.
#[test]
fn help() {
    // Built, so that global options are where a user sees them.
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut text = format!("{}\n", root.render_long_help());
    append_help(&mut root, &mut text);
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

fn append_help(command: &mut clap::Command, text: &mut String) {
    for inner in command.get_subcommands_mut() {
        let mut shown = inner.clone();
        // They are the same everywhere: the root's help has them once.
        for name in ["server", "instance", "output", "no_header", "timeout"] {
            shown = shown.mut_arg(name, |argument| argument.hide(true));
        }
        let line = "=".repeat(80);
        text.push_str(&format!("{line}\n{}\n", shown.render_long_help()));
        append_help(inner, text);
    }
}

#[test]
fn command_lines_that_are_right() {
    let cases = [
        "get incident 1c741bd70b2322007518478d83673af3 --fields number,caller_id.name --display both",
        "query incident",
        "query incident active=true^priority=1 -o csv --no-header",
        "query incident --where a=b=c --where d= --fields number,state --order -priority --order number",
        "query incident --order -priority,number --limit 10 --page-size 100 --timeout 10m",
        "create incident short_description=x urgency=1",
        "create incident --data @file.json",
        "update incident abc state=2 --etag 3",
        "delete incident abc def --allow-missing",
        "create incident --from file.csv --input-display",
        "update incident --query active=true --set state=2 --set urgency= --max 10 --dry-run",
        "delete incident --query active=true --yes",
        "batch run -",
        "count incident active=true --group-by state,priority",
        "aggregate incident --avg x --group-by state --having avg(x)>=2 --having count>5 --order -count",
        "attachment list incident",
        "attachment upload incident abc - --name a.txt --content-type text/plain",
        "attachment download abc",
        "attachment download abc folder --resume",
        "attachment delete abc def --yes",
        "journal list incident abc --limit 3",
        "journal add incident abc text --work-note",
        "import u_imp_incident - --format csv -o json",
        "tasks list --state failed,pending --kind export --label team=ops --label run=a=b --owner alice -o json",
        "tasks watch",
        "tasks watch --kind export",
        "tasks watch abc def",
        "tasks cancel abc def",
        "tasks retry abc",
        "tasks retry --all-failed --kind export,import --max 5 --yes",
        "tasks delete --all-finished --state succeeded,cancelled --yes",
        "tasks clean-up --watch",
        "tables",
        "tables cmdb",
        "schema incident -o json",
        "explain active=true",
        "explain incident active=true",
        "operators",
        "info --server http://[::1]:1 --instance prod",
        "--server http://[::1]:1 -o yaml info",
        "emulate --realistic --mode maintenance --activity 0.5",
        "demo --activity 20 --replay log.zip --map map.toml --speed 3600x",
        "emulate --replay problem=log.csv --map map.toml --speed max",
        "config check --config x.toml",
        "config default",
        "completions bash",
    ];
    for line in cases {
        let parsed = Cli::try_parse_from(std::iter::once("sncgate").chain(line.split(' ')));
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}

#[test]
fn command_lines_that_are_wrong() {
    let cases = [
        "",
        "get incident",
        "query",
        "query incident --where priority",
        "query incident --where priority!=1",
        "query incident --where =1",
        "query incident --limit 0",
        "query incident --page-size 10001",
        "query incident --timeout 10",
        "query incident -o xml",
        "create incident",
        "create incident priority",
        "delete incident",
        "delete incident abc --query active=true",
        "update incident --query active=true --max 0",
        "create incident a=b --from file.csv",
        "batch run",
        "aggregate incident --count --having count>5",
        "aggregate incident --count --group-by a --having sum>5",
        "attachment",
        "attachment upload incident abc",
        "journal add incident abc",
        "import u_imp_incident",
        "import u_imp_incident a.csv --format xml",
        "tasks",
        "tasks list --state done",
        "tasks list --label team",
        "tasks get",
        "tasks watch abc --kind export",
        "tasks cancel",
        "tasks retry",
        "tasks retry abc --yes",
        "tasks retry abc --all-failed",
        "tasks delete --all-finished --state running",
        "tasks delete abc --state failed",
        "explain",
        "explain a b c",
        "emulate --mode asleep",
        "emulate --activity fast",
        "emulate --map map.toml",
        "emulate --replay log.csv",
        "emulate --replay =log.csv --map map.toml",
        "emulate --speed 2",
        "emulate --replay log.csv --map map.toml --speed 0",
        "emulate --replay log.csv --load incident=log.csv --map map.toml",
        "nonsense",
    ];
    for line in cases {
        let words = line.split(' ').filter(|word| !word.is_empty());
        let error = Cli::try_parse_from(std::iter::once("sncgate").chain(words)).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn a_value_may_hold_an_equals_sign() {
    let cli = Cli::parse_from(["sncgate", "query", "incident", "--where", "a=b=c"]);
    let Command::Query(query) = cli.command else { panic!("not a query") };
    assert_eq!(query.rows.conditions, [Pair { field: "a".into(), value: "b=c".into() }]);
}
