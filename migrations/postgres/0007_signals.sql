-- +goose Up
-- What the server has to tell of itself: written with what happened, published as
-- events apart from it, and gone then. data is JSON.
CREATE TABLE signals (
    id         uuid PRIMARY KEY,
    tenant_id  uuid NOT NULL,
    type       text NOT NULL,
    entity_id  text NOT NULL,
    data       text NOT NULL,
    created_at bigint NOT NULL
);
CREATE INDEX signals_tenant ON signals (tenant_id);

-- What was told of channels and is not over. A channel that was disabled at
-- disabled_at has worked again once an attempt after position looked of their log
-- succeeded. Before quiet_until no rate of failures is told: the minutes from before
-- the channel was disabled would count.
CREATE TABLE channel_alerts (
    channel_id    uuid PRIMARY KEY,
    tenant_id     uuid NOT NULL,
    failing_since bigint,
    disabled_at   bigint,
    looked        bigint NOT NULL DEFAULT 0,
    quiet_until   bigint NOT NULL DEFAULT 0
);
CREATE INDEX channel_alerts_tenant ON channel_alerts (tenant_id);

-- Tenants whose deliveries are late since then; told_at is NULL before it was told.
CREATE TABLE backlog_alerts (
    tenant_id  uuid PRIMARY KEY,
    late_since bigint NOT NULL,
    told_at    bigint
);

-- The newest failure of a message with more than operational events in it.
ALTER TABLE channels ADD COLUMN ordinary_failed_at bigint;

-- Those of the failed attempts that the receiver only asked for a pause by.
ALTER TABLE attempt_stats ADD COLUMN throttled bigint NOT NULL DEFAULT 0;

-- A time: when channels and backlogs were last looked at.
INSERT INTO log_heads (name, position) VALUES ('watch', 0);

-- +goose Down
DELETE FROM log_heads WHERE name = 'watch';
ALTER TABLE attempt_stats DROP COLUMN throttled;
ALTER TABLE channels DROP COLUMN ordinary_failed_at;
DROP TABLE backlog_alerts, channel_alerts, signals;
