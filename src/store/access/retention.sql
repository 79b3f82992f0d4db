-- The audit log may lose its oldest events, and only those: the anchor says which, and holds the hash that the rest of the
-- chain goes on from. It only ever moves on.
CREATE TABLE audit_anchor (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_anchor_moves_on BEFORE UPDATE ON audit_anchor WHEN NEW.sequence < OLD.sequence
BEGIN
    SELECT raise(ABORT, 'the anchor of the audit log only moves on');
END;
CREATE TRIGGER audit_anchor_stays BEFORE DELETE ON audit_anchor
BEGIN
    SELECT raise(ABORT, 'the anchor of the audit log only moves on');
END;
DROP TRIGGER audit_is_not_deleted;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
WHEN OLD.sequence > (SELECT coalesce(max(sequence), 0) FROM audit_anchor)
BEGIN
    SELECT raise(ABORT, 'the audit log loses nothing but what is before its anchor');
END;
