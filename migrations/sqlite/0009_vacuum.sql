-- +goose Up
-- PostgreSQL alone needs this step: SQLite uses the place of erased rows at once.
SELECT 1;

-- +goose Down
SELECT 1;
