-- When people came to work and went, as lanes told it.
CREATE TABLE attendance_mark (
  entry_no bigint PRIMARY KEY,
  tenant_no integer NOT NULL,
  store text NOT NULL,
  lane integer NOT NULL,
  person text NOT NULL,
  act text NOT NULL,
  at_ms bigint NOT NULL,
  -- Of what was stated afterwards: by whom, and why.
  stated_by text,
  reason text
);
CREATE INDEX attendance_mark_store ON attendance_mark (tenant_no, store, at_ms);
