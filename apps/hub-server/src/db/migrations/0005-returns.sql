-- What came back, by the receipt that it names and the store that sold it: doubles and unverified returns are told from it.
CREATE TABLE return_line (
  entry_no bigint NOT NULL,
  line integer NOT NULL,
  tenant_no integer NOT NULL,
  -- The store that sold, as the return names it; its own where it names none.
  store text COLLATE "C" NOT NULL,
  receipt_number text NOT NULL,
  sku text COLLATE "C" NOT NULL,
  unit text NOT NULL,
  -- Came back; below 0 where a return was undone.
  quantity bigint NOT NULL,
  unverified boolean NOT NULL,
  PRIMARY KEY (entry_no, line)
);
CREATE INDEX return_line_receipt ON return_line (tenant_no, store, receipt_number);
CREATE INDEX sale_receipt ON sale (tenant_no, store, receipt_number);
