-- +goose Up
-- Who changed or revealed what. Rows are written once and never change; they go by
-- retention, and with their tenant. They bear no foreign keys: an entry outlives
-- what it is about, and a node that does not know this table can erase a tenant.
-- tenant_id is NULL for what belongs to no tenant; detail is a JSON object.
CREATE TABLE audit_log (
    id         blob PRIMARY KEY NOT NULL,
    tenant_id  blob,
    actor_kind text NOT NULL,
    actor_id   blob,
    actor_name text NOT NULL,
    session_id blob,
    action     text NOT NULL,
    target     text,
    detail     text NOT NULL,
    address    text,
    created_at integer NOT NULL
);
CREATE INDEX audit_log_tenant ON audit_log (tenant_id, id);
CREATE INDEX audit_log_actor ON audit_log (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_target ON audit_log (target, id) WHERE target IS NOT NULL;
CREATE INDEX audit_log_created ON audit_log (created_at);

-- +goose StatementBegin
CREATE TRIGGER audit_log_keep BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log never change');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE audit_log;
