use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use super::*;

fn count(connection: &Connection, sql: &str) -> Result<i64, Error> {
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

#[test]
fn a_private_file_goes_away_with_the_store() {
    let store = Store::open(None).unwrap();
    let folder = store.path().parent().unwrap().to_owned();
    assert!(folder.is_dir());
    drop(store);
    assert!(!folder.exists());
}

#[test]
fn a_kept_file_opens_again_with_the_same_dictionary() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept.db");
    let first = Store::open(Some(&file)).unwrap().schema();
    let again = Store::open(Some(&file)).unwrap().schema();
    assert_eq!(*first, *again);
}

#[test]
fn a_foreign_or_newer_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    assert!(matches!(Store::open(Some(&foreign)), Err(Error::Foreign)));
    let newer = folder.path().join("newer.db");
    let store = Store::open(Some(&newer)).unwrap();
    store.write(|transaction| set_note(transaction, "format", "99")).unwrap();
    drop(store);
    assert!(matches!(Store::open(Some(&newer)), Err(Error::Format { found, .. }) if found == "99"));
}

#[test]
fn a_failed_write_leaves_nothing() {
    let store = Store::open(None).unwrap();
    let refused: Result<(), Error> = store.write(|transaction| {
        transaction.execute_batch("INSERT INTO syslog (sys_id, message) VALUES ('1', 'lost')")?;
        Err(Error::Foreign)
    });
    assert!(refused.is_err());
    assert_eq!(store.read(|conn| count(conn, "SELECT count(*) FROM syslog")).unwrap(), 0);
}

#[test]
fn readers_cannot_write() {
    let store = Store::open(None).unwrap();
    let refused = store.read(|conn| Ok::<_, Error>(conn.execute_batch("DELETE FROM syslog")?));
    assert!(matches!(refused, Err(Error::Sqlite(_))));
}

#[test]
fn a_reader_sees_what_was_committed_while_a_write_is_under_way() {
    let store = Store::open(None).unwrap();
    store
        .write(|transaction| {
            transaction.execute_batch("INSERT INTO syslog (sys_id, message) VALUES ('1', 'now')")?;
            let seen = store.read(|conn| count(conn, "SELECT count(*) FROM syslog"))?;
            assert_eq!(seen, 0);
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(store.read(|conn| count(conn, "SELECT count(*) FROM syslog")).unwrap(), 1);
}

#[test]
fn text_compares_without_case_and_ids_too() {
    let store = Store::open(None).unwrap();
    store
        .write(|transaction| {
            let sql = "INSERT INTO sys_user (sys_id, name) VALUES ('AB', 'Zoë'), ('ac', 'ÉRICA')";
            Ok::<_, Error>(transaction.execute_batch(sql)?)
        })
        .unwrap();
    for sql in [
        "SELECT count(*) FROM sys_user WHERE name = 'zOË'",
        "SELECT count(*) FROM sys_user WHERE sys_id = 'ab'",
        "SELECT count(*) FROM sys_user WHERE text_contains(name, 'Ric')",
        "SELECT count(*) FROM sys_user WHERE text_starts(name, 'éR')",
        "SELECT count(*) FROM sys_user WHERE text_ends(name, 'OË')",
    ] {
        assert_eq!(store.read(|conn| count(conn, sql)).unwrap(), 1, "{sql}");
    }
}

#[test]
fn an_interrupt_stops_a_long_read() {
    let store = Store::open(None).unwrap();
    let (give, take) = mpsc::channel::<Interrupt>();
    let stopped = AtomicBool::new(false);
    thread::scope(|scope| {
        let running = &stopped;
        scope.spawn(move || {
            let interrupt = take.recv().unwrap();
            // The statement may not have started when the first interrupt arrives.
            while !running.load(Ordering::Relaxed) {
                interrupt.interrupt();
                thread::yield_now();
            }
        });
        let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";
        let result = store.read_interruptible(|conn, interrupt| {
            give.send(interrupt).unwrap();
            count(conn, endless)
        });
        stopped.store(true, Ordering::Relaxed);
        assert!(matches!(result, Err(Error::Sqlite(_))));
    });
}

#[test]
fn indexes_can_be_built_twice() {
    let store = Store::open(None).unwrap();
    store.build_indexes().unwrap();
    store.build_indexes().unwrap();
    let made = store.read(|conn| {
        count(conn, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%$%' AND type = 'index'")
    });
    assert_eq!(made.unwrap(), index::INDEXES.len() as i64);
}

#[test]
fn a_file_whose_filling_was_cut_short_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("half.db");
    let store = Store::open(Some(&file)).unwrap();
    let failed: Result<(), Error> = store.bulk(|connection| {
        connection.execute_batch("INSERT INTO syslog (sys_id, message) VALUES ('1', 'half')")?;
        Err(Error::Foreign)
    });
    assert!(failed.is_err());
    drop(store);
    assert!(matches!(Store::open(Some(&file)), Err(Error::Unfinished)));
}

#[test]
fn a_filled_file_is_safe_again() {
    let store = Store::open(None).unwrap();
    let fill = "INSERT INTO syslog (sys_id, message) VALUES ('1', 'whole')";
    store.bulk(|connection| Ok::<_, Error>(connection.execute_batch(fill)?)).unwrap();
    let mode = store
        .write(|tx| Ok::<_, Error>(tx.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0))?));
    assert_eq!(mode.unwrap(), "wal");
    assert_eq!(store.read(|conn| count(conn, "SELECT count(*) FROM syslog")).unwrap(), 1);
}

#[test]
fn more_readers_than_connections_take_turns() {
    let store = Store::open(None).unwrap();
    thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(store.read(|conn| count(conn, "SELECT count(*) FROM syslog")).unwrap(), 0);
                }
            });
        }
    });
}

/// A join through a reference must find an index from either side.
#[test]
fn references_join_through_indexes_both_ways() {
    let store = Store::open(None).unwrap();
    store.build_indexes().unwrap();
    for sql in [
        "SELECT 1 FROM sys_user AS u CROSS JOIN task AS t WHERE u.sys_id = t.caller_id",
        "SELECT 1 FROM task AS t CROSS JOIN sys_user AS u WHERE u.sys_id = t.caller_id",
        "SELECT 1 FROM task AS t CROSS JOIN sys_user AS u WHERE t.caller_id = u.sys_id",
    ] {
        let plan: Vec<String> = store
            .read(|conn| {
                let mut query = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let steps = query.query_map([], |row| row.get(3))?.collect::<Result<_, _>>()?;
                Ok::<_, Error>(steps)
            })
            .unwrap();
        assert!(plan[1].starts_with("SEARCH"), "{sql}: {plan:?}");
    }
}
