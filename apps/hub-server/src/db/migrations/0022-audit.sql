-- What the hub signed that it holds of the ledgers of a store; the newest one is told to each lane that is audited.
CREATE TABLE store_checkpoint (
  tenant_no integer NOT NULL,
  store text COLLATE "C" NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  at_ms bigint NOT NULL,
  -- [{device, epoch, seq, hash}], in the order in which they were signed.
  heads jsonb NOT NULL,
  signature bytea NOT NULL,
  PRIMARY KEY (tenant_no, store, number)
);

-- What a lane found when it last compared what it holds with the hub. asked_at_ms: somebody wants it to do so again.
CREATE TABLE device_audit (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  asked_at_ms bigint,
  done_at_ms bigint,
  report jsonb,
  PRIMARY KEY (tenant_no, device)
);
