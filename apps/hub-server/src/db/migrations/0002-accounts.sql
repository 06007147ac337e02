-- Balances of gift cards, vouchers, store credit, deposits and customers' accounts: the movements that ledger entries carry, and their sums.

CREATE TABLE account_movement (
  entry_no bigint NOT NULL,
  number integer NOT NULL,
  tenant_no integer NOT NULL,
  -- The entry that it stands in.
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  kind bigint NOT NULL,
  store text COLLATE "C" NOT NULL,
  received_at_ms bigint NOT NULL,
  account text COLLATE "C" NOT NULL,
  reference text COLLATE "C" NOT NULL,
  currency text NOT NULL,
  -- Above 0: more is on it.
  amount_minor bigint NOT NULL,
  PRIMARY KEY (entry_no, number)
);
CREATE INDEX account_movement_of ON account_movement (tenant_no, account, reference, entry_no);

-- The sum of all movements. No bound, and it may be below 0: then two lanes that were cut off spent the same money, and a person looks at it.
CREATE TABLE account_balance (
  tenant_no integer NOT NULL,
  account text COLLATE "C" NOT NULL,
  reference text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  balance_minor numeric NOT NULL,
  PRIMARY KEY (tenant_no, account, reference, currency)
);
CREATE INDEX account_balance_overdrawn ON account_balance (tenant_no, account, reference) WHERE balance_minor < 0;
