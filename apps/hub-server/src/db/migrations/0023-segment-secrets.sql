-- What the keys of all scopes are made of (SPEC: S-2). A new one is drawn where a device that held keys was stolen.
CREATE TABLE segment_secret (
  tenant_no integer NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  secret bytea NOT NULL CHECK (length(secret) = 32),
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, number)
);

-- The same, sealed: for devices that read form 4 of what comes down.
ALTER TABLE urgent_publication ADD COLUMN sealed_refs jsonb;
