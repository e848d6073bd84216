-- +goose Up
-- held_until: the receiver asked for a pause, and nothing is sent before.
ALTER TABLE channels
    ADD COLUMN limits text NOT NULL DEFAULT '{"rate":null,"concurrency":100}',
    ADD COLUMN batching text,
    ADD COLUMN ordering text NOT NULL DEFAULT 'NONE',
    ADD COLUMN held_until bigint;

-- A channel that is limited, ordered or batched is worked by one node at a time.
CREATE TABLE channel_owners (
    channel_id uuid PRIMARY KEY,
    node       uuid NOT NULL,
    until      bigint NOT NULL
) WITH (fillfactor = 50);

-- The nodes that live, by when they must have said so again, and how many each
-- of them has counted: one that comes begins once all the others have counted it.
CREATE TABLE nodes (
    id      uuid PRIMARY KEY,
    until   bigint NOT NULL,
    counted integer NOT NULL
) WITH (fillfactor = 50);

-- bulk: of a recovery, behind all that is fresh.
-- entity and seq (the event's position) stand only where the channel keeps the
-- order of each entity; of an entity all but the first row are parked: their
-- due_at is the greatest bigint until the row before them has gone.
-- message_id: the batch that the delivery was put into.
ALTER TABLE queue
    ADD COLUMN bulk boolean NOT NULL DEFAULT false,
    ADD COLUMN entity text,
    ADD COLUMN seq bigint,
    ADD COLUMN message_id uuid;
DROP INDEX queue_lane;
CREATE INDEX queue_lane ON queue (channel_id, webhook_id, bulk, due_at);
CREATE INDEX queue_entity ON queue (channel_id, entity, seq) WHERE entity IS NOT NULL;
CREATE INDEX queue_message ON queue (message_id) WHERE message_id IS NOT NULL;

-- Why a delivery failed or was canceled.
ALTER TABLE deliveries ADD COLUMN reason text;

-- One row for each delivery that is FAILED, so that these are found without a
-- look at all of history.
CREATE TABLE failures (
    delivery_id uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL,
    failed_at   bigint NOT NULL
);
CREATE INDEX failures_tenant ON failures (tenant_id, delivery_id);
INSERT INTO failures (delivery_id, tenant_id, failed_at)
    SELECT id, tenant_id, completed_at FROM deliveries WHERE status = 'FAILED' AND NOT test;

CREATE TABLE recoveries (
    id           uuid PRIMARY KEY,
    tenant_id    uuid,
    filter       text NOT NULL,
    total        bigint NOT NULL,
    done         bigint NOT NULL,
    reached      uuid,
    lease_owner  uuid,
    lease_until  bigint,
    created_at   bigint NOT NULL,
    completed_at bigint,
    canceled_at  bigint
);
CREATE INDEX recoveries_open ON recoveries (id) WHERE completed_at IS NULL AND canceled_at IS NULL;

-- Attempts counted by lane and type: unit is 'm' for minutes or 'h' for hours,
-- start its beginning. latencies is a histogram. What stands in the log of
-- attempts after the position 'stats' of log_heads is not counted yet.
CREATE TABLE attempt_stats (
    unit       char(1) NOT NULL,
    start      bigint NOT NULL,
    tenant_id  uuid NOT NULL,
    channel_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    event_type text NOT NULL,
    kind       text NOT NULL,
    succeeded  bigint NOT NULL,
    failed     bigint NOT NULL,
    latencies  bytea NOT NULL,
    PRIMARY KEY (channel_id, unit, start, webhook_id, event_type)
);
CREATE INDEX attempt_stats_tenant ON attempt_stats (tenant_id, unit, start);
CREATE INDEX attempt_stats_start ON attempt_stats (unit, start);

-- What the nodes tell each other, for those that cannot listen because a pooler
-- stands between. It is kept while the position 'pollers' of log_heads, which is
-- a time here, lies ahead. A crash may take it: then the positions have a gap.
CREATE UNLOGGED TABLE notices (
    position bigint PRIMARY KEY,
    told_at  bigint NOT NULL,
    payload  text NOT NULL
);
INSERT INTO log_heads (name, position) VALUES ('stats', 0), ('notices', 0), ('pollers', 0);

-- Keys are remembered a day longer than their events, and then go in this order.
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

-- +goose Down
DROP INDEX idempotency_keys_created;
DELETE FROM log_heads WHERE name IN ('stats', 'notices', 'pollers');
DROP TABLE notices, attempt_stats, recoveries, failures, channel_owners, nodes;
ALTER TABLE deliveries DROP COLUMN reason;
DROP INDEX queue_message;
DROP INDEX queue_entity;
DROP INDEX queue_lane;
UPDATE queue SET due_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint WHERE due_at = 9223372036854775807;
ALTER TABLE queue DROP COLUMN bulk, DROP COLUMN entity, DROP COLUMN seq, DROP COLUMN message_id;
CREATE INDEX queue_lane ON queue (channel_id, webhook_id, due_at);
ALTER TABLE channels DROP COLUMN limits, DROP COLUMN batching, DROP COLUMN ordering, DROP COLUMN held_until;
