-- Who may return of a sale: one device at a time, until its ledger brings what came back.
CREATE TABLE return_hold (
  tenant_no integer NOT NULL,
  -- That sold.
  store text COLLATE "C" NOT NULL,
  receipt_number text NOT NULL,
  device text COLLATE "C" NOT NULL REFERENCES device (device),
  held_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, store, receipt_number)
);
-- A receipt of any store.
CREATE INDEX sale_receipt_number ON sale (tenant_no, receipt_number);
