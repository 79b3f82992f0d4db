//! Several pieces of work in one transaction: the disk is waited for once for all of them.
//!
//! Each is in a savepoint of its own, so that one that fails leaves nothing and the others go on. Nobody is told that their
//! work is done before all is on the disk.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use crate::error::Error;

/// At most so many: the first of them waits for the last.
const MOST: usize = 128;

/// Work that waits for the connection.
pub(super) type Waiting = Arc<Mutex<VecDeque<Job>>>;

/// Does it, and gives who is told once that is on the disk, or why it cannot be.
pub(super) type Job = Box<dyn FnOnce(&Transaction<'_>) -> rusqlite::Result<Told> + Send>;

type Told = Box<dyn FnOnce(Result<(), String>) + Send>;

/// A piece of work, and where its outcome comes.
pub(super) fn job<T: Send + 'static>(
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, Error>>) {
    let (sender, receiver) = oneshot::channel();
    let job = move |transaction: &Transaction<'_>| {
        let done = alone(transaction, work)?;
        let told = move |committed: Result<(), String>| {
            let outcome = committed.map_err(Error::internal).and_then(|()| done.map_err(Error::internal));
            // Nobody may wait for it any more.
            let _ = sender.send(outcome);
        };
        Ok(Box::new(told) as Told)
    };
    (Box::new(job), receiver)
}

/// Carries out what waits; another thread may have done so before.
pub(super) fn run(connection: &Mutex<Connection>, waiting: &Mutex<VecDeque<Job>>) {
    // One that panicked left no half transaction: it was rolled back when it unwound.
    let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    let jobs: Vec<Job> = {
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let most = waiting.len().min(MOST);
        waiting.drain(..most).collect()
    };
    if jobs.is_empty() {
        return;
    }
    let mut told = Vec::with_capacity(jobs.len());
    let committed = all(&mut connection, jobs, &mut told).map_err(|error| error.to_string());
    for tell in told {
        tell(committed.clone());
    }
}

fn all(connection: &mut Connection, jobs: Vec<Job>, told: &mut Vec<Told>) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in jobs {
        // What panics is undone; who waits for it finds that it broke off.
        match catch_unwind(AssertUnwindSafe(|| job(&transaction))) {
            Ok(done) => told.push(done?),
            Err(_) => transaction.execute_batch("ROLLBACK TO one; RELEASE one")?,
        }
    }
    transaction.commit()
}

/// Its own outcome, or that the transaction cannot go on.
fn alone<T>(
    transaction: &Transaction<'_>,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<rusqlite::Result<T>> {
    transaction.prepare_cached("SAVEPOINT one")?.execute([])?;
    let done = work(transaction);
    if done.is_err() {
        transaction.execute_batch("ROLLBACK TO one")?;
    }
    transaction.prepare_cached("RELEASE one")?.execute([])?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_undone_alone() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE numbers (one INTEGER PRIMARY KEY)").unwrap();
        let connection = Mutex::new(connection);
        let waiting = Mutex::new(VecDeque::new());
        let add = |number: i64, then: fn()| {
            let (job, answer) = job(move |transaction| {
                transaction.execute("INSERT INTO numbers VALUES (?1)", [number])?;
                then();
                transaction.execute("INSERT INTO numbers VALUES (?1)", [number + 1])
            });
            waiting.lock().unwrap().push_back(job);
            answer
        };
        let mut answers =
            [add(1, || ()), add(2, || ()), add(3, || panic!("as asked")), add(0, || ()), add(8, || ())];
        run(&connection, &waiting);
        let outcomes = answers.each_mut().map(|answer| answer.try_recv().map(|outcome| outcome.is_ok()).ok());
        // The second and the fourth find a number that is there; nobody hears of the one that broke off.
        assert_eq!(outcomes, [Some(true), Some(false), None, Some(false), Some(true)]);
        let connection = connection.lock().unwrap();
        let mut statement = connection.prepare("SELECT one FROM numbers ORDER BY one").unwrap();
        let numbers: Vec<i64> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(numbers, [1, 2, 8, 9]);
    }
}
