-- Rights to spend from a balance that a device holds ahead: taken from what others may have until they are spent or return.
CREATE TABLE account_grant (
  grant_id text PRIMARY KEY,
  tenant_no integer NOT NULL,
  account text COLLATE "C" NOT NULL,
  reference text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  device text COLLATE "C" NOT NULL REFERENCES device (device),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  -- Neither spent nor returned, by what has arrived of the device's ledger.
  left_minor bigint NOT NULL CHECK (left_minor >= 0),
  granted_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  -- The device's acceptance has arrived.
  accepted boolean NOT NULL DEFAULT false,
  -- Null: outstanding.
  ended text CHECK (ended IN ('released', 'unaccepted', 'writtenOff')),
  ended_at_ms bigint,
  ended_by text
);
CREATE INDEX account_grant_outstanding ON account_grant (tenant_no, account, reference, currency) WHERE ended IS NULL;
