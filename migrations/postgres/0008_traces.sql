-- +goose Up
-- The trace that an event was published in: traceparent, and behind a space
-- tracestate where there is one. NULL for none, and where a node of an earlier
-- version stored the event.
ALTER TABLE events ADD COLUMN traceparent text;

-- +goose Down
ALTER TABLE events DROP COLUMN traceparent;
