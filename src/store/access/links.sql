-- Accounts that people linked at instances. Times are milliseconds since 1970.
CREATE TABLE links (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    instance TEXT NOT NULL,
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    tokens BLOB NOT NULL, -- sealed
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    renewed_at INTEGER NOT NULL,
    broken_at INTEGER,
    PRIMARY KEY (user_id, instance)
) STRICT, WITHOUT ROWID;

-- Steps of links that are being made.
CREATE TABLE link_attempts (
    key BLOB PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    instance TEXT NOT NULL,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX link_attempts_of_user ON link_attempts (user_id, expires_at);

-- Who of the instance's users a call was made as.
ALTER TABLE audit ADD COLUMN acted_as TEXT NOT NULL DEFAULT '';
