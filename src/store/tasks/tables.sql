-- Columns are what is searched for and what must change without the rest; the message is the task as callers see it.
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    born INTEGER NOT NULL UNIQUE, -- the revision that it was made with
    revision INTEGER NOT NULL UNIQUE,
    owner_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    ended_at INTEGER,
    unique_key TEXT NOT NULL,
    worker TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    claimed_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    checkpoint BLOB NOT NULL,
    message BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX tasks_runnable ON tasks (priority DESC, due_at, born) WHERE state IN (1, 2, 4);
CREATE INDEX tasks_of_owner ON tasks (owner_id, born);
CREATE INDEX tasks_ended ON tasks (ended_at) WHERE ended_at IS NOT NULL;
CREATE UNIQUE INDEX tasks_unique_key ON tasks (owner_id, unique_key) WHERE unique_key <> '' AND state IN (1, 2, 3, 4);
CREATE TABLE task_revision (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL);
INSERT INTO task_revision VALUES (1, 0);
