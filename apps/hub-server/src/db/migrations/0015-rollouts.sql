-- The lowest version of reader that understands what was published; absent: any.
ALTER TABLE publication ADD COLUMN min_reader integer;

-- Prices by when they begin: an hour's worth is listed again a day before (SPEC: D-15).
CREATE INDEX entity_price_from ON entity (tenant_no, ((fields ->> '4')::bigint)) WHERE type = 3 AND fields ? '4';

-- One change on its way to more and more stores, each wave a publication.
CREATE TABLE rollout (
  tenant_no integer NOT NULL,
  rollout_no bigint NOT NULL,
  name text NOT NULL,
  -- Entities and their fields, without a scope.
  changes jsonb NOT NULL,
  -- Stores, wave by wave; so many of them were reached.
  waves jsonb NOT NULL,
  reached integer NOT NULL,
  -- running, paused, completed, rolledBack
  state text NOT NULL,
  -- Why it is paused.
  reason text,
  -- What each store had of its own before it was reached.
  before jsonb NOT NULL,
  changed_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, rollout_no)
);
