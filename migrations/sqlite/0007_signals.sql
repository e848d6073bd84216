-- +goose Up
-- What the server has to tell of itself: written with what happened, published as
-- events apart from it, and gone then. data is JSON.
CREATE TABLE signals (
    id         blob PRIMARY KEY NOT NULL,
    tenant_id  blob NOT NULL,
    type       text NOT NULL,
    entity_id  text NOT NULL,
    data       text NOT NULL,
    created_at integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX signals_tenant ON signals (tenant_id);

-- What was told of channels and is not over. A channel that was disabled at
-- disabled_at has worked again once an attempt after position looked of their log
-- succeeded. Before quiet_until no rate of failures is told: the minutes from before
-- the channel was disabled would count.
CREATE TABLE channel_alerts (
    channel_id    blob PRIMARY KEY NOT NULL,
    tenant_id     blob NOT NULL,
    failing_since integer,
    disabled_at   integer,
    looked        integer NOT NULL DEFAULT 0,
    quiet_until   integer NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX channel_alerts_tenant ON channel_alerts (tenant_id);

-- Tenants whose deliveries are late since then; told_at is NULL before it was told.
CREATE TABLE backlog_alerts (
    tenant_id  blob PRIMARY KEY NOT NULL,
    late_since integer NOT NULL,
    told_at    integer
) WITHOUT ROWID;

-- The newest failure of a message with more than operational events in it.
ALTER TABLE channels ADD COLUMN ordinary_failed_at integer;

-- Those of the failed attempts that the receiver only asked for a pause by.
ALTER TABLE attempt_stats ADD COLUMN throttled integer NOT NULL DEFAULT 0;

-- A time: when channels and backlogs were last looked at.
INSERT INTO log_heads (name, position) VALUES ('watch', 0);

-- +goose Down
DELETE FROM log_heads WHERE name = 'watch';
ALTER TABLE attempt_stats DROP COLUMN throttled;
ALTER TABLE channels DROP COLUMN ordinary_failed_at;
DROP TABLE backlog_alerts;
DROP TABLE channel_alerts;
DROP TABLE signals;
