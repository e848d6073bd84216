-- +goose Up
-- The least migration that a program must know to work on this database. A step
-- that only adds leaves it alone, so that programs from before it go on working;
-- one that takes away what they use raises it, and they refuse to start.
CREATE TABLE schema_floor (
    version integer NOT NULL
);
INSERT INTO schema_floor (version) VALUES (6);

-- +goose Down
DROP TABLE schema_floor;
