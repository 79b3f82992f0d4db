CREATE TABLE row_counts (
    user_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    read INTEGER NOT NULL,
    PRIMARY KEY (user_id, day)
) STRICT, WITHOUT ROWID;
