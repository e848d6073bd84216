-- +goose Up
-- held_until: the receiver asked for a pause, and nothing is sent before.
ALTER TABLE channels ADD COLUMN limits text NOT NULL DEFAULT '{"rate":null,"concurrency":100}';
ALTER TABLE channels ADD COLUMN batching text;
ALTER TABLE channels ADD COLUMN ordering text NOT NULL DEFAULT 'NONE';
ALTER TABLE channels ADD COLUMN held_until integer;

-- bulk: of a recovery, behind all that is fresh.
-- entity and seq (the event's position) stand only where the channel keeps the
-- order of each entity; of an entity all but the first row are parked: their
-- due_at is the greatest integer until the row before them has gone.
-- message_id: the batch that the delivery was put into.
ALTER TABLE queue ADD COLUMN bulk integer NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN entity text;
ALTER TABLE queue ADD COLUMN seq integer;
ALTER TABLE queue ADD COLUMN message_id blob;
DROP INDEX queue_lane;
CREATE INDEX queue_lane ON queue (channel_id, webhook_id, bulk, due_at);
CREATE INDEX queue_entity ON queue (channel_id, entity, seq) WHERE entity IS NOT NULL;
CREATE INDEX queue_message ON queue (message_id) WHERE message_id IS NOT NULL;

-- Why a delivery failed or was canceled.
ALTER TABLE deliveries ADD COLUMN reason text;

-- One row for each delivery that is FAILED, so that these are found without a
-- look at all of history.
CREATE TABLE failures (
    delivery_id blob PRIMARY KEY NOT NULL,
    tenant_id   blob NOT NULL,
    failed_at   integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX failures_tenant ON failures (tenant_id);
INSERT INTO failures (delivery_id, tenant_id, failed_at)
    SELECT id, tenant_id, completed_at FROM deliveries WHERE status = 'FAILED' AND NOT test;

CREATE TABLE recoveries (
    id           blob PRIMARY KEY NOT NULL,
    tenant_id    blob,
    filter       text NOT NULL,
    total        integer NOT NULL,
    done         integer NOT NULL,
    reached      blob,
    lease_owner  blob,
    lease_until  integer,
    created_at   integer NOT NULL,
    completed_at integer,
    canceled_at  integer
);
CREATE INDEX recoveries_open ON recoveries (id) WHERE completed_at IS NULL AND canceled_at IS NULL;

-- Attempts counted by lane and type: unit is 'm' for minutes or 'h' for hours,
-- start its beginning. latencies is a histogram. What stands in the log of
-- attempts after the position 'stats' of log_heads is not counted yet.
CREATE TABLE attempt_stats (
    unit       text NOT NULL,
    start      integer NOT NULL,
    tenant_id  blob NOT NULL,
    channel_id blob NOT NULL,
    webhook_id blob NOT NULL,
    event_type text NOT NULL,
    kind       text NOT NULL,
    succeeded  integer NOT NULL,
    failed     integer NOT NULL,
    latencies  blob NOT NULL,
    PRIMARY KEY (channel_id, unit, start, webhook_id, event_type)
) WITHOUT ROWID;
CREATE INDEX attempt_stats_tenant ON attempt_stats (tenant_id, unit, start);
CREATE INDEX attempt_stats_start ON attempt_stats (unit, start);

INSERT INTO log_heads (name, position) VALUES ('stats', 0);

-- Keys are remembered a day longer than their events, and then go in this order.
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

-- +goose Down
DROP INDEX idempotency_keys_created;
DELETE FROM log_heads WHERE name = 'stats';
DROP TABLE attempt_stats;
DROP TABLE recoveries;
DROP TABLE failures;
ALTER TABLE deliveries DROP COLUMN reason;
DROP INDEX queue_message;
DROP INDEX queue_entity;
DROP INDEX queue_lane;
UPDATE queue SET due_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER) WHERE due_at = 9223372036854775807;
ALTER TABLE queue DROP COLUMN bulk;
ALTER TABLE queue DROP COLUMN entity;
ALTER TABLE queue DROP COLUMN seq;
ALTER TABLE queue DROP COLUMN message_id;
CREATE INDEX queue_lane ON queue (channel_id, webhook_id, due_at);
ALTER TABLE channels DROP COLUMN limits;
ALTER TABLE channels DROP COLUMN batching;
ALTER TABLE channels DROP COLUMN ordering;
ALTER TABLE channels DROP COLUMN held_until;
