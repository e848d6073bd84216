-- +goose Up
-- What messages look like; parts stand with the versions. A deleted one stays as
-- long as deliveries can refer to its versions.
CREATE TABLE templates (
    id          uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL REFERENCES tenants (id),
    name        text NOT NULL,
    description text NOT NULL,
    kind        text NOT NULL,
    version     integer NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    deleted_at  bigint
);
CREATE UNIQUE INDEX templates_name ON templates (tenant_id, name) WHERE deleted_at IS NULL;
CREATE INDEX templates_tenant ON templates (tenant_id, id);
CREATE INDEX templates_deleted ON templates (deleted_at) WHERE deleted_at IS NOT NULL;

-- Rows are written once and never change. parts is JSON.
CREATE TABLE template_versions (
    template_id uuid NOT NULL REFERENCES templates (id),
    version     integer NOT NULL,
    parts       text NOT NULL,
    created_at  bigint NOT NULL,
    PRIMARY KEY (template_id, version)
);

-- They bear no foreign keys: built-in templates have ids and no rows.
ALTER TABLE channels ADD COLUMN template_id uuid;
ALTER TABLE routes ADD COLUMN template_id uuid;

-- filter is empty where every event of the types is taken; filter_errors counts
-- the events that it failed on since it was set.
ALTER TABLE webhooks ADD COLUMN filter text NOT NULL DEFAULT '';
ALTER TABLE webhooks ADD COLUMN filter_errors bigint NOT NULL DEFAULT 0;

-- The version that the first attempt used; NULL before it, and where it was the
-- built-in one of the kind.
ALTER TABLE deliveries ADD COLUMN template_id uuid;
ALTER TABLE deliveries ADD COLUMN template_version integer;

-- +goose Down
ALTER TABLE deliveries DROP COLUMN template_version;
ALTER TABLE deliveries DROP COLUMN template_id;
ALTER TABLE webhooks DROP COLUMN filter_errors;
ALTER TABLE webhooks DROP COLUMN filter;
ALTER TABLE routes DROP COLUMN template_id;
ALTER TABLE channels DROP COLUMN template_id;
DROP TABLE template_versions, templates;
