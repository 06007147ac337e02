-- What sealed a person's own, person by person (SPEC: S-6). A person who was erased stays as a row without a key: whoever brings it later is told so.
CREATE TABLE person_key (
  tenant_no integer NOT NULL,
  person text COLLATE "C" NOT NULL CHECK (person ~ '^[0-9a-f]{32}$'),
  -- Whose devices may have the key; null: headquarters alone.
  store text COLLATE "C",
  key bytea CHECK (length(key) = 32),
  made_at_ms bigint NOT NULL,
  -- From 1, without a gap: what devices count by.
  erasure_no integer,
  erased_at_ms bigint,
  PRIMARY KEY (tenant_no, person),
  CHECK ((key IS NULL) = (erasure_no IS NOT NULL)),
  CHECK ((erasure_no IS NULL) = (erased_at_ms IS NULL))
);
CREATE UNIQUE INDEX person_key_erasures ON person_key (tenant_no, erasure_no) WHERE erasure_no IS NOT NULL;
