-- +goose Up
-- What became of the message for each recipient, as JSON; NULL where there is one
-- receiver, or where all is done.
ALTER TABLE deliveries ADD COLUMN progress text;

-- The messages that a provider has taken and not reported on. id is the batch's, or
-- the delivery's where it left by itself. Their rows in queue are due at the greatest
-- integer but one: nobody claims them. look_at is when the provider is asked next.
CREATE TABLE awaited (
    id         blob PRIMARY KEY NOT NULL,
    channel_id blob NOT NULL,
    sent_at    integer NOT NULL,
    look_at    integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX awaited_look ON awaited (look_at);
CREATE INDEX awaited_channel ON awaited (channel_id);

-- What the providers call the messages, and what they report of them. Either half
-- may come first: sent_id is NULL before it is known whose report it is, state
-- before there is one.
CREATE TABLE submissions (
    tenant_id   blob NOT NULL,
    origin      text NOT NULL,
    provider_id text NOT NULL,
    sent_id     blob,
    recipient   text,
    state       text,
    detail      text,
    created_at  integer NOT NULL,
    PRIMARY KEY (tenant_id, origin, provider_id)
) WITHOUT ROWID;
CREATE INDEX submissions_sent ON submissions (sent_id) WHERE sent_id IS NOT NULL;
CREATE INDEX submissions_created ON submissions (created_at);

-- The message that those of one entity go below, at one target of the channel.
CREATE TABLE threads (
    channel_id blob NOT NULL,
    entity     text NOT NULL,
    target     text NOT NULL,
    thread     text NOT NULL,
    used_at    integer NOT NULL,
    PRIMARY KEY (channel_id, entity)
) WITHOUT ROWID;
CREATE INDEX threads_used ON threads (used_at);

-- Recipients that nothing is sent to any more.
CREATE TABLE suppressions (
    channel_id blob NOT NULL,
    address    text NOT NULL,
    reason     text NOT NULL,
    created_at integer NOT NULL,
    PRIMARY KEY (channel_id, address)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE suppressions;
DROP TABLE threads;
DROP TABLE submissions;
DROP TABLE awaited;
-- What was awaited counts as done: it was taken.
DELETE FROM queue WHERE due_at = 9223372036854775806;
UPDATE deliveries SET status = 'SUCCEEDED', completed_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER) WHERE status = 'SENT';
UPDATE queue SET due_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER) WHERE due_at = 9223372036854775807
    AND NOT EXISTS (SELECT 1 FROM queue f WHERE f.channel_id = queue.channel_id AND f.entity = queue.entity
        AND (f.due_at < 9223372036854775807 OR (f.seq, f.delivery_id) < (queue.seq, queue.delivery_id)));
ALTER TABLE deliveries DROP COLUMN progress;
