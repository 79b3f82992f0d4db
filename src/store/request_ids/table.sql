-- Calls that carried a request id. Times are milliseconds since 1970.
CREATE TABLE request_ids (
    method TEXT NOT NULL,
    instance TEXT NOT NULL,
    request_id TEXT NOT NULL,
    fingerprint BLOB NOT NULL, -- of the request without its id
    started INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    response BLOB, -- NULL: started, and nothing is known of its end
    UNIQUE (method, instance, request_id)
);
CREATE INDEX request_ids_expires ON request_ids (expires);
