-- What the hub holds of a balance for a device that asked, until the device's ledger brings what was spent: two lanes never get the same money.
CREATE TABLE account_hold (
  tenant_no integer NOT NULL,
  account text COLLATE "C" NOT NULL,
  reference text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  device text COLLATE "C" NOT NULL REFERENCES device (device),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  held_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, account, reference, currency, device)
);
