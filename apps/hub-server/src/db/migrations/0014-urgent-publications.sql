-- What was published as urgent, sealed with it: the segments of each scope that it changed.
CREATE TABLE urgent_publication (
  tenant_no integer NOT NULL,
  lsn bigint NOT NULL,
  scope text COLLATE "C" NOT NULL,
  refs jsonb NOT NULL,
  published_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, lsn, scope)
);
