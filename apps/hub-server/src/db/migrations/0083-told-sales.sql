-- What devices say that days came to of which they have sales that are not here (SPEC: D-20), as each said last: what was folded of that stretch of its ledger is taken off whenever it is read.
CREATE TABLE told_sales (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  business_date text COLLATE "C" NOT NULL,
  currency text NOT NULL,
  store text COLLATE "C" NOT NULL,
  -- Behind this entry, up to that one.
  from_seq bigint NOT NULL,
  to_seq bigint NOT NULL,
  sales bigint NOT NULL,
  total_minor bigint NOT NULL,
  told_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, device, epoch, business_date, currency)
);
CREATE INDEX told_sales_day ON told_sales (tenant_no, business_date);
