-- Runs are a cache: they are built again in the form that devices read, and know how many entities they hold.

DROP TABLE segment_run;

-- The segments that hold what changed in (from_lsn, to_lsn] of one scope: a list of references, empty where nothing did.
CREATE TABLE segment_run (
  tenant_no integer NOT NULL,
  scope text COLLATE "C" NOT NULL,
  -- The version of the segment codec that they are written in.
  codec integer NOT NULL,
  from_lsn bigint NOT NULL,
  to_lsn bigint NOT NULL,
  entities bigint NOT NULL,
  refs jsonb NOT NULL,
  built_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, scope, codec, from_lsn, to_lsn)
);
